/** Consumers of the package, compiled as they compile: module systems, targets, with and without a look into declarations; and an editor. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import ts from 'typescript'
import { root } from '../helpers.js'
import { complaints, consumer } from './package.js'

const folder = consumer()
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')

const { ModuleKind, ModuleResolutionKind } = ts
const WAYS: Readonly<Record<string, ts.CompilerOptions>> = {
  node16: { module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 },
  nodenext: { module: ModuleKind.NodeNext, moduleResolution: ModuleResolutionKind.NodeNext },
  bundler: { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler }
}
const STRICT: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, types: [], skipLibCheck: false }

const SCRIPT = `import { createWorlds, defineExperiment, defineWorld, environments, loadRun, openWorld, openRun, runExperiment, XmrlError } from 'xmrl'
import type { LoadedRun, OpenedWorld, RunEvent, RunInProgress, Spec, WrittenSpec } from 'xmrl'

const experiment = defineExperiment({
  environment: 'drone-planar',
  seeds: [0, 1],
  retrain: {
    define: { mine: { choose: 'given', tasks: [3, 7] }, 'xmrl-10': { base: 'xmrl', criticalFraction: 0.1 } },
    arms: ['mine', 'xmrl-10', 'xmrl', 'maml', 'maml-null']
  }
})
const spec: Spec = experiment.spec
const signal: AbortSignal = new AbortController().signal
const work: RunInProgress = runExperiment(experiment, { out: 'runs/first', signal })
for await (const event of work) {
  const seen: RunEvent = event
  if (seen.type === 'iteration') console.log(seen.metrics['success'], spec.seeds)
}
const run: LoadedRun = await work
console.log(run.seeds[0].records.explanation?.critical, run.table?.rows.length, run.metrics[0].seed)
const again = await loadRun('runs/first').catch((error: unknown) => (XmrlError.is(error, 'ERR_RUN_NOT_FOUND') ? undefined : Promise.reject(error)))
const stages = await openRun('runs/first', { environment: 'cheetah-vel/maml' })
await stages.train()
for await (const { type } of stages.retrain('ma')) console.log(type, again?.path)
const point = defineWorld({
  name: 'point',
  horizon: 50,
  observation: { size: 2 },
  action: { size: 1, scale: 2 },
  state: { size: 2, names: ['x', 'v'] },
  task: { names: ['goal'], check: ([goal]) => (goal === 0 ? 'no goal' : undefined) },
  laws: { uniform: (random, count, pool) => Array.from({ length: count }, () => [pool === 'training' ? random() : random.normal()]) },
  reset: ({ count, states, random }) => {
    for (let w = 0; w < count; w++) states[2 * w] = random(w, 0)
  },
  observe: ({ states, observations }) => observations.set(states),
  step: ({ rewards, terminated, success, actions }) => {
    rewards.set(actions)
    terminated[0] = success[0] = 1
  },
  mix: (lambda, a, b, out) => {
    out[0] = lambda * a[0] + (1 - lambda) * b[0]
  }
})
const owned: Spec = defineExperiment({ environment: point }).spec
const named: WrittenSpec = { environment: './point.mjs' }
const opened: OpenedWorld = await openWorld('./point.mjs')
console.log(owned.world?.sha256, named.environment, opened.record.laws, createWorlds(point, { tasks: [[1]] }).count)
for (const { preset } of environments()) {
  const written: WrittenSpec = { environment: preset }
  defineExperiment(written)
  using worlds = createWorlds(preset, { tasks: [[8, 3]] })
  worlds.step(new Float64Array(worlds.count * worlds.actionSize))
}
`

/** What must not compile, line by line. */
const MISSPELT = `import { defineExperiment, runExperiment } from 'xmrl'
// @ts-expect-error no such preset
defineExperiment({ environment: 'drone-plana' })
// @ts-expect-error a path begins with a dot or a slash
defineExperiment({ environment: 'point.mjs' })
// @ts-expect-error no such arm
defineExperiment({ retrain: { arms: ['xmlr'] } })
// @ts-expect-error no such arm, beside one that is defined
defineExperiment({ retrain: { define: { mine: { choose: 'given', tasks: [1] } }, arms: ['mine', 'mein'] } })
// @ts-expect-error no such base
defineExperiment({ retrain: { define: { mine: { base: 'xmlr', mixedShare: 0 } } } })
// @ts-expect-error no such key
defineExperiment({ explain: { epsiodes: 3 } })
// @ts-expect-error no such arm
runExperiment({ environment: 'drone-planar', retrain: { arms: ['mamll'] } }, { out: 'a' })
// @ts-expect-error no such option
runExperiment({ environment: 'drone-planar' }, { out: 'a', resumed: true })
`

for (const [name, way] of Object.entries(WAYS))
  test(`a strict script compiles under ${name}, declarations and all`, (t) => {
    const file = join(folder, `${name}.ts`)
    writeFileSync(file, SCRIPT)
    t.deepEqual(complaints(file, { ...STRICT, ...way, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'] }), [])
  })

test('misspelt presets, arms and keys do not compile', (t) => {
  const file = join(folder, 'misspelt.ts')
  writeFileSync(file, MISSPELT)
  t.deepEqual(complaints(file, { ...STRICT, ...WAYS.nodenext, skipLibCheck: true }), [])
})

test('CommonJS may require it where the compiler knows of Nodes that can', (t) => {
  const file = join(folder, 'old.cts')
  writeFileSync(file, "import xmrl = require('xmrl')\nconst { spec } = xmrl.defineExperiment()\nconsole.log(spec.environment)\n")
  t.deepEqual(complaints(file, { ...STRICT, ...WAYS.nodenext, types: [], skipLibCheck: true }), [])
})

test('an editor completes presets and arms', (t) => {
  const file = join(folder, 'typing.ts')
  const text = `import { defineExperiment } from 'xmrl'
defineExperiment({ environment: '1', retrain: { define: { mine: { choose: 'given', tasks: [1] } }, arms: ['mine', '2'] } })
`
  writeFileSync(file, text)
  const options: ts.CompilerOptions = { ...STRICT, ...WAYS.nodenext, skipLibCheck: true, strict: true }
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      const read = ts.sys.readFile(name)
      return read === undefined ? undefined : ts.ScriptSnapshot.fromString(read)
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath
  })
  const offered = (mark: string) =>
    service.getCompletionsAtPosition(file, text.indexOf(mark) + 1, undefined)?.entries.map(({ name }) => name) ?? []
  const presets = offered("'1'")
  for (const name of ['drone-planar', 'stock/csv', 'ant-goal/rare']) t.true(presets.includes(name), `${name} in ${presets.slice(0, 5)}`)
  const arms = offered("'2'")
  for (const name of ['xmrl', 'maml-null', 'hardest-10']) t.true(arms.includes(name), `${name} in ${arms.slice(0, 5)}`)
})

test('the pieces of docs/scripting.md compile, each by itself', (t) => {
  const page = readFileSync(join(root, 'docs', 'scripting.md'), 'utf8')
  const pieces = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1])
  t.true(pieces.length >= 3)
  for (const piece of pieces) {
    const given = piece.includes('const experiment =') ? '' : "declare const experiment: import('xmrl').Experiment\n"
    const file = join(folder, 'page.ts')
    writeFileSync(file, `${piece}\n${given}`)
    t.deepEqual(complaints(file, { ...STRICT, ...WAYS.nodenext, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], skipLibCheck: true }), [], piece)
  }
})
