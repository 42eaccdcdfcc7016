/** Policies of ours as files that other programs read. */
import { XmrlError } from '../errors.js'
import type { Spec } from '../spec/index.js'
import { environmentOf } from './environment.js'
import { type Layout, transposed } from './layout.js'
import { decodeTensors, encodeTensors, type Tensor } from './safetensors.js'

/** Metadata of an exported file. */
const EXPORT = 'xmrl-policy-1'

/**
 * A checkpoint of ours as a file of named tensors `layers.<n>.weight [out, in]`, `layers.<n>.bias`, `log_std` and, where the
 * rate is learned, `log_rates`, with the layout that says so: what `importPolicy` reads back to the same numbers.
 * Errors: `ERR_SHAPE` where the weights are not those of the specification's policy.
 */
export function exportPolicy(weights: Uint8Array, spec: Spec): { file: Uint8Array; layout: Layout } {
  const { observationSize, actionSize } = environmentOf(spec)
  const { theta, log_rates: rates } = decodeTensors(weights, 'weights') as Record<string, Tensor | undefined>
  const sizes = [observationSize, ...spec.policy.hidden, actionSize]
  const count = sizes.slice(1).reduce((sum, size, at) => sum + (sizes[at] + 1) * size, actionSize)
  if (theta?.values.length !== count) {
    throw new XmrlError('ERR_SHAPE', `weights: theta has ${theta?.values.length ?? 0} numbers, the policy of this run has ${count}`)
  }
  const tensors: Record<string, Tensor> = {}
  const layers: Layout['layers'] = []
  let at = 0
  const take = (length: number) => {
    at += length
    return theta.values.slice(at - length, at)
  }
  for (const [layer, outputs] of sizes.slice(1).entries()) {
    const inputs = sizes[layer]
    const weight = `layers.${layer}.weight`
    const bias = `layers.${layer}.bias`
    tensors[weight] = { shape: [outputs, inputs], values: transposed(take(inputs * outputs), inputs, outputs) }
    tensors[bias] = { shape: [outputs], values: take(outputs) }
    layers.push({ weight, bias })
  }
  tensors.log_std = { shape: [actionSize], values: take(actionSize) }
  if (rates) tensors.log_rates = rates
  return {
    file: encodeTensors(tensors, EXPORT),
    layout: {
      layers,
      orientation: 'out-in',
      activation: spec.policy.activation,
      logStd: 'log_std',
      ...(rates ? { logRates: 'log_rates' } : {})
    }
  }
}
