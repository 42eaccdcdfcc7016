/** Finds where the layers lie in a file of another program, by the names of its tensors. */
import { XmrlError } from '../errors.js'
import { anything, checkOptions, type Kinds } from '../options.js'
import type { Spec } from '../spec/index.js'
import { environmentOf } from './environment.js'
import type { Layout } from './layout.js'
import { critics, LIKE_STATISTICS, LOG_STD, others, type Part, programs, statistics } from './programs.js'
import type { Tensors } from './safetensors.js'

/** What names do not say of a policy. */
export interface LayoutHints {
  /** Of the hidden layers; names never say it. */
  activation?: Layout['activation']
  /** Log standard deviations, where the file has none or has them under a name that is not known: that name, a number, or one an action. */
  logStd?: Layout['logStd']
  /** Whether weights are [outputs, inputs] (PyTorch) or [inputs, outputs]. @default what shapes say, else `out-in` */
  orientation?: Layout['orientation']
  /** How observations were standardised, or `raw` where they were not, whatever statistics the file has. */
  observation?: NonNullable<Layout['observation']> | 'raw'
}

/** What is given here is looked at as a part of the layout. */
const HINTS: Kinds<LayoutHints> = { activation: anything, logStd: anything, orientation: anything, observation: anything }

/** A layout that was found, and what a user had better know of how. */
export interface FoundLayout {
  layout: Layout
  /** Whose names they are. */
  program: string
  /** Sentences: what was left out, decided, or cannot be carried over. */
  notes: string[]
}

/** A place where a name ends in a number of a layer. */
const NUMBERED = /^(.*?)(\d+)\.weight$/

/**
 * The layout of a file whose tensors have the names that `nn.Sequential`, Stable-Baselines3, CleanRL or pytorch-maml-rl give them.
 * Value networks are left out and noted; whatever else is no part of the policy is refused by name.
 * @throws XmrlError `ERR_SPEC_INVALID` naming the tensor that does not fit, or the hint that is missing, and what to give
 */
export function findLayout(tensors: Tensors, spec: Spec, hints: LayoutHints = {}): FoundLayout {
  checkOptions('findLayout', hints, HINTS)
  const names = Object.keys(tensors)
  for (const { pattern, why } of others) {
    const name = names.find((each) => pattern.test(each))
    if (name !== undefined) throw fail(`tensor ${name}: ${why}; this policy cannot be taken over`)
  }
  const { program, layers, usually, logStd: named } = partsOf(tensors, names)
  const notes: string[] = []
  const weights = withBiases(layers, tensors)
  notes.push(...gaps(layers, program))
  for (const { weight } of weights) checkAffine(weight, tensors)
  const orientation = hints.orientation ?? orientationOf(tensors, weights, spec, notes)
  const activation = hints.activation ?? (weights.length === 1 ? 'tanh' : undefined)
  if (activation === undefined) {
    throw fail(
      `activation: the names do not say what follows the ${weights.length - 1} hidden layer${weights.length > 2 ? 's' : ''}; give tanh or relu (--activation, hints.activation)${usually && `: ${usually}`}`
    )
  }
  const logStd = hints.logStd ?? logStdOf(tensors, names, named)
  const observation = observationOf(tensors, names, hints.observation, notes)
  const layout: Layout = {
    ...{ layers: weights, orientation, activation, logStd },
    ...(observation === undefined ? {} : { observation }),
    ...(Object.hasOwn(tensors, RATES) ? { logRates: RATES } : {})
  }
  checkRest(names, layout, notes)
  return { layout, program, notes }
}

/** Inner rates, as `exportPolicy` calls them. */
const RATES = 'log_rates'

const fail = (text: string) => new XmrlError('ERR_SPEC_INVALID', text)

interface Parts {
  program: string
  /** Names without `.weight`. */
  layers: string[]
  usually: string
  logStd?: string
}

function partsOf(tensors: Tensors, names: readonly string[]): Parts {
  for (const { name, parts, usually, logStd } of programs) {
    const found = parts.map((part) => layersOf(part, tensors, names))
    const missing = parts.find((part, at) => found[at].length === 0 && 'layer' in part)
    if (found.every((layers, at) => layers.length > 0 || 'optional' in parts[at])) {
      return { program: name, layers: found.flat(), usually, logStd }
    }
    // A prefix with a dot in it is nobody else's.
    const sign = parts.findIndex((part, at) => 'prefix' in part && part.prefix.includes('.') && found[at].length > 0)
    if (missing !== undefined && 'layer' in missing && sign >= 0) {
      throw fail(`tensor ${missing.layer}.weight: it is missing; ${found[sign][0]}.weight is there, as ${name} names the layers before it`)
    }
  }
  return sequential(tensors, names)
}

