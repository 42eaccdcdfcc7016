// Checks the structure that ARCHITECTURE.md draws: every arrow between rooms is used and every use is drawn, nothing goes in a circle, no
// import goes past a room's index, and the invariants that need no test hold.
//
//   node scripts/checks/arrows.mjs [--used | --draw]      prints the arrows that the sources have, or draws them in ARCHITECTURE.md
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commandLine, root } from '../setup/terminal.mjs'
import { circles } from './graph.mjs'
import { checkInvariants } from './invariants.mjs'
import { bare, rustEdges } from './rust.mjs'
import { past, roomOf, typeScriptEdges, walk } from './typescript.mjs'

/** @typedef {Map<string, Set<string>>} Edges */

/**
 * The ```arrows block of ARCHITECTURE.md: `room → room, room` a line; `nothing` for none.
 * @param {string} home
 * @returns {Edges}
 */
function drawnArrows(home) {
  const block = /```arrows\n([\s\S]*?)```/.exec(readFileSync(join(home, 'ARCHITECTURE.md'), 'utf8'))
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

/**
 * The crates with their package names, and what a manifest depends on; dev-dependencies are left out: truth may come from anywhere.
 * @param {string} home
 */
function crates(home) {
  const found = readdirSync(join(home, 'crates'))
    .filter((name) => existsSync(join(home, 'crates', name, 'Cargo.toml')))
    .map((name) => {
      const sections = readFileSync(join(home, 'crates', name, 'Cargo.toml'), 'utf8').split(/^(?=\[)/m)
      const lines = sections
        .filter((section) => /^\[(target\..*\.|build-)?dependencies\]/.test(section))
        .flatMap((section) => section.split('\n'))
      const single = sections.flatMap((section) => /^\[(?:target\..*\.|build-)?dependencies\.([\w-]+)\]/.exec(section)?.[1] ?? [])
      const names = [...lines.flatMap((line) => /^([\w-]+)\s*[.=]/.exec(line)?.[1] ?? []), ...single]
      const own = /^\[package\][\s\S]*?^name = "([^"]+)"/m.exec(sections.join(''))?.[1] ?? name
      return { room: `crates/${name}`, own, names }
    })
  const rooms = new Map(found.map(({ own, room }) => [own, room]))
  return found.map(({ room, names }) => ({
    room,
    uses: names.flatMap((name) => (rooms.has(name) ? [{ name, room: /** @type {string} */ (rooms.get(name)) }] : []))
  }))
}

/**
 * What every room uses, and which of that no source of a crate names.
 * @param {string} home
 * @param {Edges} imports between the files of ts/
 */
function usedArrows(home, imports) {
  /** @type {Edges} */
  const used = new Map()
  const unused = []
  for (const { room, uses } of crates(home)) {
    used.set(room, new Set(uses.map((use) => use.room)))
    const sources = [...walk(home, `${room}/src`), `${room}/build.rs`].filter(
      (file) => file.endsWith('.rs') && existsSync(join(home, file))
    )
    const text = sources.map((file) => bare(readFileSync(join(home, file), 'utf8'))).join('\n')
    for (const { name, room: use } of uses)
      if (!new RegExp(`\\b${name.replaceAll('-', '_')}\\b`).test(text)) unused.push(`${room} → ${use}`)
  }
  for (const [file, targets] of imports) {
    const room = roomOf(file)
    const all = used.get(room) ?? new Set()
    used.set(room, all)
    for (const target of targets) if (roomOf(target) !== room) all.add(roomOf(target))
  }
  return { used, unused }
}

/**
 * Every circle: of files inside a crate or a room of ts/, and of rooms.
 * @param {string} home
 * @param {Edges} imports
 * @param {Edges} used
 */
function allCircles(home, imports, used) {
  const inside = [...used.keys()]
    .filter((room) => room.startsWith('crates/') && existsSync(join(home, room, 'src')))
    .flatMap((room) => {
      const name = (/** @type {string} */ file) => `${room}/${file}`
      const edges = [...rustEdges(join(home, room))].map(([file, to]) => /** @type {const} */ ([name(file), [...to].map(name)]))
      return circles(new Map(edges))
    })
  const rooms = [...imports].map(([file, to]) => /** @type {const} */ ([file, [...to].filter((target) => roomOf(target) === roomOf(file))]))
  return [...inside, ...circles(new Map(rooms)), ...circles(used)]
}

/**
 * Lines of a drawing of what is used, crates first, each room below all that it uses; else in the order in which they are drawn.
 * @param {Edges} drawn
 * @param {Edges} used
 */
