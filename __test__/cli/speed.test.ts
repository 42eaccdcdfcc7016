import test from 'ava'
import { Progress } from '../../ts/cli/progress.js'

/** A terminal that keeps what is written. */
function terminal() {
  const written: string[] = []
  const stream = {
    isTTY: true,
    columns: 110,
    write: (text: string) => written.push(text) > 0,
    on: () => stream,
    removeListener: () => stream
  }
  Object.assign(stream, { cursorTo: () => true, clearLine: () => true, moveCursor: () => true })
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => written.join('') }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const iteration = (n: number) =>
  ({
    type: 'iteration',
    seed: 0,
    stage: 'train',
    iteration: n,
    of: 1000,
    envSteps: n * 1000,
    progress: n / 1000,
    metrics: { success: 0.5 }
  }) as const

test('speed and time left of a resumed stage are those of what this process did', async (t) => {
  const { stream, text } = terminal()
  const progress = new Progress(1, stream)
  progress.show({ type: 'stage-started', seed: 0, stage: 'train' })
  await pause(30)
  // 900 iterations are from before; two are made here, in no less than 300 ms: at most 6,667 steps a second, 14 s for the 98 left.
  progress.show(iteration(900))
  await pause(300)
  progress.show(iteration(902))
  progress.finish()
  const shown = [...text().matchAll(/([\d.]+)( k| M)? steps\/s · (\d+) s left/g)].at(-1)
  t.truthy(shown, JSON.stringify(text()))
  const [, value, unit, left] = shown as RegExpExecArray
  const rate = Number(value) * (unit === ' M' ? 1e6 : unit === ' k' ? 1e3 : 1)
  t.true(rate > 0 && rate < 7000, `${rate} steps a second`)
  t.true(Number(left) >= 14, `${left} s left`)
})
