/** YAML as people write it: what is clear is taken, everything else is refused with what to write. */
import test from 'ava'
import { applyOverrides, defineExperiment, parseSpec, type WrittenSpec } from '../../ts/spec/index.js'

const spec = (text: string) => defineExperiment(parseSpec(text, 'x.yaml')).spec
const refused = (text: string) => messageOf(() => defineExperiment(parseSpec(text, 'x.yaml')))
function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return (error as Error).message
  }
  return 'accepted'
}

test('digits in groups are a number where a number is wanted', (t) => {
  const steps = (text: string) => spec(`retrain: { extraSteps: ${text} }`).retrain.extraSteps
  // Python's rules for underscores, and YAML's own for the rest.
  for (const [text, value] of [
    ['60_000', 60_000],
    ['1_000_000', 1e6],
    ['6e4', 60_000],
    ['6.0E+4', 60_000],
    ['1_2e3', 12_000],
    ['0xEA60', 60_000],
    ['+60000', 60_000],
    ['!!int 60_000', 60_000],
    ['!!int "60000"', 60_000],
    ['!!float 60000', 60_000]
  ] as const)
    t.is(steps(text), value, text)
  t.is(spec('explain: { rho: .000_5 }').explain.rho, 0.0005)
  t.is(spec('explain: { rho: !!float 1 }').explain.rho, 1)
  t.is(spec('policy: { logStdInit: -1_0.5e-1 }').policy.logStdInit, -1.05)
  t.deepEqual(spec('seeds: [1_0, 2]').seeds, [10, 2])
})

test('yes and no are true and false where that is wanted', (t) => {
  const allow = (text: string) => spec(`explain: { allowUnreliable: ${text} }`).explain.allowUnreliable
  for (const text of ['yes', 'Yes', 'YES', 'on', 'y', 'true', 'True', '!!bool yes', '!!bool "true"']) t.true(allow(text), text)
  for (const text of ['no', 'No', 'off', 'OFF', 'n', 'false', '!!bool no']) t.false(allow(text), text)
})

test('the same words are texts where a text is wanted, and keep their names as keys', (t) => {
  t.is(spec('train: { initial: 2024_01 }').train.initial, '2024_01')
  t.is(spec('train: { initial: on }').train.initial, 'on')
  const defined = 'retrain: { arms: [no, maml], define: { no: { base: xmrl, criticalFraction: .1 } } }'
  t.deepEqual(spec(defined).retrain.arms, ['no', 'maml'])
  t.deepEqual(Object.keys(spec(defined).retrain.define), ['no'])
  t.is(spec('retrain: { criticalShare: natural }').retrain.criticalShare, 'natural')
  t.regex(refused('retrain: { define: { no: { base: xmrl, rounds: 2 }, no: { base: maml } } }'), /unique/)
  t.regex(refused('1_0: 3'), /^1_0: unknown key/)
})

test('an anchor is read where its alias stands, and a key by its old name is its key', (t) => {
  const anchored = 'x-many: &many 1_000\nx-yes: &yes yes\nretrain: { extraSteps: *many }\nexplain: { allowUnreliable: *yes }'
  t.is(spec(anchored).retrain.extraSteps, 1000)
  t.true(spec(anchored).explain.allowUnreliable)
  const merged = 'x-base: &base { iterations: 1_0 }\ntrain: { phases: [{ <<: *base }, { <<: *base, iterations: 2_0 }] }'
  t.deepEqual(
    spec(merged).train.phases.map(({ iterations }) => iterations),
    [10, 20]
  )
  t.is(spec('retrain: { slots: 1_2 }').retrain.metaBatchSize, 12)
  t.is(spec('explain: { alternating: { flights: 1 } }'.replace('flights', 'supportFlights')).explain.alternating.supportEpisodes, 1)
  const variant = 'retrain: { arms: [a], define: { a: { base: xmrl, explain: { flights: 1_00 } } } }'
  t.is(spec(variant).retrain.define.a.explain?.episodes, 100)
})

test('overrides are read like a file', (t) => {
  const set = (...overrides: string[]) => defineExperiment(applyOverrides({}, overrides)).spec
  t.is(set('retrain.extraSteps=60_000').retrain.extraSteps, 60_000)
  t.is(set('train.phases.0.iterations=1_0').train.phases[0].iterations, 10)
  t.true(set('explain.allowUnreliable=yes').explain.allowUnreliable)
  t.deepEqual(set('retrain={extraSteps: 1_000, arms: [maml]}').retrain.arms, ['maml'])
  t.is(set('train.initial=1_0').train.initial, '1_0')
})

test('what a tag says is held to, and tags of other programs are refused', (t) => {
  const cases: [string, RegExp][] = [
    ['retrain: { extraSteps: !!int 1.5 }', /^x\.yaml: line 1: "1\.5" is no whole number/],
    ['explain:\n  rho: !!float high', /^x\.yaml: line 2: "high" is no number/],
    ['explain: { allowUnreliable: !!bool maybe }', /^x\.yaml: line 1: "maybe" is neither true nor false/],
    ['seeds: !!set { 1, 2 }', /the tag !!set stands for nothing here; leave it out/],
    ['train: { initial: !!binary aGk= }', /the tag !!binary stands for nothing here/],
    ['seeds: !!python/tuple [1]', /the tag !!python\/tuple stands for nothing here/],
    ['seeds: [1:30]', /^seeds\.0: expected number, found "1:30"/],
    ['explain: { rho: !!str 5 }', /^explain\.rho: expected number, found "5"; write 5 without quotes/],
    ['retrain: { extraSteps: 60 000 }', /^retrain\.extraSteps: expected number, found "60 000"; write 60000/]
  ]
  for (const [text, message] of cases) t.regex(refused(text), message, text)
})

test('what a script says is not YAML: its texts stay texts', (t) => {
  const written = { retrain: { extraSteps: '60_000' } } as unknown as WrittenSpec
  t.throws(() => defineExperiment(written), { message: 'retrain.extraSteps: expected number, found "60_000"; write 60000' })
})

test('an alias within its own anchor, and nesting that no stack holds, are refused by key', (t) => {
  t.is(refused('a: &a [*a]'), 'x.yaml: a.0: it is the same as a, which so holds itself; write out what is meant')
  t.regex(refused('policy: &p { hidden: [4], x: *p }'), /^x\.yaml: policy\.x: it is the same as policy, /)
  t.regex(refused('x-a: &a { b: { c: *a } }'), /^x\.yaml: x-a\.b\.c: it is the same as x-a, /)
  t.regex(refused('&all\npolicy: { hidden: [4] }\nexplain: *all'), /^x\.yaml: explain: it is the same as the whole, /)
  t.regex(
    messageOf(() => applyOverrides({}, ['policy=&p { hidden: [*p] }'])),
    /^--set: policy\.hidden\.0: it is the same as policy, /
  )
  for (const depth of [200, 20_000])
    t.regex(refused(`a: ${'['.repeat(depth)}${']'.repeat(depth)}`), /^x\.yaml: .*nested more than 100 deep$/)
  t.deepEqual(spec('x-s: &s [3]\nseeds: *s\npolicy: { hidden: *s }').policy.hidden, [3])
})
