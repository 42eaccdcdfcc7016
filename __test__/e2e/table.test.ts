import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { loadRun } from '../../ts/run/index.js'
import { folder, outcome, TINY, tinySpec, xmrl } from '../helpers.js'

const work = mkdtempSync(join(tmpdir(), 'xmrl-table-'))
test.after.always(() => rmSync(work, { recursive: true, force: true }))
const SEEDS = [0, 3]
const spec = tinySpec(work, { retrain: { ...TINY.retrain, extraSteps: 20_000 } })
const table = (out: string, ...more: string[]) => [
  'table',
  spec,
  '--seeds',
  SEEDS.join(','),
  '--out',
  out,
  ...(more.includes('--jobs') ? [] : ['--jobs', '2']),
  '--json',
  ...more
]

/** The same seeds one after the other, in one process: what everything is compared with. */
const sequential = (async () => {
  const out = join(work, 'sequential')
  const done = await xmrl(['run', spec, '--seeds', SEEDS.join(','), '--out', out, '--json'])
  if (done.code !== 0) throw new Error(`the sequential run failed: ${done.stderr}`)
  return out
})()

const bytes = (out: string) => Object.fromEntries(SEEDS.map((seed) => [seed, outcome(join(out, `seed-${seed}`))]))
const body = (file: string) => {
  const { header: _, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
  return rest
}
const tableOf = (out: string) => body(join(out, 'results', 'table.json'))
const events = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

test('seeds in parallel give the bytes of one after the other, and the same table, as files too', async (t) => {
  const out = join(folder(t), 'run')
  const record = join(out, 'small.json')
  const done = await xmrl(table(out, '--record', record))
  t.is(done.code, 0, done.stderr)
  t.deepEqual(bytes(out), bytes(await sequential))
  t.deepEqual(tableOf(out), tableOf(await sequential))
  for (const name of ['table.md', 'table.tex', 'table.csv'])
    t.is(readFileSync(join(out, name), 'utf8'), readFileSync(join(await sequential, name), 'utf8'), name)
  const run = await loadRun(out)
  t.is(run.manifest.status, 'done')
  t.deepEqual(run.manifest.envSteps, (await loadRun(await sequential)).manifest.envSteps)
  t.deepEqual(
    SEEDS.filter((seed) => existsSync(join(out, `seed-${seed}`, '.lock'))),
    []
  )
  const study = JSON.parse(readFileSync(record, 'utf8'))
  t.deepEqual([study.seeds.length, Object.keys(study.seeds[0].arms)], [2, ['xmrl', 'maml']])
  t.is(study.command, `npx xmrl table ${spec} --seeds 0,3`)
  t.deepEqual(
    events(done.stdout)
      .slice(-3)
      .map((event) => event.type),
    ['table', 'report', 'record']
  )
})

test('stopped by a signal, then with a worker killed, then gone on with by xmrl run: the same bytes', async (t) => {
  const out = join(folder(t), 'run')
  let sent = false
  const stopped = await xmrl(table(out, '--jobs', '1'), {
    line: (text, kill) => {
      const event = JSON.parse(text)
      if (sent || event.type !== 'iteration' || event.seed !== 0 || event.stage !== 'train') return
      sent = true
      kill('SIGINT')
    }
  })
  t.is(stopped.code, 75, stopped.stderr)
  t.is((await loadRun(out)).manifest.status, 'stopped')
  t.true((await loadRun(out)).seeds[0].stages.train > 0, 'what was trained is saved')
  t.false(
    [out, ...SEEDS.map((seed) => join(out, `seed-${seed}`))].some((path) => existsSync(join(path, '.lock'))),
    'locks are given back'
  )
  t.false(
    events(stopped.stdout).some((event) => event.seed === 3),
    'no seed begins after the signal'
  )
  let killed = 0
  const crashed = await xmrl(table(out, '--resume'), {
    line: (text) => {
      const event = JSON.parse(text)
      if (killed > 0 || event.seed !== 3 || event.type !== 'iteration' || event.stage !== 'train' || event.iteration < 4) return
      killed = JSON.parse(readFileSync(join(out, 'seed-3', '.lock'), 'utf8')).pid
      process.kill(killed, 'SIGKILL')
    }
  })
  t.is(crashed.code, 1)
  t.regex(crashed.stderr, new RegExp(`^ERR_WORKER: 1 of 2 seeds failed: seed 3: worker process ${killed} was killed by SIGKILL.*--resume`))
  const notes = events(crashed.stdout).filter((event) => event.type === 'note' && event.seed === 3)
  t.regex(notes[0]?.text ?? '', /^seed 3 failed: ERR_WORKER: /)
  t.is((await loadRun(out)).manifest.status, 'failed')
  t.deepEqual(tableOf(out).seeds, [0], 'the table over the seeds that are there')
  t.true(existsSync(join(out, 'report.html')))
  const whole = await xmrl(['run', spec, '--seeds', SEEDS.join(','), '--out', out, '--json', '--resume'])
  t.is(whole.code, 0, whole.stderr)
  t.deepEqual(bytes(out), bytes(await sequential))
  t.deepEqual(tableOf(out), tableOf(await sequential))
})

test('a seed that cannot go on does not stop the others; what it needs can be granted afterwards', async (t) => {
  const { seeds } = await loadRun(await sequential)
  const correlation = seeds.map((seed) => seed.records.poor?.rankCorrelation.evaluation ?? 0)
  const sorted = [...correlation].sort((a, b) => a - b)
  const between = (sorted[0] + sorted[1]) / 2
  t.true(sorted[0] < between, 'one seed is less certain than the others')
  const bad = SEEDS[correlation.indexOf(sorted[0])]
  const out = join(folder(t), 'run')
  const args = table(out, '--set', `poor.minimumCorrelation=${between}`)
  const done = await xmrl([...args, '--set', 'explain.allowUnreliable=false'])
  t.is(done.code, 1)
  t.regex(done.stderr, new RegExp(`^ERR_UNRELIABLE: 1 of 2 seeds failed: seed ${bad}: .*explain\\.allowUnreliable=true`))
  t.deepEqual(
    tableOf(out).seeds,
    SEEDS.filter((seed) => seed !== bad)
  )
  const more = await xmrl([...args, '--resume'])
  t.is(more.code, 0, more.stderr)
  t.deepEqual(tableOf(out), tableOf(await sequential))
})

test('arms added later to the same directory are those of a run that had them from the start', async (t) => {
  const out = join(folder(t), 'run')
  const seeds = ['--seeds', '0,3', '--out', out, '--json']
  const record = join(out, 'small.json')
  t.is((await xmrl(['run', spec, ...seeds, '--arms', 'maml', '--record', record])).code, 0)
  t.is(JSON.parse(readFileSync(record, 'utf8')).command, `npx xmrl run ${spec} --seeds 0,3 --arms maml`)
  t.deepEqual(Object.keys(tableOf(out).steps), ['maml'])
  const more = await xmrl(['table', spec, ...seeds, '--arms', 'xmrl,maml', '--resume'])
  t.is(more.code, 0, more.stderr)
  t.deepEqual(Object.keys(tableOf(out).steps), ['xmrl', 'maml'])
  for (const seed of [0, 3]) {
    const [own, whole] = [outcome(join(out, `seed-${seed}`)), bytes(await sequential)[seed]]
    for (const name of Object.keys(whole).filter((each) => /^(arm|evaluation|retrain|train|explanation|poor)/.test(each)))
      t.true(own[name] === whole[name], `seed ${seed}: ${name}`)
  }
  // Asking for less again takes nothing away: what was done is done.
  const early = await xmrl(['run', spec, ...seeds, '--resume', '--until', 'evaluate'])
  t.is(early.code, 0, early.stderr)
  t.is((await loadRun(out)).manifest.status, 'done')
  t.deepEqual((await loadRun(out)).experiment.spec.retrain.arms, ['xmrl', 'maml'])
})

test('what cannot be a table is exit code 2', async (t) => {
  const out = join(folder(t), 'run')
  const wrong = await xmrl(['table', spec, '--arms', 'xmrl,mamll', '--out', out])
  t.is(wrong.code, 2)
  t.regex(wrong.stderr, /^ERR_SPEC_INVALID: retrain\.arms.*mamll.*"maml"/)
  t.is((await xmrl(['table', spec, '--jobs', '0', '--out', out])).code, 2)
  t.false(existsSync(out))
})
