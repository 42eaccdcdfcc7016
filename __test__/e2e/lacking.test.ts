/** A run that lacks what it should hold: its report is made of the rest, and says what is gone. */
import { cpSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { gapsText, renderReport } from '../../ts/report/index.js'
import { loadRun } from '../../ts/run/index.js'
import { stagesOf } from '../../ts/stages/index.js'
import { folder, tinySpec, xmrl } from '../helpers.js'

/** What is said of a seed that lacks a record; of the episodes nothing, which are drawn where they are there. */
const LACKS: Record<string, RegExp | undefined> = {
  'tasks.json': /its tasks/,
  'evaluation-theta_0.json': /the evaluation of theta_0/,
  'poor.json': /the poor tasks/,
  'explanation.json': /the explanation/,
  'augmentation.json': /the augmentation/,
  'arm-xmrl.json': /arm xmrl/,
  'evaluation-xmrl.json': /arm xmrl/,
  'arm-maml.json': /arm maml$/,
  'evaluation-maml.json': /arm maml$/,
  'arm-maml-null.json': /arm maml-null/,
  'evaluation-maml-null.json': /arm maml-null/,
  'episodes.json': undefined
}

test('a finished run that lacks a record, whichever, or a seed: the rest is reported, exit 1 and the page name what is gone', async (t) => {
  const work = folder(t)
  const out = join(work, 'run')
  const spec = tinySpec(work, {
    retrain: {
      arms: ['xmrl', 'maml', 'maml-null'],
      extraSteps: 24000,
      metaBatchSize: 8,
      supportEpisodes: 8,
      queryEpisodes: 4
    }
  })
  const ran = await xmrl(['run', spec, '--seeds', '0..2', '--out', out])
  t.is(ran.code, 0, ran.stderr)
  t.is(gapsText(await loadRun(out)), undefined)
  for (const seed of [0, 1]) {
    const results = join(out, `seed-${seed}`, 'results')
    t.deepEqual(readdirSync(results).sort(), Object.keys(LACKS).sort(), 'every record has its line here')
    for (const [file, words] of Object.entries(LACKS)) {
      renameSync(join(results, file), join(work, file))
      const run = await loadRun(out)
      const gaps = gapsText(run)
      if (words === undefined) t.is(gaps, undefined, file)
      else t.regex(gaps ?? '', new RegExp(`^seed ${seed} lacks ${words.source}`), file)
      const html = await renderReport(run)
      t.is(html.includes('Not all of this run is here'), words !== undefined, file)
      renameSync(join(work, file), join(results, file))
    }
  }
  // Whatever the list of stages calls lacking is told so here too.
  const whole = await loadRun(out)
  const [, ...others] = whole.seeds
  const bare = { ...whole, seeds: [{ ...whole.seeds[0], records: { ...others[0].records, evaluations: {}, arms: {} } }] }
  const told = gapsText({ ...bare, experiment: { ...whole.experiment, spec: { ...whole.experiment.spec, seeds: [0] } } })
  const arms = stagesOf(whole.experiment.spec).flatMap(({ arm, lacking }) => (arm === undefined || lacking === undefined ? [] : [lacking]))
  for (const lacking of arms) t.true(told?.includes(lacking), `${lacking}: ${told}`)

  const gone = join(work, 'gone')
  cpSync(out, gone, { recursive: true })
  rmSync(join(gone, 'seed-1'), { recursive: true })
  for (const json of [[], ['--json']]) {
    const told = await xmrl(['report', gone, ...json])
    t.is(told.code, 1)
    t.regex(
      told.stderr,
      /^ERR_RECORD_INVALID: the report is written, .*seed 1 lacks everything; xmrl retrain .* makes again what is missing\n$/
    )
    t.regex(told.stdout, /report\.html/)
  }
  t.regex(readFileSync(join(gone, 'report.html'), 'utf8'), /Not all of this run is here: seed 1 lacks everything/)
  t.is((await xmrl(['report', out])).stderr, '', 'nothing is said of a whole one')

  const logged = join(gone, 'tensorboard')
  const exported = await xmrl(['export', gone, '--format', 'tensorboard', '--out', logged])
  t.is(exported.code, 1)
  t.regex(exported.stderr, /^ERR_RECORD_INVALID: .*seed 1 has no metrics/)
  t.deepEqual(readdirSync(logged).sort(), ['seed-0', 'seed-2'])

  const healed = await xmrl(['retrain', gone])
  t.is(healed.code, 0, healed.stderr)
  t.is((await xmrl(['report', gone])).code, 0)
})

test('a run that was stopped is reported as it stands, with a line', async (t) => {
  const work = folder(t)
  const out = join(work, 'run')
  t.is((await xmrl(['run', tinySpec(work), '--seeds', '0,1', '--until', 'explain', '--out', out])).code, 0)
  const told = await xmrl(['report', out])
  t.is(told.code, 0)
  t.regex(told.stderr, /^not finished: .*: seeds 0 and 1 lack the augmentation, arm xmrl, arm maml\n$/)
})
