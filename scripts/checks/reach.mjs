// What our code may do beyond computing: no code is made of text, no module is loaded by a name that is computed, and the network is
// reached from the files that are named here alone, of which those that users run check what they got by its hash.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { walk } from './typescript.mjs'

/** Files that reach for a network, and for what. */
const FETCH = {
  'ts/wheels.ts': '`xmrl data stock/sp20`, `xmrl data metaworld`',
  'scripts/setup/build.mjs': 'set-up: npm ci, by package-lock.json',
  'scripts/setup/libtorch.mjs': 'set-up: libtorch',
  'scripts/setup/python.mjs': 'set-up: numpy and gymnasium of the tests',
  'scripts/supply/deny.mjs': 'cargo-deny',
  'scripts/supply/npm.mjs': 'advisories of the npm registry',
  'scripts/pack/toolchain.mjs': 'what a release is compiled with',
  // Tools of ours that compare with other programs or try a release, into folders of their own.
  'scripts/pack/main.mjs': 'npm pack, of a folder',
  'scripts/pack/consumer.mjs': 'a stranger’s machine: the registry that npm is set to',
  'scripts/pack/prove.mjs': 'a stranger’s machine: npm install',
  'scripts/bench/python.mjs': 'Python packages that gates and benches compare with',
  'scripts/bridge/main.mjs': 'other bridges, to measure beside ours',
  'scripts/exports/main.mjs': 'programs that read what we export',
  'scripts/slurm/cluster.mjs': 'Slurm from Debian, and a port of the loopback'
}
/** How a file holds what it got to a hash, and the files that must: what users and every set-up run. */
const CHECKED = /createHash\('sha(256|512)'\)|'--require-hashes'|'npm', \['ci'/
const MUST_CHECK = /^ts\/|^scripts\/setup\/|^scripts\/supply\/deny\.mjs$|^scripts\/pack\/toolchain\.mjs$/

/** Files that make code of text of their own: a second context of the engine, in which the package is tried. */
const COMPILE = /^scripts\/faults\/memory\.mjs$/
/** Files that load code by a name that the source does not say: worlds of users, our own addons. */
const LOAD = /^(ts\/own\/open\.ts|ts\/native\.ts|scripts\/.*)$/

/** Modules of Node that talk to other machines, and those that compile text. */
const NETWORK_MODULES = /^(node:)?(http|https|http2|net|tls|dgram|dns|dns\/promises)$|^(undici|ws|axios|node-fetch|got)$/
const COMPILE_MODULES = /^(node:)?(vm|repl|inspector|inspector\/promises)$/
const NETWORK_GLOBALS = new Set(['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'])
/** Programs that fetch. */
const PROGRAMS = /^(pip3?|npm|npx|pnpm|yarn|curl|wget|apt|apt-get|ssh|scp|rsync)$/

/** The same of Rust and Python, over sources without comments: [what, pattern, files]. @type {[string, RegExp, RegExp][]} */
const PATTERNS = [
  ['reaches for a network', /\bstd::net\b|\b(Tcp(Stream|Listener)|UdpSocket)\b|\bAF_INET6?\b/, /\.rs$/],
  ['starts another program', /\bprocess::Command\b|\bCommand::new\b|\bexecv[pe]*\(/, /^crates\/(?!python\/)(?!.*\/tests\/).*\.rs$/],
  [
    'makes code of text',
    /(?<![\w.])(eval|exec|compile|__import__)\(|\bimport (pickle|marshal)\b|\bfrom (pickle|marshal)\b/,
    /^crates\/.*\.py$/
  ],
  [
    'reaches for a network',
    /\b(import|from) (urllib|http|ftplib|smtplib|requests|aiohttp|ssl|xmlrpc)\b|\bAF_INET6?\b|create_connection|create_server/,
    /^crates\/.*\.py$/
  ],
  [
    'starts another program',
    /\b(import|from) (subprocess|pty|ctypes)\b|\bos\.(system|popen|exec\w*|spawn\w*|posix_spawn\w*)\(/,
    /^crates\/.*\.py$/
  ]
]

/**
 * What reaches farther than it may, a line each.
 * @param {string} root
 * @returns {{ problems: string[], files: number }}
 */
export function checkReach(root) {
  const files = ['ts', 'scripts', 'crates', 'benches']
    .flatMap((top) => walk(root, top))
    .filter((file) => /\.([cm]?[jt]s|rs|py)$/.test(file))
  const problems = []
  const fetching = new Set()
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8')
    const found = /\.(rs|py)$/.test(file) ? patterns(file, text) : syntax(file, text)
    for (const { what, line } of found) {
      if (what === NETWORK && file in FETCH) fetching.add(file)
      else if (!(what === LOADS && LOAD.test(file)) && !(what === CODE && COMPILE.test(file))) problems.push(`${file}:${line}: ${what}`)
    }
    if (fetching.has(file) && MUST_CHECK.test(file) && !CHECKED.test(text))
      problems.push(`${file}: fetches, and checks no hash of what it got`)
  }
  for (const file of Object.keys(FETCH))
    if (files.includes(file) && !fetching.has(file))
      problems.push(`${file}: fetches nothing any more: take it out of scripts/checks/reach.mjs`)
  return { problems, files: files.length }
}

const CODE = 'makes code of text (eval, Function, node:vm and the like)'
const NETWORK = 'reaches for a network, and is not named in scripts/checks/reach.mjs'
const LOADS = 'loads a module by a name that its source does not say'

/** @param {string} file @param {string} text */
function patterns(file, text) {
  const bare = file.endsWith('.py') ? text.replace(/#.*/g, '') : text.replace(/\/\/.*/g, '')
  return PATTERNS.filter(([, , concerns]) => concerns.test(file)).flatMap(([what, pattern]) => {
    const at = bare.search(pattern)
    return at < 0 ? [] : [{ what, line: bare.slice(0, at).split('\n').length }]
  })
}

/**
 * The same of JavaScript and TypeScript by their syntax, so that comments, messages and types do not count.
 * @param {string} file @param {string} text
 */
function syntax(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  /** @type {{ what: string, line: number }[]} */
  const found = []
  /** @param {ts.Node} node @param {string} what */
  const say = (node, what) => found.push({ what, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1 })
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const typeOnly = ts.isImportDeclaration(node) ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword : node.isTypeOnly
      if (!typeOnly && node.moduleSpecifier) module(node, node.moduleSpecifier)
    } else if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      called(node)
    } else if (ts.isIdentifier(node) && (node.text === 'eval' || node.text === 'Function') && isValue(node)) {
      say(node, CODE)
    } else if (ts.isIdentifier(node) && NETWORK_GLOBALS.has(node.text) && isValue(node)) {
      say(node, NETWORK)
    } else if (ts.isStringLiteralLike(node) && PROGRAMS.test(node.text) && isArgument(node)) {
      say(node, NETWORK)
    }
    const [of, name] = member(node)
    if (of === 'globalThis' && (name === 'eval' || name === 'Function')) say(node, CODE)
    if (of === 'globalThis' && NETWORK_GLOBALS.has(name)) say(node, NETWORK)
    ts.forEachChild(node, visit)
  }
  /** @param {ts.Node} node @param {ts.Expression} name */
  const module = (node, name) => {
    if (!ts.isStringLiteralLike(name)) return say(node, LOADS)
    if (COMPILE_MODULES.test(name.text)) say(node, CODE)
    if (NETWORK_MODULES.test(name.text)) say(node, NETWORK)
  }
  /** @param {ts.CallExpression | ts.NewExpression} node */
  const called = ({ expression, arguments: given = /** @type {any} */ ([]) }) => {
    const [first] = given
    const name = ts.isPropertyAccessExpression(expression) ? expression.name.text : ts.isIdentifier(expression) ? expression.text : ''
    if (first && (expression.kind === ts.SyntaxKind.ImportKeyword || (name === 'require' && ts.isIdentifier(expression))))
      return module(expression, first)
    if (name === 'constructor' && first) say(expression, CODE)
    if (/^set(Timeout|Interval|Immediate)$/.test(name) && first && (ts.isStringLiteralLike(first) || ts.isTemplateExpression(first)))
      say(expression, CODE)
  }
  visit(source)
  return found
}

/** `a.b` and `a['b']` as their two names. @param {ts.Node} node */
function member(node) {
  if (!(ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) || !ts.isIdentifier(node.expression)) return ['', '']
  const name = ts.isPropertyAccessExpression(node) ? node.name : node.argumentExpression
  return [node.expression.text, ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : '']
}

/** An identifier that stands for a global's value: no property's name, no key, no declaration, no type. @param {ts.Identifier} node */
function isValue(node) {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isTypeNode(parent) || ts.isPropertySignature(parent) || ts.isPropertyAssignment(parent))
    return ts.isPropertyAssignment(parent) && parent.initializer === node
  if (ts.isBinaryExpression(parent)) return parent.operatorToken.kind !== ts.SyntaxKind.InstanceOfKeyword
  return (
    ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && (parent.expression === node || parent.arguments?.includes(node))) ||
    ts.isParenthesizedExpression(parent) ||
    (ts.isVariableDeclaration(parent) && parent.initializer === node) ||
    ts.isElementAccessExpression(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isArrayLiteralExpression(parent)
  )
}

/** A string that is handed to a call, or stands in a list. @param {ts.Node} node */
const isArgument = ({ parent }) =>
  ts.isArrayLiteralExpression(parent) || ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression !== undefined)
