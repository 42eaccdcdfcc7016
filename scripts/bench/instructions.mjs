// `npm run bench:instructions`: env steps per second of our worlds on one core with each instruction set that the CPU has, in turns on the same
// core. Their bits are the same (tests of crates/lanes and crates/rollout). Prints medians and the median of a turn's ratios, with
// the least and the greatest; --rounds n (9 where left out), --presets a,b.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandLine, main, root, run } from '../setup/terminal.mjs'

const { values: options } = commandLine({
  rounds: { type: 'string', default: '9' },
  presets: {
    type: 'string',
    default: 'ant-vel/maml,cheetah-vel/maml,cheetah-vel/gym,walker2d-vel/gym,drone-quadrotor,drone-planar,stock/synthetic'
  }
})
const [WORLDS, THREADS, SECONDS] = ['1024', '1', '0.3']

/** The instruction sets, the narrowest first; the last is what runs without XMRL_ISA. */
function instructions() {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' '))
  const has = (/** @type {string[]} */ ...names) => names.every((name) => flags.has(name))
  const wide = has('avx2', 'fma')
  return ['portable', ...(wide ? ['avx2'] : []), ...(wide && has('avx512f', 'avx512dq') ? ['avx512'] : [])]
}

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
/** @param {number} rate */
const short = (rate) => (rate >= 1e6 ? `${(rate / 1e6).toFixed(2)} M` : `${(rate / 1e3).toFixed(0)} k`)

await main(async () => {
  await run('cargo', ['build', '--release', '--quiet', '-p', 'xmrl-envs', '--example', 'throughput'])
  const program = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release', 'examples', 'throughput')
  const sets = instructions()
  console.log(
    ['preset'.padEnd(18), ...sets.map((set) => set.padEnd(10)), `${sets.at(-1)} ÷ ${sets.at(-2) ?? sets.at(-1)}, least to greatest`].join(
      ' '
    )
  )
  for (const preset of options.presets.split(',')) {
    /** @type {number[][]} */
    const turns = []
    for (let round = 0; round < Number(options.rounds); round++) {
      const turn = []
      for (const set of sets) {
        const said = await run('taskset', ['-c', '0', program, preset, WORLDS, THREADS, SECONDS], {
          env: { ...process.env, XMRL_ISA: set }
        })
        turn.push(JSON.parse(said.trim().split('\n').at(-1) ?? '').envStepsPerSecond)
      }
      turns.push(turn)
    }
    const rates = sets.map((_, at) => short(median(turns.map((turn) => turn[at]))))
    const ratios = turns.map((turn) => turn[sets.length - 1] / turn[Math.max(0, sets.length - 2)])
    const ratio = `${median(ratios).toFixed(2)}, ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
    console.log([preset.padEnd(18), ...rates.map((rate) => rate.padEnd(10)), ratio].join(' '))
  }
})
