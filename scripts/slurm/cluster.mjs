// A real Slurm of two nodes on loopback, in a folder of its own: munged, slurmctld and two slurmd that this process starts and stops.
// Nothing of the system's own Slurm or munge is read or written. Needs root, and `slurm-wlm` and `munge` installed.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { StepFailed } from '../setup/terminal.mjs'

/** Tasks that an array may have, so that a sweep of twelve units needs two. */
export const LONGEST = 8
const NODES = ['n1', 'n2']
/** Milliseconds that a job waits before it is hurried. */
const FRESH = 3000
/** Programs of Debian's packages, most of them in /usr/sbin. */
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`
const has = (/** @type {string} */ program) => spawnSync('which', [program], { env: { ...process.env, PATH } }).status === 0

/**
 * Why there can be no cluster here, or undefined where there can be one.
 * @param {boolean} install whether Debian's packages may be installed
 */
export function unable(install) {
  if (process.getuid?.() !== 0) return 'not root'
  const missing = () => ['munged', 'slurmctld', 'slurmd', 'sbatch'].find((program) => !has(program))
  if (missing() === undefined) return undefined
  if (!install) return `no ${missing()} (apt-get install slurm-wlm munge, or --install)`
  if (!has('apt-get')) return 'no Slurm, and no apt-get to install it with'
  const apt = (/** @type {string[]} */ ...args) =>
    spawnSync('timeout', ['120', 'apt-get', ...args], { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  const packages = ['install', '-y', '--no-install-recommends', 'slurm-wlm', 'munge']
  if (apt(...packages).status !== 0) {
    apt('update')
    apt(...packages)
  }
  return missing() === undefined ? undefined : 'slurm-wlm and munge could not be installed'
}

/**
 * Ports that nobody uses now, and that no outgoing connection gets before they are used: Linux takes those from 32768 on.
 * @param {number} count @returns {Promise<number[]>}
 */
async function free(count) {
  /** @type {Map<number, import('node:net').Server>} */
  const held = new Map()
  while (held.size < count) {
    const port = randomInt(20_000, 32_000)
    const server = createServer()
    const listens = await new Promise((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (listens) held.set(port, server)
  }
  for (const server of held.values()) await new Promise((closed) => server.close(closed))
  return [...held.keys()]
}

/** Two nodes, a partition `cpu`, and a partition `urgent` whose jobs take its place. */
export class Cluster {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder
    /** @type {Map<string, import('node:child_process').ChildProcess>} */
    this.daemons = new Map()
    /** When a job was first seen to wait, by its number. @type {Map<string, number>} */
    this.waiting = new Map()
    this.env = { ...process.env, PATH, SLURM_CONF: join(folder, 'slurm.conf') }
  }

  /** Starts everything; resolves when both nodes are idle. */
  async start() {
    const { folder } = this
    for (const name of ['state', 'munge', ...NODES.map((node) => `spool-${node}`)])
      mkdirSync(join(folder, name), { mode: 0o700, recursive: true })
    const key = join(folder, 'munge', 'key')
    writeFileSync(key, randomBytes(128), { mode: 0o400 })
    const [controller, ...ports] = await free(1 + NODES.length)
    writeFileSync(join(folder, 'slurm.conf'), this.#configuration(controller, ports))
    const at = (/** @type {string} */ name) => join(folder, 'munge', name)
    const files = ['key', 'pid', 'log', 'seed'].map((name) => `--${name}-file=${at(name)}`)
    this.#daemon('munged', ['--foreground', '--force', `--socket=${at('socket')}`, ...files])
    await until('munged answers', 20, () => existsSync(at('socket')))
    this.#daemon('slurmctld', ['-D', '-i', '-f', this.env.SLURM_CONF])
    for (const node of NODES) this.startNode(node)
    await until('both nodes are idle', 60, () => NODES.every((node) => /State=IDLE/.test(this.try('scontrol', 'show', 'node', node))))
  }

  /** @param {number} controller @param {number[]} ports */
  #configuration(controller, ports) {
    const host = hostname().split('.')[0]
    const at = (/** @type {string} */ name) => join(this.folder, name)
    return [
      'ClusterName=loopback',
      `SlurmctldHost=${host}(127.0.0.1)`,
      `SlurmctldPort=${controller}`,
      'CommunicationParameters=NoInAddrAny,NoCtldInAddrAny',
      'AuthType=auth/munge',
      `AuthInfo=socket=${at('munge/socket')}`,
      'CredType=cred/munge',
      'SlurmUser=root',
      `StateSaveLocation=${at('state')}`,
      `SlurmdSpoolDir=${at('spool-%n')}`,
      `SlurmctldPidFile=${at('slurmctld.pid')}`,
      `SlurmdPidFile=${at('slurmd-%n.pid')}`,
      `SlurmctldLogFile=${at('slurmctld.log')}`,
      `SlurmdLogFile=${at('slurmd-%n.log')}`,
      'ProctrackType=proctrack/linuxproc',
      'TaskPlugin=task/none',
      'MpiDefault=none',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_CPU',
      'ReturnToService=2',
      'SlurmdTimeout=20',
      'SlurmctldTimeout=30',
      'KillWait=30',
      'JobRequeue=1',
      'PreemptType=preempt/partition_prio',
      'PreemptMode=REQUEUE',
      `MaxArraySize=${LONGEST + 1}`,
      'AccountingStorageType=accounting_storage/none',
      'JobAcctGatherType=jobacct_gather/none',
      'SchedulerParameters=sched_interval=5,bf_interval=5',
      ...NODES.map((node, place) => `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[place]} CPUs=1 State=UNKNOWN`),
      'PartitionName=cpu Nodes=ALL Default=YES MaxTime=60 PriorityTier=1 PreemptMode=REQUEUE State=UP',
      'PartitionName=urgent Nodes=ALL MaxTime=60 PriorityTier=10 PreemptMode=OFF State=UP',
      ''
    ].join('\n')
  }

  /** @param {string} name @param {string[]} args @param {string} as */
  #daemon(name, args, as = name) {
    const log = openSync(join(this.folder, `${as}.out`), 'a')
    const child = spawn(name, args, { env: this.env, stdio: ['ignore', log, log] })
    closeSync(log)
    this.daemons.set(as, child)
  }

  /** @param {string} node */
  startNode(node) {
    this.#daemon('slurmd', ['-D', '-f', this.env.SLURM_CONF, '-N', node], node)
  }

  /** Kills the daemon of a node, as a power cut does. @param {string} node */
  killNode(node) {
    this.daemons.get(node)?.kill('SIGKILL')
  }

  /** What a command of Slurm's prints. @param {string} command @param {string[]} args */
  ask(command, ...args) {
    return execFileSync(command, args, { env: this.env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
  }

  /** The same; nothing where it fails. @param {string} command @param {string[]} args */
  try(command, ...args) {
    try {
      return this.ask(command, ...args)
    } catch {
      return ''
    }
  }

  /** Words of Slurm's by `<array>_<task>`, for all that waits or runs, with the number of the job and its node. */
  queue() {
    const lines = this.ask('squeue', '--noheader', '--array', '--format=%F_%K|%T|%A|%N').trim().split('\n')
    return lines
      .filter((line) => line !== '')
      .map((line) => {
        const [task, word, job, node] = line.trim().split('|')
        return { task, word, job, node }
      })
  }

  /**
   * Slurm lets a requeued job wait two minutes; an operator may say that it need not. Some seconds it must: a node takes no job with a
   * credential of the second in which it ended that job, and counts it as failed instead.
   */
  hurry() {
    const pending = this.queue().filter(({ word }) => word === 'PENDING')
    const now = performance.now()
    for (const job of this.waiting.keys()) if (pending.every((task) => task.job !== job)) this.waiting.delete(job)
    for (const { job } of pending) {
      const since = this.waiting.get(job) ?? now
      this.waiting.set(job, since)
      if (now - since > FRESH) this.try('scontrol', 'update', `JobId=${job}`, 'StartTime=now')
    }
  }

  /** Stops everything that was started here, the controller last but for munged. */
  async stop() {
    this.try('scancel', '--user=root', '--signal=KILL', '--full')
    for (const name of [...NODES, 'slurmctld', 'munged']) {
      const child = this.daemons.get(name)
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGTERM')
      for (let tries = 0; tries < 50 && child.exitCode === null && child.signalCode === null; tries++) await pause(100)
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    }
  }

  /** The end of each daemon's log, to explain what did not happen. */
  logs() {
    return ['munged.out', 'slurmctld.log', 'slurmctld.out', ...NODES.flatMap((node) => [`slurmd-${node}.log`, `${node}.out`])]
      .map((name) => join(this.folder, name))
      .filter((file) => existsSync(file))
      .map((file) => `--- ${file}\n${readFileSync(file, 'utf8').slice(-1500)}`)
      .join('\n')
  }
}

/**
 * Waits until something holds, for so many seconds.
 * @template T
 * @param {string} what
 * @param {number} seconds
 * @param {() => T | Promise<T>} holds
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, seconds, holds) {
  const end = performance.now() + 1000 * seconds
  for (;;) {
    const found = await holds()
    if (found) return found
    if (performance.now() > end) throw new StepFailed(`not within ${seconds} s: ${what}`)
    await pause(300)
  }
}
