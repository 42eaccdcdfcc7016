// Numbers that no run should meet: NaN, infinities and huge values from a world, in whatever stage the run is; rewards that are all the
// same, one task, episodes of one step. The world is one of one's own, so that what it returns can be chosen.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inFolder } from './places.mjs'
import { product } from './product.mjs'
import { outcome, TINY } from './runs.mjs'

const { XmrlError, defineWorld, loadRun, runExperiment } = await product('index')

export const about = 'NaN, infinities, huge and constant rewards, one task, one step'

export const options = { moments: { whole: 40, small: 1 }, poisons: { whole: 6, small: 2 } }

/** What the world does wrong, once; `huge` ones are numbers, and may do no harm. */
const POISONS = {
  'reward NaN': { rewards: Number.NaN },
  'reward infinite': { rewards: Number.POSITIVE_INFINITY },
  'state NaN': { states: Number.NaN },
  'observation infinite': { observations: Number.NEGATIVE_INFINITY },
  'reward 1e300': { rewards: 1e300, huge: true },
  'reward -1e155': { rewards: -1e155, huge: true }
}

/** A point that is pushed towards a goal. `clock` counts its steps; at `clock.at` what `clock.poison` says is written into row `clock.row`. */
function point(clock, { horizon = 10, constant = false } = {}) {
  const spoil = (batch, size, key) => {
    if (clock.steps !== clock.at || clock.poison[key] === undefined) return
    clock.struck = true
    batch[key][Math.min(clock.row, batch.count - 1) * size] = clock.poison[key]
  }
  return defineWorld({
    name: 'poisoned-point',
    description: 'A point that is pushed towards a goal.',
    horizon,
    observation: { size: 2 },
    action: { size: 1 },
    state: { size: 2, names: ['x', 'v'] },
    task: { names: ['goal'], low: [-2], high: [2] },
    score: 'return',
    laws: { uniform: (random, count) => Array.from({ length: count }, () => [4 * random() - 2]) },
    reset({ count, states, random }) {
      for (let w = 0; w < count; w++) states[2 * w] = 0.2 * random(w, 0) - 0.1
    },
    observe(batch) {
      batch.observations.set(batch.states)
      spoil(batch, 2, 'observations')
    },
    step(batch) {
      const { count, tasks, states, actions, rewards } = batch
      clock.steps++
      for (let w = 0; w < count; w++) {
        states[2 * w + 1] = 0.8 * states[2 * w + 1] + 0.5 * actions[w]
        states[2 * w] += 0.1 * states[2 * w + 1]
        rewards[w] = constant ? 1 : -Math.abs(states[2 * w] - tasks[w])
      }
      spoil(batch, 1, 'rewards')
      spoil(batch, 2, 'states')
    }
  })
}

const small = (world, change = {}) => ({
  ...TINY,
  environment: world,
  train: { phases: [{ iterations: 4, metaBatchSize: 3, supportEpisodes: 4, queryEpisodes: 4 }], monitorEvery: 4 },
  evaluate: { adaptations: 1, supportEpisodes: 4, queryEpisodes: 2 },
  retrain: { arms: ['xmrl', 'maml'], extraSteps: 1500, metaBatchSize: 4, supportEpisodes: 4, queryEpisodes: 4 },
  ...change
})

/** Works on a run; the events so far, and what it ended with. */
async function work(experiment, out) {
  const events = []
  try {
    for await (const event of runExperiment(experiment, { out, resume: true, threads: 1 })) events.push(event)
    return { events }
  } catch (error) {
    return { events, error }
  }
}

