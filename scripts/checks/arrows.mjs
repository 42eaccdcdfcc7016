// Checks the structure that ARCHITECTURE.md draws: which room may use which, and the invariants that need no test.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../setup/terminal.mjs'

const read = (path) => readFileSync(join(root, path), 'utf8')

function* walk(path) {
  for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
    const inner = `${path}/${entry.name}`
    if (entry.isDirectory()) yield* walk(inner)
    else yield inner
  }
}

/** The ```arrows block of ARCHITECTURE.md: `room → room, room` a line; `nothing` for none. */
function drawnArrows() {
  const block = /```arrows\n([\s\S]*?)```/.exec(read('ARCHITECTURE.md'))
  if (!block) throw new Error('ARCHITECTURE.md has no ```arrows block')
  return new Map(
    block[1]
      .split('\n')
      .filter((line) => line.includes('→'))
      .map((line) => {
        const [room, uses] = line.split('→').map((part) => part.trim())
        return [room, new Set(uses === 'nothing' ? [] : uses.split(',').map((use) => use.trim()))]
      })
  )
}

/** Ours that a crate depends on, dev-dependencies left out: truth may come from anywhere. */
function crateUses(room) {
  const manifest = read(`${room}/Cargo.toml`)
  const dependencies = /\n\[dependencies\]\n([\s\S]*?)(\n\[|$)/.exec(manifest)?.[1] ?? ''
  return [...dependencies.matchAll(/^xmrl-([a-z]+)/gm)].map(([, name]) => `crates/${name === 'core' ? 'xmrl' : name}`)
}

/** The room of a TypeScript file: its folder, or the file itself at the top of ts/. */
const typeScriptRoom = (file) => (file.split('/').length > 2 ? file.split('/').slice(0, 2).join('/') : file)

function typeScriptUses(room) {
  const files = room.endsWith('.ts') ? [room] : [...walk(room)]
  const uses = new Set()
  for (const file of files) {
    for (const [, from] of read(file).matchAll(/from '(\.[^']+)'/g)) {
      const target = relative(root, resolve(root, dirname(file), from)).replace(/\.js$/, '.ts')
      const used = target.startsWith('ts/') ? typeScriptRoom(target) : target
      if (used !== room) uses.add(used === 'index.ts' ? 'index.d.ts' : used)
    }
  }
  return [...uses]
}

/** Rules on what a file may contain: [what, pattern, files it concerns, files that may]. */
const INVARIANTS = [
  ['only the seam crates name napi', /\bnapi\b/, /^crates\/.*\.(rs|toml)$/, /^crates\/node\//],
  ['only ts/native.ts names the addons', /\.node`|\.node'|from '(\.\.\/)+index\.js'/, /^ts\//, /^ts\/(native\.ts)$/],
  [
    'only ts/run and ts/market (files of prices) touch the disk; ts/native.ts and ts/libtorch.ts look for libraries',
    /from 'node:fs/,
    /^ts\//,
    /^ts\/(run\/|market\/|native\.ts$|libtorch\.ts$)/
  ],
  ['only ts/cli prints or exits', /\bconsole\.|process\.(stdout|stderr|exit\b)/, /^ts\//, /^ts\/cli\//],
  ['no crate prints', /\b(println|eprintln|print|eprint|dbg)!\(/, /^crates\/[a-z]+\/src\//, /^$/],
  [
    'only the calculus crates and the seam name tch',
    /^tch\b|\btch::/m,
    /^crates\/.*\.(rs|toml)$/,
    /^crates\/(autodiff|policy|meta|measure|xmrl|node|oracle)\//
  ],
  ['envs does not know a policy, a gradient or torch', /xmrl_policy|xmrl_autodiff|xmrl_meta|\btch\b/, /^crates\/(envs|lanes)\//, /^$/]
]

/** Calls that run their work in a guard, by which a panic becomes an error. */
const GUARDS = /\b(guard|guard_for|submit|job|measured|now|with)\(|catch_unwind/

/** Functions that addons export and that no guard is around: a panic there would end Node. */
function* unguarded() {
  for (const file of walk('crates/node/src')) {
    // An attribute, other attributes, and the function up to the brace that closes it at its own indentation.
    const exported = /^( *)#\[napi(?:\([^\]]*\))?\]\n(?: *#\[.*\n)*\1pub fn (\w+)[\s\S]*?\n\1\}/gm
    for (const [text, , name] of read(file).matchAll(exported)) if (!GUARDS.test(text)) yield `${file}: ${name} is exported without a guard`
  }
}

export function checkArrows() {
  const problems = []
  const drawn = drawnArrows()
  const rooms = [
    ...readdirSync(join(root, 'crates')).map((name) => `crates/${name}`),
    ...readdirSync(join(root, 'ts')).map((name) => `ts/${name}`)
  ].filter((room) => room.startsWith('ts/') || existsSync(join(root, room, 'Cargo.toml')))
  for (const room of rooms) {
    const may = drawn.get(room)
    if (!may) {
      problems.push(`${room} is not in ARCHITECTURE.md`)
      continue
    }
    for (const used of room.startsWith('crates/') ? crateUses(room) : typeScriptUses(room)) {
      if (!may.has(used)) problems.push(`${room} → ${used} is not drawn in ARCHITECTURE.md`)
    }
  }
  for (const room of drawn.keys()) if (!existsSync(join(root, room))) problems.push(`ARCHITECTURE.md draws ${room}, which does not exist`)
  for (const file of [...walk('crates'), ...walk('ts')]) {
    for (const [what, pattern, concerns, may] of INVARIANTS) {
      if (concerns.test(file) && !may.test(file) && pattern.test(read(file))) problems.push(`${file}: ${what}`)
    }
  }
  return [...problems, ...unguarded()]
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problems = checkArrows()
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.stdout.write(problems.length ? `${problems.length} arrows or invariants broken\n` : 'arrows and invariants hold\n')
  process.exitCode = problems.length ? 1 : 0
}
