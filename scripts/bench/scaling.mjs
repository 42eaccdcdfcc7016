// `npm run bench:scaling`: time and peak memory of a meta-iteration against tasks, episodes, horizon, parameters and threads, each point
// in a process of its own. Writes docs/scaling.csv and docs/images/scaling.svg and prints the line of memory over rows and the powers by which
// time grows. A few minutes;
// `-- --quick` takes a tiny batch and writes nothing, `-- --out <folder>` writes elsewhere.
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { setUp } from '../setup/setup.mjs'
import { commandLine, main, root, run } from '../setup/terminal.mjs'
import { line, powers } from './slopes.mjs'

const { values: options } = commandLine({ quick: { type: 'boolean', default: false }, out: { type: 'string' } })
const { quick } = options
const out = options.out === undefined ? (quick ? undefined : join(root, 'docs')) : resolve(options.out)

/** The point that every curve goes through: cheetah-vel/gym is the preset of the reference figures. */
const BASE = quick
  ? { preset: 'cheetah-vel/gym', tasks: 2, episodes: 2, hidden: '16,16', activation: 'tanh', threads: 1 }
  : { preset: 'cheetah-vel/gym', tasks: 20, episodes: 20, hidden: '64,64', activation: 'tanh', threads: availableParallelism() }
const THREADS = [1, 2, 4, 8, 16, 32, 64].filter((threads) => threads <= availableParallelism())

/**
 * Curve → the points' differences from the base. Horizons are facts of the presets: the ProMP body flies 100 steps, the gym body 200, and
 * 17 observations against 20 are what else differs.
 */
const CURVES = quick
  ? { tasks: [1, 2].map((tasks) => ({ tasks })), episodes: [2, 4].map((episodes) => ({ episodes })) }
  : {
      tasks: [5, 10, 20, 40, 80].map((tasks) => ({ tasks })),
      episodes: [5, 10, 20, 40, 80].map((episodes) => ({ episodes })),
      horizon: [{ preset: 'cheetah-vel/promp' }, { preset: 'cheetah-vel/gym' }],
      parameters: [16, 32, 64, 128, 256].map((units) => ({ hidden: `${units},${units}` })),
      threads: THREADS.map((threads) => ({ threads }))
    }

const PHASES = ['support', 'query', 'advantages', 'adapt', 'gradient', 'curvature', 'lineSearch', 'rest']

/** One point: `xmrl bench iteration` in a fresh process, so that its peak is its own. */
async function measure(point) {
  const flags = Object.entries(point).flatMap(([key, value]) => [`--${key}`, `${value}`])
  const args = ['bench', 'iteration', ...flags, '--iterations', quick ? '1' : '5', '--device', 'cpu', '--json']
  return JSON.parse(await run(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args]))
}

function record(curve, figures) {
  const { horizons, supportEpisodes, queryEpisodes } = figures
  const row = {
    curve,
    preset: figures.preset,
    tasks: figures.tasks,
    episodes: supportEpisodes,
    horizon: horizons.query,
    hidden: figures.hidden.join('-'),
    parameters: figures.parameters,
    threads: figures.threads,
    calculus: figures.calculus,
    dtype: figures.dtype,
    rolloutDtype: figures.rolloutDtype,
    rows: figures.tasks * (supportEpisodes * horizons.support + queryEpisodes * horizons.query),
    seconds: figures.seconds.median,
    secondsMin: figures.seconds.min,
    secondsMax: figures.seconds.max,
    ...Object.fromEntries(PHASES.map((phase) => [phase, figures.phases[phase]])),
    peakMiB: figures.peakResidentMiB,
    beforeMiB: figures.residentMiB,
    foreign: figures.foreign
  }
  return { ...row, value: row[curve] }
}

const cell = (value) => (typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(4) : `${value}`)
const csv = (rows) => {
  const { value: _, ...columns } = rows[0]
  const names = Object.keys(columns)
  return `${[names.join(','), ...rows.map((row) => names.map((name) => cell(row[name])).join(','))].join('\n')}\n`
}

/** Round numbers inside [low, high]: more of a decade where there is less than one. */
function roundValues(low, high) {
  const series = high / low < 10 ? [1, 1.5, 2, 3, 4, 5, 7] : [1, 2, 5]
  const decades = Array.from({ length: 12 }, (_, i) => 10 ** (i - 4))
  return decades.flatMap((decade) => series.map((step) => step * decade)).filter((value) => low <= value && value <= high)
}

