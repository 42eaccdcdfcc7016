/** Policies of ours as safetensors files that other programs read. */
import type { Spec } from '../spec/index.js'

import { type Layout, transposed } from './layout.js'
import { networkOf } from './network.js'
import { encodeTensors, type Tensor } from './safetensors.js'

/** Metadata of an exported file. */
const EXPORT = 'xmrl-policy-1'

/**
 * A checkpoint of ours as a safetensors file of doubles with the names that PyTorch gives a `ModuleList` called `layers`:
 * `layers.<n>.weight [out, in]`, `layers.<n>.bias [out]`, `log_std [A]` (those in force) and, where the rate is learned,
 * `log_rates [G]`; with the layout that says so. `importPolicy` reads both back to the same numbers.
 * @param weights a checkpoint's bytes, as `LoadedSeed.weights` gives them
 * @param spec the specification of the run that they are from
 * @throws XmrlError `ERR_SHAPE` where the weights are not those of the specification's policy
 */
export function exportPolicy(weights: Uint8Array, spec: Spec): { file: Uint8Array; layout: Layout } {
  const { layers, activation, logStd, logRates } = networkOf(weights, spec)
  const tensors: Record<string, Tensor> = {}
  const names = layers.map(({ inputs, outputs, weight, bias }, at) => {
    const name = { weight: `layers.${at}.weight`, bias: `layers.${at}.bias` }
    tensors[name.weight] = { shape: [outputs, inputs], values: transposed(weight, inputs, outputs) }
    tensors[name.bias] = { shape: [outputs], values: bias }
    return name
  })
  tensors.log_std = { shape: [logStd.length], values: logStd }
  if (logRates) tensors.log_rates = logRates
  return {
    file: encodeTensors(tensors, EXPORT),
    layout: { layers: names, orientation: 'out-in', activation, logStd: 'log_std', ...(logRates ? { logRates: 'log_rates' } : {}) }
  }
}
