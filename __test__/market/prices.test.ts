import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadPrices, SP20_SHA256, sp20File } from '../../ts/market/index.js'
import { runExperiment } from '../../ts/pipeline/index.js'
import { defineExperiment } from '../../ts/spec/index.js'
import { Learner } from '../../ts/stages/index.js'
import { createWorlds, environment, market, sampleTasks } from '../../ts/worlds/index.js'
import { folder, xmrl } from '../helpers.js'
import { priceFile } from './made.js'

test('worlds of a file of prices: sizes follow it, and its prices are what is traded at', (t) => {
  const prices = priceFile(folder(t))
  const worlds = createWorlds('stock/csv', {
    tasks: [
      [3, 1],
      [4, 4]
    ],
    worldsPerTask: 3,
    prices
  })
  t.teardown(() => worlds.dispose())
  t.like(worlds, { count: 6, observationSize: 32, actionSize: 3, stateSize: 5 })
  const table = loadPrices('stock/csv', { file: prices })
  const described = environment('stock/csv', table)
  t.like(described, { horizon: 252, supportHorizon: 20, scoredBy: 'return' })
  const { closes, names, turbulence, days } = market('stock/csv', prices)
  // Thresholds lie between the tenth and the ninetieth percentile of the training years' turbulence.
  const sorted = turbulence.slice(days.training[0], days.training[1] + 1).sort()
  const quantile = (level: number) => {
    const place = level * (sorted.length - 1)
    return sorted[Math.floor(place)] + (place % 1) * (sorted[Math.floor(place) + 1] - sorted[Math.floor(place)])
  }
  const { taskLow, taskHigh } = described
  t.deepEqual([taskLow[1], taskHigh[1]], [1, 5])
  t.true(Math.abs(taskLow[0] - quantile(0.1)) < 1e-9 && Math.abs(taskHigh[0] - quantile(0.9)) < 1e-9)
  t.deepEqual(names, ['AAA', 'BBB', 'CCC'])
  const before = worlds.state()
  worlds.step(new Float64Array(18).fill(1))
  const after = worlds.state()
  for (let w = 0; w < 6; w++) {
    const day = before[w * 5 + 4]
    for (let i = 0; i < 3; i++) t.true(Math.abs(after[w * 5 + 1 + i] * closes[day * 3 + i] - 20) < 1e-9, '$20 of every name')
    t.true(Math.abs(after[w * 5] - (1000 - 60 * 1.001)) < 1e-9)
  }
  t.is(sampleTasks('stock/csv', 'heldOut', 0, 5, prices).values.length, 5)
})

/** The last period that held-out tasks may have. */
const lastPeriod = (prices?: string) => Math.max(...sampleTasks('stock/csv', 'heldOut', 0, 60, prices).values.map(([, period]) => period))

test.serial('two markets do not see each other: every object keeps the prices it was made of', async (t) => {
  const path = folder(t)
  const [short, long] = [priceFile(path, 3), priceFile(path, 4, 3000)]
  const tasks = [[3, 2]]
  const one = createWorlds('stock/csv', { tasks, prices: short, seed: 5 })
  const cash = one.state()
  const other = createWorlds('stock/csv', { tasks, prices: long, seed: 5 })
  t.teardown(() => {
    for (const made of [one, other]) made.dispose()
  })
  // The same days, four thirds of the price: as many dollars buy fewer shares, but by the file that each was made of.
  const shares = [one, other].map((made) => {
    made.step(new Float64Array([1, 1, 1]))
    return made.state()[1]
  })
  t.true(Math.abs(shares[0] / shares[1] - 4 / 3) < 1e-3, `${shares}`)
  t.deepEqual([lastPeriod(short), lastPeriod(long)], [5, 9])
  t.throws(() => createWorlds('stock/csv', { tasks: [[3, 9]], prices: short }), { code: 'ERR_TASK' })
  t.notThrows(() => createWorlds('stock/csv', { tasks: [[3, 9]], prices: long }).dispose())

  // What a script loads is the default of its own calls alone: neither worlds with prices nor a learner move it, or are moved.
  loadPrices('stock/csv', { file: long })
  const learner = new Learner(
    defineExperiment({ environment: 'stock/csv', market: { file: short }, evaluate: { supportEpisodes: 4 } }).spec,
    0,
    { threads: 1 }
  )
  t.teardown(() => learner.dispose())
  t.is(lastPeriod(), 9)
  t.is(learner.prices?.dates.length, 2000)
  const flown = await learner.episodes([3, 2], 31, 2)
  t.true(flown.states.length > 0, 'episodes are flown on the learner’s own market')
  t.is(market('stock/csv').closes.length, 9000)
  t.is(market('stock/csv', short).closes.length, 6000)
  one.reset()
  t.notDeepEqual(one.state(), cash)
})

