// Which file of a crate uses which: its module tree, and the paths in it (`crate::…`, `super::…`, `self::…`, a child's name).
// What only tests see (`#[cfg(test)]`) is left out: truth may come from anywhere.
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * @typedef {{ path: string[], as: string, public: boolean, top: boolean }} Use one name that a `use` brings in (`*` for all)
 * @typedef {{ segments: string[], scope: string[] }} Path a path in code, and the inline modules around it
 * @typedef {{ name: string, inline: boolean, scope: string[] }} Mod
 * @typedef {{ file: string, key: string, parent: string | undefined, defines: Set<string>, children: Map<string, string>, uses: Use[], paths: string[][], words: Set<string> }} Module
 */

/** Text without comments and with empty strings and characters, so that nothing in them looks like code. */
export const bare = (/** @type {string} */ text) =>
  text.replace(
    /\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/|\b[bc]?r(#*)"[\s\S]*?"\1|\b[bc]?"(?:\\[\s\S]|[^"\\])*"|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[^\n]+?|[^\\'\n])'/g,
    (found) => (found.startsWith('/') ? ' ' : '""')
  )

/** Words that begin an item whose name follows. */
const ITEMS = new Set(['fn', 'struct', 'enum', 'union', 'trait', 'type', 'const', 'static'])

/**
 * The items of a file by inline module (`''` for the file itself).
 * @param {string} text
 */
function parse(text) {
  const tokens = bare(text).match(/[A-Za-z_]\w*|::|=>|->|""|\S/g) ?? /** @type {string[]} */ ([])
  /** @type {{ name: string | undefined }[]} */
  const open = []
  const scope = () => /** @type {string[]} */ (open.flatMap(({ name }) => name ?? []))
  /** Outside of functions, impls and macros. */
  const top = () => open.every(({ name }) => name !== undefined)
  /** @type {{ defines: [string[], string][], mods: Mod[], uses: [string[], Use][], paths: Path[], words: [string[], string][] }} */
  const found = { defines: [], mods: [], uses: [], paths: [], words: [] }
  /** Past the bracket that closes the one at `at`. */
  const past = (/** @type {number} */ at) => {
    for (let depth = 0; at < tokens.length; at++) {
      if ('([{'.includes(tokens[at])) depth++
      else if (')]}'.includes(tokens[at]) && --depth === 0) return at + 1
    }
    return at
  }
  let exported = false
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at]
    const next = tokens[at + 1]
    if (token === '#' && (next === '[' || next === '!')) {
      const end = past(next === '[' ? at + 1 : at + 2)
      const attribute = tokens.slice(at, end).join('')
      at = end
      if (/^#\[path\b/.test(attribute)) throw new Error('a #[path] attribute: scripts/checks/rust.mjs does not follow it')
      if (/^#\[cfg\((all\((.*,)?)?test\b/.test(attribute)) at = pastItem(tokens, at, past)
    } else if (token === 'pub') {
      exported = true
      at = next === '(' ? past(at + 1) : at + 1
      continue
    } else if (token === 'use') {
      const end = tokens.indexOf(';', at)
      for (const use of tree(tokens.slice(at + 1, end))) found.uses.push([scope(), { ...use, public: exported, top: top() }])
      at = end + 1
    } else if (token === 'mod' && /^\w+$/.test(next ?? '') && top()) {
      const inline = tokens[at + 2] === '{'
      found.mods.push({ name: next, inline, scope: scope() })
      if (inline) open.push({ name: next })
      at += 3
    } else if (token === 'macro_rules' && next === '!') {
      found.defines.push([scope(), tokens[at + 2]])
      at += 3
    } else if (
      ITEMS.has(token) &&
      tokens[at - 1] !== "'" &&
      top() &&
      /^[A-Za-z_]\w*$/.test(next ?? '') &&
      !ITEMS.has(next) &&
      next !== 'unsafe' &&
      next !== 'extern'
    ) {
      found.defines.push([scope(), next === 'mut' ? tokens[at + 2] : next])
      at += 2
    } else if (token === '{') {
      open.push({ name: undefined })
      at++
    } else if (token === '}') {
      open.pop()
      at++
    } else if (/^[A-Za-z_]/.test(token)) {
      const before = tokens[at - 1]
      const segments = [token]
      while (tokens[at + 1] === '::' && /^[A-Za-z_]/.test(tokens[at + 2] ?? '')) {
        segments.push(tokens[at + 2])
        at += 2
      }
      if (before !== '.' && before !== "'" && before !== '::') {
        if (segments.length > 1) found.paths.push({ segments, scope: scope() })
        // A name in lower case is one of ours only where it is called; else it is a variable or a field.
        if (/^[A-Z]/.test(token) || segments.length > 1 || '(!:<'.includes(tokens[at + 1]?.[0] ?? ' ')) found.words.push([scope(), token])
      }
      at++
    } else at++
    exported = false
  }
  return found
}

/**
 * Past the item at `at`, its attributes included: to its semicolon or the brace that closes it.
 * @param {string[]} tokens
 * @param {number} at
 * @param {(at: number) => number} past
 */
function pastItem(tokens, at, past) {
  while (at < tokens.length) {
    if (tokens[at] === ';') return at + 1
    if (tokens[at] === '{') return past(at)
    at = '(['.includes(tokens[at]) ? past(at) : at + 1
  }
  return at
}

/**
 * The names that a use tree brings in: `a::{b, c as d, e::*}` gives a::b as b, a::c as d, a::e::* as *.
 * @param {string[]} tokens
 * @returns {{ path: string[], as: string }[]}
 */
function tree(tokens) {
  /** @type {string[]} */
  const path = []
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]
    if (token === '::') continue
    if (token === 'as') return [{ path, as: tokens[at + 1] }]
    if (token === '{') {
      /** @type {string[][]} */
      const branches = [[]]
      let depth = 0
      for (const inner of tokens.slice(at + 1, tokens.lastIndexOf('}'))) {
        if (inner === '{') depth++
        if (inner === '}') depth--
        if (inner === ',' && depth === 0) branches.push([])
        else branches[branches.length - 1].push(inner)
      }
      return branches
        .filter((branch) => branch.length > 0)
        .flatMap(tree)
        .map(({ path: end, as }) =>
          end.join() === 'self' ? { path, as: as === 'self' ? path[path.length - 1] : as } : { path: [...path, ...end], as }
        )
    }
    path.push(token)
  }
  return path.length > 0 ? [{ path, as: path[path.length - 1] }] : []
}

