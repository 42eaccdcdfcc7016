/** The check of what our code may reach: each kind of forbidden line is seen, in a made-up checkout, and what only looks like one is not. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { folder } from '../helpers.js'

const { checkReach } = (await import(new URL('../../scripts/checks/reach.mjs', import.meta.url).href)) as {
  checkReach: (root: string) => { problems: string[]; files: number }
}

/** What is found in one file of an otherwise empty checkout. */
function found(t: ExecutionContext, file: string, text: string): string[] {
  const root = folder(t)
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
  return checkReach(root).problems
}

const code = [
  "eval('1')",
  "const e = eval\ne('1')",
  "(0, globalThis.eval)('1')",
  "globalThis.eval('1')",
  "globalThis['eval']('1')",
  "new Function('return 1')",
  "Function('return 1')()",
  'const make = [Function]',
  "(() => {}).constructor('return 1')()",
  "setTimeout('stop()', 5)",
  "import vm from 'node:vm'",
  "const { runInThisContext } = await import('vm')"
]
const network = [
  "await fetch('https://x.org')",
  'const get = fetch',
  "globalThis.fetch('https://x.org')",
  "new WebSocket('wss://x.org')",
  "import { request } from 'node:https'",
  "export { connect } from 'node:net'",
  "const net = require('net')",
  "await import('node:dns/promises')",
  "spawnSync('curl', ['https://x.org'])",
  "run('python3', ['-m', 'pip', 'install', 'x'])",
  "run('npm', ['install'])"
]
const foreign: [string, string, RegExp][] = [
  ['crates/a/src/lib.rs', 'use std::net::TcpStream;', /network/],
  ['crates/a/src/lib.rs', 'fn f() { std::process::Command::new("sh"); }', /another program/],
  ['crates/python/worker/worker.py', 'x = eval(text)', /code of text/],
  ['crates/python/worker/worker.py', 'import pickle', /code of text/],
  ['crates/python/worker/worker.py', 'from urllib import request', /network/],
  ['crates/python/worker/worker.py', 's.connect(socket.AF_INET)', /network/],
  ['crates/python/worker/worker.py', 'os.system("ls")', /another program/]
]

test('each line that makes code of text is seen, wherever it stands', (t) => {
  for (const line of code)
    for (const file of ['ts/a/a.ts', 'scripts/a/a.mjs']) t.regex(found(t, file, `\n${line}\n`).join(), /:[23]: makes code of text/, line)
})

test('each line that reaches for a network is seen, but in the files that are named', (t) => {
  for (const line of network) t.regex(found(t, 'ts/a.ts', `\n${line}\n`).join(), /^ts\/a\.ts:2: reaches for a network/, line)
  const fetches = "python(['-m', 'pip', 'download', 'x'])\n"
  t.deepEqual(found(t, 'ts/wheels.ts', `${fetches}createHash('sha256').update(wheel)\n`), [])
  t.deepEqual(found(t, 'ts/wheels.ts', fetches), ['ts/wheels.ts: fetches, and checks no hash of what it got'])
  t.regex(found(t, 'scripts/setup/libtorch.mjs', 'export {}').join(), /fetches nothing any more/)
})

test('code that is loaded by a computed name is seen, but where worlds are opened', (t) => {
  t.regex(found(t, 'ts/run/a.ts', 'await import(place)').join(), /loads a module by a name/)
  t.deepEqual(found(t, 'ts/own/open.ts', 'await import(place)'), [])
  t.deepEqual(found(t, 'ts/run/a.ts', "await import('./b.js')"), [])
})

test('the same of crates and of the worker in Python', (t) => {
  for (const [file, line, what] of foreign) t.regex(found(t, file, `\n${line}\n`).join(), what, line)
  t.deepEqual(found(t, 'crates/python/src/spawn.rs', 'let mut command = Command::new(python);'), [])
})

test('words, types, keys and messages are no calls', (t) => {
  const innocent = `// eval('1'), new Function, fetch(url)
/** node:vm and curl */
export type Make = (make: Function) => typeof fetch
export const says = 'install it with npm install xmrl, or curl it; eval(1)'
export const table = { fetch: 1, eval: 2, npm: 'npm' }
export const kept = table.fetch + table.eval
export const is = (x: unknown) => x instanceof Function
setTimeout(() => kept, 5)
import type { Socket } from 'node:net'
export type { Socket }
`
  t.deepEqual(found(t, 'ts/a.ts', innocent), [])
  t.deepEqual(found(t, 'crates/a/src/lib.rs', '// std::net\nlet pattern = re.compile(x);\n'), [])
  t.deepEqual(found(t, 'crates/python/worker/a.py', '# eval(x)\nimport re\nre.compile(x)\ntorch.model.eval()\n'), [])
})
