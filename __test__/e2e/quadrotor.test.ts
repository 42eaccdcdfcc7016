import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { renderReport } from '../../ts/report/index.js'
import { loadRun } from '../../ts/run/index.js'
import { TINY, tinySpec, xmrl } from '../helpers.js'

const work = mkdtempSync(join(tmpdir(), 'xmrl-quadrotor-'))
test.after.always(() => rmSync(work, { recursive: true, force: true }))

test('the whole pipeline on drone-quadrotor, and its repaired policy in wind, under load and judged by contact', async (t) => {
  const spec = tinySpec(work, { environment: 'drone-quadrotor', retrain: { ...TINY.retrain, extraSteps: 48_000 } })
  const out = join(work, 'run')
  const done = await xmrl(['run', spec, '--out', out])
  t.is(done.code, 0, done.stderr)
  const run = await loadRun(out)
  const { tasks, flights, augmentation } = run.records
  t.is(run.manifest.status, 'done')
  t.deepEqual(tasks?.scene?.heights, { low: 0, high: 4, start: 2 })
  t.is(tasks?.pools.training.rare?.length, 8)
  t.like(augmentation, { mix: 'geodesic', repair: 'reject', lifted: 0, null: 0 })
  for (const flight of [...(flights?.before ?? []), ...(flights?.after ?? [])]) {
    t.is(flight.heights?.length, flight.path.length)
    t.true(flight.heights?.every((z) => z > 0.06 && z < 3.94))
  }
  const html = readFileSync(join(out, 'report.html'), 'utf8')
  t.is(await renderReport(run), html, 'the report is made from records alone')
  t.regex(html, /Goals, from above/)
  t.regex(html, /After, in space/)

  const checkpoints = readdirSync(join(out, 'checkpoints')).filter((name) => name.startsWith('retrain-xmrl-'))
  const newest = Math.max(...checkpoints.map((name) => Number(name.slice('retrain-xmrl-'.length))))
  const weights = join(out, 'checkpoints', `retrain-xmrl-${newest}`, 'weights.safetensors')
  const judged: Record<string, number[]> = {}
  for (const preset of ['drone-quadrotor', 'drone-quadrotor/clean', 'drone-quadrotor/wind', 'drone-quadrotor/mass']) {
    const there = join(work, preset.replace('/', '-'))
    const set = [`environment=${preset}`, `train.initial=${weights}`, 'train.phases=[]']
    const scored = await xmrl(['run', spec, ...set.flatMap((one) => ['--set', one]), '--until', 'evaluate', '--out', there])
    t.is(scored.code, 0, scored.stderr)
    const [stream] = (await loadRun(there)).records.evaluations.theta_0!.pools.evaluation.streams
    judged[preset] = [...stream.returns, ...(stream.success ?? [])]
  }
  const half = (preset: string) => [judged[preset].slice(0, 6), judged[preset].slice(6)]
  const [returns, success] = half('drone-quadrotor')
  const [same, clean] = half('drone-quadrotor/clean')
  t.deepEqual(same, returns, 'the same flights')
  t.true(clean.every((share, task) => share <= success[task]))
  for (const preset of ['drone-quadrotor/wind', 'drone-quadrotor/mass']) t.notDeepEqual(half(preset)[0], returns, preset)
})