test('prices are told apart by their hash, and refused where it is another', (t) => {
  const path = folder(t)
  const [one, other] = [priceFile(path), priceFile(path, 2)]
  const hash = createHash('sha256').update(readFileSync(one)).digest('hex')
  t.is(loadPrices('stock/csv', { file: one })?.sha256, hash)
  t.is(loadPrices('stock/csv', { file: one }), loadPrices('stock/csv', { file: one, sha256: hash }), 'read once')
  t.throws(() => loadPrices('stock/csv', { file: other, sha256: hash }), {
    code: 'ERR_PRICES',
    message: /market\.sha256: .*prices-2\.csv has/
  })
  t.throws(() => loadPrices('stock/csv', { file: join(path, 'none.csv') }), {
    code: 'ERR_PRICES',
    message: /market\.file: no file .*none\.csv/
  })
  t.is(loadPrices('drone-planar'), undefined)
  t.is(loadPrices('stock/synthetic'), undefined)
  writeFileSync(join(path, 'short.csv'), readFileSync(one, 'utf8').split('\n').slice(0, 1001).join('\n'))
  t.throws(() => loadPrices('stock/csv', { file: join(path, 'short.csv') }), {
    code: 'ERR_PRICES',
    message: /1000 days of prices are too few.*1897/
  })
})

test('the command line checks a file, and says what is missing without one', async (t) => {
  const prices = priceFile(folder(t))
  const good = await xmrl(['data', 'stock/csv', '--file', prices])
  t.is(good.code, 0, good.stderr)
  t.regex(good.stdout, /3 names over 2000 days, 2001-01-01 to .*, closes alone/)
  t.regex(good.stdout, /training {3}20\d\d-.* to 20/)
  t.regex(good.stdout, /layout: one column of closes a name\n {2}note: largest daily moves: [A-C]{3} falls by \d\.\d\d % on/)
  // A name that splits: refused by day and cure, taken where the user says that it is true.
  const split = prices.replace(/\.csv$/, '-split.csv')
  const rows = readFileSync(prices, 'utf8').trim().split('\n')
  writeFileSync(split, rows.map((row, i) => row.replace(/[^,]*$/, (last) => (i > 900 ? `${Number(last) / 4}` : last))).join('\n'))
  const [refused, allowed] = await Promise.all([
    xmrl(['data', 'stock/csv', '--file', split]),
    xmrl(['data', 'stock/csv', '--file', split, '--allow', 'jumps', '--json'])
  ])
  t.is(refused.code, 1)
  t.regex(refused.stderr, /^ERR_PRICES: .*, line 902, column 4 \(CCC\): CCC falls by 7\d\.\d % in a day, .* \(a split of 4 for 1\?\)/)
  t.like(JSON.parse(allowed.stdout), { layout: 'wide', days: 2000, highsAndLows: false })
  const none = await xmrl(['run', 'stock/csv'])
  t.is(none.code, 2)
  t.regex(none.stderr, /ERR_SPEC_INVALID: market\.file: stock\/csv needs the name of a CSV file/)
  const listed = await xmrl(['envs'])
  t.regex(listed.stdout, /stock\/sp20[\s\S]*stock\/csv/)
})

