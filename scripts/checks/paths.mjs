// Paths that prose names must exist: links of the Markdown pages, and files and folders of the repository in pages and comments.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { walk } from './typescript.mjs'

const TOPS = ['ts', 'crates', 'scripts', 'docs', '__test__', 'benches']
/** A path from the root, to a file or a folder. What has a star, a brace, an ellipsis or a name in angle brackets is a pattern. */
const PATH = new RegExp(`(?<![\\w./-])(?:${TOPS.join('|')})/[\\w./@-]*[\\w/](?![\\w*{<…[-]|\\.[\\w*{<])`, 'g')
/** What a study or typedoc makes. */
const MADE = /^docs\/(results|images|learning|reference|api)(\/|$)/

/**
 * What names a path that is not there, a line each.
 * @param {string} root
 */
export function checkPaths(root) {
  const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...walk(root, 'docs').filter((file) => file.endsWith('.md'))]
  const sources = TOPS.flatMap((top) => walk(root, top)).filter(
    (file) => /\.(ts|rs|mjs|py|toml)$/.test(file) && !file.startsWith('__test__/scripts/')
  )
  const problems = []
  for (const file of pages.filter((page) => existsSync(join(root, page)))) {
    const text = readFileSync(join(root, file), 'utf8')
    for (const [, target] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g))
      if (!/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(file), target)))
        problems.push(`${file}: a link to ${target}, which does not exist`)
  }
  for (const file of [...pages, ...sources].filter((each) => existsSync(join(root, each)))) {
    const text = readFileSync(join(root, file), 'utf8')
    const prose = file.endsWith('.md') ? text : comments(text, file)
    for (const [path] of prose.matchAll(PATH))
      if (!MADE.test(path) && !existsSync(join(root, normalize(path)))) problems.push(`${file}: names ${path}, which does not exist`)
  }
  return [...new Set(problems)]
}

/**
 * The comments of a source.
 * @param {string} text
 * @param {string} file
 */
const comments = (text, file) =>
  (text.match(/\.(py|toml)$/.test(file) ? /#.*|"""[\s\S]*?"""/g : /(?<!:)\/\/.*|\/\*[\s\S]*?\*\//g) ?? []).join('\n')
