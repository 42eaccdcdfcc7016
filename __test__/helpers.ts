/** Shared by the seam and end-to-end tests: folders that go away, child processes, a pipeline of a second. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'

/** The checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const tsx = import.meta.resolve('tsx')

/** A fresh folder, removed after the test. */
export function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'xmrl-test-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** What a child process left. */
export interface Exit {
  /** Exit code; null after a signal. */
  code: number | null
  stdout: string
  stderr: string
}

export interface ChildOptions {
  env?: Record<string, string>
  cwd?: string
  /** Milliseconds after which it is killed (default 100 s). */
  timeout?: number
  /** Called with every whole line of standard output; may stop the child. */
  line?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
}

/** Runs a command to its end; a child that hangs is killed. */
export function command(program: string, args: string[], options: ChildOptions = {}): Promise<Exit> {
  const { LIBTORCH: _, XMRL_LIBTORCH: __, ...inherited } = process.env
  const env = { ...inherited, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1', ...options.env }
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeout ?? 100_000
  })
  const out: Exit = { code: null, stdout: '', stderr: '' }
  let rest = ''
  child.stderr.on('data', (data) => {
    out.stderr += data
  })
  child.stdout.on('data', (data) => {
    out.stdout += data
    const lines = `${rest}${data}`.split('\n')
    rest = lines.pop() as string
    for (const text of lines) options.line?.(text, (signal) => child.kill(signal))
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...out, code }))
  })
}

/** Runs a TypeScript file. */
export const script = (file: string, args: string[] = [], options?: ChildOptions) =>
  command(process.execPath, [`--import=${tsx}`, file, ...args], options)

/** Whether dist/ is newer than every source. */
export const built = (() => {
  const changed = (file: string) => statSync(join(root, file)).mtimeMs
  const made = 'dist/cli/main.js'
  const sources = readdirSync(join(root, 'ts'), { recursive: true, encoding: 'utf8' }).map((file) => join('ts', file))
  return existsSync(join(root, made)) && sources.every((file) => changed(file) < changed(made))
})()

/** Arguments of node that start the command line: the build where it is newer than every source, else the sources. */
export const commandLine = built ? [join(root, 'dist/cli/main.js')] : [`--import=${tsx}`, join(root, 'ts', 'cli', 'main.ts')]

/** Runs `xmrl`. */
export const xmrl = (args: string[], options?: ChildOptions) => command(process.execPath, [...commandLine, ...args], options)

/** The explanation and the dose as they were in the first version: what committed records and old hashes were made with. */
export const FIRST_METHOD = {
  explain: { source: 'own', commonNumbers: false, lengths: 'unit', adaptationSteps: null, verdict: null },
  retrain: { reptileStep: null, dose: null, audit: { tasks: 10, adaptations: 1, supportEpisodes: 40, queryEpisodes: 20 } }
} as const

/** A pipeline with every stage in it that takes about a second. */
export const TINY = {
  environment: 'drone-planar',
  tasks: { training: 8, evaluation: 6, heldOut: 4 },
  policy: { hidden: [8] },
  train: { phases: [{ iterations: 12, metaBatchSize: 4, supportEpisodes: 8, queryEpisodes: 4 }], monitorEvery: 4 },
  evaluate: { adaptations: 1, supportEpisodes: 10, queryEpisodes: 4 },
  explain: { ...FIRST_METHOD.explain, episodes: 10, allowUnreliable: true },
  augment: { family: 'kumaraswamy', steps: 4, sets: 2, episodes: 2, supportEpisodes: 8 },
  retrain: { ...FIRST_METHOD.retrain, arms: ['xmrl', 'maml'], extraSteps: 24000, metaBatchSize: 8, supportEpisodes: 8, queryEpisodes: 4 },
  checkpoint: { every: 3, keep: 2 }
}

/** The same for a body, from its preset: episodes are 200 steps long, so there are few of them. */
export const tinyBody = (environment: string) => ({
  environment,
  tasks: { training: 6, evaluation: 5, heldOut: 4 },
  policy: { hidden: [8] },
  train: { phases: [{ iterations: 3, metaBatchSize: 3, supportEpisodes: 4, queryEpisodes: 4 }], monitorEvery: 3 },
  evaluate: { adaptations: 1, supportEpisodes: 4, queryEpisodes: 2, upToSteps: 2 },
  explain: { ...FIRST_METHOD.explain, episodes: 4, allowUnreliable: true },
  augment: { sets: 2, episodes: 2, supportEpisodes: 4, horizon: 20 },
  retrain: {
    ...FIRST_METHOD.retrain,
    arms: ['xmrl', 'maml'] as ('xmrl' | 'maml')[],
    extraSteps: 80_000,
    metaBatchSize: 4,
    supportEpisodes: 4,
    queryEpisodes: 4
  },
  checkpoint: { every: 2, keep: 2 }
})

/** Writes {@link TINY}, changed at its top level, as a spec file; returns the path. */
export function tinySpec(path: string, change: object = {}): string {
  const file = join(path, 'tiny.json')
  writeFileSync(file, JSON.stringify({ ...TINY, ...change }))
  return file
}

/** Everything of a run of one seed, or of a seed's folder, that must not depend on interruptions, threads or the clock. */
export function outcome(run: string): Record<string, string> {
  const seeds = readdirSync(run).filter((name) => /^seed-\d+$/.test(name))
  if (seeds.length > 1) throw new Error(`${run} holds ${seeds.length} seeds: compare each`)
  if (seeds.length === 1) {
    const table = join(run, 'results', 'table.json')
    const { header: _, ...body } = existsSync(table) ? JSON.parse(readFileSync(table, 'utf8')) : {}
    return { ...outcome(join(run, seeds[0])), 'table.json': JSON.stringify(body) }
  }
  const out = run
  const kept: Record<string, string> = { 'metrics.jsonl': readFileSync(join(out, 'metrics.jsonl'), 'utf8') }
  const newest = new Map<string, number>()
  for (const name of readdirSync(join(out, 'checkpoints'))) {
    const [, stage, iteration] = /^(.*)-(\d+)$/.exec(name) as RegExpExecArray
    // Other stages move no weights: what they learned is in their records.
    if (/^(re)?train(-|$)/.test(stage)) newest.set(stage, Math.max(newest.get(stage) ?? 0, Number(iteration)))
  }
  for (const [stage, iteration] of [...newest].sort()) {
    const name = `${stage}-${iteration}`
    kept[name] = readFileSync(join(out, 'checkpoints', name, 'weights.safetensors'), 'base64')
  }
  for (const name of readdirSync(join(out, 'results')).sort()) {
    const { header: _, ...body } = JSON.parse(readFileSync(join(out, 'results', name), 'utf8'))
    kept[name] = JSON.stringify(body)
  }
  return kept
}
