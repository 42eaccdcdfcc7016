import test from 'ava'
import { compact, duration, ParallelProgress, Progress } from '../../ts/cli/progress.js'

/** A stream that keeps what is written. */
function recorder(isTTY: boolean) {
  const written: string[] = []
  const stream = { isTTY, columns: 110, write: (text: string) => written.push(text) > 0, on: () => stream, removeListener: () => stream }
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => written.join('') }
}

const iteration = (n: number, metrics: Record<string, number> = { success: 0.5 }) =>
  ({ type: 'iteration', seed: 0, stage: 'train', iteration: n, of: 4, envSteps: n * 1000, progress: n / 4, metrics }) as const

test('the first line already tells speed, time left and the last figure', async (t) => {
  const { stream, text } = recorder(false)
  const progress = new Progress(1, stream)
  progress.show({ type: 'stage-started', seed: 0, stage: 'train' })
  await new Promise((resolve) => setTimeout(resolve, 20))
  progress.show(iteration(1))
  t.regex(text(), /^ {2}train +25 % · [\d.]+( k| M)? steps\/s · \d+ s left · success 0\.500\n$/)
})

test('a resumed stage does not count earlier steps as its speed and leaves out what it cannot know', (t) => {
  const { stream, text } = recorder(false)
  const progress = new Progress(1, stream)
  progress.show({ type: 'stage-started', seed: 0, stage: 'train' })
  progress.show(iteration(3))
  t.regex(text(), /^ {2}train +75 % · success 0\.500\n$/)
})

test('on a terminal the bar is removed before a line is printed', (t) => {
  const { stream, text } = recorder(true)
  Object.assign(stream, { cursorTo: () => true, clearLine: () => true, moveCursor: () => true })
  const progress = new Progress(1, stream)
  progress.show({ type: 'stage-started', seed: 0, stage: 'train' })
  progress.show(iteration(1))
  progress.show({ type: 'stage-finished', seed: 0, stage: 'train', envSteps: 4000, summary: 'done' })
  const out = text()
  t.true(out.endsWith('✓ train              done\n'))
  t.true(out.lastIndexOf('\x1b[?25h') > out.lastIndexOf('━'), 'the cursor is shown again')
})

test('several seeds at a time: what each is at in one line, what is finished above it', (t) => {
  const { stream, text } = recorder(true)
  Object.assign(stream, { cursorTo: () => true, clearLine: () => true, moveCursor: () => true })
  const progress = new ParallelProgress(stream)
  progress.show(iteration(1))
  progress.show({ ...iteration(2), seed: 7, stage: 'retrain', arm: 'xmrl' })
  t.regex(text(), /seeds: 0 train 25 %/)
  progress.show({ type: 'stage-finished', seed: 0, stage: 'train', envSteps: 4000, summary: 'done' })
  t.true(text().endsWith('✓ seed 0 train               done\n'), JSON.stringify(text().slice(-60)))
  progress.show({ ...iteration(3), seed: 7, stage: 'retrain', arm: 'xmrl' })
  progress.finish()
  t.regex(text(), /seeds: 7 retrain xmrl 75 %(?!.*seeds: 0)/s)
})

test('several seeds without a terminal: a plain line now and then', (t) => {
  const { stream, text } = recorder(false)
  const progress = new ParallelProgress(stream)
  progress.show({ ...iteration(2), seed: 7 })
  progress.show({ ...iteration(3), seed: 8 })
  progress.show({ type: 'note', seed: 8, text: 'seed 8 failed: why' })
  t.is(text(), '  seeds: 7 train 50 %\n· seed 8 failed: why\n')
})

test('counts and durations are short', (t) => {
  t.deepEqual([compact(950), compact(41_400), compact(1_234_567)], ['950', '41 k', '1.23 M'])
  t.deepEqual([duration(42.4), duration(185)], ['42 s', '3 min 05 s'])
})
