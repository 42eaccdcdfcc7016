// A stranger's machine: an empty folder, an empty cache of npm, and a PATH that holds node, npm, npx and a shell and nothing else.
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { root, run, StepFailed } from '../setup/terminal.mjs'

/** An experiment of some seconds with every stage in it. */
export const SETTINGS = {
  environment: 'drone-planar',
  tasks: { training: 8, evaluation: 6, heldOut: 4 },
  policy: { hidden: [8] },
  train: { phases: [{ iterations: 6, metaBatchSize: 4, supportEpisodes: 8, queryEpisodes: 4 }], monitorEvery: 3 },
  evaluate: { adaptations: 1, supportEpisodes: 10, queryEpisodes: 4 },
  explain: { episodes: 10, allowUnreliable: true },
  augment: { family: 'kumaraswamy', steps: 4, sets: 2, episodes: 2, supportEpisodes: 8 },
  retrain: { arms: ['xmrl', 'maml'], extraSteps: 24000, metaBatchSize: 8, supportEpisodes: 8, queryEpisodes: 4 }
}

/** The same on the command line, which changes the preset key by key. @param {Record<string, any>} settings @param {string} [path] @returns {string[]} */
export const asFlags = ({ environment: _, ...settings }, path = '') =>
  Object.entries(settings).flatMap(([key, value]) =>
    typeof value === 'object' && !Array.isArray(value)
      ? asFlags(value, `${path}${key}.`)
      : ['--set', `${path}${key}=${JSON.stringify(value)}`]
  )

/** @typedef {{ code: number | null, stdout: string, stderr: string }} Exit */
/** @typedef {{ env?: Record<string, string>, uid?: number }} Who */

/**
 * A project in a folder of its own, with a PATH of its own.
 * @param {string} folder made here; its name may hold spaces
 * @param {{ node?: string, cache: string, tools?: string[] }} how `node`: another Node's binary; `tools`: what else stands on PATH
 */
export async function project(folder, { node = process.execPath, cache, tools = [] }) {
  const [home, bin, work] = ['home', 'bin', 'project'].map((name) => join(folder, name))
  for (const each of [home, bin, work]) mkdirSync(each, { recursive: true })
  const npm = dirname(realpathSync((await run('sh', ['-c', 'command -v npm'])).trim()))
  symlinkSync(node, join(bin, 'node'))
  for (const name of ['npm', 'npx']) symlinkSync(join(npm, `${name}-cli.js`), join(bin, name))
  for (const tool of ['sh', ...tools]) symlinkSync((await run('sh', ['-c', `command -v ${tool}`])).trim(), join(bin, tool))
  writeFileSync(join(work, 'package.json'), '{ "name": "first-hour", "private": true, "type": "module" }\n')
  const setting = async (/** @type {string} */ key) => (await run('npm', ['config', 'get', key])).trim()
  const cafile = await setting('cafile')
  /** @type {Record<string, string>} */
  const env = {
    PATH: bin,
    HOME: home,
    NO_COLOR: '1',
    npm_config_registry: await setting('registry'),
    ...(cafile && cafile !== 'null' ? { npm_config_cafile: cafile } : {}),
    npm_config_cache: cache,
    npm_config_ignore_scripts: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false'
  }
  return { folder, work, bin, env }
}

/** @typedef {Awaited<ReturnType<typeof project>>} Project */

/**
 * Runs a program of the project's PATH in its folder; what fails is shown whole.
 * @param {Project} project @param {string[]} line @param {Who} [who]
 * @returns {Promise<string>} its standard output
 */
export function inside({ work, bin, env }, [program, ...args], { env: more, uid } = {}) {
  const own = Object.fromEntries(Object.entries({ ...env, ...more }).filter(([, value]) => value !== ''))
  const file = program.includes('/') ? program : join(bin, program)
  const child = spawn(file, args, { cwd: work, env: own, stdio: ['ignore', 'pipe', 'pipe'], ...(uid ? { uid, gid: uid } : {}) })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data) => {
    stdout += data
  })
  child.stderr.on('data', (data) => {
    stderr += data
  })
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new StepFailed(error.message)))
    child.on('close', (code) =>
      code === 0 ? resolve(stdout) : reject(new StepFailed(`${program} ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`))
    )
  })
}

/** Puts the scripts of a stranger into a project: TypeScript where its Node reads it, else what the compiler makes of it. */
export function writeScripts(/** @type {Project} */ { work }, /** @type {boolean} */ typed) {
  const from = join(root, 'scripts', 'pack', 'consumer')
  const source = readFileSync(join(from, 'experiment.ts'), 'utf8')
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
  writeFileSync(
    join(work, typed ? 'experiment.ts' : 'experiment.mjs'),
    typed ? source : ts.transpileModule(source, { compilerOptions: options }).outputText
  )
  copyFileSync(join(from, 'bits.mjs'), join(work, 'bits.mjs'))
  return typed ? 'experiment.ts' : 'experiment.mjs'
}

/** @param {boolean} holds @param {string} what */
export function expect(holds, what) {
  if (!holds) throw new StepFailed(what)
}

/**
 * What must work wherever the packages are installed: a script, the command, its self-examination. Returns the findings of the latter.
 * @param {Project} consumer
 * @param {{ who?: Who, npx?: string[], settings?: Record<string, any> }} [how]
 */
export async function works(consumer, { who, npx = ['npx', '--no-install'], settings = SETTINGS } = {}) {
  const [major, minor] = (await inside(consumer, ['node', '--version'], who)).slice(1).split('.').map(Number)
  const script = writeScripts(consumer, major > 22 || (major === 22 && minor >= 18))
  const said = JSON.parse(await inside(consumer, ['node', script, JSON.stringify(settings)], who))
  expect(said.rewards === 10 && said.events > 5 && said.critical > 0, `the script found ${JSON.stringify(said)}`)
  await inside(consumer, [...npx, 'xmrl', 'run', 'drone-planar', '--out', 'runs/second', '--json', ...asFlags(settings)], who)
  expect(existsSync(join(consumer.work, 'runs', 'second', 'report.html')), 'xmrl run made no report')
  const { findings } = JSON.parse(await inside(consumer, [...npx, 'xmrl', 'doctor', '--json'], who))
  /** @type {Record<string, string>} */
  const notes = Object.fromEntries(findings.map((/** @type {any} */ { what, note }) => [what, note]))
  const bad = findings.filter((/** @type {any} */ { good }) => !good)
  expect(bad.length === 0, `xmrl doctor: ${JSON.stringify(bad)}`)
  expect(/, installed: /.test(notes.package), `xmrl doctor takes this for ${notes.package}`)
  return notes
}
