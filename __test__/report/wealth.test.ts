import test from 'ava'
import { type Episode, type EpisodesRecord, recordSchemas } from '../../ts/records/index.js'
import { flownTasks } from '../../ts/report/figures/flown.js'
import { wealthFigure } from '../../ts/report/figures/wealth.js'
import { same } from './snapshot.js'

/** Thirty days of wealth from day 400 that end at `end`, with one fall of a tenth on the way. */
const episode = (end: number, fines: number, phase: number): Episode => ({
  path: Array.from({ length: 31 }, (_, t): [number, number] => [
    400 + t,
    1000 + ((end - 1000) * t) / 30 + (t % 30 === 0 ? 0 : 20 * Math.sin(t + phase))
  ]),
  account: { turnover: 2.5, costs: 2.25, fines, drawdown: 0.1 }
})

const record: EpisodesRecord = {
  task: [12.34, 21],
  taskId: 7,
  pool: 'evaluation',
  view: 'wealth',
  returns: { before: -41.4, after: 18.6 },
  before: [episode(990, 30, 0), episode(1010, 50, 1)],
  after: [episode(1040, 4, 2), episode(1060, 6, 3)],
  benchmarks: [
    { name: 'buy and hold', ...episode(1080, 0, 4) },
    { name: 'equal weight', ...episode(1070, 0, 5) }
  ]
}

test('courses of wealth before and after the repair, beside two plain ways of investing', async (t) => {
  t.notThrows(() => recordSchemas.episodes.parse(record))
  const figure = await wealthFigure(flownTasks(record)[0])
  if (figure === undefined) return t.fail('no figure')
  t.is(figure.title, 'The worst served task: evaluation task 7')
  t.deepEqual(
    figure.legend.map(({ label }) => label),
    ['before the repair', 'after the repair', 'buy and hold', 'equal weight']
  )
  const said = (text: string) => t.true(figure.caption.includes(text), `${text}: ${figure.caption}`)
  said('Before the repair: 0 $ gained, largest fall 10 %, turnover 2.5 times the wealth, costs 2.25 $, fines 40.00 $.')
  said('After the repair: 50 $ gained')
  said('Buy and hold: 80 $ gained')
  said('(turbulence threshold 12.3, period 21)')
  said('Its return over all query episodes: −41.4 before, 18.6 after the repair.')
  said('not advice')
  t.is(same('wealth-0.svg', figure.svg[0]), undefined)
  // One line for each of six courses.
  t.is(figure.svg[0].match(/stroke-width="1\.5"/g)?.length, 6)
  t.is(await wealthFigure(flownTasks({ ...record, before: [], after: [] })[0]), undefined)
})
