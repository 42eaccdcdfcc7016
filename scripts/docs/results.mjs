// `npm run docs:results`: writes the tables of docs/results.md from the records of the second round in docs/results.
// A table stands between `<!-- made: <name> -->` and `<!-- end -->`; the rest of the page is written by hand.
//   --check   writes nothing; exit code 1 if the page would change
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commandLine, main, root, StepFailed } from '../setup/terminal.mjs'
import { secondRound } from '../studies/second.mjs'

/**
 * @typedef {import('../../ts/index.js').SeedScores} SeedScores
 * @typedef {import('../../ts/index.js').Interval} Interval
 * @typedef {import('../../ts/index.js').Bootstrap} Bootstrap
 * @typedef {import('../../ts/index.js').TableRecord} Table
 * @typedef {'poor' | 'other'} Group
 * @typedef {{ name: string, rare: string, environment: string, table: Table, seeds: SeedScores[], returns: boolean, bootstrap: Bootstrap }} World
 */

const PAGE = join(root, 'docs', 'results.md')
const FOLDER = join(root, 'docs', 'results')
/** Seeds below which a result is called preliminary. */
const ENOUGH = 10
const [METHOD, UNMIXED, REFERENCE, NULL] = ['xmrl', 'omega-only', 'maml', 'maml-null']

/** Arms of the second round in words; those that only some worlds have come last. */
const ARMS = {
  xmrl: '**XMRL**',
  'omega-only': 'XMRL, nothing mixed',
  'no-step': 'XMRL, nothing mixed, no Reptile step',
  charged: 'XMRL, nothing mixed, paying for its explanation',
  tw: 'task weighting by kernel matching',
  'hardest-10': 'the hardest tenth',
  cvar: 'CVaR-MAML',
  roml: 'RoML',
  minimax: 'TR-MAML, worst-case weights',
  'minimax-mild': 'TR-MAML, a milder rate',
  plr: 'prioritised replay',
  ma: 'mixup on all tasks',
  mr: 'meta-regularisation',
  random: 'random tasks',
  nearest: 'the tasks nearest the poor ones',
  oracle: 'oracle: told which are rare'
}
const RIVALS = ['tw', 'hardest-10', 'cvar', 'roml', 'minimax', 'minimax-mild', 'plr']

/**
 * The worlds that are flown, in the order of the protocol.
 * @param {typeof import('../../ts/index.js')} xmrl the built package
 * @returns {World[]}
 */
function worlds({ Bootstrap, buildTable, scoresOfStudy }) {
  return Object.entries(secondRound)
    .filter(([name, study]) => study.rare !== undefined && existsSync(join(FOLDER, `${name}.json`)))
    .map(([name, { rare = '' }]) => {
      const record = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'))
      const seeds = scoresOfStudy(record)
      const table = buildTable(seeds, { variants: record.define })
      const returns = !table.rows.some(({ metric }) => metric === 'success')
      return { name, rare, environment: record.environment, table, seeds, returns, bootstrap: new Bootstrap() }
    })
}

/** @param {number} value @param {World} world signed, three digits of success, one of a return */
function signed(value, { returns }) {
  const digits = Math.abs(value)
    .toFixed(returns ? 1 : 3)
    .replace(/^0\./, '.')
  return `${value < 0 ? '−' : '+'}${digits}`
}
/** @param {Interval} interval @param {World} world bold where 0 lies outside */
function cell({ gain, low, high }, world) {
  const text = `${signed(gain, world)} [${signed(low, world)}, ${signed(high, world)}]`
  return low > 0 || high < 0 ? `**${text}**` : text
}
/** @param {Interval} interval @param {World} world the same without its interval */
function brief({ gain, low, high }, world) {
  return low > 0 || high < 0 ? `**${signed(gain, world)}**` : signed(gain, world)
}
const percent = (/** @type {number} */ share) => `${Math.round(100 * share)} %`

/** @param {World} world @param {string} arm @param {Group} group */
const gain = ({ table }, arm, group) => table.overBoth?.find((row) => row.arm === arm && row.group === group && row.pool === 'both')
/** @param {World} world @param {string} arm share of the other tasks that fell */
const fell = ({ table }, arm) => table.degraded.find((row) => row.arm === arm && row.pool === 'both')?.share ?? Number.NaN

/** @param {World} world @param {string} arm @param {Group} group scores by seed, evaluation tasks first */
function scores({ seeds, returns }, arm, group) {
  return seeds.map((seed) =>
    /** @type {const} */ (['evaluation', 'heldOut']).flatMap((pool) => {
      const of = seed.arms[arm][pool]
      const all = returns ? of.returns : (of.success ?? of.returns)
      const poor = new Set(seed.poor[pool])
      return all.filter((_, task) => poor.has(task) === (group === 'poor'))
    })
  )
}

/**
 * An arm less a rival, paired by task.
 * @param {World} world
 * @param {string} method @param {string} rival @param {Group} group
 */
function over(world, method, rival, group) {
  const [own, others] = [method, rival].map((arm) => scores(world, arm, group))
  return world.bootstrap.interval(own.map((seed, i) => seed.map((value, task) => value - others[i][task])))
}

