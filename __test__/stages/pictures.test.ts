import test from 'ava'
import { registry } from '../../ts/spec/index.js'
import { bodySegments, createWorlds } from '../../ts/worlds/index.js'

test('exactly the bodies whose every capsule lies in the plane of x and z are drawn from the side', (t) => {
  const bodies = registry.filter(({ view, needsFiles }) => (view === 'side' || view === 'above') && !needsFiles)
  t.is(bodies.length, 13)
  for (const { preset, view, defaultTask } of bodies) {
    using made = createWorlds(preset, { tasks: [defaultTask] })
    const planar = bodySegments(preset, [made.state()])[0].every(([, y1, , , y2]) => y1 === 0 && y2 === 0)
    t.is(view, planar ? 'side' : 'above', preset)
  }
})
