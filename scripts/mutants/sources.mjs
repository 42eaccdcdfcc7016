// A copy of the checkout in which the mutants stand, kept from one run to the next: only files that differ are written, so that
// cargo compiles only what changed.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../setup/terminal.mjs'
import { broken, RUST_SWITCH, switched } from './switch.mjs'

const COPIED = [
  'Cargo.toml',
  'Cargo.lock',
  '.cargo',
  'crates',
  'benches',
  'scripts',
  'ts',
  '__test__',
  'package.json',
  'tsconfig.json',
  'index.d.ts'
]
/** Read, never written: among them what tests look for that was fetched, Meta-World's models and the packages of worlds in Python. */
const LINKED = ['node_modules', '.libtorch', '.data', '.setup', 'docs', 'README.md']

/**
 * @param {string} path
 * @returns {Generator<string>}
 */
function* files(path) {
  if (!existsSync(join(root, path))) return
  if (!statSync(join(root, path)).isDirectory()) return yield path
  for (const entry of readdirSync(join(root, path)).sort()) yield* files(`${path}/${entry}`)
}

/**
 * @typedef {import('./switch.mjs').Change} Change
 * @typedef {import('./switch.mjs').Form} Form
 * @typedef {{ file?: string, from: string, to: string, form?: Form }} Part
 * @typedef {{
 *   name: string, why: string, file?: string, from?: string, to?: string, form?: Form, changes?: Part[], tests: string[],
 *   harmless?: string, slow?: boolean, needs?: string
 * }} Mutant an entry of the lists; `from` and `to`, or several `changes`
 * @typedef {Record<string, { text: string, places: import('./switch.mjs').Place[] }>} Changed files with mutants in them
 */

/**
 * Changes by file.
 * @param {Mutant[]} mutants
 */
export function changesOf(mutants) {
  /** @type {Record<string, Change[]>} */
  const found = {}
  for (const { name, file, from = '', to = '', form, changes = [{ from, to, ...(form && { form }) }] } of mutants)
    for (const change of changes) {
      const where = change.file ?? file
      if (where === undefined) throw broken(name, 'names no file')
      found[where] ??= []
      found[where].push({ ...change, name })
    }
  return found
}

/**
 * Sources with every mutant in them, not yet on disk. Errors: an entry whose place is not there once.
 * @param {Mutant[]} mutants
 */
export function mutated(mutants) {
  /** @type {Changed} */
  const out = {}
  for (const [file, changes] of Object.entries(changesOf(mutants))) {
    const path = join(root, file)
    if (!existsSync(path)) throw broken(changes[0].name, `there is no ${file}; update its entry in scripts/mutants/lists`)
    out[file] = switched(readFileSync(path, 'utf8'), file, changes)
  }
  const crates = new Set(Object.keys(out).flatMap((file) => /^(crates\/[a-z-]+)\/src\//.exec(file)?.slice(1) ?? []))
  for (const crate of crates) {
    const file = `${crate}/src/lib.rs`
    const { text, places } = out[file] ?? { text: readFileSync(join(root, file), 'utf8'), places: [] }
    out[file] = { text: `${text}${RUST_SWITCH}`, places }
  }
  return out
}

/**
 * Writes the copy with `changed` files in it; returns its folder.
 * @param {string} name
 * @param {Changed} changed
 * @param {boolean} addons with the checkout's own
 */
export function writeCopy(name, changed, addons) {
  const copy = join(root, 'runs', 'mutants', name)
  const kept = new Set()
  for (const top of COPIED)
    for (const file of files(top)) {
      kept.add(file)
      const [from, to] = [join(root, file), join(copy, file)]
      const bytes = changed[file] ? Buffer.from(changed[file].text) : readFileSync(from)
      if (existsSync(to) && readFileSync(to).equals(bytes)) continue
      mkdirSync(dirname(to), { recursive: true })
      writeFileSync(to, bytes)
      chmodSync(to, statSync(from).mode)
    }
  for (const top of COPIED) dropOthers(copy, top, kept)
  for (const file of LINKED)
    if (existsSync(join(root, file)) && !existsSync(join(copy, file))) symlinkSync(join(root, file), join(copy, file))
  if (addons) for (const file of readdirSync(root)) if (file.endsWith('.node')) copyFileSync(join(root, file), join(copy, file))
  return copy
}

/**
 * Removes what the checkout has no longer.
 * @param {string} copy
 * @param {string} path
 * @param {Set<string>} kept
 */
function dropOthers(copy, path, kept) {
  const full = join(copy, path)
  if (!existsSync(full) || kept.has(path)) return
  if (!lstatSync(full).isDirectory()) return rmSync(full)
  for (const entry of readdirSync(full)) dropOthers(copy, `${path}/${entry}`, kept)
  // A folder of no files is a crate without a manifest to cargo.
  if (readdirSync(full).length === 0) rmdirSync(full)
}
