/** The source of a world's module: which files it is, and a hash of them. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, extname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The file of `import.meta.url`. */
export const moduleFile = (url: string): string => fileURLToPath(url.replace(/[?#].*$/, ''))

/** Specifiers of imports and exports that are paths: `from './x.js'`, `import './x.js'`, `import('./x.js')`, `require('./x.js')`. */
const PATHS = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(["'])(\.{1,2}\/[^"'\n]+)\1/g

/** A path as Node finds it, or TypeScript, which names the file that it will be. */
function found(path: string): string | undefined {
  const isFile = (name: string) => existsSync(name) && statSync(name).isFile()
  const written = path.replace(/\.([cm]?)js$/, '.$1ts')
  return [path, written, `${path}.js`, `${path}.json`].find(isFile)
}

/** The texts of a module and of those that it imports by path, directly or not, by their files: the module first. */
function textsOf(file: string): Map<string, string> {
  const texts = new Map<string, string>()
  const visit = (path: string) => {
    if (texts.has(path)) return
    const text = readFileSync(path, 'utf8')
    texts.set(path, text)
    if (extname(path) === '.json') return
    for (const [, , specifier] of text.matchAll(PATHS)) {
      const next = found(resolve(dirname(path), specifier))
      if (next !== undefined) visit(next)
    }
  }
  visit(file)
  return texts
}

/** The files of a module and of those that it imports by path, itself first; no JSON. */
export const sources = (file: string): string[] => [...textsOf(file).keys()].filter((path) => extname(path) !== '.json')

/**
 * SHA-256 (hex) of a module and of the modules that it imports by path, directly or not: their texts, and where they lie as seen from it. What it takes
 * from packages, reads from files or imports by a name that is computed is not seen.
 */
export function fingerprint(file: string): string {
  const hash = createHash('sha256')
  const named = [...textsOf(file)].map(([path, text]) => [relative(dirname(file), path), text] as const)
  for (const [name, text] of named.sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${name}\0${text.length}\0${text}`)
  return hash.digest('hex')
}
