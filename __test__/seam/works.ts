/** Thread of threads.test.ts: evaluates a small learner so often and says what it got; for 0 times begins a job of hours. */
import { parentPort, workerData } from 'node:worker_threads'
import { buildFor, EVALUATE, endless, OPTIONS, TASKS } from './learner.js'

const { times, calculus } = workerData as { times: number; calculus: 'fused' | 'libtorch' }
if (times === 0) {
  await endless(calculus, () => {})
  parentPort?.postMessage('works')
  // Till it is terminated.
  await new Promise((resolve) => setTimeout(resolve, 100_000))
}
const learner = new (buildFor(calculus).Learner)({ ...OPTIONS, calculus })
let returns: number[] = []
for (let i = 0; i < times; i++) {
  returns = Array.from((await learner.evaluate(TASKS, EVALUATE)).returns)
  if (i === 0) parentPort?.postMessage('works')
}
parentPort?.postMessage(returns)
