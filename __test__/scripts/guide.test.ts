/** The guide to a world in Rust: its code is the code of the sources, and the world's own files are all there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../helpers.js'

const guide = readFileSync(join(root, 'docs', 'add-a-world.md'), 'utf8')
const blocks = [...guide.matchAll(/^```(?:rust|ts) (\S+)\n([\s\S]*?)^```$/gm)].map(([, path, code]) => ({ path, code }))
const source = (path: string) => readFileSync(join(root, path), 'utf8')

test('every piece of code stands so in the file that it names', (t) => {
  t.true(blocks.length >= 8, `${blocks.length}`)
  t.is(blocks.length, [...guide.matchAll(/^```(?:rust|ts)\b/gm)].length, 'a piece of code that names no file')
  for (const { path, code } of blocks) {
    t.true(code.trim().length > 0, `${path}: an empty piece`)
    t.true(source(path).includes(code), `docs/add-a-world.md: a piece is no longer what ${path} says; copy it anew:\n${code}`)
  }
})

test('the files of the world are there whole, and so is the line that lists it', (t) => {
  for (const file of ['mod.rs', 'rules.rs', 'world.rs']) {
    const path = `crates/envs/src/worlds/point_nav/${file}`
    const code = blocks.filter((block) => block.path === path).map((block) => block.code)
    t.is(code.join(''), source(path), `docs/add-a-world.md does not show all of ${path}`)
  }
  t.true(blocks.some(({ path, code }) => path === 'crates/envs/src/worlds/mod.rs' && code.includes('point_nav::presets()')))
  t.true(blocks.some(({ path, code }) => path === 'ts/spec/presets.ts' && code.includes("'point-nav': point,")))
})
