/** `xmrl init`: a project that runs as it is, and a folder in which nothing is overwritten. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import test from 'ava'
import { dependency } from '../../ts/cli/dependency.js'
import { projectFiles, TOOLS } from '../../ts/cli/project.js'
import { loadRun } from '../../ts/run/index.js'
import { defineExperiment, parseSpec } from '../../ts/spec/index.js'
import { command, commandLine, folder, root, xmrl } from '../helpers.js'

const FILES = ['.gitignore', 'README.md', 'experiment.ts', 'package.json', 'spec.yaml', 'tsconfig.json', 'world.mjs']

test('the project’s experiment compiles, runs and goes on, and its specification is valid', async (t) => {
  t.timeout(600_000)
  const cwd = folder(t)
  const made = await xmrl(['init', 'My project'], { cwd })
  t.is(made.code, 0, made.stderr)
  t.regex(made.stdout, /next: cd 'My project' && npm install && npx xmrl run spec\.yaml\n$/)
  const project = join(cwd, 'My project')
  t.deepEqual(readdirSync(project).sort(), FILES)
  const about = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  t.is(about.name, 'my-project')
  t.is(resolve(project, about.dependencies.xmrl.replace(/^file:/, '')), resolve(root), 'a checkout is in no registry')
  const { spec } = defineExperiment(parseSpec(readFileSync(join(project, 'spec.yaml'), 'utf8')))
  t.deepEqual(spec.retrain.arms, ['xmrl', 'maml', 'maml-null'])
  if (commandLine.length > 1) return t.log('dist/ is older than its sources: the experiment is not run')
  // As npm would: the package, and what its TypeScript is checked with.
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true })
  symlinkSync(root, join(project, 'node_modules', 'xmrl'))
  for (const name of Object.keys(TOOLS)) symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
  // The same, made small.
  writeFileSync(
    join(project, 'spec.yaml'),
    `seeds: [0, 1]
tasks: { training: 8, evaluation: 6, heldOut: 4 }
policy: { hidden: [8] }
train: { phases: [{ iterations: 6, metaBatchSize: 4, supportEpisodes: 8, queryEpisodes: 4 }] }
evaluate: { adaptations: 1, supportEpisodes: 10, queryEpisodes: 4 }
explain: { allowUnreliable: yes, adaptationSteps: 1 }
augment: { steps: 2, sets: 2, episodes: 2, supportEpisodes: 8 }
retrain: { arms: [xmrl, maml], extraSteps: 24_000, metaBatchSize: 8, supportEpisodes: 8, queryEpisodes: 4 }
`
  )
  const world = await command(process.execPath, ['node_modules/xmrl/dist/cli/main.js', 'envs', './world.mjs'], { cwd: project })
  t.is(world.code, 0, world.stderr)
  t.regex(world.stdout, /^point-2d {2}A point that is pushed towards a goal\.\n/)
  // What the script `experiment` does: tsc && node build/experiment.js
  t.is(about.scripts.experiment, 'tsc && node build/experiment.js')
  const compiled = await command(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: project, timeout: 250_000 })
  t.is(compiled.code, 0, compiled.stdout)
  const ran = await command(process.execPath, ['build/experiment.js'], { cwd: project })
  t.is(ran.code, 0, ran.stderr)
  t.regex(
    ran.stdout,
    /seed 1: evaluate maml .*\n[\s\S]*report: .*report\.html\nseed 0: poor tasks \d[\d, ]* of the evaluation pool\nseed 0: training tasks \d/
  )
  t.is((await loadRun(join(project, 'runs', 'experiment'))).manifest.status, 'done')
  const again = await command(process.execPath, ['build/experiment.js'], { cwd: project })
  t.is(again.code, 0, again.stderr)
  t.is(again.stdout.split('\n').at(-2), ran.stdout.split('\n').at(-2))
})

test('a folder with something in it is refused by name, and nothing in it changes; a fresh repository is fine', async (t) => {
  const cwd = folder(t)
  for (const name of ['b.txt', 'a.txt', 'c', 'd', 'e']) writeFileSync(join(cwd, name), name)
  const refused = await xmrl(['init'], { cwd })
  t.is(refused.code, 2)
  t.regex(refused.stderr, /^ERR_USAGE: \.: not empty \(a\.txt, b\.txt, c, d and 1 more\); name a folder that is new or empty/)
  t.deepEqual(readdirSync(cwd).sort(), ['a.txt', 'b.txt', 'c', 'd', 'e'])
  const fresh = folder(t)
  mkdirSync(join(fresh, '.git'))
  const { code, stdout } = await xmrl(['init', '--json'], { cwd: fresh })
  t.is(code, 0)
  t.deepEqual(JSON.parse(stdout).files.sort(), FILES)
})

test('the project names the versions of this package and of what checks it', (t) => {
  const { devDependencies, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const [name, at] of Object.entries(TOOLS)) t.is(at, devDependencies[name], name)
  t.is(JSON.parse(projectFiles('x', dependency('/x', '/somewhere/node_modules/xmrl').packages)['package.json']).dependencies.xmrl, version)
})

test('a package that was installed from files is named by them, its platform’s beside it; one of a registry by its version', (t) => {
  const cwd = folder(t)
  const root = join(cwd, 'first', 'node_modules', 'xmrl')
  const project = join(cwd, 'second')
  mkdirSync(root, { recursive: true })
  mkdirSync(join(cwd, 'a b'))
  const record = (resolved: (name: string) => string | undefined) => {
    const names = ['xmrl', 'xmrl-linux-x64-gnu', 'zod']
    const packages = Object.fromEntries(names.map((name) => [`node_modules/${name}`, { version: '0.1.0', resolved: resolved(name) }]))
    writeFileSync(join(root, '..', '.package-lock.json'), JSON.stringify({ packages }))
  }
  // As npm 11 writes it, with the space as it is.
  const file = (name: string) => (name === 'zod' ? `https://registry.npmjs.org/${name}` : `file:../a b/${name}-0.1.0.tgz`)
  record(file)
  t.regex(dependency(project, root).note ?? '', /^npm install needs .*\/a b\/xmrl-0\.1\.0\.tgz, which is not there any more/)
  for (const name of ['xmrl', 'xmrl-linux-x64-gnu']) writeFileSync(join(cwd, 'a b', `${name}-0.1.0.tgz`), '')
  t.deepEqual(dependency(project, root), {
    packages: { xmrl: 'file:../a b/xmrl-0.1.0.tgz', 'xmrl-linux-x64-gnu': 'file:../a b/xmrl-linux-x64-gnu-0.1.0.tgz' }
  })
  t.is(dependency('/elsewhere', root).packages.xmrl, `file:${join(cwd, 'a b', 'xmrl-0.1.0.tgz')}`)
  const { version } = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8'))
  record((name) => `https://registry.npmjs.org/${name}`)
  t.deepEqual(dependency(project, root), { packages: { xmrl: version } })
  // Another package manager keeps no such record.
  writeFileSync(join(root, '..', '.package-lock.json'), '{ torn')
  const { packages, note } = dependency(project, root)
  t.deepEqual(packages, { xmrl: version })
  t.regex(note ?? '', /where none has it, name the packages instead: npm install <folder>\/xmrl-\*\.tgz$/)
})
