// What a shared library asks of the machine that loads it, read from the file itself: 64-bit little-endian ELF, which is what
// x86-64 and arm64 Linux have. Field offsets are those of the System V gABI and of the Linux Standard Base (symbol versions).
import { readFileSync } from 'node:fs'
import { StepFailed } from '../setup/terminal.mjs'

/**
 * @typedef {{ name: string, weak: boolean, defined: boolean, version: string | undefined }} DynamicSymbol
 * @typedef {{ machine: string, needed: string[], versions: string[], symbols: DynamicSymbol[], nodelete: boolean, searchPath: string | undefined }} Library
 */

/** @type {Record<number, string>} `e_machine` as napi names it. */
const MACHINES = { 62: 'x64', 183: 'arm64' }
const SECTION = { dynamic: 6, dynsym: 11, verneed: 0x6ffffffe, versym: 0x6fffffff }
const TAG = { needed: 1, rpath: 15, runpath: 29, flags1: 0x6ffffffb }
const FLAG_NODELETE = 8

/** @param {Buffer} data @param {number} at */
const text = (data, at) => data.toString('latin1', at, data.indexOf(0, at))
/** @param {Buffer} data @param {number} at */
const word64 = (data, at) => Number(data.readBigUInt64LE(at))

/**
 * @param {string} path
 * @returns {Library}
 */
export function readLibrary(path) {
  const data = readFileSync(path)
  if (data.length < 64 || data.readUInt32BE(0) !== 0x7f454c46 || data[4] !== 2 || data[5] !== 1)
    throw new StepFailed(`${path} is no 64-bit little-endian ELF file`)
  const [first, size, count] = [word64(data, 40), data.readUInt16LE(58), data.readUInt16LE(60)]
  const sections = Array.from({ length: count }, (_, n) => {
    const at = first + n * size
    return {
      type: data.readUInt32LE(at + 4),
      offset: word64(data, at + 24),
      size: word64(data, at + 32),
      link: data.readUInt32LE(at + 40),
      info: data.readUInt32LE(at + 44)
    }
  })
  const section = (/** @type {number} */ type) => sections.find((each) => each.type === type)
  const dynamic = section(SECTION.dynamic)
  if (dynamic === undefined) throw new StepFailed(`${path} is not linked dynamically`)
  const strings = sections[dynamic.link].offset
  const tags = Array.from({ length: dynamic.size / 16 }, (_, n) => ({
    tag: word64(data, dynamic.offset + 16 * n),
    value: word64(data, dynamic.offset + 16 * n + 8)
  }))
  const path_ = tags.find(({ tag }) => tag === TAG.rpath || tag === TAG.runpath)
  const versions = needs(data, section(SECTION.verneed), sections)
  return {
    machine: MACHINES[data.readUInt16LE(18)] ?? `machine ${data.readUInt16LE(18)}`,
    needed: tags.filter(({ tag }) => tag === TAG.needed).map(({ value }) => text(data, strings + value)),
    versions: [...new Set(versions.values())],
    symbols: symbols(data, section(SECTION.dynsym), section(SECTION.versym), sections, versions),
    nodelete: tags.some(({ tag, value }) => tag === TAG.flags1 && (value & FLAG_NODELETE) !== 0),
    searchPath: path_ === undefined ? undefined : text(data, strings + path_.value)
  }
}

/** @typedef {{ type: number, offset: number, size: number, link: number, info: number }} Section */

/**
 * Versions that other libraries must have, by the number that symbols name them by.
 * @param {Buffer} data
 * @param {Section | undefined} section
 * @param {Section[]} sections
 */
function needs(data, section, sections) {
  /** @type {Map<number, string>} */
  const found = new Map()
  if (section === undefined) return found
  const strings = sections[section.link].offset
  for (let file = section.offset, left = section.info; left > 0; left--) {
    const versions = data.readUInt16LE(file + 2)
    for (let at = file + data.readUInt32LE(file + 8), n = 0; n < versions; n++) {
      found.set(data.readUInt16LE(at + 6), text(data, strings + data.readUInt32LE(at + 8)))
      at += data.readUInt32LE(at + 12)
    }
    file += data.readUInt32LE(file + 12)
  }
  return found
}

/**
 * @param {Buffer} data
 * @param {Section | undefined} table
 * @param {Section | undefined} numbers
 * @param {Section[]} sections
 * @param {Map<number, string>} versions
 * @returns {DynamicSymbol[]}
 */
function symbols(data, table, numbers, sections, versions) {
  if (table === undefined) return []
  const strings = sections[table.link].offset
  return Array.from({ length: table.size / 24 }, (_, n) => {
    const at = table.offset + 24 * n
    return {
      name: text(data, strings + data.readUInt32LE(at)),
      weak: data[at + 4] >> 4 === 2,
      defined: data.readUInt16LE(at + 6) !== 0,
      version: numbers && versions.get(data.readUInt16LE(numbers.offset + 2 * n) & 0x7fff)
    }
  }).filter(({ name }) => name !== '')
}

/**
 * The newest version of one kind (`GLIBC`, `GLIBCXX`) that a library asks for: a machine with an older one cannot load it.
 * @param {Pick<Library, 'versions'>} library
 * @param {string} kind
 */
export function floor({ versions }, kind) {
  const own = versions.filter((version) => version.startsWith(`${kind}_`)).map((version) => version.slice(kind.length + 1))
  return own.sort(compareVersions).at(-1)
}

/** @param {string} a @param {string} b */
export function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (let n = 0; n < Math.max(left.length, right.length); n++)
    if ((left[n] ?? 0) !== (right[n] ?? 0)) return (left[n] ?? 0) - (right[n] ?? 0)
  return 0
}
