/** Episodes of a stock preset as the report shows them: wealth day by day, and what was paid. */
import { type Account, accountOf, buyAndHold, equalWeight, type PriceTable, type Quotes } from '../market/index.js'
import type { Episode, EpisodesRecord } from '../records/index.js'
import { market } from '../worlds/index.js'

/** What a preset trades at: its prices from outside, where it has any. */
export function quotesOf(preset: string, prices: PriceTable | undefined): Quotes {
  const { closes, turbulence, names } = market(preset, prices)
  return { closes, turbulence, names: names.length }
}

/** A year of trading from its states `[T][D]`, with the fines of a turbulence threshold. */
export function tradingEpisode(quotes: Quotes, states: readonly ArrayLike<number>[], threshold: number): Episode {
  return episodeOf(accountOf(states, quotes, threshold))
}

/** Buying and holding, and equal weights, on the days of an episode. */
export function benchmarks(quotes: Quotes, states: readonly ArrayLike<number>[]): NonNullable<EpisodesRecord['benchmarks']> {
  const [first, days] = [states[0][quotes.names + 1], states.length - 1]
  return [
    { name: 'buy and hold', ...episodeOf(buyAndHold(quotes, first, days)) },
    { name: 'equal weight', ...episodeOf(equalWeight(quotes, first, days)) }
  ]
}

const cents = (value: number) => Math.round(value * 100) / 100

function episodeOf({ day, wealth, turnover, costs, fines, drawdown }: Account): Episode {
  return {
    path: wealth.map((value, t): [number, number] => [day + t, cents(value)]),
    account: { turnover, costs: cents(costs), fines: cents(fines), drawdown }
  }
}