function layersOf(part: Part, tensors: Tensors, names: readonly string[]): string[] {
  if ('layer' in part) return Object.hasOwn(tensors, `${part.layer}.weight`) ? [part.layer] : []
  return (
    numbered(names)
      .get(part.prefix)
      ?.map((n) => `${part.prefix}${n}`) ?? []
  )
}

/** Numbers of layers in order, by what stands before the number. */
function numbered(names: readonly string[]): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const name of names) {
    const [, prefix, n] = NUMBERED.exec(name) ?? []
    if (n !== undefined)
      found.set(
        prefix,
        [...(found.get(prefix) ?? []), Number(n)].sort((a, b) => a - b)
      )
  }
  return found
}

const criticOf = (name: string) => critics.find(({ pattern }) => pattern.test(name))?.what

/** The one `nn.Sequential` (or list of layers) of a file that is not a value network. */
function sequential(tensors: Tensors, names: readonly string[]): Parts {
  const runs = [...numbered(names)].filter(([prefix]) => criticOf(`${prefix.replace(/\.$/, '')}`) === undefined)
  if (runs.length === 0) {
    throw fail(
      `no layers were found by their names; the file has ${listed(names)}: write a layout that says where they lie (--layout; npx xmrl import --help shows one)`
    )
  }
  if (runs.length > 1) {
    throw fail(
      `several networks could be the policy: ${runs.map(([prefix]) => `${prefix}*`).join(', ')}; write a layout that says which (--layout; npx xmrl import --help shows one)`
    )
  }
  const [[prefix, numbers]] = runs
  for (const n of numbers) checkAffine(`${prefix}${n}.weight`, tensors)
  // Modules called fc1, fc2, ..., or a ModuleList of layers: what is between them is in the code that calls them.
  const list = prefix === 'layers.' || /[^.]$/.test(prefix)
  const near = numbers.findIndex((n, at) => at > 0 && n === numbers[at - 1] + 1)
  if (!list && near > 0) {
    const [first, second] = [numbers[near - 1], numbers[near]]
    throw fail(
      `${prefix}${second}.weight follows ${prefix}${first}.weight with no activation between them, if this is an nn.Sequential; write a layout if there is one (--layout; npx xmrl import --help shows one)`
    )
  }
  return { program: list ? 'a list of layers' : 'nn.Sequential', layers: numbers.map((n) => `${prefix}${n}`), usually: '' }
}

/**
 * Sentences on numbers that are left out between layers. An `nn.Sequential` counts what stands between them too: an activation, and
 * perhaps a dropout; a list counts layers alone.
 */
function gaps(layers: readonly string[], program: string): string[] {
  const usual = program === 'a list of layers' || program === 'pytorch-maml-rl' ? 1 : 2
  return layers.flatMap((layer, at) => {
    const [, prefix, n] = /^(.*?)(\d+)$/.exec(layer) ?? []
    const [, before, last] = /^(.*?)(\d+)$/.exec(layers[at - 1] ?? '') ?? []
    if (n === undefined || prefix !== before || Number(n) - Number(last) <= usual) return []
    return [
      `${layer} follows ${layers[at - 1]}: nothing between them has weights in the file, and they are joined by one activation; if a layer of that number is missing, this is another policy`
    ]
  })
}

/** Layers with their biases; all have one, or none. */
function withBiases(layers: readonly string[], tensors: Tensors): Layout['layers'] {
  const there = layers.filter((layer) => Object.hasOwn(tensors, `${layer}.bias`))
  const lacks = layers.find((layer) => !there.includes(layer))
  if (there.length > 0 && lacks !== undefined) {
    throw fail(
      `tensor ${lacks}.bias: it is missing, though ${there[0]}.bias is there; if the layer has none, write a layout in which its bias is null (--layout; npx xmrl import --help shows one)`
    )
  }
  return layers.map((layer) => ({ weight: `${layer}.weight`, bias: lacks === undefined ? `${layer}.bias` : null }))
}

const listed = (names: readonly string[]) => `${names.slice(0, 12).join(', ')}${names.length > 12 ? ', ...' : ''}` || 'no tensor of numbers'

/** That a layer is affine: a matrix, and no normalisation, which has one number a unit. */
function checkAffine(weight: string, tensors: Tensors): void {
  const { shape } = tensors[weight]
  if (shape.length === 2) return
  const what = shape.length === 1 ? 'a normalisation layer has one number a unit' : 'a convolution has more than two sizes'
  throw fail(`tensor ${weight}: it has the shape [${shape.join(', ')}] (${what}); only affine layers, [outputs, inputs], can be taken over`)
}

