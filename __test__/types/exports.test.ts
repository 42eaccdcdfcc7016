/** The public list: every name with its kind, so that a change of the API is a line in a diff; and every type that a signature names is on it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import ts from 'typescript'
import { consumer } from './package.js'

const folder = join(consumer(), 'node_modules', 'xmrl')
const own = join(folder, 'dist')
const program = ts.createProgram([join(own, 'index.d.ts')], {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  types: []
})
const checker = program.getTypeChecker()
const target = (symbol: ts.Symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)

/** What the public list exports, by the symbol behind each name. */
function exported(): Map<ts.Symbol, string> {
  const index = program.getSourceFile(join(own, 'index.d.ts'))
  const module = index && checker.getSymbolAtLocation(index)
  if (!module) throw new Error('index.d.ts exports nothing')
  return new Map(checker.getExportsOfModule(module).map((symbol) => [target(symbol), symbol.name]))
}

/** Types of the package that a declaration names, with those of what it inherits; private members are nobody's business. */
function named(declaration: ts.Node): ts.Symbol[] {
  const found: ts.Symbol[] = []
  const note = (name: ts.Node) => {
    const symbol = checker.getSymbolAtLocation(name)
    if (symbol) found.push(target(symbol))
  }
  const visit = (node: ts.Node): void => {
    const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined
    if (modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)) return
    // The value behind a type is no type to be named.
    if (ts.isTypeQueryNode(node)) return
    if (ts.isTypeReferenceNode(node)) note(ts.isQualifiedName(node.typeName) ? node.typeName.right : node.typeName)
    if (ts.isExpressionWithTypeArguments(node)) note(node.expression)
    if (ts.isImportTypeNode(node) && node.qualifier) note(ts.isQualifiedName(node.qualifier) ? node.qualifier.right : node.qualifier)
    ts.forEachChild(node, visit)
  }
  visit(declaration)
  return found
}

const LIST = new URL('./exports.txt', import.meta.url)

const kindOf = ({ flags }: ts.Symbol): string => {
  if (flags & ts.SymbolFlags.Class) return 'class'
  if (flags & ts.SymbolFlags.Function) return 'function'
  return flags & ts.SymbolFlags.Variable ? 'constant' : 'type'
}

test('the public list, name by name', (t) => {
  const lines = [...exported()].map(([symbol, name]) => `${name} ${kindOf(symbol)}\n`).sort()
  if (process.env.UPDATE_SNAPSHOTS === '1') writeFileSync(LIST, lines.join(''))
  t.is(lines.join(''), readFileSync(LIST, 'utf8'))
})

test('every type that a signature of the public list names is on the list', (t) => {
  const list = exported()
  const missing = new Set<string>()
  let seen = 0
  for (const [symbol, name] of list) {
    for (const declaration of symbol.declarations ?? []) {
      for (const type of named(declaration)) {
        const at = type.declarations?.[0]
        if (at === undefined || !at.getSourceFile().fileName.startsWith(folder) || ts.isTypeParameterDeclaration(at)) continue
        seen++
        if (!list.has(type)) missing.add(`${type.name} (of ${name})`)
      }
    }
  }
  t.true(seen > 100, `only ${seen} types were looked at`)
  t.deepEqual([...missing].sort(), [])
})
