// Values that a file of ts/ exports and no other file takes. Types may be exported to be named; `ts/index.ts` is the public API.
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { walk } from './typescript.mjs'

const PUBLIC = 'ts/index.ts'

/**
 * Names that a file declares for others, hands on, and takes.
 * @typedef {{ declares: string[], handsOn: { name: string, as: string, from: string }[], takes: { name: string, from: string }[] }} File
 */

/**
 * Dead exports, `file: name` each.
 * @param {string} root
 */
export function deadExports(root) {
  const sources = walk(root, 'ts').filter((file) => file.endsWith('.ts'))
  const others = ['__test__', 'scripts'].flatMap((top) => walk(root, top)).filter((file) => /\.(ts|mjs)$/.test(file))
  const files = new Map([...sources, ...others].map((file) => [file, read(root, file)]))
  /** @type {Set<string>} `file name`, also `file *` where all of a file is taken */
  const used = new Set()
  /** A name that is taken from a file is used there, and in the file that it is handed on from. */
  const use = (/** @type {string} */ file, /** @type {string} */ name) => {
    const key = `${file} ${name}`
    if (used.has(key)) return
    used.add(key)
    for (const hand of files.get(file)?.handsOn ?? [])
      if (hand.as === '*') use(hand.from, name)
      else if (name === '*' || name === hand.as) use(hand.from, hand.name)
  }
  use(PUBLIC, '*')
  for (const { takes } of files.values()) for (const { name, from } of takes) use(from, name)
  return sources.flatMap((file) => {
    const { declares, handsOn } = /** @type {File} */ (files.get(file))
    const names = [...declares, ...handsOn.filter(({ as }) => as !== '*').map(({ as }) => as)]
    return used.has(`${file} *`) ? [] : names.filter((name) => !used.has(`${file} ${name}`)).map((name) => `${file}: ${name}`)
  })
}

/**
 * @param {string} root
 * @param {string} file
 * @returns {File}
 */
function read(root, file) {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, false)
  /** @type {File} */
  const found = { declares: [], handsOn: [], takes: [] }
  // A script imports the build of a source.
  const target = (/** @type {string} */ path) =>
    normalize(join(dirname(file), path))
      .replace(/^dist\//, 'ts/')
      .replace(/\.js$/, '.ts')
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const from = target(node.moduleSpecifier.text)
      const bindings = node.importClause?.namedBindings
      const names =
        bindings && ts.isNamedImports(bindings) ? bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text) : ['*']
      found.takes.push(...names.map((name) => ({ name, from })))
    } else if (ts.isExportDeclaration(node)) {
      const { moduleSpecifier, exportClause, isTypeOnly } = node
      if (isTypeOnly || !moduleSpecifier || !ts.isStringLiteral(moduleSpecifier)) return
      const from = target(moduleSpecifier.text)
      if (exportClause === undefined) found.handsOn.push({ name: '*', as: '*', from })
      else if (ts.isNamedExports(exportClause))
        for (const { name, propertyName, isTypeOnly: type } of exportClause.elements)
          if (!type) found.handsOn.push({ name: (propertyName ?? name).text, as: name.text, from })
    } else if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer && awaited(node.initializer)) {
      const from = target(/** @type {string} */ (awaited(node.initializer)))
      found.takes.push(...node.name.elements.map(({ name, propertyName }) => ({ name: text(propertyName ?? name), from })))
      return
    } else if (imported(node)) found.takes.push({ name: '*', from: target(/** @type {string} */ (imported(node))) })
    else if (ts.isImportTypeNode(node)) return
    else if (exported(node)) {
      if (ts.isVariableStatement(node))
        for (const { name } of node.declarationList.declarations) if (ts.isIdentifier(name)) found.declares.push(name.text)
      if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node)) && node.name)
        found.declares.push(node.name.text)
    }
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(source, visit)
  return found
}

/**
 * The path of `import('…')`.
 * @param {ts.Node} node
 */
function imported(node) {
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return undefined
  const [path] = node.arguments
  return path && ts.isStringLiteralLike(path) ? path.text : undefined
}

/**
 * The path of `await import('…')`, whatever it is said to be.
 * @param {ts.Expression} node
 * @returns {string | undefined}
 */
function awaited(node) {
  if (ts.isAsExpression(node) || ts.isParenthesizedExpression(node)) return awaited(node.expression)
  return ts.isAwaitExpression(node) ? imported(node.expression) : undefined
}

const text = (/** @type {ts.PropertyName | ts.BindingName} */ name) => ('text' in name ? name.text : '*')

/** @param {ts.Node} node */
const exported = (node) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
