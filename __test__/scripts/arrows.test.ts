/** The tool that keeps ARCHITECTURE.md true: small made-up checkouts in which each kind of fault is found, and nothing else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'

type Files = Record<string, string>
const script = (name: string) => import(new URL(`../../scripts/checks/${name}.mjs`, import.meta.url).href)
const { checkArrows } = (await script('arrows')) as { checkArrows: (home: string) => string[] }
const { rustEdges } = (await script('rust')) as { rustEdges: (crate: string) => Map<string, Set<string>> }
const { circles } = (await script('graph')) as {
  circles: (edges: Map<string, string[]>) => { nodes: string[]; way: string[] }[]
}

/** Writes a tree, hands it to `work`, and removes it. */
function inTree<T>(files: Files, work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'xmrl-arrows-'))
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const manifest = (name: string, ...uses: string[]) =>
  `[package]\nname = "xmrl-${name}"\n\n[dependencies]\nrayon.workspace = true\n${uses.map((use) => `xmrl-${use}.workspace = true\n`).join('')}`

/** A checkout without a fault: `b` uses `a`, ts/top uses ts/low. */
const SOUND: Files = {
  'ARCHITECTURE.md':
    '```arrows\ncrates/a → nothing\ncrates/b → crates/a\nts/low → nothing\nts/native.ts → index.d.ts\nts/top → ts/low\nts/index.ts → ts/top, ts/low, ts/native.ts\n```\n',
  'index.d.ts': 'export interface Native {}\n',
  'crates/a/Cargo.toml': manifest('a'),
  'crates/a/src/lib.rs': 'mod one;\nmod two;\npub use one::One;\npub use two::Two;\n',
  'crates/a/src/one.rs': 'pub struct One;\n',
  'crates/a/src/two.rs': 'use crate::One;\npub struct Two(One);\n',
  'crates/b/Cargo.toml': `${manifest('b', 'a')}\n[dev-dependencies]\nxmrl-c.workspace = true\n`,
  'crates/b/src/lib.rs': 'pub fn two() -> xmrl_a::Two { todo!() }\n',
  'ts/low/index.ts': "export { low } from './low.js'\n",
  'ts/low/low.ts': 'export const low = 1\n',
  'ts/top/index.ts': "import { low } from '../low/index.js'\nexport const top = low\n",
  'ts/native.ts': "export type { Native } from '../index.js'\n",
  'ts/index.ts': "export { low } from './low/index.js'\nexport type { Native } from './native.js'\nexport * from './top/index.js'\n"
}

/** Faults of the sound checkout with some files changed. */
const faults = (changes: Files) => inTree({ ...SOUND, ...changes }, checkArrows)
const arrows = (from: string, to: string) => ({ 'ARCHITECTURE.md': (SOUND['ARCHITECTURE.md'] as string).replace(from, to) })

test('a checkout that is as drawn has no fault', (t) => t.deepEqual(faults({}), []))

test('used is drawn, and drawn is used, for crates and for TypeScript; rooms are those that exist', (t) => {
  t.deepEqual(faults(arrows('crates/b → crates/a', 'crates/b → nothing')), [
    'crates/b → crates/a is used, but not drawn in ARCHITECTURE.md'
  ])
  t.deepEqual(faults(arrows('ts/low → nothing', 'ts/low → ts/top')), ['ts/low → ts/top is drawn in ARCHITECTURE.md, but nothing uses it'])
  t.deepEqual(faults(arrows('ts/low → nothing', 'ts/low → index.d.ts')), [
    'ts/low → index.d.ts is drawn in ARCHITECTURE.md, but nothing uses it'
  ])
  t.deepEqual(faults(arrows('crates/a → nothing\n', '')), ['crates/a is not in ARCHITECTURE.md'])
  t.deepEqual(faults(arrows('ts/low → nothing', 'ts/low → nothing\nts/old → nothing')), [
    'ARCHITECTURE.md draws ts/old, which does not exist'
  ])
})

test('every room has a row that says its duty', (t) => {
  const rows = ['crates/a', 'crates/b', 'ts/low', 'ts/native.ts', 'ts/top', 'ts/index.ts'].map((room) => `| \`${room}\` | … |\n`)
  const table = (list: string[]) => ({
    'ARCHITECTURE.md': `${SOUND['ARCHITECTURE.md']}\n| room | one duty |\n| --- | --- |\n${list.join('')}`
  })
  t.deepEqual(faults(table(rows)), [])
  t.deepEqual(faults(table(rows.slice(1))), ["crates/a has no row in ARCHITECTURE's table of rooms"])
  t.deepEqual(faults(table([...rows, '| `ts/old` | … |\n'])), ["ARCHITECTURE's table has a row of ts/old, which does not exist"])
})

test('nothing points upward: a room is drawn below all that it uses', (t) => {
  const upside = arrows('crates/a → nothing\ncrates/b → crates/a', 'crates/b → crates/a\ncrates/a → nothing')
  t.deepEqual(
    faults(upside).map((line) => line.replace(/:.*/, '')),
    ['crates/b is drawn above crates/a, which it uses']
  )
})

