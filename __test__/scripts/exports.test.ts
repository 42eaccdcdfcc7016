/** The check of dead exports: a value that nobody takes is named, through indexes and renamings; what is public or taken is not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'

const { deadExports } = (await import(new URL('../../scripts/checks/exports.mjs', import.meta.url).href)) as {
  deadExports: (root: string) => string[]
}

function dead(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'xmrl-exports-'))
  try {
    for (const [file, text] of Object.entries({ 'ts/index.ts': '', ...files })) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    return deadExports(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
const ROOM = { 'ts/room/a.ts': 'export const one = 1\nexport function two() {}\nexport class Three {}\nexport interface Four {}\n' }

test('every kind of value that nobody takes is dead; types are not asked for', (t) => {
  t.deepEqual(dead(ROOM), ['ts/room/a.ts: one', 'ts/room/a.ts: two', 'ts/room/a.ts: Three'])
})

test('what another file, a test, a script or the public list takes is alive', (t) => {
  const user = (file: string, text: string) => dead({ ...ROOM, [file]: text })
  t.deepEqual(user('ts/user.ts', "import { one, two as other } from './room/a.js'"), ['ts/room/a.ts: Three'])
  t.deepEqual(user('__test__/a.test.ts', "const { one } = await import('../ts/room/a.js')"), ['ts/room/a.ts: two', 'ts/room/a.ts: Three'])
  t.deepEqual(user('scripts/a.mjs', "import { Three } from '../dist/room/a.js'"), ['ts/room/a.ts: one', 'ts/room/a.ts: two'])
  t.deepEqual(user('ts/index.ts', "export { one, Three as Third } from './room/a.js'"), ['ts/room/a.ts: two'])
  t.deepEqual(user('ts/user.ts', "import * as all from './room/a.js'"), [])
  t.deepEqual(user('ts/user.ts', "const all = await import('./room/a.js')"), [])
})

test('handing on is no use: an index that nobody asks leaves its files dead, and is dead itself', (t) => {
  const index = { ...ROOM, 'ts/room/index.ts': "export { one, two } from './a.js'" }
  t.deepEqual(dead({ ...index, 'ts/user.ts': "import { two } from './room/index.js'" }), [
    'ts/room/a.ts: one',
    'ts/room/a.ts: Three',
    'ts/room/index.ts: one'
  ])
  const all = { ...ROOM, 'ts/room/index.ts': "export * from './a.js'" }
  t.deepEqual(dead({ ...all, 'ts/user.ts': "import { two } from './room/index.js'" }), ['ts/room/a.ts: one', 'ts/room/a.ts: Three'])
})
