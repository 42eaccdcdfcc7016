import test from 'ava'
import type { Interval, TableRecord, TableRow } from '../../ts/records/index.js'
import { leadingArm } from '../../ts/report/headline.js'
import { headline, renderReport, tableFiles } from '../../ts/report/index.js'
import { decimalsFor, measureOf } from '../../ts/report/measure.js'
import { answers } from '../../ts/report/summary.js'
import { buildTable, seedScores } from '../../ts/select/index.js'
import { syntheticRecords, syntheticRun } from './synthetic.js'

type Ends = readonly [gain: number, low: number, high: number]
interface Arm {
  after: number
  change?: Ends
  over?: Ends
}
const interval = ([gain, low, high]: Ends): Interval => ({ gain, low, high, shown: low > 0 || high < 0 })

/** A table of arms on the poor and other tasks of both pools. */
function tableOf(
  arms: Record<string, Arm>,
  {
    seeds = 10,
    before = 0.54,
    metric = 'success',
    nothing
  }: { seeds?: number; before?: number; metric?: 'success' | 'return'; nothing?: number } = {}
): TableRecord {
  const rows = Object.entries(arms).flatMap(([arm, { after, change, over }]) =>
    (['poor', 'other'] as const).map(
      (group): TableRow => ({
        arm,
        pool: 'both',
        group,
        metric,
        tasks: 20,
        before,
        after,
        ...interval(change ?? [after - before, after - before - 0.1, after - before + 0.1]),
        ...(over === undefined ? {} : { overMaml: interval(over) }),
        ...(nothing === undefined ? {} : { null: interval([nothing, nothing - 0.02, nothing + 0.02]) })
      })
    )
  )
  const over = seeds > 1 ? ('seeds and tasks' as const) : ('tasks' as const)
  return {
    seeds: Array.from({ length: seeds }, (_, id) => id),
    rows,
    degraded: [],
    bootstrap: { resamples: 1000, level: 0.95, over },
    steps: {}
  }
}

const MAML = { after: 0.66 }

test('before, after, going on as before, the difference, and that it is unlikely to be chance', (t) => {
  const table = tableOf(
    { xmrl: { after: 0.72, over: [0.06, 0.02, 0.11] }, maml: MAML, 'maml-null': { after: 0.65, over: [-0.01, -0.04, 0.02] } },
    { nothing: -0.01 }
  )
  t.is(
    headline(table),
    'On 10 seeds, the poor tasks’ mean success was 0.54 before the repair, 0.72 after XMRL and 0.66 after going on as before (MAML) with as many steps. The difference, XMRL minus MAML, is +0.06 (95 % interval +0.02 to +0.11; two runs of MAML differ by 0.01): it is unlikely to be chance.'
  )
})

test('few seeds are preliminary, an interval that holds 0 may be chance', (t) => {
  t.is(
    headline(tableOf({ xmrl: { after: 0.72, over: [0.06, -0.05, 0.18] }, maml: MAML }, { seeds: 2 })),
    'Preliminary, from 2 seeds: the poor tasks’ mean success was 0.54 before the repair, 0.72 after XMRL and 0.66 after going on as before (MAML) with as many steps. The difference, XMRL minus MAML, is +0.06 (95 % interval −0.05 to +0.18): it may be chance.'
  )
  t.true(headline(tableOf({ xmrl: { after: 0.72 } }, { seeds: 9 })).startsWith('Preliminary, from 9 seeds: the poor'))
})

test('one seed says nothing about others', (t) => {
  t.is(
    headline(tableOf({ xmrl: { after: 0.72, over: [0.06, 0.02, 0.11] }, maml: MAML }, { seeds: 1 })),
    'Preliminary, from one seed: the poor tasks’ mean success was 0.54 before the repair, 0.72 after XMRL and 0.66 after going on as before (MAML) with as many steps. The difference, XMRL minus MAML, is +0.06 (95 % interval +0.02 to +0.11): it is unlikely to be chance among these tasks, but one seed cannot say whether it repeats.'
  )
})