/** Two rows of small panels, seconds and MiB, a column a curve, all axes logarithmic: a straight line is a power. */
async function picture(rows) {
  const { chart, colour } = await import('../../dist/drawing/index.js')
  const around = (field, by) => [Math.min(...rows.map((row) => row[field])) / by, Math.max(...rows.map((row) => row[field])) * by]
  const panel = (curve, field, title, first) => {
    const values = rows.filter((row) => row.curve === curve)
    const points = values.map((row) => row.value)
    const domain = [Math.min(...points) / 1.3, Math.max(...points) * 1.3]
    const x = {
      field: 'value',
      type: 'quantitative',
      title: curve,
      scale: { type: 'log', domain, nice: false },
      axis: { values: points, format: '.2~s' }
    }
    const limits = around(field, 1.3)
    const y = {
      field,
      type: 'quantitative',
      title: first ? title : null,
      scale: { type: 'log', domain: limits, nice: false },
      axis: { grid: true, values: roundValues(...limits), labels: first, format: '~r' }
    }
    const line = { type: 'line', color: colour('critical'), strokeWidth: 2 }
    const point = { type: 'point', filled: true, size: 36, opacity: 1, color: colour('critical') }
    const encoding = { x, y }
    return { width: 150, height: 130, data: { values }, layer: [line, point].map((mark) => ({ mark, encoding })) }
  }
  const curves = Object.keys(CURVES)
  const panels = (field, title) => ({ hconcat: curves.map((curve, index) => panel(curve, field, title, index === 0)), spacing: 16 })
  const told = curves.map((curve) => {
    const of = rows.filter((row) => row.curve === curve)
    const [first, last] = [of[0], of[of.length - 1]]
    return `${curve} ${first.value} to ${last.value}: ${first.seconds.toPrecision(2)} to ${last.seconds.toPrecision(2)} s, ${first.peakMiB.toFixed(0)} to ${last.peakMiB.toFixed(0)} MiB`
  })
  const all = { vconcat: [panels('seconds', 's a meta-iteration'), panels('peakMiB', 'peak resident set, MiB')], spacing: 8 }
  return chart(all, `Seconds and peak memory of a meta-iteration: ${told.join('; ')}.`)
}

await main(async () => {
  await setUp()
  const rows = []
  const known = new Map()
  for (const [curve, points] of Object.entries(CURVES)) {
    for (const change of points) {
      const point = { ...BASE, ...change }
      const key = JSON.stringify(point)
      if (!known.has(key)) known.set(key, await measure(point))
      const row = record(curve, known.get(key))
      rows.push(row)
      console.log(
        `${curve.padEnd(10)} ${`${row.value}`.padStart(8)}  ${row.seconds.toPrecision(3).padStart(8)} s  ${row.peakMiB.toFixed(0).padStart(6)} MiB  ${row.rows} rows`
      )
    }
  }
  const batches = rows.filter(({ curve }) => curve === 'tasks' || curve === 'episodes')
  const { slope, intercept } = line(batches.map((row) => [row.rows, row.peakMiB]))
  const worst = Math.max(...batches.map((row) => Math.abs(row.peakMiB - intercept - slope * row.rows)))
  console.log(
    `peak memory = ${intercept.toFixed(0)} MiB + ${(slope * 2 ** 20).toFixed(0)} bytes a row (support and query rows; policy ${BASE.hidden}; furthest point ${worst.toFixed(0)} MiB off)`
  )
  for (const curve of Object.keys(CURVES)) {
    const points = rows.filter((row) => row.curve === curve)
    if (points.length < 2) continue
    const { all, last } = powers(points.map((row) => [row.value, row.seconds]))
    console.log(`${curve.padEnd(10)} seconds grow by the power ${all.toFixed(2)}, between the last two points ${last.toFixed(2)}`)
  }
  if (!out) return
  mkdirSync(join(out, 'images'), { recursive: true })
  writeFileSync(join(out, 'scaling.csv'), csv(rows))
  writeFileSync(join(out, 'images', 'scaling.svg'), await picture(rows))
  console.log(`wrote ${join(out, 'scaling.csv')} and ${join(out, 'images', 'scaling.svg')}`)
})
