// `npm run test:mutants`: would the tests notice? Known-bad variants of the product (scripts/mutants/lists) are put into a copy of the
// sources, each behind a switch, so that one build serves all; then the tests that guard a place run with its variant on and must fail.
// `-- --only <part of a name>` runs some, `--ts` or `--rust` one half, `--quick` leaves out those whose tests take long, `--list` names
// them, `--check` only looks whether each still has its place. Exit 1 where one is not noticed that is not listed as harmless with its reason.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildNative, buildTorch, installPackages } from '../setup/build.mjs'
import { fetchLibtorch } from '../setup/libtorch.mjs'
import { installPython } from '../setup/python.mjs'
import { commandLine, main, root, StepFailed, step } from '../setup/terminal.mjs'
import { compile, runAva } from './ava.mjs'
import { build, runCargo } from './cargo.mjs'
import { MUTANTS } from './lists/index.mjs'
import { atMost } from './processes.mjs'
import { mutated, writeCopy } from './sources.mjs'

/**
 * @typedef {import('./sources.mjs').Mutant} Mutant
 * @typedef {'ts' | 'rust'} Half
 * @typedef {(entry: string, mutant: string | undefined) => Promise<import('./ava.mjs').Outcome>} RunTests
 */

const PROCESSES = 2
/** @type {Record<Half, { title: string, takes: (mutant: Mutant) => boolean }>} */
const HALVES = {
  ts: { title: 'TypeScript', takes: (mutant) => !isRust(mutant) },
  rust: { title: 'Rust and the seam', takes: (mutant) => isRust(mutant) }
}
const FLAG = /** @type {const} */ ({ type: 'boolean', default: false })
const OPTIONS = { only: /** @type {const} */ ({ type: 'string', default: '' }), ts: FLAG, rust: FLAG, quick: FLAG, list: FLAG, check: FLAG }
const ALL_HALVES = /** @type {Half[]} */ (Object.keys(HALVES))
// The Python half of a crate is tested with it.
const isRust = (/** @type {Mutant} */ { file, changes }) => /\.(rs|py)$/.test(file ?? changes?.[0]?.file ?? '')
const isAva = (/** @type {string} */ tests) => tests.includes('.test.ts')
const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`)
const unique = (/** @type {string[]} */ list) => [...new Set(list)]

/**
 * Prepares one half: every mutant of it is built in, so that choosing others builds nothing anew.
 * @param {Half} half
 * @param {Mutant[]} mutants
 * @returns {Promise<RunTests>} runs one `tests` entry with a mutant on (or none)
 */
async function prepare(half, mutants) {
  const all = MUTANTS.filter(HALVES[half].takes)
  const changed = mutated(all)
  let copy = writeCopy(half, changed, half === 'ts')
  /** @type {import('./cargo.mjs').Programs} */
  let programs = {}
  if (half === 'ts') copy = await compile(copy, changed)
  else
    programs = await build(
      copy,
      all.flatMap((mutant) => mutant.tests).filter((each) => !isAva(each)),
      changed
    )
  const tests = unique(mutants.flatMap((mutant) => mutant.tests))
  /** @type {Map<string, number | undefined>} */
  const usual = new Map()
  /** @type {RunTests} */
  const runTests = (entry, mutant) =>
    isAva(entry) ? runAva(copy, entry.split(' '), mutant, usual.get('ava')) : runCargo(programs, entry, mutant, usual.get(entry))
  // Without a mutant every test must pass, or failing would say nothing. Ava takes all files at once.
  const ava = tests.filter(isAva).join(' ')
  const sound = [...(ava ? [ava] : []), ...tests.filter((each) => !isAva(each))]
  await atMost(ava ? 1 : PROCESSES, sound, async (entry) => {
    const { ok, how, seconds, text } = await runTests(entry, undefined)
    if (!ok) throw new StepFailed(`${entry} fails without any mutant: ${how}\n${text?.slice(-2000) ?? ''}`)
    usual.set(isAva(entry) ? 'ava' : entry, seconds)
  })
  return runTests
}

/** Whether something is not there without which its tests pass, saying that they skip. */
const lacking = (/** @type {Mutant} */ { needs }) => needs !== undefined && !existsSync(join(root, needs))

/**
 * Whether the tests notice a mutant; says so.
 * @param {Mutant} mutant
 * @param {RunTests} runTests
 */
async function judge(mutant, runTests) {
  const from = performance.now()
  const taken = () => `${((performance.now() - from) / 1000).toFixed(1)} s`
  const missing = []
  if (lacking(mutant)) {
    say(`· ${mutant.name}: skipped, its tests need ${mutant.needs}`)
    return 'skipped'
  }
  for (const entry of mutant.tests) {
    const found = await runTests(entry, mutant.name)
    if (found.missing) missing.push(found.how)
    if (found.ok) continue
    if (mutant.harmless) {
      say(`✗ ${mutant.name}: listed as harmless, but ${entry} notices it (${found.how})`)
      return 'wrong'
    }
    say(`✓ ${mutant.name}: ${found.how} (${taken()})`)
    return 'killed'
  }
  if (mutant.harmless) {
    say(`· ${mutant.name}: harmless, ${mutant.harmless} (${taken()})`)
    return 'harmless'
  }
  say(
    `✗ ${mutant.name}: NOT NOTICED by ${mutant.tests.join(', ')}${missing.length > 0 ? ` (${missing.join(', ')})` : ''}: ${mutant.why} (${taken()})`
  )
  return 'survived'
}

// Tests run in process groups of their own, which end with this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130))

await main(async () => {
  const { only, quick, check, list, ...asked } = commandLine(OPTIONS).values
  const named = ALL_HALVES.filter((half) => asked[half])
  const halves = named.length > 0 ? named : ALL_HALVES
  const chosen = MUTANTS.filter(({ name, slow }) => name.includes(only) && !(slow && quick))
  const names = MUTANTS.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new StepFailed(`two mutants are called ${twice}`)
  // Every entry is looked up, also of the half that does not run, so that none is out of date unnoticed.
  mutated(MUTANTS)
  if (check) return say(`${MUTANTS.length} mutants have their places`)
  if (list) {
    for (const { name, why, harmless } of chosen) say(`${name}: ${why}${harmless ? ` (harmless: ${harmless})` : ''}`)
    return
  }
  if (chosen.length === 0) throw new StepFailed(`no mutant is called ${only}`)
  await step('npm packages', installPackages)
  if (halves.includes('rust')) {
    await step('libtorch', fetchLibtorch)
    await step('packages of worlds in Python', installPython)
    // It must export what the default build does, whose types are compared.
    await step('native build', buildNative)
    await step('native build with libtorch', buildTorch)
  }
  const failed = []
  for (const half of halves) {
    const mutants = chosen.filter(HALVES[half].takes)
    if (mutants.length === 0) continue
    if (half === 'ts') await step('native build', buildNative)
    const from = performance.now()
    const runTests = await prepare(half, mutants)
    say(
      `${HALVES[half].title}: its mutants compile, and without them the tests of ${mutants.length} pass (${((performance.now() - from) / 1000).toFixed(0)} s)`
    )
    const found = await atMost(PROCESSES, mutants, (mutant) => judge(mutant, runTests))
    const count = (/** @type {string} */ what) => found.filter((each) => each === what).length
    say(
      `${HALVES[half].title}: ${count('killed')} of ${mutants.length} mutants noticed, ${count('harmless')} harmless as listed, ${count('skipped')} skipped, ${count('survived')} not noticed (${((performance.now() - from) / 1000).toFixed(0)} s)`
    )
    failed.push(...mutants.filter((_, at) => found[at] === 'survived' || found[at] === 'wrong').map(({ name }) => name))
  }
  if (failed.length > 0) throw new StepFailed(`${failed.length} known-bad variants: ${failed.join('; ')}`)
})