test('a gain that is no larger than the null may be chance, whatever its interval', (t) => {
  const shown: Record<string, Arm> = { xmrl: { after: 0.72, over: [0.06, 0.02, 0.11] }, maml: MAML }
  for (const nothing of [-0.08, 0.08, 0.06])
    t.true(
      headline(tableOf(shown, { nothing })).endsWith(
        `is +0.06 (95 % interval +0.02 to +0.11; two runs of MAML differ by 0.0${Math.abs(nothing * 100)}): it is no more than those two differ by, so it may be chance.`
      ),
      headline(tableOf(shown, { nothing }))
    )
  t.true(headline(tableOf(shown, { nothing: 0.05 })).endsWith('it is unlikely to be chance.'))
})

test('a loss is called one', (t) => {
  const text = (over: Ends) => headline(tableOf({ xmrl: { after: 0.6, over }, maml: MAML }))
  t.true(
    text([-0.06, -0.11, -0.02]).endsWith(
      'The difference, XMRL minus MAML, is −0.06 (95 % interval −0.11 to −0.02): it is unlikely to be chance, and XMRL is the worse of the two.'
    )
  )
  t.true(text([-0.06, -0.14, 0.03]).endsWith('is −0.06 (95 % interval −0.14 to +0.03): it may be chance.'))
  t.true(
    headline(tableOf({ xmrl: { after: 0.66, over: [0, 0, 0] }, maml: MAML })).endsWith(
      'is +0.00 (95 % interval +0.00 to +0.00): the two do not differ.'
    )
  )
})

test('returns of any unit: dollars in thousands, metres in thousandths', (t) => {
  const dollars = tableOf(
    { xmrl: { after: 13_240.4, over: [1180.1, 310.2, 2050.7] }, maml: { after: 12_060.3 } },
    { before: -9800.2, metric: 'return' }
  )
  t.is(
    headline(dollars),
    'On 10 seeds, the poor tasks’ mean return was −9800 before the repair, 13240 after XMRL and 12060 after going on as before (MAML) with as many steps. The difference, XMRL minus MAML, is +1180 (95 % interval +310 to +2051): it is unlikely to be chance.'
  )
  const metres = tableOf(
    { xmrl: { after: 0.0181, over: [0.0042, -0.0013, 0.0098] }, maml: { after: 0.0139 } },
    { before: 0.0122, metric: 'return' }
  )
  t.is(
    headline(metres),
    'On 10 seeds, the poor tasks’ mean return was 0.012 before the repair, 0.018 after XMRL and 0.014 after going on as before (MAML) with as many steps. The difference, XMRL minus MAML, is +0.004 (95 % interval −0.001 to +0.010): it may be chance.'
  )
})

test('without xmrl the best arm stands against going on as before', (t) => {
  const table = tableOf({
    maml: MAML,
    random: { after: 0.71, over: [0.05, 0.01, 0.1] },
    hardest: { after: 0.74, over: [0.08, 0.03, 0.13] },
    oracle: { after: 0.9, over: [0.24, 0.1, 0.3] }
  })
  t.is(leadingArm(table), 'hardest')
  t.is(
    headline(table),
    'On 10 seeds, the poor tasks’ mean success was 0.54 before the repair, 0.74 after the arm hardest (the best of 2) and 0.66 after going on as before (MAML) with as many steps. The difference, hardest minus MAML, is +0.08 (95 % interval +0.03 to +0.13): it is unlikely to be chance, though picking the best of 2 flatters it.'
  )
  t.is(leadingArm(tableOf({ oracle: { after: 0.9 }, maml: MAML })), 'oracle')
  t.regex(
    headline(tableOf({ maml: MAML, random: { after: 0.71, over: [0.05, -0.01, 0.1] } })),
    /0\.71 after the arm random and 0\.66 .* random minus MAML, is \+0\.05 .*: it may be chance\.$/
  )
})

