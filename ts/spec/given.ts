/** Arms whose training tasks somebody else chose: a list of tasks or of weights, for every seed or for each. */
import { z } from 'zod'
import { defined } from '../defined.js'
import { MOST, nonNegative } from './numbers.js'

/** Pools of training tasks differ from seed to seed, so that a choice may too. */
const bySeed = <S extends z.ZodType>(list: S, what: string) =>
  z
    .union([list, z.record(z.string(), list)], {
      error: `expected a list of ${what}, or such lists by seed, {0: [...], 1: [...]}`
    })
    .optional()

/** The keys of such an arm beside those of every other. */
export const givenKeys = {
  choose: z
    .literal('given')
    .optional()
    .describe('`given`, in place of `base`: the tasks that it favours are those of `tasks` or `weights`.'),
  tasks: bySeed(z.array(z.number().int().nonnegative().max(MOST.count)).min(1), 'training task ids').describe(
    'choose given: ids of the training tasks that are favoured, evenly; one list for all seeds, or one for each.'
  ),
  weights: bySeed(z.array(nonNegative()).min(1), 'weights').describe(
    'choose given: weights of the training tasks, one each, 0 for those that are not favoured; they are scaled to sum to 1.'
  ),
  steps: z
    .number()
    .int()
    .nonnegative()
    .max(MOST.envSteps)
    .optional()
    .describe('choose given: environment steps that the choice took, charged to the arm.')
}

/** A list for all seeds, or one for each. */
type BySeed = readonly number[] | Readonly<Record<string, readonly number[]>>

/** What an arm was given. */
export interface Given {
  tasks?: BySeed | undefined
  weights?: BySeed | undefined
  steps?: number | undefined
}

const isList = (given: BySeed): given is readonly number[] => Array.isArray(given)
const ofSeed = (given: BySeed, seed: number): readonly number[] | undefined => (isList(given) ? given : given[seed])

/** `[N]` weights on the simplex that a seed's training tasks were given; undefined where that seed has none. */
export function givenWeights({ tasks, weights = [] }: Given, seed: number, training: number): number[] | undefined {
  const chosen = ofSeed(tasks ?? weights, seed)
  if (chosen === undefined) return undefined
  const raw = tasks === undefined ? chosen : Array.from({ length: training }, (_, task) => Number(chosen.includes(task)))
  const total = raw.reduce((sum, weight) => sum + weight, 0)
  return raw.map((weight) => weight / total)
}

/**
 * What is wrong with a choice, and where; undefined where nothing is.
 * @param training number of training tasks; undefined where it is not known yet
 * @param seeds that need a choice
 */
export function givenProblem(
  { tasks, weights }: Given,
  training: number | undefined,
  seeds: readonly number[]
): { key: string; text: string } | undefined {
  if ((tasks === undefined) === (weights === undefined)) {
    return { key: '', text: `choose given takes tasks or weights${tasks === undefined ? '; give one' : ', and both are there; give one'}` }
  }
  const [key, given, check] = tasks === undefined ? ['weights', weights as BySeed, weightsProblem] : ['tasks', tasks, tasksProblem]
  const lists = isList(given) ? [['', given] as const] : Object.entries(given)
  for (const [seed, list] of lists) {
    if (!/^(0|[1-9]\d*)?$/.test(seed)) return { key: `${key}.${seed}`, text: 'expected the number of a seed' }
    const text = training === undefined ? undefined : check(list, training)
    if (text !== undefined) return { key: seed === '' ? key : `${key}.${seed}`, text }
  }
  const without = seeds.find((seed) => ofSeed(given, seed) === undefined)
  return without === undefined ? undefined : { key, text: `seed ${without} has none; give every seed its own, or one list for all` }
}

function tasksProblem(tasks: readonly number[], training: number): string | undefined {
  const outside = tasks.find((task) => task >= training)
  if (outside !== undefined)
    return `there is no training task ${outside}: tasks.training is ${training}, so ids go from 0 to ${training - 1}`
  const twice = tasks.find((task, at) => tasks.indexOf(task) < at)
  return twice === undefined ? undefined : `training task ${twice} is named twice; for more weight use weights`
}

function weightsProblem(weights: readonly number[], training: number): string | undefined {
  if (weights.length !== training) return `shape [${weights.length}], and there are [${training}] training tasks (tasks.training)`
  return weights.some((weight) => weight > 0) ? undefined : 'every weight is 0; favour at least one task'
}

/** Two definitions of one arm as one, where they differ in nothing but the seeds that they choose for; undefined where they differ in more. */
export function sameDefinition<V extends Given>(there: V, asked: V, equal: (a: unknown, b: unknown) => boolean): V | undefined {
  const joined = (a: BySeed | undefined, b: BySeed | undefined): BySeed | undefined => {
    if (a === undefined || b === undefined || isList(a) || isList(b)) return b
    return Object.keys(a).some((seed) => seed in b && !equal(a[seed], b[seed])) ? b : { ...a, ...b }
  }
  const both = { ...asked, ...defined({ tasks: joined(there.tasks, asked.tasks), weights: joined(there.weights, asked.weights) }) }
  // Each is then the whole, as far as its own seeds go.
  const part = (of: BySeed | undefined, seeds: BySeed | undefined) =>
    of === undefined || seeds === undefined || isList(of) || isList(seeds)
      ? of
      : Object.fromEntries(Object.keys(seeds).map((seed) => [seed, of[seed]]))
  const seen = { ...both, ...defined({ tasks: part(both.tasks, there.tasks), weights: part(both.weights, there.weights) }) }
  return equal(seen, there) ? both : undefined
}
