// Which file of ts/ imports which, types included. The compiler's own scanner finds imports, so that comments and strings do not count.
// (dependency-cruiser would bring forty packages for these lines.)
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'

/**
 * Files below a folder, relative to `root`.
 * @param {string} root
 * @param {string} path
 * @returns {string[]}
 */
export function walk(root, path) {
  if (!existsSync(join(root, path))) return []
  if (statSync(join(root, path)).isFile()) return [path]
  return readdirSync(join(root, path))
    .sort()
    .flatMap((entry) => walk(root, `${path}/${entry}`))
}

/**
 * Edges between the files of ts/, and to what lies beside it (`index.d.ts`).
 * @param {string} root
 * @returns {Map<string, Set<string>>} file → files
 */
export function typeScriptEdges(root) {
  return new Map(
    walk(root, 'ts')
      .filter((file) => file.endsWith('.ts'))
      .map((file) => {
        const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true)
        const own = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith('.'))
        return [file, new Set(own.map((name) => source(root, normalize(join(dirname(file), name)))))]
      })
  )
}

/**
 * What an import's path stands for: the source of a `.js`, or its declarations.
 * @param {string} root
 * @param {string} path
 */
function source(root, path) {
  const [code, types] = [path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.d.ts')]
  return [code, types].find((name) => existsSync(join(root, name))) ?? path
}

/** The room of a file of ts/: its folder, or the file itself at the top. */
export const roomOf = (/** @type {string} */ file) => (/^ts\/.*\//.test(file) ? file.split('/').slice(0, 2).join('/') : file)

/**
 * The room whose index an import goes past: the outermost folder with an index.ts that holds the imported file and not the importing one.
 * @param {Map<string, unknown>} edges for what files there are
 * @param {string} from
 * @param {string} to
 */
export function past(edges, from, to) {
  const folders = to.split('/').slice(0, -1)
  for (let depth = 2; depth <= folders.length; depth++) {
    const room = folders.slice(0, depth).join('/')
    const index = `${room}/index.ts`
    if (edges.has(index) && to !== index && !from.startsWith(`${room}/`)) return room
  }
  return undefined
}
