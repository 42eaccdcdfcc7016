/** Gradient and exact Hessian-vector products of the problem that PyTorch and JAX are timed on. */
import { guardedJob, learningAddon, type Timing } from '../native.js'
import { whole } from '../spec/index.js'
import { type Conditions, conditions, type Dtype, type PlanOptions, plan, type Spread, threadCount } from './figures.js'

/** Size, numbers and engine of the problem. */
export interface HvpOptions extends PlanOptions {
  /** N. @default 20 */
  tasks?: number
  /** Support rows, and as many query rows, of each task. @default 400 */
  rows?: number
  /** @default 'float64' */
  dtype?: Dtype
  /** @default the machine's cores */
  threads?: number
  /** @default 'fused' */
  calculus?: 'fused' | 'libtorch'
}

/** Milliseconds, and digests that equal those of every right implementation to the precision of the number type. */
export interface HvpFigures extends Conditions {
  bench: 'hvp'
  tasks: number
  rows: number
  dtype: Dtype
  calculus: 'fused' | 'libtorch'
  /** The gradient of the mean over tasks, ms. */
  gradient: Spread
  /** One product from the parameters, ms. */
  hvp: Spread
  /** A further product, with what the gradient left, ms. */
  kept: Spread
  digests: { gradient: number; hvp: number }
}

/** Most rows of a task, and most of all tasks: some kilobytes each. */
const MOST_ROWS = 10_000_000

const milliseconds = ({ median, min, max }: Timing): Spread => ({ median: 1e3 * median, min: 1e3 * min, max: 1e3 * max })

/** Times them. Errors: `ERR_USAGE`; `ERR_SPEC_INVALID` where the engine has not this number type. */
export async function benchHvp(options: HvpOptions = {}): Promise<HvpFigures> {
  const { dtype = 'float64', calculus = 'fused' } = options
  const tasks = whole('tasks', options.tasks ?? 20, 1, MOST_ROWS)
  const rows = whole('rows', options.rows ?? 400, 1, MOST_ROWS)
  whole('tasks × rows', tasks * rows, 1, MOST_ROWS)
  const threads = threadCount(options.threads)
  const setting = { tasks, rows, dtype, threads, calculus, plan: plan(options) }
  const done = await guardedJob(() => learningAddon('cpu', calculus).benchHvp(setting))
  return {
    bench: 'hvp',
    tasks,
    rows,
    dtype,
    calculus,
    gradient: milliseconds(done.gradient),
    hvp: milliseconds(done.hvp),
    kept: milliseconds(done.kept),
    digests: { gradient: done.gradientDigest, hvp: done.hvpDigest },
    ...conditions(threads, [done.gradient, done.hvp, done.kept])
  }
}
