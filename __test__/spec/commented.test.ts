/** A specification that explains itself: what it says is read back as the same one, by us and by another YAML reader's rules. */
import { execFileSync } from 'node:child_process'
import { Ajv2020 } from 'ajv/dist/2020.js'
import test from 'ava'
import { parse } from 'yaml'
import {
  commentedSpec,
  defineExperiment,
  type Preset,
  parseSpec,
  presetNames,
  specJsonSchema,
  type WrittenSpec
} from '../../ts/spec/index.js'

/** What a preset needs beside its name. */
const needs = (environment: Preset): WrittenSpec => ({
  environment,
  ...(environment === 'stock/csv' ? { market: { file: '/data/prices.csv' } } : {})
})

/** Specifications with something of every kind in them. */
const RICH: WrittenSpec[] = [
  ...presetNames.map(needs),
  {
    seeds: [3, 4294967295],
    train: { initial: '2024_01: a "name" # here', initialFrom: '/tmp/a b', phases: [] },
    explain: { verdict: null, adaptationSteps: null, tolerance: 1e-12, groupCosine: 0.97 },
    retrain: {
      arms: ['no', 'y.2', 'maml'],
      define: {
        no: { base: 'xmrl', criticalShare: 'natural', law: { beta: 0.5 }, explain: { solver: 'implicit', verdict: null } },
        'y.2': { base: 'roml', roml: { beta: 0.3 } }
      },
      reptileStep: null,
      dose: null,
      lever: { iterations: 4, margin: 0 },
      mixedHorizon: 7
    }
  },
  { train: { phases: [{ iterations: 1 }, { iterations: 2, maxKl: 1e-9 }] } }
]

test('read again it is the same specification, with the same hash: every preset, and every kind of value', (t) => {
  for (const written of RICH) {
    const { spec, hash } = defineExperiment(written)
    const text = commentedSpec(spec)
    const again = defineExperiment(parseSpec(text, 'x.yaml'))
    t.deepEqual(again.spec, spec, text)
    t.is(again.hash, hash)
    // Plain YAML 1.2 says the same: nothing of ours is needed to read it.
    t.deepEqual(parse(text), JSON.parse(JSON.stringify(spec)))
  }
})

test('every key stands under a comment, and the default is marked where it is the value, said where it is not', (t) => {
  const { spec } = defineExperiment({ environment: 'drone-planar', trpo: { damping: 1 } })
  const lines = commentedSpec(spec).split('\n')
  for (const [at, line] of lines.entries()) {
    t.true(line.length <= 130, line)
    if (!/^ *[a-zA-Z]+:/.test(line) || /^ {6}/.test(line)) continue
    t.regex(lines[at - 1], /^ *# |^ *- /, line)
  }
  const of = (start: string) => lines.find((line) => line.trim().startsWith(start))?.trim()
  t.is(of('damping: 1'), 'damping: 1  # default: 0.05')
  t.is(of('cgIterations'), 'cgIterations: 8  # default')
  t.is(lines[lines.indexOf('  cgIterations: 8  # default') - 1], '  # Conjugate-gradient steps. [whole number from 1 to 1,000,000]')
  t.is(of('- iterations: 33'), '- iterations: 33')
})

const ajv = new Ajv2020({ allErrors: false, strictTypes: false })
const check = ajv.compile(specJsonSchema())

test('an editor takes by the JSON Schema what is taken here: every preset, whole and as it is written', (t) => {
  for (const written of RICH) {
    const { spec } = defineExperiment(written)
    t.true(check(JSON.parse(JSON.stringify(spec))), JSON.stringify(check.errors))
    t.true(check(written), JSON.stringify(check.errors))
  }
  t.true(check({ 'x-anchors': { any: 1 } }))
})

test('... and refuses what is refused here', (t) => {
  const cases: object[] = [
    { environment: 'drone-planer' },
    { enviroment: 'drone-planar' },
    { seeds: [] },
    { seeds: [-1] },
    { seeds: [0.5] },
    { policy: { hiden: [4] } },
    { policy: { hidden: [9000] } },
    { policy: { activation: 'sigmoid' } },
    { explain: { rho: 0 } },
    { explain: { rho: 'high' } },
    { explain: { verdict: { share: 1 } } },
    { train: { phases: [{ metaBatchSize: 3 }] } },
    { retrain: { criticalShare: 2 } },
    { retrain: { criticalShare: 'all' } },
    { retrain: { arms: ['Xmrl'] } },
    { retrain: { define: { Mine: { base: 'xmrl', rounds: 2 } } } },
    { retrain: { define: { mine: { base: 'xmlr', rounds: 2 } } } },
    { market: { sha256: 'abc' } },
    { checkpoint: { keep: 1 } }
  ]
  for (const written of cases) {
    t.throws(() => defineExperiment(written as WrittenSpec), undefined, JSON.stringify(written))
    t.false(check(written), JSON.stringify(written))
  }
})

test('docs/specification.md is what the schema says', (t) => {
  t.notThrows(() => execFileSync(process.execPath, ['scripts/docs/specification.mjs', '--check'], { stdio: 'pipe' }))
})