test('without going on as before: before and after, and what is not known', (t) => {
  t.is(
    headline(tableOf({ xmrl: { after: 0.72, change: [0.18, 0.06, 0.29] } })),
    'On 10 seeds, the poor tasks’ mean success was 0.54 before the repair and 0.72 after XMRL. The change is +0.18 (95 % interval +0.06 to +0.29): it is unlikely to be chance; what going on as before (MAML) would have given was not measured.'
  )
  t.is(
    headline(tableOf({ xmrl: { after: 0.72 }, 'maml-null': { after: 0.66 } })),
    'On 10 seeds, the poor tasks’ mean success was 0.54 before the repair, 0.72 after XMRL and 0.66 after going on as before (MAML) with as many steps. The difference, XMRL minus MAML, is +0.06; without the arm maml it has no interval: it may be chance.'
  )
})

test('where only MAML went on, no repair was tried', (t) => {
  t.is(
    headline(tableOf({ maml: { after: 0.66, change: [0.12, -0.02, 0.25] } }, { seeds: 1 })),
    'Preliminary, from one seed: the poor tasks’ mean success was 0.54 before any repair and 0.66 after going on as before (MAML). The change is +0.12 (95 % interval −0.02 to +0.25): it may be chance; no repair was tried.'
  )
})

test('where nothing was retrained: what is known of theta_0, on the stream that chose no task', (t) => {
  const { tasks, poor, evaluations } = syntheticRecords(0, 12)
  const { theta_0 } = evaluations
  const [mined, fresh] = [theta_0.pools.evaluation.streams[0], theta_0.pools.evaluation.streams[2]]
  t.notDeepEqual(mined.success, fresh.success)
  const pools = (['evaluation', 'heldOut'] as const).map(
    (pool) => [poor?.[pool] ?? [], theta_0.pools[pool].streams[2].success ?? []] as const
  )
  const mean = (values: number[]) => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2)
  const all = mean(pools.flatMap(([, values]) => values))
  const poorest = mean(pools.flatMap(([ids, values]) => ids.map((id) => values[id])))
  const seeds = [{ seed: 0, records: { tasks, poor, evaluations: { theta_0 }, arms: {} } }]
  t.is(
    headline(undefined, seeds),
    `Before any repair, from one seed: mean success is ${all} over all 24 tasks and ${poorest} over the 4 poor ones. Nothing has been retrained yet, so there is no repair to judge.`
  )
  t.is(
    headline(undefined, [{ seed: 0, records: { tasks, evaluations: { theta_0 }, arms: {} } }]),
    `Before any repair, from one seed: mean success is ${all} over all 24 tasks. Which of them are poor is not known yet, and nothing has been retrained.`
  )
  t.is(headline({ ...tableOf({}), rows: [] }, seeds), headline(undefined, seeds), 'arms that the seeds do not share make no row')
  t.is(headline(undefined, [{ seed: 0, records: { evaluations: {}, arms: {} } }]), 'No policy of this run has been evaluated yet.')
})

test('figures of a sentence are rounded alike: enough decimals for the interval, for its ends, and to add up', (t) => {
  const success = measureOf({ rows: [{ metric: 'success' }] })
  const given = (gain: number, low: number, high: number, sum: number[] = []) =>
    decimalsFor(success, { gain, low, high, shown: false }, sum)
  t.is(given(0.06, -0.05, 0.18), 2)
  t.is(given(0.012, -0.008, 0.03), 3, 'a narrow interval tells more')
  t.is(given(0.06, -0.004, 0.18), 3, 'an end of −0.00 says nothing')
  t.is(given(0.0693, 0.01, 0.18, [0.7244, 0.6551, 0.0693]), 3, '0.72 − 0.66 is not 0.07')
  t.is(given(0, 0, 0), 2)
  const all = [
    [0.72, [0.063, -0.05, 0.178]],
    [0.7244, [0.0644, -0.0494, 0.1]]
  ] as const
  for (const [after, over] of all) {
    const numbers = headline(tableOf({ xmrl: { after, over }, maml: MAML })).match(/\d\.\d+/g) ?? []
    t.is(numbers.length, 6)
    t.is(new Set(numbers.map((number) => number.length)).size, 1, numbers.join(' '))
  }
})

