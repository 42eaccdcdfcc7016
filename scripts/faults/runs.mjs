// Real runs of a second or two, with every stage in them, as processes: what is killed, stopped and starved.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/terminal.mjs'
import { xmrl } from './product.mjs'

/** A specification whose every stage takes moments. */
export const TINY = {
  environment: 'drone-planar',
  tasks: { training: 8, evaluation: 6, heldOut: 4 },
  policy: { hidden: [8] },
  train: { phases: [{ iterations: 12, metaBatchSize: 4, supportEpisodes: 8, queryEpisodes: 4 }], monitorEvery: 4 },
  evaluate: { adaptations: 1, supportEpisodes: 10, queryEpisodes: 4 },
  explain: { episodes: 10, allowUnreliable: true },
  augment: { family: 'kumaraswamy', steps: 4, sets: 2, episodes: 2, supportEpisodes: 8 },
  retrain: { arms: ['xmrl', 'maml'], extraSteps: 24000, metaBatchSize: 8, supportEpisodes: 8, queryEpisodes: 4 },
  checkpoint: { every: 3, keep: 2 }
}

/** Writes it, changed at its top level; returns the path. */
export function specFile(place, change = {}, name = 'tiny.json') {
  const file = join(place, name)
  writeFileSync(file, JSON.stringify({ ...TINY, ...change }))
  return file
}

/** A process of the command line, followed by the events that it prints with `--json`. */
export class Running {
  /** @param {string[]} args @param {(event: Record<string, any>, running: Running) => void} [told] */
  constructor(args, told = () => {}) {
    this.events = []
    this.stderr = ''
    const { LIBTORCH: _, XMRL_LIBTORCH: __, ...env } = process.env
    this.child = spawn(process.execPath, [...xmrl, ...args], {
      cwd: root,
      env: { ...env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let rest = ''
    this.child.stdout.on('data', (data) => {
      const lines = `${rest}${data}`.split('\n')
      rest = lines.pop()
      for (const line of lines) {
        const event = JSON.parse(line)
        this.events.push(event)
        told(event, this)
      }
    })
    this.child.stderr.on('data', (data) => {
      this.stderr += data
    })
    /** Its exit code; null after a signal. */
    this.ended = new Promise((resolve) => this.child.on('close', (code) => resolve(code)))
  }

  /** The process that works on a seed, by the lock that it holds; undefined where none does. */
  static owner(out, seed) {
    try {
      return JSON.parse(readFileSync(join(out, `seed-${seed}`, '.lock'), 'utf8')).pid
    } catch {
      return undefined
    }
  }
}

/** Everything of a run that must not depend on interruptions, threads or the clock. */
export function outcome(run) {
  const seeds = readdirSync(run).filter((name) => /^seed-\d+$/.test(name))
  return JSON.stringify([bodies(join(run, 'results')), ...seeds.map((seed) => seedOutcome(join(run, seed)))])
}

function seedOutcome(seed) {
  const newest = new Map()
  for (const name of readdirSync(join(seed, 'checkpoints'))) {
    const [, stage, iteration] = /^(.*)-(\d+)$/.exec(name)
    // Other stages move no weights: what they learned is in their records.
    if (/^(re)?train(-|$)/.test(stage)) newest.set(stage, Math.max(newest.get(stage) ?? 0, Number(iteration)))
  }
  const weights = [...newest].sort().map(([stage, iteration]) => {
    const name = `${stage}-${iteration}`
    return [name, readFileSync(join(seed, 'checkpoints', name, 'weights.safetensors'), 'base64')]
  })
  return [readFileSync(join(seed, 'metrics.jsonl'), 'utf8'), weights, bodies(join(seed, 'results'))]
}

/** Records of a folder without their headers. */
function bodies(folder) {
  // A run of which only a part was asked for has no table.
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { header: _, ...body } = JSON.parse(readFileSync(join(folder, name), 'utf8'))
      return [name, body]
    })
}
