import test from 'ava'
import { presets, registry } from '../../ts/spec/index.js'
import { environments } from '../../ts/worlds/index.js'

test('every preset of the registry has a recipe, and every recipe a preset', (t) => {
  t.deepEqual(Object.keys(presets).sort(), registry.map(({ preset }) => preset).sort())
})

test('the registry says of every preset what the addon says', (t) => {
  const said = environments()
  // That an addon of these sources says every key is the compiler's to check (`specOf` of ts/worlds).
  const keys = said.flatMap((entry) => Object.keys(entry))
  const picked = registry.map((entry) => Object.fromEntries(Object.entries(entry).filter(([key]) => keys.includes(key))))
  t.deepEqual<unknown, unknown>(said, picked, 'run `npm run setup`, and commit ts/spec/registry.json')
})
