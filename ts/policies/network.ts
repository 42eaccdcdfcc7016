/** The network that the weights of a checkpoint are, layer by layer: what files for other programs are written from. */
import { XmrlError } from '../errors.js'
import type { Spec } from '../spec/index.js'
import { environmentOf } from './environment.js'
import { decodeTensors, type Tensor } from './safetensors.js'

/** An affine layer, `y = x W + b`. */
export interface AffineLayer {
  inputs: number
  outputs: number
  /** `[inputs, outputs]` row-major. */
  weight: Float64Array
  /** `[outputs]` */
  bias: Float64Array
}

/** A policy: an action is drawn from a normal distribution, each of its A numbers by itself, about the network's output. */
export interface Network {
  /** In order of evaluation: `activation` follows each but the last. */
  layers: AffineLayer[]
  activation: Spec['policy']['activation']
  /** `[A]` log standard deviations in force, none below the specification's floor. */
  logStd: Float64Array
  /** `[G]` log inner rates, where they were learned: one a layer, and one for the deviations. */
  logRates?: Tensor
  /** The world divides an action by it, and clips what it gets to [-1, 1]. */
  actionScale: number
}

/**
 * The network of a checkpoint of ours.
 * @param weights safetensors bytes with `theta [P]`: of each layer its weight and bias, last the log deviations
 * @throws XmrlError `ERR_SHAPE` where the weights are not those of the specification's policy, `ERR_CHECKPOINT_CORRUPT`,
 * `ERR_NOT_FINITE` naming the entry
 */
export function networkOf(weights: Uint8Array, spec: Spec): Network {
  const { observationSize, actionSize, actionScale } = environmentOf(spec)
  const { theta, log_rates: logRates } = decodeTensors(weights, 'weights') as Record<string, Tensor | undefined>
  const sizes = [observationSize, ...spec.policy.hidden, actionSize]
  const count = sizes.slice(1).reduce((sum, size, at) => sum + (sizes[at] + 1) * size, actionSize)
  if (theta?.values.length !== count) {
    throw new XmrlError('ERR_SHAPE', `weights: theta has ${theta?.values.length ?? 0} numbers, the policy of this run has ${count}`)
  }
  let at = 0
  const take = (length: number) => {
    at += length
    return theta.values.slice(at - length, at)
  }
  const layers = sizes.slice(1).map((outputs, layer) => {
    const inputs = sizes[layer]
    return { inputs, outputs, weight: take(inputs * outputs), bias: take(outputs) }
  })
  // Below the floor a log deviation is not the one in force, and has no gradient that would bring it back.
  const logStd = take(actionSize).map((value) => Math.max(value, spec.policy.logStdMin))
  return { layers, activation: spec.policy.activation, logStd, ...(logRates ? { logRates } : {}), actionScale }
}
