/** Versions of the specification, with the renames that are to come in the place of those there are. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { applyOverrides, defineExperiment, loadRun, RunDirectory } from '../../ts/index.js'
import { canonicalJson, hashedPart } from '../../ts/spec/index.js'
import { asFirstSaid, currentPath, migrated, type SpecVersion } from '../../ts/spec/migration.js'
import { folder } from '../helpers.js'

const NAMES = {
  flights: 'episodes',
  supportFlights: 'supportEpisodes',
  queryFlights: 'queryEpisodes',
  fisherFlights: 'fisherEpisodes',
  slots: 'metaBatchSize'
}
const LATER: SpecVersion[] = [{}, { renamed: NAMES }, { renamed: { rho: 'strength' }, added: { explain: { steps: 1 } } }]

test('old names are read as new ones at every depth; names that somebody gave stay', (t) => {
  const written = {
    train: { phases: [{ slots: 3, supportFlights: 2 }] },
    explain: { flights: 4, rho: 1, alternating: { queryFlights: 5 } },
    retrain: { slots: 6, define: { slots: { base: 'xmrl', explain: { flights: 7 } } } },
    market: { file: 'slots.csv' }
  }
  const now = {
    train: { phases: [{ metaBatchSize: 3, supportEpisodes: 2 }] },
    explain: { episodes: 4, strength: 1, alternating: { queryEpisodes: 5 } },
    retrain: { metaBatchSize: 6, define: { slots: { base: 'xmrl', explain: { episodes: 7 } } } },
    market: { file: 'slots.csv' }
  }
  t.deepEqual<unknown, unknown>(migrated(written, LATER), now)
  t.deepEqual(migrated(now, LATER), now, 'today’s words stay')
  t.deepEqual(currentPath(['train', 'phases', '0', 'slots'], LATER), ['train', 'phases', '0', 'metaBatchSize'])
  t.deepEqual(currentPath(['retrain', 'define', 'slots', 'explain', 'rho'], LATER), ['retrain', 'define', 'slots', 'explain', 'strength'])
})

test('a key by both its names is refused', (t) => {
  const twice = { explain: { flights: 4, episodes: 5 } }
  t.throws(() => migrated(twice, LATER), {
    code: 'ERR_SPEC_INVALID',
    message: 'explain.flights: this is explain.episodes by its old name, and both are there; give one'
  })
})

test('what is hashed is what was hashed before, unless a key that came later changes something', (t) => {
  const part = hashedPart(defineExperiment({ environment: 'cheetah-vel/maml' }).spec)
  const later = migrated(part, LATER)
  t.notDeepEqual(later, part)
  t.is(canonicalJson(asFirstSaid(later, LATER)), canonicalJson(part))
  const steps = (value: number) => ({ ...later, explain: { ...(later.explain as object), steps: value } })
  t.is(canonicalJson(asFirstSaid(steps(1), LATER)), canonicalJson(part))
  t.not(canonicalJson(asFirstSaid(steps(2), LATER)), canonicalJson(part))
})

test('a run directory that says no version goes on and is read; one of a later version is refused', async (t) => {
  const out = join(folder(t), 'run')
  const experiment = defineExperiment({})
  const file = join(out, 'resolved.json')
  RunDirectory.open(out, experiment).close()
  const { version, hash, spec } = JSON.parse(readFileSync(file, 'utf8'))
  t.is(version, 1)
  writeFileSync(file, JSON.stringify({ hash, spec }))
  t.is((await loadRun(out)).experiment.hash, experiment.hash)
  RunDirectory.open(out, experiment, { resume: true }).close()
  writeFileSync(file, JSON.stringify({ version: 2, hash, spec }))
  await t.throwsAsync(loadRun(out), { code: 'ERR_RECORD_INVALID', message: /version 2 of specifications, and this xmrl reads up to 1/ })
})

test('an override by an old name is one by the new name', (t) => {
  // With no rename yet, both are what they are; the path goes the way that files go.
  t.is(applyOverrides({}, ['explain.rho=.1']).explain?.rho, 0.1)
})
