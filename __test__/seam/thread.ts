/** A thread that runs a TypeScript file: tsx registers itself in the main thread alone. */
import { Worker } from 'node:worker_threads'

const api = import.meta.resolve('tsx/esm/api')

/** Runs a file of this folder in a thread of its own. */
export function thread(file: string, workerData: unknown): Worker {
  const run = `import(${JSON.stringify(api)}).then(({ register }) => (register(), import(${JSON.stringify(new URL(file, import.meta.url).href)})))`
  return new Worker(run, { eval: true, workerData })
}
