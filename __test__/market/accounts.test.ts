import test from 'ava'
import { accountOf, buyAndHold, drawdown, equalWeight } from '../../ts/market/index.js'
import { createWorlds, market } from '../../ts/worlds/index.js'

const near = (a: number, b: number, within = 1e-9) => Math.abs(a - b) <= within

test('the largest fall is from a height to the lowest after it', (t) => {
  t.is(drawdown([100, 80, 120, 90, 130, 60, 200]), 1 - 60 / 130)
  t.is(drawdown([1, 2, 3]), 0)
})

test('buying and holding, and equal weights, on prices done by hand', (t) => {
  // One name doubles and falls back, the other stays.
  const quotes = { closes: [10, 5, 20, 5, 10, 5], turbulence: [0, 0, 0], names: 2 }
  const start = 1000 / 1.001
  const held = buyAndHold(quotes, 0, 2)
  t.true(near(held.wealth[1], 1.5 * start) && near(held.wealth[2], start) && held.wealth[0] === 1000)
  t.true(near(held.costs, 0.001 * start) && held.fines === 0 && near(held.drawdown, 1 / 3))
  // Equal weights sell a quarter of the first day's height and buy back: 3/4 and 3/4, then 3/8 and 3/4, less .1 % of what moves.
  const equal = equalWeight(quotes, 0, 2)
  const first = 1.5 * start - 0.001 * 0.5 * start
  const second = 0.75 * first - 0.001 * 0.25 * first
  t.true(near(equal.wealth[1], first) && near(equal.wealth[2], second))
  t.true(near(equal.costs, 0.001 * (start + 0.5 * start + 0.25 * first)))
})

test('the account of an episode is what the environment paid for it', (t) => {
  const { closes, turbulence, names } = market('stock/synthetic')
  const n = names.length
  const threshold = 18
  const worlds = createWorlds('stock/synthetic', { tasks: [[threshold, 7]], seed: 3 })
  t.teardown(() => worlds.dispose())
  const states = [worlds.state()]
  let rewards = 0
  for (let step = 0; step < 252; step++) {
    const actions = Float64Array.from({ length: n }, (_, i) => 1.2 * Math.sin(1.3 * i + 0.7 * step))
    rewards += worlds.step(actions).rewards[0]
    states.push(worlds.state())
  }
  const account = accountOf(states, { closes, turbulence, names: n }, threshold)
  t.is(account.wealth.length, 253)
  t.true(near((account.wealth.at(-1) as number) - 1000 - account.fines, rewards, 1e-6))
  t.true(account.fines > 1 && account.costs > 1 && account.turnover > 1 && account.drawdown > 0)
  t.is(accountOf(states, { closes, turbulence, names: n }, 1e9).fines, 0)
})
