/** The environment that a specification's policy is for. */
import { type PriceTable, readPrices } from '../market/index.js'
import { type EnvironmentSpec, environmentSpecOf, registered, type Spec } from '../spec/index.js'
import { environment } from '../worlds/index.js'

/**
 * The prices that sizes and worlds of a specification follow: those of its own files. Prices that are fetched have sizes that are known,
 * and nobody who asks for a policy waits for a download.
 */
export function pricesOf({ environment: preset, market }: Spec): PriceTable | undefined {
  return registered(preset)?.prices === 'files' ? readPrices(preset, market) : undefined
}

/** What the environment of a specification is, sizes above all. */
export const environmentOf = (spec: Spec): EnvironmentSpec<string> =>
  spec.world === null ? environment(spec.environment, pricesOf(spec)) : (environmentSpecOf(spec) as EnvironmentSpec<string>)