/** Which way round weights lie: what their shapes allow, and where both ways are allowed PyTorch's. */
function orientationOf(tensors: Tensors, layers: Layout['layers'], spec: Spec, notes: string[]): Layout['orientation'] {
  const { observationSize, actionSize } = environmentOf(spec)
  const fits = (inputs: 0 | 1) =>
    layers.every(({ weight, bias }, at) => {
      const { shape } = tensors[weight]
      const before = at === 0 ? observationSize : tensors[layers[at - 1].weight].shape[1 - inputs]
      const last = at < layers.length - 1 || shape[1 - inputs] === actionSize
      return shape[inputs] === before && last && (bias === null || tensors[bias].shape[0] === shape[1 - inputs])
    })
  const [asTorch, turned] = [fits(1), fits(0)]
  if (turned && !asTorch) {
    notes.push('weights are [inputs, outputs] by their shapes: they were turned (names as PyTorch has them, which holds [outputs, inputs])')
    return 'in-out'
  }
  if (turned && asTorch) {
    notes.push(
      'every weight is as wide as it is high, so shapes do not say which way round they lie: taken as [outputs, inputs], as PyTorch has them; --orientation in-out is the other way'
    )
  }
  return 'out-in'
}

/** The tensor of log standard deviations. */
function logStdOf(tensors: Tensors, names: readonly string[], named?: string): string {
  const found = named !== undefined && Object.hasOwn(tensors, named) ? [named] : names.filter((name) => LOG_STD.test(name))
  if (found.length > 1)
    throw fail(`logStd: several tensors could be the log standard deviations: ${found.join(', ')}; name one (--log-std)`)
  if (found.length === 0) {
    throw fail(
      'logStd: the file has no log standard deviations; give a number, the same for every action (--log-std -0.5, hints.logStd), or a layout with one an action'
    )
  }
  const [name] = found
  const { shape } = tensors[name]
  const long = shape.filter((size) => size !== 1)
  if (long.length > 1) {
    throw fail(
      `tensor ${name}: it has the shape [${shape.join(', ')}], a deviation that depends on the state (gSDE); a policy here has one an action`
    )
  }
  return name
}

/** How observations were standardised, where the file or the user says so. */
function observationOf(
  tensors: Tensors,
  names: readonly string[],
  hint: LayoutHints['observation'],
  notes: string[]
): Layout['observation'] {
  if (hint !== undefined && hint !== 'raw') return hint
  const like = names.filter((name) => LIKE_STATISTICS.test(name))
  if (like.length === 0) return undefined
  if (hint === 'raw') {
    notes.push(`left out: ${like.join(', ')} (statistics of observations; observations are taken to have been raw)`)
    return undefined
  }
  const known = statistics.find(({ mean, variance, std }) =>
    [mean, variance ?? std].every((name) => Object.hasOwn(tensors, name as string))
  )
  if (known === undefined) {
    throw fail(
      `tensor ${like[0]}: it may be statistics of observations, under a name that is not known; say in a layout how they are used (observation), or --raw-observations if they are not`
    )
  }
  const { mean, variance, std, epsilon } = known
  notes.push(
    `observations are standardised by ${mean} and ${variance ?? std} (epsilon ${epsilon}), which is folded into the first layer; clipping of standardised observations is not carried over`
  )
  return variance === undefined ? { mean, std: std as string, epsilon } : { mean, variance, epsilon }
}

/** Notes value networks that are left out, and refuses whatever else is no part of the policy. */
function checkRest(names: readonly string[], layout: Layout, notes: string[]): void {
  const { observation: standardised } = layout
  const spread = standardised && ('variance' in standardised ? standardised.variance : standardised.std)
  const used = new Set<unknown>([
    ...layout.layers.flatMap(({ weight, bias }) => [weight, bias]),
    layout.logStd,
    layout.logRates,
    standardised?.mean,
    spread
  ])
  const rest = names.filter((name) => !used.has(name) && !LIKE_STATISTICS.test(name))
  const [left, unknown] = [rest.filter((name) => criticOf(name) !== undefined), rest.filter((name) => criticOf(name) === undefined)]
  const orphan = unknown.find((name) => name.endsWith('.bias') && !names.includes(name.replace(/bias$/, 'weight')))
  if (orphan !== undefined) throw fail(`tensor ${orphan.replace(/bias$/, 'weight')}: it is missing, though ${orphan} is there`)
  if (unknown.length > 0) {
    const more = unknown.length > 1 ? ` (and ${unknown.length - 1} more: ${listed(unknown.slice(1))})` : ''
    throw fail(
      `tensor ${unknown[0]}: it is no part of the policy that was found${more}; write a layout to leave it out (--layout; npx xmrl import --help shows one)`
    )
  }
  if (left.length > 0) notes.unshift(`left out: ${listed(left)} (${criticOf(left[0])}; a policy needs none)`)
}
