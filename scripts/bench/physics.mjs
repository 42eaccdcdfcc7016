// `npm run bench:physics`: env steps per second of our worlds beside libmujoco's own batched rollout, in turns on the same cores.
// Installs the peer in a throw-away virtual environment (--python <path>: one that has scripts/physics/requirements.txt).
// Ours makes observations and rewards, the peer neither. Prints a table of medians of the rounds (--rounds n, 5 where left out).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandLine, main, root, run } from '../setup/terminal.mjs'
import { peerPython } from './python.mjs'

const { values: options } = commandLine({ python: { type: 'string' }, rounds: { type: 'string', default: '5' } })
const turns = Number(options.rounds)
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
    console.log('preset            threads  ours       libmujoco  ratio   second core: ours, libmujoco (medians of rounds)')
    for (const [preset, model, skip] of PAIRS) {
      // One thread and two in the same round, so that what a second core adds is of the same minute.
      const rounds = []
      for (let round = 0; round < turns; round++) {
        const row = []
        for (const threads of [1, 2]) {
          const mine = last(await run('taskset', ['-c', `0-${threads - 1}`, ours, preset, WORLDS, `${threads}`, SECONDS]))
          const theirs = last(await run(python, ['-W', 'ignore', speed, model, `${skip}`, `${threads}`, SECONDS], { cwd: folder }))
          row.push([mine.envStepsPerSecond, theirs.envStepsPerSecond])
        }
        rounds.push(row)
      }
      const added = [0, 1].map((side) => median(rounds.map(([one, two]) => two[side] / one[side])).toFixed(2))
      for (const at of [0, 1]) {
        const [a, b] = [0, 1].map((side) => short(median(rounds.map((row) => row[at][side]))))
        const ratio = median(rounds.map((row) => row[at][0] / row[at][1]))
        const gained = at === 1 ? `    ${added.join(', ')}` : ''
        console.log(`${preset.padEnd(17)} ${at + 1}        ${a.padEnd(10)} ${b.padEnd(10)} ${ratio.toFixed(1)}${gained}`)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
