/** Experiments with the prices that they trade at. */
import { XmrlError } from '../errors.js'
import { type Experiment, hashSpec, isMarket, registered, type Spec } from '../spec/index.js'
import { readPrices } from './prices.js'
import { SP20_SHA256 } from './sp20.js'

/**
 * The experiment with the hash of the prices that it trades at, so that its own hash covers them. Prices that are fetched are known by
 * theirs and are not read.
 * @throws XmrlError `ERR_SPEC_INVALID` for rules that are not flown any more; `ERR_PRICES` where the user's file is not there, is another
 * than the experiment's, or holds something that is no price
 */
export function withPrices(experiment: Experiment): Experiment {
  const { environment, market } = experiment.spec
  if (isMarket(environment) && market.rules !== 2)
    throw new XmrlError(
      'ERR_SPEC_INVALID',
      `market.rules: ${market.rules} is not flown any more; only the version of xmrl that made the run can go on with it`
    )
  const fetched = registered(environment)?.prices === 'fetched'
  // A hash that is no such prices' is refused where they are read.
  const sha256 = fetched ? (market.sha256 ?? SP20_SHA256) : readPrices(environment, market)?.sha256
  if (sha256 === undefined || sha256 === market.sha256) return experiment
  const spec: Spec = { ...experiment.spec, market: { ...market, sha256 } }
  return { ...experiment, spec, hash: hashSpec(spec) }
}