/**
 * Modules of a crate by path (`''` is the crate itself).
 * @param {string} crate its folder
 */
function modules(crate) {
  /** @type {Map<string, Module>} */
  const all = new Map()
  const join2 = (/** @type {string} */ key, /** @type {string[]} */ more) => [...(key ? [key] : []), ...more].join('::')
  /** @type {(file: string, key: string, parent: string | undefined) => void} */
  const read = (file, key, parent) => {
    const items = parse(readFileSync(join(crate, file), 'utf8'))
    const make = (/** @type {string} */ at, /** @type {string | undefined} */ above) =>
      all.set(at, { file, key: at, parent: above, defines: new Set(), children: new Map(), uses: [], paths: [], words: new Set() })
    make(key, parent)
    for (const { name, inline, scope } of items.mods) {
      const own = join2(key, scope)
      const child = join2(own, [name])
      all.get(own)?.children.set(name, child)
      if (inline) make(child, own)
    }
    const into = (/** @type {string[]} */ scope) => /** @type {Module} */ (all.get(join2(key, scope)))
    for (const [scope, name] of items.defines) into(scope).defines.add(name)
    for (const [scope, use] of items.uses) into(scope).uses.push(use)
    for (const { segments, scope } of items.paths) into(scope).paths.push(segments)
    for (const [scope, word] of items.words) into(scope).words.add(word)
    const folder = /^(lib|main|mod)\.rs$/.test(basename(file)) ? dirname(file) : join(dirname(file), basename(file, '.rs'))
    for (const { name, inline, scope } of items.mods) {
      if (inline) continue
      const own = join2(key, scope)
      const places = [join(folder, ...scope, `${name}.rs`), join(folder, ...scope, name, 'mod.rs')]
      const place = places.find((path) => existsSync(join(crate, path)))
      if (place === undefined) throw new Error(`${crate}/${file}: mod ${name} is in none of ${places.join(', ')}`)
      read(place, join2(own, [name]), own)
    }
  }
  read(existsSync(join(crate, 'src', 'lib.rs')) ? 'src/lib.rs' : 'src/main.rs', '', undefined)
  return all
}

/**
 * Edges between the files of a crate. A file uses the file that defines what its path names: re-exports on the way are followed, and a
 * module that hands on what its children define does not use them by that.
 * @param {string} crate its folder, with src/lib.rs
 * @returns {Map<string, Set<string>>} file → files, relative to `crate`
 */