function layers(drawn, used) {
  const side = (/** @type {string} */ room) => (room.startsWith('crates/') ? 0 : 1)
  const waiting = [...new Set([...drawn.keys(), ...used.keys()])].filter((room) => used.has(room)).sort((a, b) => side(a) - side(b))
  /** @type {string[]} */
  const placed = []
  while (waiting.length > 0) {
    const free = waiting.findIndex((room) => [...(used.get(room) ?? [])].every((use) => !waiting.includes(use) || use === room))
    placed.push(...waiting.splice(Math.max(0, free), 1))
  }
  const width = Math.max(...placed.map((room) => room.length))
  const uses = (/** @type {string} */ room) => [...placed, 'index.d.ts'].filter((each) => used.get(room)?.has(each))
  return placed.map((room) => `${room.padEnd(width)} → ${uses(room).join(', ') || 'nothing'}\n`).join('')
}

/**
 * Where the drawing and the sources differ.
 * @param {Edges} drawn
 * @param {Edges} used
 */
function againstDrawing(drawn, used) {
  const problems = []
  for (const [room, uses] of used) {
    const may = drawn.get(room)
    if (!may) {
      problems.push(`${room} is not in ARCHITECTURE.md`)
      continue
    }
    for (const use of uses) if (!may.has(use)) problems.push(`${room} → ${use} is used, but not drawn in ARCHITECTURE.md`)
    for (const use of may) if (!uses.has(use)) problems.push(`${room} → ${use} is drawn in ARCHITECTURE.md, but nothing uses it`)
  }
  for (const room of drawn.keys()) if (!used.has(room)) problems.push(`ARCHITECTURE.md draws ${room}, which does not exist`)
  // Where rooms go in a circle no order is right, and the circle is said anyway.
  if (circles(used).length > 0) return problems
  const order = [...drawn.keys()]
  for (const [room, uses] of used)
    for (const use of uses)
      if (drawn.has(room) && order.indexOf(use) > order.indexOf(room))
        problems.push(`${room} is drawn above ${use}, which it uses: \`node scripts/checks/arrows.mjs --draw\` puts it below`)
  return problems
}

/**
 * Rooms that ARCHITECTURE's table of duties leaves out, and rows of rooms that do not exist.
 * @param {string} home
 * @param {string[]} rooms
 */
function withoutDuty(home, rooms) {
  const [, table] = /^\| room \|.*\n\|.*\n((?:\|.*\n)*)/m.exec(readFileSync(join(home, 'ARCHITECTURE.md'), 'utf8')) ?? []
  if (table === undefined) return []
  const rows = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, room]) => room)
  return [
    ...rooms.filter((room) => !rows.includes(room)).map((room) => `${room} has no row in ARCHITECTURE's table of rooms`),
    ...rows.filter((room) => !existsSync(join(home, room))).map((room) => `ARCHITECTURE's table has a row of ${room}, which does not exist`)
  ]
}

/** A circle in words: one shortest way round, and who else lies on one. */
const describe = (/** @type {{ nodes: string[], way: string[] }} */ { nodes, way }) =>
  `circle: ${way.join(' → ')}${nodes.length < way.length ? '' : ` (the shortest way round among ${nodes.length}: ${nodes.join(', ')})`}`

/**
 * All that is wrong, a line each.
 * @param {string} [home] the checkout
 */
export function checkArrows(home = root) {
  const imports = typeScriptEdges(home)
  const { used, unused } = usedArrows(home, imports)
  const deep = [...imports].flatMap(([from, targets]) => [...targets].map((to) => ({ from, to, room: past(imports, from, to) })))
  return [
    ...againstDrawing(drawnArrows(home), used),
    ...withoutDuty(home, [...used.keys()]),
    ...unused.map((line) => `${line}: a dependency in Cargo.toml that no source names; delete it`),
    ...allCircles(home, imports, used).map(describe),
    ...deep
      .filter(({ room }) => room !== undefined)
      .map(({ from, to, room }) => `${from} → ${to}: goes past ${room}/index.ts; export it there, or move it to a lower room`),
    ...checkInvariants(home)
  ]
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = commandLine({ used: { type: 'boolean', default: false }, draw: { type: 'boolean', default: false } })
  if (values.used || values.draw) {
    const lines = layers(drawnArrows(root), usedArrows(root, typeScriptEdges(root)).used)
    const page = join(root, 'ARCHITECTURE.md')
    if (values.draw) writeFileSync(page, readFileSync(page, 'utf8').replace(/```arrows\n[\s\S]*?```/, `\`\`\`arrows\n${lines}\`\`\``))
    else process.stdout.write(lines)
  } else {
    const problems = checkArrows()
    for (const problem of problems) process.stdout.write(`${problem}\n`)
    process.stdout.write(problems.length ? `${problems.length} arrows or invariants broken\n` : 'arrows and invariants hold\n')
    process.exitCode = problems.length ? 1 : 0
  }
}
