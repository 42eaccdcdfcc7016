import test from 'ava'
import { ascentFigure } from '../../ts/report/figures/ascent.js'
import { same } from './snapshot.js'
import { syntheticRecords } from './synthetic.js'

const record = (objective: boolean) => {
  const { augmentation } = syntheticRecords(0, 10)
  if (augmentation === undefined) throw new Error('no augmentation')
  const history = Array.from({ length: 6 }, (_, iteration) => ({
    iteration,
    phi: [0.1 * iteration, 0],
    cmi: 0.2 + 0.03 * iteration,
    null: 0,
    ...(objective ? { objective: 0.5 + 0.02 * iteration } : {}),
    gradientNorm: 0.4 / (iteration + 1),
    averageNorm: 0.35 / (iteration + 1)
  }))
  return { ...augmentation, family: 'beta' as const, phi: [0.5, 0], gradient: 'score' as const, history }
}

test('the picture of learning is the committed one', async (t) => {
  const figure = await ascentFigure(record(false))
  figure?.svg.forEach((svg, index) => {
    t.is(same(`ascent-${index}.svg`, svg), undefined)
  })
  t.is(same('ascent.txt', `${figure?.title}\n${figure?.caption}\n${figure?.legend.map((entry) => entry.label).join('; ')}`), undefined)
})

test('a point for every step of every line; another objective has a line of its own', async (t) => {
  const points = (svg: string | undefined, name: string) => svg?.match(new RegExp(`<path[^>]*fill="var\\(--x-${name},`, 'g'))?.length ?? 0
  const [plain, gain] = await Promise.all([ascentFigure(record(false)), ascentFigure(record(true))])
  t.deepEqual([points(plain?.svg[0], 'critical'), points(plain?.svg[0], 'other'), points(plain?.svg[0], 'better')], [6, 6, 0])
  t.is(points(gain?.svg[0], 'better'), 6)
  t.is(gain?.legend.length, 3)
})

test('nothing is drawn where nothing was learned, or by a version that kept no hypergradient', async (t) => {
  t.is(await ascentFigure({ ...record(false), history: [] }), undefined)
  const { history, ...rest } = record(false)
  t.is(await ascentFigure({ ...rest, history: history.map(({ iteration, phi, cmi }) => ({ iteration, phi, cmi })) }), undefined)
})
