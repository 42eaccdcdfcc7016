import test from 'ava'
import { bodyView } from '../../ts/stages/flights.js'
import { bodySegments, createWorlds, environments } from '../../ts/worlds/index.js'

test('exactly the bodies whose every capsule lies in the plane of x and z are drawn from the side', (t) => {
  for (const { preset, family, defaultTask } of environments().filter((spec) => spec.scoredBy === 'return' && spec.family !== 'stock')) {
    using made = createWorlds(preset, { tasks: [defaultTask] })
    const planar = bodySegments(preset, [made.state()])[0].every(([, y1, , , y2]) => y1 === 0 && y2 === 0)
    t.is(bodyView(family), planar ? 'side' : 'top', preset)
  }
})