test('a type is an import too, and so is one that is awaited', (t) => {
  const drawn = arrows('ts/top → ts/low', 'ts/top → nothing')
  for (const text of [
    "import type { low } from '../low/index.js'\nexport type Low = typeof low\n",
    "export type Low = typeof import('../low/index.js')\n",
    "export const low = async () => import('../low/index.js')\n",
    "export type * from '../low/index.js'\n"
  ])
    t.deepEqual(faults({ ...drawn, 'ts/top/index.ts': text }), ['ts/top → ts/low is used, but not drawn in ARCHITECTURE.md'], text)
  t.deepEqual(
    faults({ ...drawn, 'ts/top/index.ts': "// import { low } from '../low/index.js'\nexport const text = \"from '../low/index.js'\"\n" }),
    []
  )
})

test('rooms go in no circle, nor do files of a room, also by types alone', (t) => {
  const both = {
    ...arrows('ts/low → nothing', 'ts/low → ts/top'),
    'ts/low/low.ts': "import type { top } from '../top/index.js'\nexport const low: typeof top = 1\n"
  }
  t.deepEqual(faults(both), ['circle: ts/low → ts/top → ts/low'])
  const room = {
    'ts/low/low.ts': "import type { high } from './high.js'\nexport const low: typeof high = 1\n",
    'ts/low/high.ts': "export { low as high } from './low.js'\n"
  }
  t.deepEqual(faults(room), ['circle: ts/low/high.ts → ts/low/low.ts → ts/low/high.ts'])
})

test("an import of a file of another room goes past that room's index", (t) => {
  const deep = { 'ts/top/index.ts': "import { low } from '../low/low.js'\nexport const top = low\n" }
  t.deepEqual(faults(deep), ['ts/top/index.ts → ts/low/low.ts: goes past ts/low/index.ts; export it there, or move it to a lower room'])
  const nested = { 'ts/top/own/index.ts': "export { x } from './x.js'\n", 'ts/top/own/x.ts': 'export const x = 1\n' }
  const from = (path: string) => ({
    ...nested,
    'ts/top/user.ts': `import { x } from '${path}'\nimport { low } from '../low/index.js'\nexport const y = x + low\n`
  })
  t.deepEqual(faults(from('./own/index.js')), [])
  t.deepEqual(faults(from('./own/x.js')).length, 1)
})

test('a dependency that no source names is a fault', (t) => {
  const silent = { 'crates/b/src/lib.rs': '// xmrl_a::Two\npub fn two() -> &\'static str { "xmrl_a" }\n' }
  t.deepEqual(faults(silent), ['crates/b → crates/a: a dependency in Cargo.toml that no source names; delete it'])
})

test('optional dependencies, those of a target and those in a table of their own are arrows; those of tests are not', (t) => {
  const table = (text: string) =>
    faults({ ...arrows('crates/b → crates/a', 'crates/b → nothing'), 'crates/b/Cargo.toml': `[package]\nname = "xmrl-b"\n\n${text}\n` })
  const used = ['crates/b → crates/a is used, but not drawn in ARCHITECTURE.md']
  t.deepEqual(table('[dependencies]\nxmrl-a = { workspace = true, optional = true }'), used)
  t.deepEqual(table('[dependencies.xmrl-a]\nworkspace = true'), used)
  t.deepEqual(table("[target.'cfg(unix)'.dependencies]\nxmrl-a.workspace = true"), used)
  t.deepEqual(table('[dev-dependencies]\nxmrl-a.workspace = true'), [])
})

test('invariants: who may print, touch the disk, name the addons; exports have a guard', (t) => {
  const one = (files: Files) => faults(files).map((line) => line.replace(/;.*/, ''))
  t.deepEqual(one({ 'ts/low/low.ts': "console.log('x')\nexport const low = 1\n" }), ['ts/low/low.ts: only ts/cli prints or exits'])
  t.deepEqual(one({ 'crates/a/src/one.rs': 'pub struct One;\nfn say() { println!("x") }\n' }), ['crates/a/src/one.rs: no crate prints'])
  t.regex(
    one({ 'ts/low/low.ts': "import 'node:fs'\nimport { readFileSync } from 'node:fs'\nexport const low = readFileSync\n" }).join(),
    /touch the disk$/
  )
  const exported = (body: string) =>
    one({ 'crates/a/src/one.rs': `pub struct One;\n#[napi(js_name = "f")]\npub fn f() -> u32 {\n    ${body}\n}\n` })
  t.deepEqual(exported('guard(|| 1)'), ['crates/a/src/one.rs: only the seam names napi'])
  t.deepEqual(exported('1'), ['crates/a/src/one.rs: only the seam names napi', 'crates/a/src/one.rs: f is exported without a guard'])
})

