// `npm run bench:physics`: env steps per second of our worlds beside libmujoco's own batched rollout, in turns on the same cores.
// Installs the peer in a throw-away virtual environment (--python <path>: one that has scripts/physics/requirements.txt).
// Ours makes observations and rewards, the peer neither. Prints a table of medians of the rounds (--rounds n, 5 where left out).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandLine, main, root, run } from '../setup/terminal.mjs'
import { peerPython } from './python.mjs'

const { values: options } = commandLine({ python: { type: 'string' }, rounds: { type: 'string', default: '5' } })
const rounds = Number(options.rounds)
const SECONDS = '1'

/** Preset of ours, model and frame skip of the peer. */
const PAIRS = [
  ['cheetah-vel/maml', 'cheetah', 1],
  ['cheetah-vel/gym', 'cheetah', 5],
  ['ant-vel/maml', 'ant-rllab', 1],
  ['ant-goal/promp', 'ant-gym', 5],
  ['walker2d-vel/gym', 'walker2d', 4]
]
const WORLDS = '1024'

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const last = (text) => JSON.parse(text.trim().split('\n').at(-1))
const short = (rate) => (rate >= 1e6 ? `${(rate / 1e6).toFixed(2)} M` : `${(rate / 1e3).toFixed(1)} k`)

await main(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xmrl-peer-'))
  try {
    const python = await peerPython(folder, 'physics', options.python)
    await run('cargo', ['build', '--release', '--quiet', '-p', 'xmrl-envs', '--example', 'throughput'])
    const ours = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release', 'examples', 'throughput')
    const speed = join(root, 'scripts', 'physics', 'speed.py')
    console.log('preset            threads  ours       libmujoco  ratio (median of rounds)')
    for (const [preset, model, skip] of PAIRS) {
      for (const threads of [1, 2]) {
        const rows = []
        for (let round = 0; round < rounds; round++) {
          const mine = last(await run('taskset', ['-c', `0-${threads - 1}`, ours, preset, WORLDS, `${threads}`, SECONDS]))
          const theirs = last(await run(python, ['-W', 'ignore', speed, model, `${skip}`, `${threads}`, SECONDS], { cwd: folder }))
          rows.push([mine.envStepsPerSecond, theirs.envStepsPerSecond])
        }
        const [a, b] = [0, 1].map((side) => median(rows.map((row) => row[side])))
        const ratio = median(rows.map(([mine, theirs]) => mine / theirs))
        console.log(`${preset.padEnd(17)} ${threads}        ${short(a).padEnd(10)} ${short(b).padEnd(10)} ${ratio.toFixed(1)}`)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
