/** Policies of other programs as weights of ours. */
import { XmrlError } from '../errors.js'
import type { Spec } from '../spec/index.js'
import { environmentOf } from './environment.js'
import { type Layout, transposed } from './layout.js'
import { encodeTensors, type Tensor, type Tensors } from './safetensors.js'

/** Metadata of a checkpoint's file, as `crates/node/src/checkpoint.rs` writes it. */
const CHECKPOINT = 'xmrl-meta-1'

/** A policy that was read. */
export interface Imported {
  /** A checkpoint of ours: `theta [P]` and, where the rate is learned, `log_rates [G]`. */
  weights: Uint8Array
  /** The keys that a specification needs to start from it, as `--set` takes them; those of the file itself are the caller's. */
  settings: string[]
}

/**
 * Reads a policy of another program: affine layers with `tanh` or `relu` between them, a linear last layer, one log standard
 * deviation an action. Observations that were standardised are folded into the first layer: with scale d and shift m,
 * `W' = diag(1/d) W`, `b' = b - (m/d) W`.
 * Only tensors that the layout names are decoded, and have to be finite.
 * Errors: `ERR_SPEC_INVALID` naming the tensor or key of the layout, `ERR_SHAPE` with both shapes, `ERR_NOT_FINITE` naming the tensor
 * and the entry.
 */
export function importPolicy(tensors: Tensors, layout: Layout, spec: Spec): Imported {
  const { observationSize, actionSize } = environmentOf(spec)
  const layers = layout.layers.map(({ weight, bias }, at) => {
    const matrix = inputsFirst(weight, tensor(tensors, `layers.${at}.weight`, weight), layout.orientation)
    const zeros = { shape: [matrix.shape[1]], values: new Float64Array(matrix.shape[1]) }
    const shift = bias === null ? zeros : tensor(tensors, `layers.${at}.bias`, bias)
    checkShape(bias ?? '', shift, [matrix.shape[1]], `one a unit of ${weight}`)
    return { weight: matrix, bias: Float64Array.from(shift.values), name: weight }
  })
  const other = layout.orientation === 'out-in' ? 'in-out' : 'out-in'
  const widths = [observationSize, ...layers.map(({ weight }) => weight.shape[1])]
  for (const [at, { weight, name }] of layers.entries()) {
    const [inputs, outputs] = weight.shape
    if (inputs === widths[at]) continue
    const what = at === 0 ? `${spec.environment} observes ${widths[0]} numbers` : `the layer before gives ${widths[at]}`
    const hint = outputs === widths[at] ? `; "orientation": "${other}" would fit` : ''
    throw new XmrlError('ERR_SHAPE', `${name} takes ${inputs} inputs (orientation ${layout.orientation}), but ${what}${hint}`)
  }
  if (widths.at(-1) !== actionSize) {
    throw new XmrlError(
      'ERR_SHAPE',
      `${layers.at(-1)?.name} gives ${widths.at(-1)} numbers, but an action of ${spec.environment} has ${actionSize}`
    )
  }
  if (layout.observation) fold(layers[0], layout.observation, tensors, observationSize)
  const logStd = numbers(tensors, 'logStd', layout.logStd, actionSize)
  checkFloor(logStd, spec)
  const theta = Float64Array.from([...layers.flatMap(({ weight, bias }) => [...weight.values, ...bias]), ...logStd])
  const wild = theta.findIndex((value) => !Number.isFinite(value))
  if (wild >= 0)
    throw new XmrlError('ERR_NOT_FINITE', `observation: weights become ${theta[wild]} when they are divided by it; give an epsilon`)
  const rates = rateTensor(tensors, layout, spec, layers.length + 1)
  const hidden = widths.slice(1, -1)
  return {
    weights: encodeTensors({ ...rates, theta: { shape: [theta.length], values: theta } }, CHECKPOINT),
    settings: [
      ...(hidden.join() === spec.policy.hidden.join() ? [] : [`policy.hidden=[${hidden.join(',')}]`]),
      ...(layout.activation === spec.policy.activation ? [] : [`policy.activation=${layout.activation}`])
    ]
  }
}

