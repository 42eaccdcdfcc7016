// The bits of every environment's physics on this machine: a hash of what twenty steps of eight worlds give, actions made from integers.
import { createHash } from 'node:crypto'
import { createWorlds, environments, sampleTasks } from 'xmrl'

const bits = {}
for (const { preset, needsFiles } of environments()) {
  if (needsFiles) continue
  if (preset.startsWith('stock/') && preset !== 'stock/synthetic') continue
  const tasks = sampleTasks(preset, 'evaluation', 0, 8).values
  const worlds = createWorlds(preset, { tasks, seed: 0 })
  const hash = createHash('sha256')
  let sum = 0
  for (let step = 0; step < 20; step++) {
    const actions = Float64Array.from({ length: 8 * worlds.actionSize }, (_, n) => (((n + 1) * (step + 3) * 37) % 65) / 32 - 1)
    const { observations, rewards } = worlds.step(actions)
    hash.update(new Uint8Array(observations.buffer)).update(new Uint8Array(rewards.buffer))
    for (const x of observations) sum += x
  }
  bits[preset] = { sha256: hash.digest('hex'), sum }
  worlds.dispose()
}
process.stdout.write(`${JSON.stringify(bits)}\n`)
