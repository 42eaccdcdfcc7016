/** Flights of a stock preset as the report shows them: wealth day by day, and what was paid. */
import { type Account, accountOf, buyAndHold, equalWeight, type Quotes } from '../market/index.js'
import type { Flight, FlightsRecord } from '../run/index.js'
import { market } from '../worlds/index.js'

function quotesOf(preset: string): Quotes {
  const { closes, turbulence, names } = market(preset)
  return { closes, turbulence, names: names.length }
}

/** A year of trading from its states `[T][D]`, with the fines of a turbulence threshold. */
export function tradingFlight(preset: string, states: readonly ArrayLike<number>[], threshold: number): Flight {
  return flightOf(accountOf(states, quotesOf(preset), threshold))
}

/** Buying and holding, and equal weights, on the days of a flight. */
export function benchmarks(preset: string, states: readonly ArrayLike<number>[]): NonNullable<FlightsRecord['benchmarks']> {
  const quotes = quotesOf(preset)
  const [first, days] = [states[0][quotes.names + 1], states.length - 1]
  return [
    { name: 'buy and hold', ...flightOf(buyAndHold(quotes, first, days)) },
    { name: 'equal weight', ...flightOf(equalWeight(quotes, first, days)) }
  ]
}

const cents = (value: number) => Math.round(value * 100) / 100

function flightOf({ day, wealth, turnover, costs, fines, drawdown }: Account): Flight {
  return {
    path: wealth.map((value, t): [number, number] => [day + t, cents(value)]),
    account: { turnover, costs: cents(costs), fines: cents(fines), drawdown }
  }
}