/** @param {World} world seeds on which the explanation singled something out */
function singled({ table, seeds }) {
  const held = table.held?.find(({ arm }) => arm === METHOD)
  return `${seeds.length - (held?.spread ?? 0) - (held?.unrepeatable ?? 0)} of ${seeds.length}`
}
const seedsOf = (/** @type {World} */ { seeds }) => `${seeds.length}${seeds.length < ENOUGH ? ', preliminary' : ''}`
const row = (/** @type {string[]} */ ...cells) => `| ${cells.join(' | ')} |`
const table = (/** @type {string[]} */ head, /** @type {string[][]} */ rows) =>
  [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n')
const link = (/** @type {World} */ { name, environment }) => `[\`${environment}\`](results/${name}/table.md)`

/** One row a world: what the method did, and what it cost. */
const atAGlance = (/** @type {World[]} */ all) =>
  table(
    [
      'world',
      'rare in training',
      'seeds',
      'something singled out on',
      'XMRL: poor tasks',
      'XMRL: other tasks',
      'others that fell: XMRL, going on twice'
    ],
    all.map((world) => [
      link(world),
      world.rare,
      seedsOf(world),
      `${singled(world)}`,
      .../** @type {const} */ (['poor', 'other']).map((group) => cell(/** @type {Interval} */ (gain(world, METHOD, group)), world)),
      `${percent(fell(world, METHOD))}; ${percent(fell(world, REFERENCE))}, ${percent(fell(world, NULL))}`
    ])
  )

/** One row an arm, one column a world: gains on poor and other tasks. */
const everyArm = (/** @type {World[]} */ all) =>
  table(
    ['poor / other tasks', ...all.map(link)],
    Object.entries(ARMS)
      .filter(([arm]) => all.some((world) => gain(world, arm, 'poor')))
      .map(([arm, label]) => [
        `${label} (\`${arm}\`)`,
        ...all.map((world) => {
          const [poor, other] = [gain(world, arm, 'poor'), gain(world, arm, 'other')]
          return poor === undefined || other === undefined ? '' : `${brief(poor, world)} / ${brief(other, world)}`
        })
      ])
  )

/** One row a rival, one column a world: an arm less that rival. */
const overRivals = (/** @type {World[]} */ all, method = METHOD) =>
  table(
    [`\`${method}\` less`, ...all.map(link)],
    RIVALS.filter((arm) => all.some((world) => gain(world, arm, 'poor'))).map((arm) => [
      `\`${arm}\``,
      ...all.map((world) =>
        gain(world, arm, 'poor') === undefined
          ? ''
          : /** @type {const} */ (['poor', 'other']).map((group) => cell(over(world, method, arm, group), world)).join('<br>')
      )
    ])
  )

/** Every arm of one world, with intervals. */
const one = (/** @type {World} */ world) =>
  table(
    ['arm', 'poor tasks', 'other tasks', 'others that fell'],
    [
      ...Object.entries(ARMS).flatMap(([arm, label]) => {
        const [poor, other] = [gain(world, arm, 'poor'), gain(world, arm, 'other')]
        if (poor === undefined || other === undefined) return []
        return [[`${label} (\`${arm}\`)`, cell(poor, world), cell(other, world), percent(fell(world, arm))]]
      }),
      [
        'going on a second time, less the first (`maml-null`)',
        .../** @type {const} */ (['poor', 'other']).map((group) => {
          const found = world.table.rows.find((each) => each.arm === NULL && each.pool === 'both' && each.group === group)
          return cell(/** @type {Interval} */ (found?.overMaml), world)
        }),
        `${percent(fell(world, NULL))}, ${percent(fell(world, REFERENCE))}`
      ]
    ]
  )

/** The page as it is, and as the records have it. */
async function pages() {
  const xmrl = /** @type {typeof import('../../ts/index.js')} */ (await import(pathToFileURL(join(root, 'dist', 'index.js')).href))
  const page = readFileSync(PAGE, 'utf8')
  const all = worlds(xmrl)
  const rare = all.filter(({ name }) => name.startsWith('rare-'))
  const made = page.replace(/(<!-- made: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, begin, name, end) => {
    const world = all.find((each) => each.name === name)
    const makers = {
      worlds: () => atAGlance(all),
      arms: () => everyArm(all),
      rivals: () => overRivals(rare),
      unmixed: () => overRivals(rare, UNMIXED)
    }
    const make = world === undefined ? makers[/** @type {keyof typeof makers} */ (name)] : () => one(world)
    if (make === undefined) throw new StepFailed(`docs/results.md asks for "${name}", of which docs/results holds no record`)
    return `${begin}${make()}\n${end}`
  })
  return { page, made }
}

/** Fails where docs/results.md is not what the records say. */
export async function checkResults() {
  const { page, made } = await pages()
  if (page !== made) throw new StepFailed('docs/results.md is not what docs/results says: run `npm run docs:results` and commit it')
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = commandLine({ check: { type: 'boolean', default: false } })
  await main(async () => (values.check ? checkResults() : writeFileSync(PAGE, (await pages()).made)))
}
