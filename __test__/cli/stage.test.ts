import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadRun } from '../../ts/index.js'
import { folder, TINY, tinySpec, xmrl } from '../helpers.js'

const QUICK = ['iterations=1', 'supportEpisodes=4', 'queryEpisodes=3', 'top=2', 'leaveOut=1'].flatMap((key) => [
  '--set',
  `explain.validate.${key}`
])

test('stage commands go on with a run, one stage after the other, to the end', async (t) => {
  const dir = folder(t)
  const out = join(dir, 'run')
  const spec = tinySpec(dir, { retrain: { ...TINY.retrain, arms: ['xmrl'] } })
  const none = await xmrl(['train', out])
  t.is(none.code, 1)
  t.regex(none.stderr, /ERR_RUN_NOT_FOUND/)
  t.is((await xmrl(['run', spec, '--out', out, '--until', 'train'])).code, 0)
  const stages = async () => {
    const { seeds, table } = await loadRun(out)
    const made = { ...seeds[0].records, table }
    return ['explanation', 'validation', 'augmentation', 'table'].filter((name) => made[name as 'table'] !== undefined)
  }
  t.is((await xmrl(['evaluate', out])).code, 0)
  t.deepEqual([(await loadRun(out)).seeds[0].records.evaluations.theta_0 !== undefined, await stages()], [true, []])
  const other = await xmrl(['explain', out, '--set', 'explain.rho=1'])
  t.is(other.code, 2)
  t.regex(other.stderr, /ERR_USAGE: --set explain\.rho=1: of a run that exists only explain\.validate\.\*/)
  const checked = await xmrl(['explain', out, '--validate', '--json', ...QUICK])
  t.is(checked.code, 0, checked.stderr)
  const events = checked.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const finished = events
    .filter((event) => event.type === 'stage-finished')
    .map((event) => event.stage)
    .filter((stage) => stage !== 'train')
  t.deepEqual(finished, ['explain', 'validate'])
  t.regex(events.find((event) => event.stage === 'validate' && event.type === 'stage-finished').summary, /noise ceiling/)
  t.deepEqual(await stages(), ['explanation', 'validation'])
  t.is((await xmrl(['augment', out])).code, 0)
  t.deepEqual(await stages(), ['explanation', 'validation', 'augmentation'])
  t.is((await xmrl(['retrain', out])).code, 0)
  t.deepEqual([await stages(), (await loadRun(out)).manifest.status], [['explanation', 'validation', 'augmentation', 'table'], 'done'])
  t.true(existsSync(join(out, 'report.html')))
})
