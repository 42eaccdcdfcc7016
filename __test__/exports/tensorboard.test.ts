import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { crc32c } from '../../ts/exports/crc32c.js'
import { eventFile } from '../../ts/exports/events.js'
import { type TensorboardOptions, tensorboardFiles } from '../../ts/exports/index.js'
import type { LoadedRun, LoadedSeed, MetricLine } from '../../ts/run/index.js'
import { folder, root } from '../helpers.js'
import { decoded, type Event } from './schemas.js'

test('CRC-32C of the vectors in RFC 3720 B.4, and of the digits', (t) => {
  const bytes = (count: number, value: (i: number) => number) => Uint8Array.from({ length: count }, (_, i) => value(i))
  t.is(crc32c(bytes(32, () => 0)), 0x8a9136aa)
  t.is(crc32c(bytes(32, () => 255)), 0x62a8ab43)
  t.is(crc32c(bytes(32, (i) => i)), 0x46dd794e)
  t.is(crc32c(bytes(32, (i) => 31 - i)), 0x113fdb5c)
  t.is(crc32c(Buffer.from('123456789')), 0xe3069283)
})

test("events are byte for byte what TensorBoard's own writer writes", (t) => {
  const recorded = (name: string) => readFileSync(join(root, '__test__', 'exports', 'recorded', name))
  const said = JSON.parse(recorded('events.json').toString()) as { wallTime: number; step: number; scalars: Record<string, number> }[]
  t.is(said.length, 4)
  const ours = eventFile(said.map(({ scalars, ...at }) => ({ ...at, scalars: new Map(Object.entries(scalars)) })))
  t.deepEqual(Buffer.from(ours), recorded('events.tfevents'))
})

/** Messages of an event file; checksums are held by the test above. */
function eventsIn(bytes: Uint8Array): Event[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const events: Event[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true))
    events.push(decoded<Event>('Event', bytes.subarray(at + 12, at + 12 + length)))
    at += 12 + length + 4
  }
  return events
}

const CREATED = '2026-03-01T12:00:00.500Z'
const LINES: MetricLine[] = [
  { stage: 'train', iteration: 1, envSteps: 100, returnAfter: 0.5, accepted: true, rates: [2, 1.5], monitor: { predicted: 0.25 } },
  { stage: 'train', iteration: 2, envSteps: 250, returnAfter: -0.25, accepted: false, rates: [2, 1.25] },
  { stage: 'evaluate-theta_0', iteration: 1, envSteps: 70, pool: 'heldOut', stream: 3, adaptationSteps: 2, return: 4 },
  { stage: 'explain', iteration: 1, half: 1, envSteps: 30, entropy: 2 },
  { stage: 'explain', envSteps: 60, critical: [3, 1], fallback: false },
  { stage: 'explain-xmrl@2', envSteps: 60, topOverlap: 0.5 },
  { stage: 'choose-tw', envSteps: 9, by: 'matching' },
  { stage: 'reptile-retrain-maml-null', envSteps: 40, length: 0.5 },
  { stage: 'retrain-maml-null', iteration: 1, envSteps: 80, returnAfter: 1 }
]

/** A loaded run of seeds with the lines above, and how long their iterations took. */
function runOf(t: Parameters<typeof folder>[0], seeds = [0, 7]): LoadedRun {
  const path = folder(t)
  const second = { stage: 'train', iteration: 2, seconds: 9 }
  // The first seed's second iteration was made twice, and a last line was torn.
  const timing = [{ stage: 'train', iteration: 1, seconds: 2 }, second, { ...second, seconds: 0.5 }]
  writeFileSync(join(path, 'timing.jsonl'), `${timing.map((line) => JSON.stringify(line)).join('\n')}\n{"stage":"tr`)
  const of = (seed: number) => ({ seed, path, metrics: LINES }) as unknown as LoadedSeed
  return { path, manifest: { created: CREATED }, seeds: seeds.map(of) } as unknown as LoadedRun
}

/** What a file says: wall time since the run began, step, and values by tag. */
const told = (bytes: Uint8Array) =>
  eventsIn(bytes).map(({ wallTime, step, fileVersion, summary }) => [
    wallTime - Date.parse(CREATED) / 1000,
    fileVersion || step,
    Object.fromEntries((summary?.value ?? []).map(({ tag, simpleValue }) => [tag, simpleValue]))
  ])

test('a folder an arm of a seed, with the lines of its stages at their environment steps', (t) => {
  const files = tensorboardFiles(runOf(t))
  const name = 'events.out.tfevents.1772366400.xmrl'
  t.deepEqual(
    Object.keys(files),
    [0, 7].flatMap((seed) => ['theta_0', 'xmrl', 'maml-null'].map((arm) => `seed-${seed}/${arm}/${name}`))
  )
  t.deepEqual(told(files[`seed-7/theta_0/${name}`]), [
    [2, 'brain.Event:2', {}],
    [
      2,
      100,
      {
        'train/returnAfter': 0.5,
        'train/accepted': 1,
        'train/rates/0': 2,
        'train/rates/1': 1.5,
        'train/monitor/predicted': 0.25
      }
    ],
    [2.5, 250, { 'train/returnAfter': -0.25, 'train/accepted': 0, 'train/rates/0': 2, 'train/rates/1': 1.25 }],
    [2.5, 70, { 'evaluate/heldOut/stream-3/adaptationSteps-2/return': 4 }],
    [2.5, 30, { 'explain/half-1/entropy': 2 }],
    [2.5, 60, { 'explain/fallback': 0 }]
  ])
  t.deepEqual(told(files[`seed-0/xmrl/${name}`]).slice(1), [[2.5, 60, { 'explain@2/topOverlap': 0.5 }]])
  t.deepEqual(told(files[`seed-0/maml-null/${name}`]).slice(1), [
    [2.5, 40, { 'reptile/length': 0.5 }],
    [2.5, 80, { 'retrain/returnAfter': 1 }]
  ])
  t.deepEqual(tensorboardFiles(runOf(t)), files, 'the same bytes')
})

test('steps may be iterations; one seed and one arm may be asked for', (t) => {
  const files = tensorboardFiles(runOf(t), { seed: 7, arm: 'maml-null', step: 'iteration' })
  const [[path, bytes], ...rest] = Object.entries(files)
  t.is(rest.length, 0)
  t.regex(path, /^seed-7\/maml-null\//)
  // A line without an iteration keeps its environment steps.
  t.deepEqual(
    told(bytes).map(([, step]) => step),
    ['brain.Event:2', 40, 1]
  )
})

test('a seed or an arm that the run does not have is named, with those that it has', (t) => {
  const refused = (options: TensorboardOptions, message: RegExp, run = runOf(t)) =>
    t.throws(() => tensorboardFiles(run, options), { code: 'ERR_USAGE', message })
  refused({ seed: 5 }, /^seed: 5 is not one of this run's \(0, 7\)$/)
  refused({ arm: 'mmaml' }, /^arm: .* has no metrics of "mmaml"; it has theta_0, xmrl, maml-null$/)
  const begun = { ...runOf(t), seeds: runOf(t).seeds.map((seed) => ({ ...seed, metrics: [] })) }
  refused({}, /has no metrics yet$/, begun)
})
