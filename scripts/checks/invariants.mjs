// What a file may hold: rules of ARCHITECTURE.md that a pattern can tell, so that they need no test.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { walk } from './typescript.mjs'

/** [what, pattern, files it concerns, files that may]. @type {[string, RegExp, RegExp, RegExp][]} */
const INVARIANTS = [
  ['only the seam names napi', /\bnapi\b/, /^crates\/.*\.(rs|toml)$/, /^crates\/node\//],
  ['only ts/native.ts names the addons', /\.node`|\.node'|from '(\.\.\/)+index\.js'/, /^ts\//, /^ts\/(native\.ts)$/],
  [
    'only ts/run, ts/market (files of prices), ts/metaworld (its files) and ts/own (sources of worlds) touch the disk; ts/native.ts and ts/libtorch.ts look for libraries, ts/wheels.ts reads what it fetched',
    /from 'node:fs/,
    /^ts\//,
    /^ts\/(run\/|market\/|metaworld\/|own\/|native\.ts$|libtorch\.ts$|wheels\.ts$)/
  ],
  ['only ts/cli prints or exits', /\bconsole\.|process\.(stdout|stderr|exit\b)/, /^ts\//, /^ts\/cli\//],
  ['no crate prints', /\b(println|eprintln|print|eprint|dbg)!\(/, /^crates\/[a-z]+\/src\//, /^$/],
  ['only crates/torch names tch', /^tch\b|\btch::/m, /^crates\/.*\.(rs|toml)$/, /^crates\/torch\//],
  ['envs does not know a policy, a gradient or torch', /xmrl_policy|xmrl_autodiff|xmrl_meta|\btch\b/, /^crates\/(envs|lanes)\//, /^$/]
]

/** Rules on what a file must hold: [what, pattern, files it concerns]. @type {[string, RegExp, RegExp][]} */
const HELD = [['lanes and physics do without std', /^#!\[no_std\]$/m, /^crates\/(lanes|physics)\/src\/lib\.rs$/]]

/** Lines that a file of sources or tests may have: what is longer has two duties. */
const MOST_LINES = 400

/** Calls that run their work in a guard, by which a panic becomes an error. */
const GUARDS = /\b(guard|guard_for|submit|job|measured|now|with)\(|catch_unwind/

/**
 * Exported functions of a seam crate that no guard is around: a panic there would end Node.
 * @param {string} text a Rust file
 */
function unguarded(text) {
  // An attribute, other attributes, and the function up to the brace that closes it at its own indentation.
  const exported = /^( *)#\[napi(?:\([^\]]*\))?\]\n(?: *#\[.*\n)*\1pub fn (\w+)[\s\S]*?\n\1\}/gm
  return [...text.matchAll(exported)].filter(([whole]) => !GUARDS.test(whole)).map(([, , name]) => name)
}

/**
 * What breaks an invariant, a line each.
 * @param {string} root
 */
export function checkInvariants(root) {
  const problems = []
  for (const file of ['crates', 'ts', 'benches', 'scripts', '__test__'].flatMap((top) => walk(root, top))) {
    if (!/\.(rs|ts|mjs|py|toml)$/.test(file)) continue
    const text = readFileSync(join(root, file), 'utf8')
    for (const [what, pattern, concerns, may] of INVARIANTS)
      if (concerns.test(file) && !may.test(file) && pattern.test(text)) problems.push(`${file}: ${what}`)
    for (const [what, pattern, concerns] of HELD) if (concerns.test(file) && !pattern.test(text)) problems.push(`${file}: ${what}`)
    const lines = text.split('\n').length - 1
    if (lines > MOST_LINES) problems.push(`${file}: ${lines} lines, more than ${MOST_LINES}: split it`)
    if (/^crates\/[a-z]+\/src\/.*\.rs$/.test(file) && text.includes('#[napi'))
      for (const name of unguarded(text)) problems.push(`${file}: ${name} is exported without a guard`)
  }
  return problems
}
