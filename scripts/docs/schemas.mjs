// Reads what zod schemas are written of: the keys of each, with their types and the comments that stand above them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/**
 * @typedef {{ file: string, node: ts.Expression, text: string }} Constant an expression with the comment above it
 * @typedef {{ type: string, optional: boolean, tail: string, keys: Key[], name?: string | undefined, said?: string }} Shape what a schema accepts: `tail` is `[]` where it
 *   is many, `keys` those of an object, `name` the constant that it stands under, `said` its own description
 * @typedef {{ key: string, text: string, shape: Shape }} Key
 */

/** Constants whose names say what they are; the page explains them. */
const WORDS = new Set(['id', 'numbers', 'point', 'correlation', 'steps', 'interval', 'scores'])
/** Methods that narrow a value without changing what kind it is. */
const NARROWING = /^(int|min|max|gt|lt|positive|nonnegative|regex|refine)$/

/** The schemas of TypeScript files. */
export class Schemas {
  /** File → its constants, in the order they are looked up in. @type {Map<string, Map<string, Constant>>} */
  #files = new Map()

  /** @param {string[]} folders a name is looked up in its own file, then in these one after another */
  constructor(folders) {
    const files = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name))
    )
    for (const file of files) {
      const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
      const statements = source.statements.filter(ts.isVariableStatement)
      const entries = statements.flatMap((statement) =>
        statement.declarationList.declarations.flatMap(({ name, initializer }) =>
          initializer ? [/** @type {const} */ ([name.getText(), { file, node: initializer, text: comment(statement) }])] : []
        )
      )
      this.#files.set(file, new Map(entries))
    }
  }

  /**
   * Rows of a schema: a key (`streams[].returns`, `?` where it may be absent), its type, the comment above it. What a record holds
   * twice is spelt out once.
   * @param {string} name of the constant
   * @returns {{ text: string, rows: [string, string, string][] }}
   */
  rows(name) {
    const found = this.#find(name)
    if (found === undefined) throw new Error(`no schema is called ${name}`)
    return { text: found.text, rows: flat(this.#shape(found.node, found.file).keys, '', new Map()) }
  }

  /**
   * @param {string} name
   * @param {string} [file]
   */
  #find(name, file = '') {
    const own = this.#files.get(file)?.get(name)
    return own ?? [...this.#files.values()].find((constants) => constants.has(name))?.get(name)
  }

  /**
   * @param {ts.Expression} node
   * @param {string} file
   * @returns {Shape}
   */
  #shape(node, file) {
    if (ts.isIdentifier(node)) {
      if (WORDS.has(node.text)) return leaf(node.text)
      const found = this.#find(node.text, file)
      return found === undefined ? leaf(node.text) : { ...this.#shape(found.node, found.file), name: node.text }
    }
    // Of ts/spec/numbers.ts.
    if (ts.isCallExpression(node) && node.expression.getText() === 'count') return leaf('id')
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return leaf(node.getText())
    const { expression: from, name } = node.expression
    if (from.getText() === 'z') return this.#made(name.text, [...node.arguments], file)
    const inner = this.#shape(from, file)
    const [first] = node.arguments
    if (name.text === 'optional') return { ...inner, optional: true }
    if (name.text === 'nullable') return { ...inner, type: `${inner.type} or null` }
    if (name.text === 'extend' && ts.isObjectLiteralExpression(first))
      return { ...inner, name: undefined, keys: [...inner.keys, ...this.#keys(first, file)] }
    if (name.text === 'pick' && ts.isObjectLiteralExpression(first)) {
      const picked = first.properties.map((property) => property.name?.getText())
      return { ...inner, name: undefined, keys: inner.keys.filter(({ key }) => picked.includes(key)) }
    }
    if (NARROWING.test(name.text)) return inner
    if (name.text === 'describe' && ts.isStringLiteralLike(first)) return { ...inner, said: first.text }
    throw new Error(`${file}: scripts/docs/schemas.mjs does not know .${name.text}()`)
  }

  /**
   * What a function of zod makes.
   * @param {string} name
   * @param {ts.Expression[]} args
   * @param {string} file
   * @returns {Shape}
   */
  #made(name, [first, second], file) {
    switch (name) {
      case 'strictObject':
      case 'looseObject':
        return { ...leaf('object'), keys: ts.isObjectLiteralExpression(first) ? this.#keys(first, file) : [] }
      case 'array':
        return many(this.#shape(first, file), '[]')
      case 'record':
        return many(this.#shape(second, file), '.<name>')
      case 'enum':
        return leaf(this.#words(first, file).join(' or '))
      case 'literal':
        return leaf(ts.isIdentifier(first) ? 'number' : first.getText())
      case 'union':
        return leaf(this.#types(first, file).join(' or '))
      case 'tuple': {
        const types = this.#types(first, file)
        return leaf(new Set(types).size === 1 ? `${types.length} × ${types[0]}` : types.join(', '))
      }
      default:
        return leaf(name)
    }
  }

  /**
   * @param {ts.Expression} node an array of schemas
   * @param {string} file
   */
  #types(node, file) {
    return ts.isArrayLiteralExpression(node) ? node.elements.map((element) => this.#shape(element, file).type) : [node.getText()]
  }

  /**
   * The words of an enum: a list, or a constant that is one, with others spread into it.
   * @param {ts.Expression} node
   * @param {string} file
   * @returns {string[]}
   */
  #words(node, file) {
    if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return this.#words(node.expression, file)
    if (ts.isArrayLiteralExpression(node))
      return node.elements.flatMap((element) =>
        ts.isSpreadElement(element) ? this.#words(element.expression, file) : `\`${element.getText().slice(1, -1)}\``
      )
    const found = ts.isIdentifier(node) ? this.#find(node.text, file) : undefined
    return found === undefined ? [node.getText()] : this.#words(found.node, found.file)
  }

  /**
   * A key; where no comment stands above it, its schema's own description is its text.
   * @param {string} key
   * @param {string} text
   * @param {Shape} shape
   * @returns {Key}
   */
  #key(key, text, shape) {
    return { key, text: text === '' ? (shape.said ?? '') : text, shape }
  }

  /**
   * @param {ts.ObjectLiteralExpression} node
   * @param {string} file
   * @returns {Key[]}
   */
  #keys(node, file) {
    return node.properties.flatMap((property) => {
      const text = comment(property)
      if (ts.isSpreadAssignment(property)) {
        // `...interval.shape`
        const { expression } = property
        const named = ts.isPropertyAccessExpression(expression) ? expression.expression : expression
        const found = ts.isIdentifier(named) ? this.#find(named.text, file) : undefined
        const { keys } = found === undefined ? leaf('') : this.#shape(found.node, found.file)
        return keys.map((key, at) => (at === 0 && text !== '' ? { ...key, text } : key))
      }
      const value = ts.isPropertyAssignment(property)
        ? property.initializer
        : ts.isShorthandPropertyAssignment(property)
          ? property.name
          : undefined
      return value === undefined || !property.name
        ? []
        : [this.#key(property.name.getText().replaceAll("'", ''), text, this.#shape(value, file))]
    })
  }
}

/** @param {string} type @returns {Shape} */
const leaf = (type) => ({ type: type === 'id' ? 'whole number' : type, optional: false, tail: '', keys: [] })

/**
 * Many of a shape: a list, or one a name.
 * @param {Shape} shape
 * @param {string} tail
 * @returns {Shape}
 */
function many(shape, tail) {
  if (shape.keys.length > 0) return { ...shape, optional: false, tail: `${tail}${shape.tail}` }
  const plural = /^(whole number|number|string|boolean|point)$/.test(shape.type) ? `${shape.type}s` : shape.type
  return leaf(tail === '[]' ? `list of ${plural}` : `${shape.type} by name`)
}

/**
 * Keys with what is inside them, a row each; a named shape that has stood above is referred to.
 * @param {Key[]} keys
 * @param {string} before
 * @param {Map<string, string>} seen
 * @returns {[string, string, string][]}
 */
function flat(keys, before, seen) {
  return keys.flatMap(({ key, text, shape: { type, optional, tail, keys: inside, name } }) => {
    const path = `${before}${key}${tail}`
    const shown = `${path}${optional ? '?' : ''}`
    if (inside.length === 0) return [/** @type {[string, string, string]} */ ([shown, type, text])]
    const first = name === undefined ? undefined : seen.get(name)
    if (first !== undefined) return [/** @type {[string, string, string]} */ ([shown, `as \`${first}\``, text])]
    if (name !== undefined) seen.set(name, path)
    /** @type {[string, string, string][]} */
    const own =
      text !== '' || optional ? [[shown, tail === '' ? 'object' : tail === '[]' ? 'list of objects' : 'object by name', text]] : []
    return [...own, ...flat(inside, `${path}.`, seen)]
  })
}

/**
 * The comment above a node, as one line.
 * @param {ts.Node} node
 */
function comment(node) {
  const { text } = node.getSourceFile()
  const last = ts.getLeadingCommentRanges(text, node.getFullStart())?.at(-1)
  const raw = last === undefined ? '' : text.slice(last.pos, last.end)
  return raw.startsWith('/**')
    ? raw
        .slice(3, -2)
        .replace(/\n\s*\*/g, ' ')
        .replace(/\s+/g, ' ')
        .trim()
    : ''
}
