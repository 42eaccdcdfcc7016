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

/** The last speed and time left that were shown, at the seconds on the clock that are given beside the events. */
function shown(from: number, to: number): string[] {
  const { stream, text } = terminal()
  const progress = new Progress(1, stream)
  const { now } = performance
  const at = (seconds: number, show: () => void) => {
    performance.now = () => 1000 * seconds
    show()
  }
  try {
    at(100, () => progress.show({ type: 'stage-started', seed: 0, stage: 'train' }))
    at(150, () => progress.show(iteration(from)))
    at(152, () => progress.show(iteration(to)))
  } finally {
    performance.now = now
    progress.finish()
  }
  return [...text().matchAll(/([\d.]+(?: k| M)?) steps\/s · (.*?) left/g)].at(-1)?.slice(1) ?? []
}

test('speed and time left of a resumed stage are those of what this process did since its first iteration', (t) => {
  // 2,000 steps and .002 of the stage in two seconds; .098 is left.
  t.deepEqual(shown(900, 902), ['1 k', '1 min 38 s'])
})

test('of a stage that began here they count from its start', (t) => {
  // 2,000 steps and .002 of the stage in the 52 seconds since it began; .998 is left.
  t.deepEqual(shown(1, 2), ['38', '432 min 28 s'])
})
