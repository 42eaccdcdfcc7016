// `npm run bench:stepping`: env steps per second of worlds that TypeScript steps, with new arrays for every step and with the same ones again,
// beside the bare worlds stepped from Rust (`crates/envs/examples/throughput.rs`), in turns on the same cores.
// --presets a,b (default two bodies and the planar drone), --worlds (1024), --rounds (5). No turn of the event loop is taken while worlds are
// stepped; the memory of the process at the end is printed, too.
import { fileURLToPath } from 'node:url'
import { commandLine, main, root, run } from '../setup/terminal.mjs'

const { values: options } = commandLine({
  presets: { type: 'string', default: 'cheetah-vel/maml,walker2d-vel/gym,drone-planar' },
  worlds: { type: 'string', default: '1024' },
  rounds: { type: 'string', default: '5' },
  // What one process of a turn does: preset, threads, and whether arrays are used again.
  one: { type: 'string' }
})
const SECONDS = 0.6
const KINDS = ['step(actions)', 'step(actions, into)', 'from Rust']

/**
 * Steps one batch and prints `[env steps a second, MiB of the process]`.
 * @param {string} preset
 * @param {number} threads
 * @param {boolean} again
 */
async function steps(preset, threads, again) {
  const { createWorlds, environments } = await import(new URL('../../dist/index.js', import.meta.url).href)
  const { defaultTask, horizon } = environments().find((/** @type {{ preset: string }} */ each) => each.preset === preset)
  const count = Number(options.worlds)
  const worlds = createWorlds(preset, { tasks: [defaultTask], worldsPerTask: count, threads })
  const width = count * worlds.actionSize
  // The same mixing of a counter everywhere; dealt anew for every step.
  const dealt = Float64Array.from({ length: width + 4096 }, (_, i) => 2 * ((Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32) - 1)
  const actions = new Float64Array(width)
  let [spent, taken] = [0n, 0]
  /** @type {unknown} */
  let into
  for (let episode = 0; Number(spent) < SECONDS * 1e9; episode++) {
    worlds.reset()
    for (let step = 0; step < horizon; step++) {
      const from = ((episode * horizon + step) * 977) % 4096
      actions.set(dealt.subarray(from, from + width))
      const begun = process.hrtime.bigint()
      const given = again ? worlds.step(actions, into) : worlds.step(actions)
      // The first episode warms up.
      if (episode > 0) {
        spent += process.hrtime.bigint() - begun
        taken += count
      }
      into = given
      // Untimed, so that every step that counts is one of a live world.
      const over = [...given.terminated.keys()].filter((w) => given.terminated[w] || given.truncated[w])
      if (over.length > 0) worlds.reset(over)
    }
  }
  console.log(JSON.stringify([taken / (Number(spent) / 1e9), process.memoryUsage.rss() / 2 ** 20]))
}

const median = (/** @type {number[]} */ values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const last = (/** @type {string} */ text) => JSON.parse(text.trim().split('\n').at(-1) ?? '')

await main(async () => {
  if (options.one) {
    const [preset, threads, again] = JSON.parse(options.one)
    return steps(preset, threads, again)
  }
  await run('cargo', ['build', '--release', '--quiet', '-p', 'xmrl-envs', '--example', 'throughput'])
  const rust = `${process.env.CARGO_TARGET_DIR ?? `${root}/target`}/release/examples/throughput`
  console.log(
    `${options.worlds} worlds, env steps/s (medians of ${options.rounds}) on one core and two; MiB of the process with one thread`
  )
  for (const preset of options.presets.split(',')) {
    /** @type {Map<string, number[][]>} */
    const rows = new Map(KINDS.map((kind) => [kind, []]))
    for (let round = 0; round < Number(options.rounds); round++)
      for (const kind of KINDS) {
        /** @type {number[]} */
        const row = []
        for (const threads of [1, 2]) {
          const pinned = ['-c', `0-${threads - 1}`]
          if (kind === 'from Rust') {
            const made = last(await run('taskset', [...pinned, rust, preset, options.worlds, `${threads}`, `${SECONDS}`]))
            row.push(made.envStepsPerSecond, 0)
          } else {
            const one = JSON.stringify([preset, threads, kind === KINDS[1]])
            const here = [process.execPath, fileURLToPath(import.meta.url), '--worlds', options.worlds, '--one', one]
            row.push(...last(await run('taskset', [...pinned, ...here])))
          }
        }
        rows.get(kind)?.push(row)
      }
    for (const [kind, all] of rows) {
      const [one, memory, two] = [0, 1, 2].map((at) => median(all.map((row) => row[at])))
      const gained = median(all.map((row) => row[2] / row[0]))
      const [a, b] = [one, two].map((rate) => `${(rate / 1e6).toFixed(2)} M`.padStart(9))
      console.log(`${preset.padEnd(18)} ${kind.padEnd(20)} ${a} ${b}  × ${gained.toFixed(2)}  ${memory ? `${memory.toFixed(0)} MiB` : ''}`)
    }
  }
})
