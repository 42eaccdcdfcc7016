// `npm run bench:metaworld`: env steps of ML10's training mix here beside the package's own loop, in turns on the same machine: the same
// tasks under the same scripted actions, env steps per CPU second; two threads against one; the memory of ML45. Installs the package in a
// throw-away virtual environment and fetches Meta-World's files first (`xmrl data metaworld`). Prints a table.
//   --python <path>   a Python that already has scripts/metaworld/requirements.txt
//   --rounds <n>      turns (5)
//   --envpool         beside it EnvPool's worlds, from its wheel where that can be installed: `--envpool-python <path>` has it already
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerPython } from '../bench/python.mjs'
import { commandLine, main, root, run } from '../setup/terminal.mjs'

const { values: options } = commandLine({
  python: { type: 'string' },
  rounds: { type: 'string', default: '5' },
  envpool: { type: 'boolean', default: false },
  'envpool-python': { type: 'string' }
})
const rounds = Number(options.rounds)

/** What is asked for. */
const PER_CORE = 2.5
const TWO_THREADS = 1.8
const MEGABYTES = 200

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const last = (text) => JSON.parse(text.trim().split('\n').at(-1))
const perCpu = ({ steps, cpu }) => steps / cpu
const perSecond = ({ steps, seconds }) => steps / seconds
const met = (good) => (good ? 'met' : 'MISSED')

/** A Python with EnvPool, or undefined where it is not asked for or has no wheel for this machine. */
async function pool(folder) {
  if (options['envpool-python']) return options['envpool-python']
  if (!options.envpool) return undefined
  return peerPython(join(folder, 'pool'), join('metaworld', 'envpool')).catch((error) => {
    console.log(`EnvPool is left out: ${error.message.split('\n')[0]}`)
  })
}

await main(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xmrl-metaworld-speed-'))
  try {
    const python = await peerPython(folder, 'metaworld', options.python)
    const other = await pool(folder)
    await run(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'data', 'metaworld'])
    const file = join(folder, 'actions')
    const script = (by, ...args) => run(by, ['-W', 'ignore', join(root, 'scripts', 'metaworld', 'speed.py'), ...args], { cwd: folder })
    const ours = (...args) => run(process.execPath, [join(root, 'scripts', 'metaworld', 'ours.mjs'), ...args]).then(last)
    await script(python, 'record', file)
    const rows = []
    for (let round = 0; round < rounds; round++) {
      const row = {
        theirs: last(await script(python, 'replay', file)),
        one: await ours('speed', file, '1'),
        two: await ours('speed', file, '2')
      }
      if (other) for (const threads of ['1', '2']) row[`pool${threads}`] = last(await script(other, 'envpool', file, threads))
      rows.push(row)
    }
    const rate = (side, of) => median(rows.map((row) => of(row[side])))
    const line = (title, side) =>
      console.log(`${title.padEnd(34)} ${rate(side, perCpu).toFixed(0).padStart(8)} ${rate(side, perSecond).toFixed(0).padStart(10)}`)
    console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}; ML10's training mix, medians of ${rounds} turns\n`)
    console.log(`${'env steps'.padEnd(34)} ${'a CPU s'.padStart(8)} ${'a second'.padStart(10)}`)
    line('Python, its own loop', 'theirs')
    line('here, one thread', 'one')
    line('here, two threads', 'two')
    if (other) line('EnvPool 1.2.5, one thread', 'pool1')
    if (other) line('EnvPool 1.2.5, two threads', 'pool2')
    const core = median(rows.map(({ theirs, one }) => perCpu(one) / perCpu(theirs)))
    // The best turn of each is nearest to a machine that does nothing else.
    const best = (side) => Math.max(...rows.map((row) => perSecond(row[side])))
    const threads = best('two') / best('one')
    const cost = median(rows.map(({ one, two }) => perCpu(one) / perCpu(two)))
    console.log(`\na core against Python's: ${core.toFixed(2)} times (asked ${PER_CORE}: ${met(core >= PER_CORE)})`)
    console.log(`two threads against one, best turns: ${threads.toFixed(2)} times (asked ${TWO_THREADS}: ${met(threads >= TWO_THREADS)})`)
    console.log(`CPU time of a step with two threads against one: ${cost.toFixed(2)} times`)
    for (const count of ['1', '2']) {
      const { worlds, megabytes } = await ours('memory', count)
      const good = met(megabytes < MEGABYTES)
      console.log(`${worlds} worlds of ML45's 50 environments, ${count} threads: ${megabytes.toFixed(0)} MB (asked ${MEGABYTES}: ${good})`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
