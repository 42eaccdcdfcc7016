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
  const { tasks, episodes, augmentation } = run.seeds[0].records
  t.is(run.manifest.status, 'done')
  t.deepEqual(tasks?.scene?.heights, { low: 0, high: 4, start: 2 })
  t.is(tasks?.pools.training.rare?.length, 8)
  t.like(augmentation, { mix: 'geodesic', repair: 'reject', lifted: 0, null: 0 })
  for (const episode of [...(episodes?.before ?? []), ...(episodes?.after ?? [])]) {
    t.is(episode.heights?.length, episode.path.length)
    t.true(episode.heights?.every((z) => z > 0.06 && z < 3.94))
  }
  const html = readFileSync(join(out, 'report.html'), 'utf8')
  t.is(await renderReport(run), html, 'the report is made from records alone')
  t.regex(html, /Goals, from above/)
  t.regex(html, /After, in space/)

  // Scored on other presets afterwards, by the same run.
  const presets = ['drone-quadrotor/clean', 'drone-quadrotor/wind', 'drone-quadrotor/mass']
  const elsewhere = ['--set', `evaluate.transfer=[${presets.join(', ')}]`]
  const more = await xmrl(['run', spec, '--out', out, '--resume', ...elsewhere])
  t.is(more.code, 0, more.stderr)
  const { transfer, evaluations, arms } = (await loadRun(out)).seeds[0].records
  t.deepEqual(Object.keys(transfer?.presets ?? {}), presets)
  const names = ['theta_0', ...Object.keys(arms)].sort()
  for (const preset of presets) t.deepEqual(Object.keys(transfer!.presets[preset]).sort(), names)
  const own = evaluations.xmrl.pools.evaluation.streams.at(-1)!
  const [clean, wind, mass] = presets.map((preset) => transfer!.presets[preset].xmrl.evaluation)
  t.deepEqual(clean.returns, own.returns, 'the same episodes')
  t.true(clean.success!.every((share, task) => share <= own.success![task]))
  for (const other of [wind, mass]) t.notDeepEqual(other.returns, own.returns)
  const again = await xmrl(['run', spec, '--out', out, '--resume', ...elsewhere])
  t.is(again.code, 0, again.stderr)
  t.deepEqual((await loadRun(out)).seeds[0].records.transfer, transfer, 'what was scored is kept')
  const report = readFileSync(join(out, 'report.html'), 'utf8')
  t.regex(report, /On other presets, without further training/)
  t.regex(report, /Poor tasks where the world differs/)

  // The same figures by another way: a run of the other preset that starts from the repaired weights.
  const checkpoints = readdirSync(join(out, 'seed-0', 'checkpoints')).filter((name) => name.startsWith('retrain-xmrl-'))
  const newest = Math.max(...checkpoints.map((name) => Number(name.slice('retrain-xmrl-'.length))))
  const weights = join(out, 'seed-0', 'checkpoints', `retrain-xmrl-${newest}`, 'weights.safetensors')
  const set = ['environment=drone-quadrotor/wind', `train.initial=${weights}`, 'train.phases=[]']
  const there = join(work, 'wind')
  const scored = await xmrl(['run', spec, ...set.flatMap((one) => ['--set', one]), '--until', 'evaluate', '--out', there])
  t.is(scored.code, 0, scored.stderr)
  const { returns, success } = (await loadRun(there)).seeds[0].records.evaluations.theta_0!.pools.evaluation.streams.at(-1)!
  t.deepEqual({ returns, success }, wind)
})
