import test from 'ava'
import { recordSchemas, type SeedRecords } from '../../ts/records/index.js'
import { episodesFigure } from '../../ts/report/figures/episodes.js'
import { flownTasks } from '../../ts/report/figures/flown.js'
import { mapFigure } from '../../ts/report/figures/map.js'
import { same } from './snapshot.js'
import { syntheticRecords } from './synthetic.js'

/** The made-up records of the planar drone, lifted off the floor: goals at heights, episodes that climb to theirs. */
function quadrotorRecords(): Required<Pick<SeedRecords, 'tasks' | 'poor' | 'explanation' | 'episodes'>> {
  const { tasks, poor, explanation, episodes } = syntheticRecords(0)
  if (!tasks?.scene || !poor || !explanation || !episodes) throw new Error('a record is missing')
  const heights = { low: 0, high: 4, start: 2 }
  const lifted = (values: number[][]) => values.map((task, i) => [...task, 1 + ((i * 7) % 20) / 10])
  const pools = Object.fromEntries(
    Object.entries(tasks.pools).map(([name, pool]) => [name, { ...pool, values: lifted(pool.values) }])
  ) as typeof tasks.pools
  const climbing = (some: typeof episodes.before) =>
    some.map((episode, i) => ({
      ...episode,
      heights: episode.path.map((_, step) => 2 + (0.6 * step) / episode.path.length + 0.2 * Math.sin(i + step / 4))
    }))
  return {
    tasks: {
      ...tasks,
      preset: 'drone-quadrotor',
      taskNames: ['goal x (m)', 'goal y (m)', 'goal z (m)'],
      taskLow: [1, 1, 1],
      taskHigh: [9, 9, 3],
      pools,
      scene: { ...tasks.scene, heights }
    },
    poor,
    explanation,
    episodes: { ...episodes, task: [...episodes.task, 2.6], before: climbing(episodes.before), after: climbing(episodes.after) }
  }
}

test('the made-up records satisfy their schemas', (t) => {
  const { tasks, episodes } = quadrotorRecords()
  t.notThrows(() => recordSchemas.tasks.parse(tasks))
  t.notThrows(() => recordSchemas.episodes.parse(episodes))
})

test('episodes of a quadrotor: from above and in space, before and after, as committed', (t) => {
  const { tasks, episodes } = quadrotorRecords()
  const figure = episodesFigure(flownTasks(episodes)[0], tasks)
  t.is(figure?.svg.length, 4)
  for (const [index, svg] of figure!.svg.entries()) t.is(same(`quadrotor-episodes-${index}.svg`, svg), undefined)
  t.is(same('quadrotor.txt', `${figure!.title}\n${figure!.caption}`), undefined)
  const { heights: _, ...plain } = tasks.scene!
  t.is(episodesFigure(flownTasks({ ...episodes, task: episodes.task.slice(0, 2) })[0], { ...tasks, scene: plain })?.svg.length, 2)
})

test('in space: what is higher is drawn higher, a shadow lies under its episode, and only near pillars are shown', (t) => {
  const { tasks, episodes } = quadrotorRecords()
  const fly = (height: number) => ({ path: [[5, 5] as [number, number], [6, 6] as [number, number]], heights: [2, height], success: true })
  const ends = (height: number) => {
    const [, , space] = episodesFigure(flownTasks({ ...episodes, before: [fly(height)], after: [] })[0], tasks)!.svg
    const end = /<circle cx="([\d.]+)" cy="([\d.]+)" r="2.8"/.exec(space)!.slice(1).map(Number)
    const shadow = /<path d="M[\d.]+ [\d.]+L([\d.]+) ([\d.]+)" [^>]*stroke-opacity="0.45"/.exec(space)!.slice(1).map(Number)
    return { end, shadow, pillars: space.split('<ellipse').length - 2 }
  }
  const [low, middle, high] = [0, 2, 4].map(ends)
  t.deepEqual(low.end, low.shadow, 'on the floor an episode is its shadow')
  t.deepEqual([middle.shadow, high.shadow], [low.shadow, low.shadow])
  t.is(middle.end[0], low.end[0])
  t.true(Math.abs(low.end[1] - middle.end[1] - (middle.end[1] - high.end[1])) < 0.03 && middle.end[1] < low.end[1])
  t.true(middle.pillars >= 1 && middle.pillars <= 3)
})

test('the map of goals in space is their map from above', async (t) => {
  const { tasks, poor, explanation } = quadrotorRecords()
  const figure = await mapFigure(tasks, poor, explanation)
  t.regex(figure?.svg[0] ?? '', /Goals, from above/)
  const planar = syntheticRecords(0)
  const flat = await mapFigure(planar.tasks!, poor, explanation)
  // Their titles name the height too.
  const drawn = (svg = '') => svg.replace(/<title>[^<]*<\/title>/g, '')
  t.is(drawn(figure?.svg[0]).replace('Goals, from above', 'Goals'), drawn(flat?.svg[0]))
})
