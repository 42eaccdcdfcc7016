/** Options of commands that run: where, and on how much of the machine. */
import type { Command } from 'commander'
import { defined } from '../defined.js'
import type { RunOptions } from '../pipeline/index.js'
import { device, oneOf, positive } from './parse.js'

export type ComputingFlags = Pick<RunOptions, 'device' | 'rollouts' | 'threads' | 'jobs'>

/** Adds them to a command; `alone` says how many seeds it works on at a time where nothing is said. */
export const computing = (command: Command, alone: string): Command =>
  command
    .option('--device <name>', 'auto, cpu or cuda', device, 'auto')
    .option(
      '--rollouts <name>',
      'cpu, or cuda: episodes on the card by kernels that need no libtorch (default: as --device where there are kernels)',
      oneOf('cpu', 'cuda')
    )
    .option('--threads <n>', 'threads of each process; results do not depend on it', positive)
    .option('--jobs <n>', `seeds at a time, each in a process of its own (default: ${alone})`, positive)

/** Those that were given. */
export const computed = ({ device, rollouts, threads, jobs }: ComputingFlags) => defined({ device, rollouts, threads, jobs })
