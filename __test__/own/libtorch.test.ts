/** A world of one's own in JavaScript under libtorch on the CPU: what the derivatives written out give, to rounding. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadRun } from '../../ts/index.js'
import { folder, root, TINY, xmrl } from '../helpers.js'

/** Numbers of an iteration's line, by their paths. */
function numbers(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]]
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => numbers(inner, `${path}.${key}`))
    : []
}

test('a whole run with libtorch meets the fused one to rounding in training, and says which libtorch it opened', async (t) => {
  const path = folder(t)
  copyFileSync(join(root, '__test__', 'own', 'worlds', 'point.mjs'), join(path, 'point.mjs'))
  const train = { phases: [{ iterations: 4, metaBatchSize: 4, supportEpisodes: 8, queryEpisodes: 4 }], monitorEvery: 2 }
  writeFileSync(join(path, 'spec.json'), JSON.stringify({ ...TINY, environment: './point.mjs', train }))
  const run = async (calculus: string, ...args: string[]) => {
    const out = join(path, calculus)
    const done = await xmrl(['run', 'spec.json', '--device', 'cpu', '--set', `learner.calculus=${calculus}`, '--out', out, ...args], {
      cwd: path
    })
    t.is(done.code, 0, done.stderr)
    const lines = readFileSync(join(out, 'seed-0', 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
    const trained = lines.map((line) => JSON.parse(line)).filter(({ stage }) => stage === 'train')
    return { loaded: await loadRun(out), trained }
  }
  const theirs = await run('libtorch')
  const ours = await run('fused', '--until', 'train')
  t.is(theirs.trained.length, 4)
  // CG amplifies rounding a little from iteration to iteration.
  for (const [iteration, line] of theirs.trained.entries())
    for (const [[at, a], [, b]] of numbers(line).map((each, i) => [each, numbers(ours.trained[iteration])[i]] as const))
      t.true(Math.abs(a - b) <= 1e-8 * Math.max(1, Math.abs(b)), `iteration ${iteration + 1}${at}: ${a} and ${b}`)
  t.notDeepEqual(theirs.trained, ours.trained, 'two programs do not round alike')
  t.regex(theirs.loaded.manifest.libtorch ?? '', /^2\.11\./)
  const { records } = theirs.loaded.seeds[0]
  t.deepEqual(Object.keys(records.arms).sort(), ['maml', 'xmrl'])
  t.truthy(records.augmentation, 'its states were mixed')
})