export function rustEdges(crate) {
  const all = modules(crate)
  const module = (/** @type {string | undefined} */ key) => /** @type {Module} */ (all.get(key ?? ''))

  /**
   * Where a path leads: the module, and what is left of the path in it.
   * @type {(from: Module, path: string[], seen: Set<string>) => { at: Module, name: string | undefined } | undefined}
   */
  const follow = (from, path, seen) => {
    const [first] = path
    let rest = path
    let at = from
    if (first === 'crate') [at, rest] = [module(''), path.slice(1)]
    else if (first === 'self') rest = path.slice(1)
    else if (first === 'super') {
      while (rest[0] === 'super') [at, rest] = [module(at.parent), rest.slice(1)]
    } else if (!from.children.has(first)) {
      // Another crate, or a name that a `use` of this module has brought in.
      const use = from.uses.find(({ as, path: whole }) => as === first && whole[0] !== first)
      const to = use && enter(from, use, seen)
      if (to === undefined) return undefined
      if (path.length === 1) return to
      if (to.name !== undefined) return to
      ;[at, rest] = [to.at, path.slice(1)]
    }
    while (rest.length > 0) {
      const [name] = rest
      const child = at.children.get(name)
      // The last name may be a module's and an item's; the item counts.
      if (child !== undefined && !(rest.length === 1 && (at.defines.has(name) || brings(at, name)))) {
        ;[at, rest] = [module(child), rest.slice(1)]
        continue
      }
      if (name === '*' || at.defines.has(name)) return { at, name }
      const use = at.uses.find(({ as, top }) => top && as === name)
      if (use !== undefined) {
        const to = enter(at, use, seen)
        if (to === undefined) return undefined
        if (rest.length === 1 || to.name !== undefined) return to
        ;[at, rest] = [to.at, rest.slice(1)]
        continue
      }
      for (const glob of at.uses.filter(({ as, top }) => top && as === '*')) {
        const to = enter(at, glob, seen)
        if (
          to &&
          to.at !== at &&
          (to.at.defines.has(name) || to.at.children.has(name) || to.at.uses.some(({ as }) => as === name || as === '*'))
        )
          return follow(to.at, ['self', ...rest], seen)
      }
      return { at, name }
    }
    return { at, name: undefined }
  }
  const brings = (/** @type {Module} */ at, /** @type {string} */ name) =>
    at.uses.some(({ as, path, top }) => top && as === name && path.length > 1 && path[path.length - 1] !== 'self')
  /** @type {(from: Module, use: Use, seen: Set<string>) => ReturnType<typeof follow>} */
  const enter = (from, use, seen) => {
    const mark = `${from.key} ${use.path.join('::')} ${use.as}`
    return seen.has(mark) ? undefined : follow(from, use.path, new Set([...seen, mark]))
  }

  /** @type {(at: Module, seen: Set<string>) => string[]} what `use at::*` brings in */
  const visible = (at, seen) => {
    if (seen.has(at.key)) return []
    seen.add(at.key)
    const uses = at.uses.filter(({ top }) => top)
    const globs = uses.filter(({ as }) => as === '*').flatMap((use) => enter(at, use, new Set())?.at ?? [])
    const named = uses.filter(({ as }) => as !== '*').map(({ as }) => as)
    return [...at.defines, ...at.children.keys(), ...named, ...globs.flatMap((to) => visible(to, seen))]
  }

  /** @type {Map<string, Set<string>>} */
  const edges = new Map([...all.values()].map(({ file }) => [file, new Set()]))
  for (const from of all.values()) {
    const add = (/** @type {Module | undefined} */ to) => {
      if (to && to.file !== from.file) edges.get(from.file)?.add(to.file)
    }
    for (const use of from.uses) {
      const to = enter(from, use, new Set())
      if (to === undefined) continue
      const below = to.at.key.startsWith(from.key === '' ? '' : `${from.key}::`)
      if (use.as === '*') {
        // Of all that it brings in, what this file says counts.
        const names = visible(to.at, new Set())
        for (const name of names) if (from.words.has(name)) add(follow(to.at, ['self', name], new Set())?.at)
      } else if (!(use.public && below) || from.words.has(use.as)) add(to.at)
    }
    for (const path of from.paths) add(follow(from, path, new Set())?.at)
  }
  return edges
}
