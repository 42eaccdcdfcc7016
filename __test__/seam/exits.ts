/**
 * Child of threads.test.ts: a process that ends in the way its argument names while a native job is running. It writes
 * `running` when the job is; how it ended, and that it did not crash, is for the test to see.
 */
import { isMainThread, parentPort, type Worker, workerData } from 'node:worker_threads'
import { thread } from './thread.js'

const [way, calculus] = isMainThread ? process.argv.slice(2) : (workerData as string[])

/** A job that is not done before the process is over. */
async function endless(): Promise<void> {
  const learner = await import('./learner.js')
  // The theorems are measured without a question whether somebody still wants them: seconds of a job that hears nothing.
  if (way.endsWith('deaf')) void learner.core.measureTheory(3, 0)
  else await learner.endless(calculus, () => process.stdout.write('done too early\n'))
}

/** Long enough for the job to have begun. */
const soon = (then: () => void) => setTimeout(then, 150)
const begun = () => process.stdout.write('running\n')

function inWorker(): Worker {
  const worker = thread('./exits.ts', [way, calculus])
  worker.once('message', begun)
  return worker
}

if (!isMainThread) {
  await endless()
  parentPort?.postMessage('running')
  if (way === 'worker-exits') soon(() => process.exit(0))
  if (way === 'worker-throws') {
    soon(() => {
      throw new Error('on purpose')
    })
  }
} else if (way === 'main-exits' || way === 'main-exits-deaf') {
  await endless()
  begun()
  soon(() => process.exit(7))
} else if (way === 'main-exits-without-events') {
  await endless()
  begun()
  // As native code that calls exit() would: no event, no clean-up of the environment.
  soon(() => (process as unknown as { reallyExit(code: number): void }).reallyExit(7))
} else if (way === 'main-throws') {
  await endless()
  begun()
  soon(() => {
    throw new Error('on purpose')
  })
} else if (way === 'main-exits-over-worker') {
  inWorker().once('message', () => soon(() => process.exit(7)))
} else if (way === 'terminated' || way === 'terminated-deaf') {
  const worker = inWorker()
  worker.once('message', () => soon(() => void worker.terminate()))
} else {
  // worker-exits, worker-throws: the main thread loads nothing and ends when the worker has.
  inWorker().on('error', () => {})
}
