import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import {
  currentName,
  everyName,
  explanationRecord,
  migrated,
  RECORD_VERSION,
  type Renaming,
  SOLVER_FACTS,
  studyRecord
} from '../../ts/records/index.js'
import { SOLVERS } from '../../ts/spec/index.js'
import { root } from '../helpers.js'
import { syntheticRecords } from '../report/synthetic.js'

const RENAMINGS: readonly Renaming[] = [
  { kinds: { flights: 'episodes' }, keys: { flights: 'episodes', 'held-out': 'heldOut' }, words: { pool: { 'held-out': 'heldOut' } } },
  { keys: { episodes: 'trials', nonPoor: 'other' } }
]

test('what says no version is of version 1: it is read in today’s words, and still says none', (t) => {
  const record = {
    poor: { evaluation: [1], 'held-out': [2] },
    supportFlights: 3,
    arms: { maml: { steps: 1 } },
    rows: [{ pool: 'held-out' }]
  }
  t.deepEqual(migrated(record), {
    poor: { evaluation: [1], heldOut: [2] },
    supportEpisodes: 3,
    arms: { maml: { steps: 1 } },
    rows: [{ pool: 'heldOut' }]
  })
  t.deepEqual(everyName('episodes'), ['episodes', 'flights'])
  t.is(currentName('flights'), 'episodes')
  t.is(RECORD_VERSION, 2)
  for (const value of [null, 3, [1], 'text']) t.is(migrated(value), value)
})

test('keys and words change at any depth, step by step, and the version is raised', (t) => {
  const old = { flights: 3, rows: [{ pool: 'held-out', note: 'held-out' }], 'held-out': { nonPoor: [1] } }
  t.deepEqual(migrated(old, RENAMINGS), { trials: 3, rows: [{ pool: 'heldOut', note: 'held-out' }], heldOut: { other: [1] } })
  t.deepEqual(migrated({ header: { version: 2, seed: 0 }, episodes: 1, flights: 2 }, RENAMINGS), {
    header: { version: 3, seed: 0 },
    trials: 1,
    flights: 2
  })
  t.deepEqual(migrated({ version: 3, episodes: 1 }, RENAMINGS), { version: 3, episodes: 1 })
})

test('names of arms, presets and facts stay, and what a specification wrote stays as a whole', (t) => {
  const old = {
    arms: { flights: { steps: 1, flights: 2 } },
    steps: { flights: 5 },
    transfer: { 'held-out': { flights: { 'held-out': [1] } } },
    define: { mine: { base: 'xmrl', explain: { flights: 4 } } }
  }
  t.deepEqual(migrated(old, RENAMINGS.slice(0, 1)), {
    arms: { flights: { steps: 1, episodes: 2 } },
    steps: { flights: 5 },
    transfer: { 'held-out': { flights: { heldOut: [1] } } },
    define: { mine: { base: 'xmrl', explain: { flights: 4 } } }
  })
})

test('the name of a record has a new beginning, and its old ones are known', (t) => {
  t.is(currentName('flights', RENAMINGS), 'episodes')
  t.is(currentName('flights-maml', RENAMINGS), 'episodes-maml')
  t.deepEqual(everyName('episodes', RENAMINGS), ['episodes', 'flights'])
  t.deepEqual(everyName('evaluation-maml', RENAMINGS), ['evaluation-maml'])
})

test('a record of a later version is refused with both versions', (t) => {
  const error = t.throws(() => migrated({ header: { version: 3 } }), { code: 'ERR_RECORD_INVALID' })
  t.regex(error?.message ?? '', /^version 3 of the records' format, and this xmrl reads up to 2: use a newer xmrl$/)
})

test('an explanation of old gets the kind that its solver gives; one that says it keeps it', (t) => {
  const { explanation } = syntheticRecords(0, 12)
  const { kind: _, ...old } = explanation ?? {}
  t.false(explanationRecord.safeParse(old).success)
  for (const solver of SOLVERS) {
    t.is(explanationRecord.parse(migrated({ ...old, solver })).kind, SOLVER_FACTS[solver].kind)
    t.is(explanationRecord.parse(migrated({ ...old, solver, kind: 'scores' })).kind, 'scores')
  }
})

test('every committed record of a table is read', (t) => {
  const folder = join(root, 'docs', 'results')
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  const tables = files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8'))).filter(({ seeds }) => seeds?.[0]?.theta_0)
  t.true(tables.length > 10)
  for (const table of tables) t.true(studyRecord.safeParse(migrated(table)).success)
})