/** Tries every poison at so many moments of a run, and the odd runs. */
export async function tried({ moments, poisons }, { say, fault }) {
  return await inFolder(async (place) => {
    const clock = { steps: 0, at: -1, row: 0, poison: {}, struck: false }
    const experiment = small(point(clock))
    const whole = await work(experiment, join(place, 'whole'))
    if (whole.error !== undefined) throw whole.error
    const total = clock.steps
    const expected = outcome(join(place, 'whole'))
    const stages = {}
    const codes = {}
    let harmless = 0
    for (const [name, poison] of Object.entries(POISONS).slice(0, poisons)) {
      for (let moment = 0; moment < moments; moment++) {
        const out = join(place, `${name.replaceAll(' ', '-')}-${moment}`)
        Object.assign(clock, { steps: 0, at: 1 + Math.floor((total * (moment + 0.5)) / moments), row: moment, poison, struck: false })
        const { events, error } = await work(experiment, out)
        const last = events.findLast(({ type }) => type === 'stage-started')
        const where = `${name} in step ${clock.at} of ${total} (${last?.stage} ${last?.arm ?? ''})`
        if (!clock.struck) fault(`${where}: never came`)
        if (error === undefined) {
          harmless++
          if (!poison.huge) fault(`${where}: nobody noticed`)
          unsound(out, where, fault)
          continue
        }
        stages[last?.stage] = (stages[last?.stage] ?? 0) + 1
        codes[error.code] = (codes[error.code] ?? 0) + 1
        named(error, last, where, fault)
        clock.at = -1
        const again = await work(experiment, out)
        if (again.error !== undefined) fault(`${where}: going on fails: ${again.error.message}`)
        else if (outcome(out) !== expected) fault(`${where}: the outcome of going on differs`)
      }
      say(`${name}: ${JSON.stringify({ stages, codes, harmless })}`)
    }
    const odd = await oddRuns(place, fault)
    return { tries: moments * poisons, stages, codes, harmless, odd }
  })
}

/** The message says in which stage (and arm, iteration) it was, and of which task or row. */
function named(error, last, where, fault) {
  if (!(error instanceof XmrlError)) return fault(`${where}: an untyped error: ${error.stack}`)
  if (!/^ERR_(WORLD|NOT_FINITE|DIVERGED|UNRELIABLE)$/.test(error.code)) fault(`${where}: ${error.code}: ${error.message}`)
  const { message } = error
  // Before an arm's first iteration it explains for itself and takes a first step, which no event tells.
  const arm = message.startsWith('retrain xmrl: ') && last.stage === 'augment'
  if (!arm && !message.startsWith(last.stage)) fault(`${where}: names no stage: ${message}`)
  if (last.arm !== undefined && !message.includes(last.arm)) fault(`${where}: names no arm: ${message}`)
  if (/train|retrain/.test(last.stage) && !/iteration \d+/.test(message)) fault(`${where}: names no iteration: ${message}`)
  if (!/task \d+|row \d+/.test(message)) fault(`${where}: names no task or row: ${message}`)
}

/** No record or line of a run holds what JSON cannot say: it would stand there as null. */
function unsound(out, where, fault) {
  const lines = readFileSync(join(out, 'seed-0', 'metrics.jsonl'), 'utf8')
  if (/"(returnAfter|kl|loss)":null/.test(lines)) fault(`${where}: null in the metrics`)
}

/** Runs in which something is as small as it can be; each is done, or ends with a typed error. */
async function oddRuns(place, fault) {
  const still = { steps: 0, at: -1, row: 0, poison: {} }
  const one = { tasks: { training: 1, evaluation: 2, heldOut: 2 } }
  const least = {
    ...{ train: { phases: [{ iterations: 1, metaBatchSize: 1, supportEpisodes: 1, queryEpisodes: 1 }], monitorEvery: 1 } },
    evaluate: { adaptations: 1, supportEpisodes: 1, queryEpisodes: 1 }
  }
  const runs = {
    'constant rewards': small(point(still, { constant: true })),
    'one step': small(point(still, { horizon: 1 })),
    'one task': small(point(still), one),
    'no others': small(point(still), { tasks: { training: 4, evaluation: 4, heldOut: 1 } }),
    'one of everything': small(point(still, { horizon: 1 }), { ...one, ...least }),
    'constant rewards, one of everything': small(point(still, { horizon: 1, constant: true }), { ...one, ...least })
  }
  const ends = {}
  for (const [name, experiment] of Object.entries(runs)) {
    const out = join(place, name.replaceAll(/\W+/g, '-'))
    const { error } = await work(experiment, out)
    ends[name] = error === undefined ? 'done' : error.code
    if (error !== undefined && !(error instanceof XmrlError)) fault(`${name}: an untyped error: ${error.stack}`)
    if (error !== undefined && !/^ERR_(UNRELIABLE|SPEC_INVALID|DIVERGED|NOT_FINITE)$/.test(error.code))
      fault(`${name}: ${error.code}: ${error.message}`)
    ends[`${name}, said`] = error?.message.slice(0, 200) ?? ''
    if (existsSync(join(out, 'resolved.json'))) await loadRun(out)
  }
  return ends
}