test('report, table.md and terminal say it alike, also where xmrl was not run', async (t) => {
  const made = syntheticRun([0, 1], 12)
  const seeds = made.seeds.map(({ seed, records }) => ({
    seed,
    records: {
      ...records,
      evaluations: { theta_0: records.evaluations.theta_0, maml: records.evaluations.maml, random: records.evaluations.ma },
      arms: { maml: records.arms.maml, random: records.arms.ma }
    }
  }))
  const run = { ...made, seeds }
  const table = buildTable(
    seeds.map(({ seed, records }) => seedScores(seed, records)),
    { resamples: 200 }
  )
  const said = headline(table)
  t.regex(said, /^Preliminary, from 2 seeds: .* after the arm random and /)
  const html = await renderReport({ ...run, table })
  t.true(html.includes(`<p class="headline">${said}</p>`))
  t.false(html.includes('no result table'))
  t.true(html.includes('before and after random tasks'), 'the dumbbells show the same arm')
  t.true(tableFiles(table, 'drone-planar')['table.md'].includes(`\n${said}\n`))
  const [card] = answers(run.seeds[0].records, table)
  t.regex(card.text, /^Better than before\? .* under the arm random\.\nBetter than just going on \(MAML, as many steps\)\? /)
})

test('the first card: better than before, and better than just going on', (t) => {
  const card = (xmrl: Arm, nothing?: number) =>
    answers({ evaluations: {}, arms: {} }, tableOf({ xmrl, maml: MAML }, nothing === undefined ? {} : { nothing }))[0]
  const good = card({ after: 0.718, change: [0.178, 0.063, 0.285], over: [0.063, 0.012, 0.118] }, -0.012)
  t.deepEqual([good.figure, good.verdict, good.tone], ['+0.178', 'shown', 'good'])
  t.is(
    good.text,
    'Better than before? Yes, +0.178 [+0.063, +0.285]: from 0.540 to 0.718 on the 20 poor tasks of both pools.\nBetter than just going on (MAML, as many steps)? Yes, +0.063 [+0.012, +0.118]. A second run of MAML differs by −0.012 [−0.032, +0.008].'
  )
  const half = card({ after: 0.718, change: [0.178, 0.063, 0.285], over: [0.063, -0.05, 0.178] })
  t.deepEqual([half.verdict, half.tone], ['not over MAML', 'open'])
  t.regex(half.text, /\nBetter than just going on \(MAML, as many steps\)\? Not shown, \+0\.063 \[−0\.050, \+0\.178\]\.$/)
  const drowned = card({ after: 0.718, change: [0.178, 0.063, 0.285], over: [0.063, 0.012, 0.118] }, 0.07)
  t.is(drowned.tone, 'open')
  const behind = card({ after: 0.718, change: [0.178, 0.063, 0.285], over: [-0.063, -0.118, -0.012] })
  t.deepEqual([behind.verdict, behind.tone], ['worse than MAML', 'bad'])
  const worse = card({ after: 0.5, change: [-0.04, -0.06, -0.01] })
  t.deepEqual([worse.verdict, worse.tone, worse.figure], ['worse', 'bad', '−0.040'])
  t.regex(
    worse.text,
    /^Better than before\? No, worse, −0\.040 .*\nBetter than just going on \(MAML\)\? Not known: the arm maml was not run\.$/
  )
  const alone = answers({ evaluations: {}, arms: {} }, tableOf({ xmrl: { after: 0.718, change: [0.178, 0.063, 0.285] } }))[0]
  t.deepEqual([alone.verdict, alone.tone], ['better', 'open'])
  t.deepEqual(answers({ evaluations: {}, arms: {} }, tableOf({ maml: MAML })), [], 'nothing was repaired, so nothing is answered')
})
