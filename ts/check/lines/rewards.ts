/** Figures of play: returns, and the size of rewards. */
import type { Episodes } from '../episodes.js'
import { type Finding, figure, ok, warning } from '../line.js'

/** Returns whose spread between episodes lies outside of these are far from what advantages and baselines are made for. */
const LARGEST = 1e5
const SMALLEST = 1e-4

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

const deviation = (values: readonly number[]) => {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
}

/** Returns of doing nothing and of random play: what a policy must beat. */
export function returns(random: Episodes, still: Episodes): Finding {
  const said = ({ returns: values }: Episodes) => `${figure(mean(values))} ± ${figure(deviation(values))}`
  return ok(
    `doing nothing ${said(still)}, random play ${said(random)} (mean and standard deviation of ${random.returns.length} episodes): what a policy must beat`
  )
}

/** Rewards that differ, of a size that learning copes with. */
export function rewardScale(random: Episodes, still: Episodes): Finding {
  const [least, greatest] = [Math.min(random.least, still.least), Math.max(random.greatest, still.greatest)]
  if (least === greatest) {
    return warning(
      `every reward is ${figure(least)}, in random play and doing nothing`,
      'reward what leads to the goal: a policy learns nothing until rewards differ'
    )
  }
  const largest = Math.max(...[...random.returns, ...still.returns].map(Math.abs))
  const said = `rewards from ${figure(least)} to ${figure(greatest)}, ${figure(random.size)} in size on average; returns up to ${figure(largest)}`
  const cure = (by: string) => `multiply rewards by about ${by}, so that returns are between 1 and 1 000 in size`
  if (largest > LARGEST) return warning(said, cure(figure(100 / largest)))
  if (largest < SMALLEST) return warning(said, cure(figure(10 / largest)))
  return ok(said)
}