test.serial('no call of the library fetches the prices of stock/sp20: each names the command that does', async (t) => {
  const before = process.env.XMRL_DATA_DIR
  process.env.XMRL_DATA_DIR = folder(t)
  try {
    const missing = { code: 'ERR_PRICES', message: /^stock\/sp20: its prices are not in .*sp20\.csv: .*npx xmrl data stock\/sp20/ }
    t.throws(() => createWorlds('stock/sp20', { tasks: [[10, 1]] }), missing)
    t.throws(() => sampleTasks('stock/sp20', 'training', 0, 2), missing)
    t.throws(() => market('stock/sp20'), missing)
    t.throws(() => loadPrices('stock/sp20'), missing)
    t.throws(() => new Learner(defineExperiment({ environment: 'stock/sp20' }).spec, 0), missing)
    const out = join(folder(t), 'run')
    await t.throwsAsync(async () => await runExperiment({ environment: 'stock/sp20' }, { out }), missing)
    t.false(existsSync(out))
    t.deepEqual(readdirSync(process.env.XMRL_DATA_DIR), [], 'nothing was tried')
    writeFileSync(sp20File(), 'half a table')
    t.throws(() => market('stock/sp20'), { code: 'ERR_PRICES', message: /sp20\.csv does not hold its prices .*npx xmrl data stock\/sp20/ })
  } finally {
    if (before === undefined) delete process.env.XMRL_DATA_DIR
    else process.env.XMRL_DATA_DIR = before
  }
})

test('prices of stock/sp20 that cannot be fetched are an error that says how to get them', async (t) => {
  const empty = folder(t)
  const nowhere = {
    XMRL_DATA_DIR: empty,
    PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
    PIP_RETRIES: '0',
    PIP_NO_CACHE_DIR: '1',
    PIP_EXTRA_INDEX_URL: '',
    PIP_FIND_LINKS: ''
  }
  const done = await xmrl(['data', 'stock/sp20'], { env: nowhere })
  t.is(done.code, 1)
  mkdirSync(join(empty, 'sp20.csv'))
  const taken = await xmrl(['data', 'stock/sp20'], { env: nowhere })
  t.is(taken.code, 1)
  t.regex(taken.stderr, /^ERR_PRICES: stock\/sp20: .*sp20\.csv: .*; remove it, and `npx xmrl data stock\/sp20` fetches it anew/)
  t.regex(
    done.stderr,
    /^ERR_PRICES: stock\/sp20: its prices \(Python package skfolio==1\.12\.2\) could not be fetched: .*npx xmrl data stock\/sp20/
  )
})

test('stock/sp20, where its prices are there', (t) => {
  if (!existsSync(sp20File())) {
    t.log(`skipped: no ${sp20File()}; \`npx xmrl data stock/sp20\` fetches it`)
    t.like(environment('stock/sp20'), { observationSize: 202, actionSize: 20, taskHigh: [Number.POSITIVE_INFINITY, 28] })
    return
  }
  const table = loadPrices('stock/sp20')
  t.like(table, { sha256: SP20_SHA256, highs: undefined })
  t.deepEqual([table?.names.length, table?.dates.length, table?.dates[0], table?.dates.at(-1)], [20, 8313, '1990-01-02', '2022-12-28'])
  const { days } = market('stock/sp20')
  const dates = Object.values(days).map(([first, last]) => [table?.dates[first], table?.dates[last]])
  t.deepEqual(dates, [
    ['1991-01-02', '2007-04-23'],
    ['2007-04-24', '2014-12-02'],
    ['2014-12-03', '2022-07-18']
  ])
  // Thresholds mean nearly the same in the years that no policy has seen.
  const { taskLow, taskHigh } = environment('stock/sp20')
  const later = Array.from(market('stock/sp20').turbulence.slice(days.heldOut[0], days.heldOut[1]))
  const share = (threshold: number) => later.filter((value) => value < threshold).length / later.length
  t.true(share(taskLow[0]) > 0.03 && share(taskLow[0]) < 0.3 && share(taskHigh[0]) > 0.75 && share(taskHigh[0]) < 0.97)
})
