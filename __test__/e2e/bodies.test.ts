import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { renderReport } from '../../ts/report/index.js'
import { loadRun } from '../../ts/run/index.js'
import { environment, environments } from '../../ts/worlds/index.js'
import { folder, outcome, tinyBody, xmrl } from '../helpers.js'

const work = mkdtempSync(join(tmpdir(), 'xmrl-bodies-'))
test.after.always(() => rmSync(work, { recursive: true, force: true }))

/** Runs the pipeline of a body from its preset; the place of the run and what was printed. */
async function flown(preset: string, name: string, args: string[] = []) {
  const spec = join(work, `${name}.json`)
  writeFileSync(spec, JSON.stringify(tinyBody(preset)))
  const out = join(work, name)
  const done = await xmrl(['run', spec, '--out', out, ...args])
  if (done.code !== 0) throw new Error(`${preset}: exit code ${done.code}: ${done.stderr}`)
  return { out, done }
}

const CASES = [
  ['cheetah-vel/maml', 'side', 8],
  ['ant-vel/maml', 'top', 13]
] as const

for (const [preset, view, capsules] of CASES) {
  test(`the whole pipeline on ${preset}, scored by return from training to report`, async (t) => {
    const { out, done } = await flown(preset, preset.replace('/', '-'), ['--full'])
    const { horizon } = environment(preset)
    const run = await loadRun(out)
    const { tasks, poor, evaluations, explanation, augmentation, arms, episodes } = run.seeds[0].records
    const { table } = run
    t.is(run.manifest.status, 'done')
    t.like(tasks, { preset, scoredBy: 'return', scene: undefined })
    for (const record of Object.values(evaluations)) {
      for (const pool of Object.values(record.pools))
        for (const scores of pool.streams) t.true(scores.success === undefined && scores.returns.every(Number.isFinite))
      t.deepEqual(
        record.bySteps?.map((entry) => [entry.adaptationSteps, entry.returns.length]),
        [
          [0, 5],
          [1, 5],
          [2, 5]
        ]
      )
      t.deepEqual(record.bySteps?.[1].returns, record.pools.evaluation.streams.at(-1)?.returns, 'the step behind every score')
    }
    t.is(poor?.evaluation.length, 1)
    t.deepEqual([explanation?.controls.success, explanation?.controls.returns?.length], [undefined, 6])
    t.like(augmentation, { mix: 'geodesic', repair: 'lift', null: 0 })
    for (const count of [augmentation?.infeasible, augmentation?.lifted, augmentation?.redraws, augmentation?.gaveUp])
      t.true(Number.isInteger(count))
    t.true(augmentation!.infeasible! >= augmentation!.lifted!)
    t.true(arms.xmrl.curve.length > 0 && arms.xmrl.curve.every((point) => point.successAfter === undefined))
    t.true(table?.rows.every((row) => row.metric === 'return'))
    t.deepEqual([...new Set(table?.adaptation?.map((row) => row.arm))], ['theta_0', 'xmrl', 'maml'])
    t.is(episodes?.view, view)
    t.deepEqual([episodes?.before.length, episodes?.after.length], view === 'side' ? [1, 1] : [4, 4])
    const [episode] = episodes?.before ?? []
    t.true(episode.path.length >= 2 && episode.path.length <= horizon + 1)
    t.is(episode.poses?.length, 8)
    t.true(episode.poses?.every((pose) => pose.capsules.length === capsules))
    t.is(episode.poses?.at(-1)?.step, episode.path.length - 1)
    for (const line of run.metrics) {
      t.false('successAfter' in line || 'success' in line, JSON.stringify(line))
      if (/^(train|retrain-)/.test(line.stage)) {
        for (const key of ['redraws', 'infeasible', 'lifted', 'gaveUp']) t.true(key in line, key)
        t.is(line.cappedSolves, 0)
      }
    }
    const html = readFileSync(join(out, 'report.html'), 'utf8')
    t.is(await renderReport(run), html, 'the report is made from records alone')
    for (const id of ['returns', 'omega', 'map', 'mixing', 'gains', 'dumbbells', 'episodes', 'curves'])
      t.true(html.includes(`<figure id="${id}">`), id)
    t.notRegex(`${html}${done.stdout}${done.stderr}`, /success/i)
    t.regex(done.stdout, /^return after adaptation \(preliminary: one seed, fewer than 10\)$/m)
    t.regex(done.stdout, /by adaptation steps\narm +before +after 1 +after 2/)
  })
}

test('envs lists every preset, and says of one what it is scored by and how actions are scaled', async (t) => {
  const all = await xmrl(['envs'])
  t.is(all.code, 0, all.stderr)
  t.deepEqual(
    all.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
    environments().map((spec) => spec.preset)
  )
  const scaled = await xmrl(['envs', 'cheetah-vel/promp'])
  t.regex(scaled.stdout, /observation \[17\], action \[6\] in \[-10, 10\], state \[18\]/)
  t.regex(scaled.stdout, /scored by return; actions are divided by 10, then clipped/)
  t.regex((await xmrl(['envs', 'drone-planar'])).stdout, /scored by success\n/)
  t.like(JSON.parse((await xmrl(['envs', 'ant-vel/maml', '--json'])).stdout), { observationSize: 125, scoredBy: 'return', actionScale: 1 })
})

test('a body: stopped and resumed on other threads, the bytes are those of the undisturbed run', async (t) => {
  const { out: whole } = await flown('cheetah-vel/maml', 'whole', ['--threads', '1'])
  const spec = join(work, 'whole.json')
  const out = join(folder(t), 'run')
  const stopped = await xmrl(['run', spec, '--out', out, '--threads', '2', '--json'], {
    line: (text, kill) => {
      const event = JSON.parse(text)
      if (event.type === 'iteration' && event.stage === 'retrain' && event.arm === 'xmrl' && event.iteration === 1) kill('SIGINT')
    }
  })
  t.is(stopped.code, 75, stopped.stderr)
  const resumed = await xmrl(['run', spec, '--out', out, '--threads', '2', '--json', '--resume'])
  t.is(resumed.code, 0, resumed.stderr)
  t.deepEqual(outcome(out), outcome(whole))
})