test('a file of more than 400 lines is a fault', (t) => {
  const long = (lines: number) => ({ 'ts/low/low.ts': `export const low = 1\n${'\n'.repeat(lines - 1)}` })
  t.deepEqual(faults(long(400)), [])
  t.deepEqual(faults(long(401)), ['ts/low/low.ts: 401 lines, more than 400: split it'])
})

/** Edges inside a crate of such files. */
const edges = (files: Files) =>
  inTree(Object.fromEntries(Object.entries(files).map(([file, text]) => [`src/${file}`, text])), (crate) =>
    Object.fromEntries(
      [...rustEdges(crate)].flatMap(([file, to]) => (to.size > 0 ? [[file.slice(4), [...to].map((name) => name.slice(4)).sort()]] : []))
    )
  )

test('a path leads to the file that defines its name, through re-exports, globs and aliases', (t) => {
  const tree = {
    'lib.rs': 'mod a;\nmod user;\npub use a::*;\n',
    'a/mod.rs': 'mod deep;\nmod named;\npub use deep::{Deep, helper as help};\npub use named::*;\n',
    'a/deep.rs': 'pub struct Deep;\npub fn helper() {}\n',
    'a/named.rs': 'pub enum Named { One }\nmacro_rules! twice { () => {} }\npub(crate) use twice;\n'
  }
  const from = (text: string) => edges({ ...tree, 'user.rs': text })['user.rs']
  t.deepEqual(from('use crate::Deep;'), ['a/deep.rs'])
  t.deepEqual(from('use crate::a::{Deep as D, Named};'), ['a/deep.rs', 'a/named.rs'])
  t.deepEqual(from('fn f() { crate::a::help(); }'), ['a/deep.rs'])
  t.deepEqual(from('fn f() { super::a::Named::One; }'), ['a/named.rs'])
  t.deepEqual(from('use crate::a;\nfn f() { a::help() }'), ['a/deep.rs', 'a/mod.rs'])
  t.deepEqual(from('use crate::a::*;\nfn f(x: Named) {}'), ['a/named.rs'])
  t.deepEqual(from('fn f() { crate::a::twice!() }'), ['a/named.rs'])
  t.deepEqual(from('// use crate::Deep;\nconst TEXT: &str = "crate::Deep";\nuse std::fmt;\nuse xmrl_a::Deep;'), undefined)
})

test('a parent that hands on what its children define does not use them; one that works with them does', (t) => {
  const child = { 'part.rs': 'pub struct Part;\nuse crate::Whole;\nimpl Part { fn of(_: Whole) {} }\n' }
  t.deepEqual(edges({ ...child, 'lib.rs': 'mod part;\npub use part::Part;\npub struct Whole;\n' }), { 'part.rs': ['lib.rs'] })
  t.deepEqual(edges({ ...child, 'lib.rs': 'mod part;\nuse part::Part;\npub struct Whole(Part);\n' }), {
    'lib.rs': ['part.rs'],
    'part.rs': ['lib.rs']
  })
  t.deepEqual(edges({ ...child, 'lib.rs': 'mod part;\npub use part::Part;\npub struct Whole(Part);\n' })['lib.rs'], ['part.rs'])
  t.deepEqual(edges({ ...child, 'lib.rs': 'mod part;\npub struct Whole;\nfn f() { part::Part; }\n' })['lib.rs'], ['part.rs'])
})

test('what only tests see does not count; inline modules are their file', (t) => {
  t.deepEqual(
    edges({
      'lib.rs': 'mod a;\nmod b;\n',
      'a.rs': 'pub struct A;\n#[cfg(test)]\nmod tests {\n    use crate::b::B;\n    fn f(_: B) {}\n}\n#[cfg(test)]\nmod more;\n',
      'b.rs':
        'pub struct B;\nmod inner {\n    use super::super::a::A;\n    pub struct C(A, super::B);\n}\n#[cfg(test)]\nuse crate::nowhere::X;\n'
    }),
    { 'b.rs': ['a.rs'] }
  )
})

test('circles of a crate are found, whoever names whom in which way', (t) => {
  const lib = 'mod cg;\nmod solve;\npub use cg::Info;\npub use solve::solve;\n'
  const files = {
    'crates/a/src/lib.rs': lib,
    'crates/a/src/cg.rs': 'pub struct Info;\nfn f() { crate::solve() }\n',
    'crates/a/src/solve.rs': 'use super::Info;\npub fn solve() -> Info { todo!() }\n'
  }
  const b = { 'crates/b/src/lib.rs': 'pub use xmrl_a::Info;\n' }
  t.deepEqual(faults({ ...files, ...b }), ['circle: crates/a/src/cg.rs → crates/a/src/solve.rs → crates/a/src/cg.rs'])
})

test('a circle is told with its shortest way round and with all who lie on one', (t) => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'x']],
    ['c', ['d']],
    ['d', ['a', 'c']],
    ['x', []]
  ])
  t.deepEqual(circles(graph), [{ nodes: ['a', 'b', 'c', 'd'], way: ['c', 'd', 'c'] }])
})
