/** Child of resume.test.ts: runs the small pipeline slowly until it is killed. */
import { RunDirectory } from '../../ts/run/index.js'
import { experiment, pipeline } from './helpers.js'

const pause = new Int32Array(new SharedArrayBuffer(4))
const run = RunDirectory.open(process.argv[2], experiment(), { resume: true })
const { metrics } = run.seed(0)
const append = metrics.append.bind(metrics)
metrics.append = (line) => {
  append(line)
  process.stdout.write('.')
  Atomics.wait(pause, 0, 0, 15)
}
pipeline(run)
run.close()
