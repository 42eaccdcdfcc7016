/** Versions of the specification, with the renames that are to come in the place of those there are. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { applyOverrides, defineExperiment, loadRun } from '../../ts/index.js'
import { RunDirectory } from '../../ts/run/index.js'
import { canonicalJson, hashedPart, type Preset } from '../../ts/spec/index.js'
import { asFirstSaid, currentPath, migrated, type SpecVersion } from '../../ts/spec/migration.js'
import { FIRST_METHOD, folder } from '../helpers.js'

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
  const first = canonicalJson(asFirstSaid(part, LATER.slice(0, 2)))
  t.is(canonicalJson(asFirstSaid(later, LATER)), first)
  const steps = (value: number) => ({ ...later, explain: { ...(later.explain as object), steps: value } })
  t.is(canonicalJson(asFirstSaid(steps(1), LATER)), first)
  t.not(canonicalJson(asFirstSaid(steps(2), LATER)), first)
})

/** Recorded before episodes were called so. */
const HASHES = {
  'drone-planar': 'e9325599970314b3fa9161a6a0bad34678e6368727363885622757590e9563a3',
  'cheetah-vel/maml': '95b7ac845e61812d42fc52545f9e72aacdc9666ecd1791e8a6b570ac8a68f603',
  'stock/synthetic': '2125bf2c4db284f5bf0c5295a8217e9205640815d57583fcf85b3a60b2de0eb1',
  'drone-quadrotor': '1615ba0fe198f6b24526b3fbd455e1ca52aa2d5d6ef1bd5ec36945a2b14b0748'
}

test('experiments keep the hashes that they had under the old names, whichever names say them', (t) => {
  for (const [preset, hash] of Object.entries(HASHES))
    t.is(defineExperiment({ environment: preset as Preset, ...FIRST_METHOD }).hash, hash, preset)
  const said = (episodes: string, size: string) =>
    defineExperiment({
      environment: 'drone-planar',
      explain: { ...FIRST_METHOD.explain, [episodes]: 77 },
      retrain: {
        ...FIRST_METHOD.retrain,
        [size]: 9,
        define: { mine: { base: 'xmrl', explain: { [episodes]: 50 } } },
        arms: ['mine', 'maml']
      }
    }).hash
  t.is(said('episodes', 'metaBatchSize'), '8eb5887c385da1961aa3e0529f55b0bca92a0b726b91a03dfe97898b756b1d0d')
  t.is(said('flights', 'slots'), said('episodes', 'metaBatchSize'))
})

test('a run directory that says no version goes on and is read; one of a later version is refused', async (t) => {
  const out = join(folder(t), 'run')
  const experiment = defineExperiment({})
  const file = join(out, 'resolved.json')
  RunDirectory.open(out, experiment).close()
  const { version, hash, spec } = JSON.parse(readFileSync(file, 'utf8'))
  t.is(version, 5)
  writeFileSync(file, JSON.stringify({ hash, spec }))
  t.is((await loadRun(out)).experiment.hash, experiment.hash)
  RunDirectory.open(out, experiment, { resume: true }).close()
  writeFileSync(file, JSON.stringify({ version: 6, hash, spec }))
  await t.throwsAsync(loadRun(out), { code: 'ERR_RECORD_INVALID', message: /version 6 of specifications, and this xmrl reads up to 5/ })
})

test('a run of an earlier version has the values of its time for keys that came later', async (t) => {
  const out = join(folder(t), 'run')
  RunDirectory.open(out, defineExperiment({})).close()
  const file = join(out, 'resolved.json')
  const { hash, spec } = JSON.parse(readFileSync(file, 'utf8'))
  const { source: _source, commonNumbers: _common, lengths: _lengths, verdict: _verdict, ...explain } = spec.explain
  const { audit: _audit, reptileStep: _step, dose: _dose, ...retrain } = spec.retrain
  writeFileSync(file, JSON.stringify({ version: 2, hash, spec: { ...spec, explain: { ...explain, adaptationSteps: null }, retrain } }))
  const read = (await loadRun(out)).experiment.spec
  t.like(read.explain, FIRST_METHOD.explain)
  t.like(read.retrain, FIRST_METHOD.retrain)
})

test('an override by an old name is one by the new name', (t) => {
  t.is(applyOverrides({}, ['explain.rho=.1']).explain?.rho, 0.1)
  t.is(applyOverrides({}, ['explain.flights=5']).explain?.episodes, 5)
  t.deepEqual(applyOverrides({}, ['retrain.define.slots={base: xmrl}']).retrain?.define, { slots: { base: 'xmrl' } })
})
