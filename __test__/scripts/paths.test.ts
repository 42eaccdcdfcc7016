/** The check of paths in prose: what is not there is named, and patterns, code and paths of other roots are let alone. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'

const { checkPaths } = (await import(new URL('../../scripts/checks/paths.mjs', import.meta.url).href)) as {
  checkPaths: (root: string) => string[]
}

const SOUND = { 'README.md': 'See `ts/a.ts`, [a](docs/a.md#head), [out](https://x.org/docs/b.md).', 'docs/a.md': '# A', 'ts/a.ts': '' }

function faults(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'xmrl-paths-'))
  try {
    for (const [file, text] of Object.entries({ ...SOUND, ...files })) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    return checkPaths(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

test('links and paths that are there are no fault; those that are not are', (t) => {
  t.deepEqual(faults({}), [])
  t.deepEqual(faults({ 'docs/b.md': 'a [link](gone.md) and `scripts/gone.mjs`' }), [
    'docs/b.md: a link to gone.md, which does not exist',
    'docs/b.md: names scripts/gone.mjs, which does not exist'
  ])
})

test('of a source only its comments count', (t) => {
  const text = "// see ts/gone.ts\n/* and docs/lost.md */\nconst path = 'ts/none.ts'\nconst url = 'https://x.org/ts/none.ts'\n"
  t.deepEqual(faults({ 'ts/b.ts': text }), [
    'ts/b.ts: names ts/gone.ts, which does not exist',
    'ts/b.ts: names docs/lost.md, which does not exist'
  ])
  t.deepEqual(faults({ 'crates/a.py': '"""docs/lost.md"""\nx = "docs/none.md"  # ts/a.ts\n' }), [
    'crates/a.py: names docs/lost.md, which does not exist'
  ])
})

test('patterns and paths below another folder are let alone', (t) => {
  const text =
    '`__test__/x-*.test.ts`, `crates/{a,b}`, `docs/<name>.json`, `ts/…`, `runs/ts/none.ts`, `dist/ts/none`, `docs/results/made/x.svg`'
  t.deepEqual(faults({ 'docs/b.md': text }), [])
})
