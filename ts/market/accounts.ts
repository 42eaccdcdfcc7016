/** What episodes of a stock preset earned and paid, and what two plain ways of investing did on the same days. Pure. */

/** Share of a trade's value that it costs, and share of purchases on turbulent days that is fined, as in the environment. */
const COST = 0.001
const FINE = 0.05

/** Prices and turbulence by day. */
export interface Quotes {
  /** `[T, n]` row-major. */
  closes: ArrayLike<number>
  /** `[T]` */
  turbulence: ArrayLike<number>
  /** n. */
  names: number
}

/** A course of wealth with what was paid on the way, $. */
export interface Account {
  /** First day, a row of the table. */
  day: number
  /** Wealth on every day from the first. */
  wealth: number[]
  /** Value traded over the mean wealth. */
  turnover: number
  costs: number
  fines: number
  /** Largest loss from an earlier height, as a share of it. */
  drawdown: number
}

/** The largest fall from an earlier height, as a share of that height. */
export function drawdown(wealth: readonly number[]): number {
  let [height, most] = [Number.NEGATIVE_INFINITY, 0]
  for (const value of wealth) {
    height = Math.max(height, value)
    most = Math.max(most, 1 - value / height)
  }
  return most
}

/**
 * The account of an episode from its states (cash, shares of every name, day), oldest first, with the fines of a turbulence threshold.
 */
export function accountOf(states: readonly ArrayLike<number>[], quotes: Quotes, threshold: number): Account {
  const { closes, turbulence, names } = quotes
  const price = (day: number, name: number) => closes[day * names + name]
  const wealth = states.map((state) => {
    const day = state[names + 1]
    let sum = state[0]
    for (let i = 0; i < names; i++) sum += state[1 + i] * price(day, i)
    return sum
  })
  let [traded, fines] = [0, 0]
  for (let t = 0; t + 1 < states.length; t++) {
    const [now, next] = [states[t], states[t + 1]]
    const day = now[names + 1]
    let bought = 0
    for (let i = 0; i < names; i++) {
      const value = (next[1 + i] - now[1 + i]) * price(day, i)
      traded += Math.abs(value)
      bought += Math.max(0, value)
    }
    if (turbulence[day] > threshold) fines += FINE * bought
  }
  return finish(states[0][names + 1], wealth, traded, fines)
}

const finish = (day: number, wealth: number[], traded: number, fines: number): Account => ({
  day,
  wealth,
  turnover: traded / (wealth.reduce((sum, value) => sum + value, 0) / wealth.length),
  costs: COST * traded,
  fines,
  drawdown: drawdown(wealth)
})

/** Buys the same amount of every name with $1,000 on the first day and keeps it. No fine is charged: it has no threshold. */
export function buyAndHold(quotes: Quotes, first: number, days: number): Account {
  return invest(quotes, first, days, false)
}

/** The same, brought back to equal amounts at every close. */
export function equalWeight(quotes: Quotes, first: number, days: number): Account {
  return invest(quotes, first, days, true)
}

function invest({ closes, names }: Quotes, first: number, days: number, rebalanced: boolean): Account {
  const start = 1000 / (1 + COST)
  const values = Array.from({ length: names }, () => start / names)
  const wealth = [1000]
  let traded = start
  for (let day = first; day < first + days; day++) {
    for (let i = 0; i < names; i++) values[i] *= closes[(day + 1) * names + i] / closes[day * names + i]
    let sum = values.reduce((total, value) => total + value, 0)
    if (rebalanced) {
      const moved = values.reduce((total, value) => total + Math.abs(value - sum / names), 0)
      traded += moved
      sum -= COST * moved
      values.fill(sum / names)
    }
    wealth.push(sum)
  }
  return finish(first, wealth, traded, 0)
}
