/** The rows of `npm run faults` in their small form: the real product, fewer tries. What each tries stands at the head of its file. */
import { join } from 'node:path'
import test from 'ava'
import { command, root } from '../helpers.js'

/** What a row says that it tried, by what and how. */
type Figures = Readonly<Record<string, Readonly<Record<string, number>>>>

/** A row, and what it must have tried at least, so that a row that tries nothing does not pass. */
const ROWS: Readonly<Record<string, (figures: Figures) => boolean>> = {
  logs: ({ cuts }) => cuts['resolved.json'] > 50 && cuts['seed-0/metrics.jsonl'] > 10,
  kill: ({ counts }) => counts.parent + counts.worker >= 2,
  fuzz: ({ figures }) => Object.keys(figures).length >= 14,
  numbers: ({ stages, odd }) => Object.keys(stages).length > 0 && String(odd['no others']) === 'ERR_SPEC_INVALID',
  memory: ({ grown }) => Object.keys(grown).length === 4,
  soak: ({ MiB }) => MiB.first > 0,
  locks: ({ contended, seen }) => contended.held > 5 && seen.read > 0 && seen.reports === 1,
  // Where nothing may be mounted it says so, and is none of this test's.
  full: ({ failed, skipped }) => skipped !== undefined || Object.keys(failed).length === 4,
  stops: ({ counts }) => counts.once + counts.twice >= 3,
  // Its program that reads too far was noticed, and a crate's tests ran.
  sanitize: ({ tests, witness }) => Number(witness) === 1 && tests.threads > 5,
  workers: ({ counts }) => counts.SIGTERM + counts.SIGKILL + counts.hang === 3,
  io: ({ failed, images }) => Object.keys(failed).length === 4 && images['half a unit'] > 100
}

/** Milliseconds for a row on a machine that is busy with much else; seconds on one that is not. */
const PATIENCE = 400_000

for (const [row, enough] of Object.entries(ROWS))
  test.serial(`faults: ${row}`, async (t) => {
    t.timeout(PATIENCE)
    const done = await command(process.execPath, ['--expose-gc', join(root, 'scripts', 'faults', 'main.mjs'), row, '--small', '--json'], {
      timeout: PATIENCE - 20_000
    })
    t.true(done.stdout.startsWith('{'), done.stderr)
    const { bad, ...figures } = JSON.parse(done.stdout)
    t.deepEqual(bad, [])
    t.true(enough(figures as Figures), done.stdout)
  })
