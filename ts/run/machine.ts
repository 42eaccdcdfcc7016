/** Where a run was made: package, commit, machine. Read from files, no program is started. */
import { existsSync, readFileSync } from 'node:fs'
import { arch, cpus, platform, totalmem } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../place.js'

/** The origin of a run, for manifests and record headers. */
export interface Origin {
  package: string
  commit: string
  node: string
  platform: string
  machine: { cpu: string; cores: number; memoryGiB: number }
}

/** Describes this process's package and machine. */
export function origin(): Origin {
  const root = packageRoot
  const processors = cpus()
  return {
    package: packageVersion(root),
    commit: commitOf(root),
    node: process.version,
    platform: `${platform()} ${arch()}`,
    machine: {
      cpu: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10
    }
  }
}

/** The version of the package at `root`. */
export function packageVersion(root: string = packageRoot): string {
  try {
    return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
  } catch {
    return 'unknown'
  }
}

/** The commit checked out at `root`, or `unknown` (an installed package, a checkout without commits). */
function commitOf(root: string): string {
  try {
    const git = join(root, '.git')
    const head = readFileSync(join(git, 'HEAD'), 'utf8').trim()
    if (!head.startsWith('ref: ')) return head
    const ref = head.slice(5)
    const loose = join(git, ref)
    if (existsSync(loose)) return readFileSync(loose, 'utf8').trim()
    const packed = readFileSync(join(git, 'packed-refs'), 'utf8')
    return (
      packed
        .split('\n')
        .find((line) => line.endsWith(` ${ref}`))
        ?.split(' ')[0] ?? 'unknown'
    )
  } catch {
    return 'unknown'
  }
}