/** A tensor that the layout names under `key`. */
function tensor(tensors: Tensors, key: string, name: string): Tensor {
  if (Object.hasOwn(tensors, name)) return tensors[name]
  const known = Object.keys(tensors)
  const listed = known.slice(0, 12).join(', ')
  throw new XmrlError('ERR_SPEC_INVALID', `${key}: no tensor "${name}"; the file has ${listed}${known.length > 12 ? ', ...' : ''}`)
}

/** `count` numbers: a tensor's, those of the layout itself, or one number `count` times. */
function numbers(tensors: Tensors, key: string, source: string | number | number[], count: number): Float64Array {
  const found = typeof source === 'string' ? tensor(tensors, key, source).values : [source].flat()
  if (found.length === count) return Float64Array.from(found)
  if (found.length === 1) return new Float64Array(count).fill(found[0])
  throw new XmrlError('ERR_SHAPE', `${key} has ${found.length} numbers, ${count} are needed`)
}

/** A weight as [inputs, outputs]. */
function inputsFirst(name: string, { shape, values }: Tensor, orientation: Layout['orientation']): Tensor {
  if (shape.length !== 2) throw new XmrlError('ERR_SHAPE', `${name} has the shape [${shape.join(', ')}], a weight has two sizes`)
  const [rows, columns] = shape
  if (orientation === 'in-out') return { shape, values: Float64Array.from(values) }
  return { shape: [columns, rows], values: transposed(values, rows, columns) }
}

/** Folds the standardisation of observations into the first layer. */
function fold(
  { weight, bias }: { weight: Tensor; bias: Float64Array },
  observation: NonNullable<Layout['observation']>,
  tensors: Tensors,
  size: number
): void {
  const mean = numbers(tensors, 'observation.mean', observation.mean, size)
  const { epsilon } = observation
  const scale =
    'std' in observation
      ? numbers(tensors, 'observation.std', observation.std, size).map((value) => value + epsilon)
      : numbers(tensors, 'observation.variance', observation.variance, size).map((value) => Math.sqrt(value + epsilon))
  const outputs = weight.shape[1]
  for (let input = 0; input < size; input++) {
    if (!(scale[input] > 0))
      throw new XmrlError('ERR_SPEC_INVALID', `observation: number ${input} is divided by ${scale[input]}; give an epsilon`)
    for (let output = 0; output < outputs; output++) {
      weight.values[input * outputs + output] /= scale[input]
      bias[output] -= mean[input] * weight.values[input * outputs + output]
    }
  }
}

/** Inner rates, where the specification learns them: the file's, or the ones that learning starts with. */
function rateTensor(tensors: Tensors, { logRates }: Layout, { adapt }: Spec, groups: number): Record<string, Tensor> {
  if (adapt.rate === 'fixed') return {}
  const values = numbers(tensors, 'logRates', logRates ?? Math.log(adapt.alpha), groups)
  return { log_rates: { shape: [groups], values } }
}

/** A standard deviation below the floor would not be the one in force. */
function checkFloor(logStd: Float64Array, { policy: { logStdMin } }: Spec): void {
  const low = logStd.find((value) => value < logStdMin)
  if (low === undefined) return
  throw new XmrlError(
    'ERR_SPEC_INVALID',
    `logStd: ${low} lies below policy.logStdMin (${logStdMin}); add --set policy.logStdMin=${Math.floor(low - 1)}`
  )
}

function checkShape(name: string, { shape }: Tensor, wanted: number[], what: string): void {
  if (shape.join() === wanted.join()) return
  throw new XmrlError('ERR_SHAPE', `${name} has the shape [${shape.join(', ')}], not [${wanted.join(', ')}]: ${what}`)
}
