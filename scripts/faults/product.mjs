// What is tried: the build where it is newer than every source, else the sources.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../setup/terminal.mjs'

const changed = (file) => statSync(file).mtimeMs

/** Whether dist/ is newer than every source. */
export const built = (() => {
  const made = join(root, 'dist', 'cli', 'main.js')
  if (!existsSync(made)) return false
  const sources = readdirSync(join(root, 'ts'), { recursive: true, encoding: 'utf8' }).map((file) => join(root, 'ts', file))
  return sources.filter((file) => file.endsWith('.ts')).every((file) => changed(file) < changed(made))
})()

let registered = built
/** A file of ts/ by its path there without ending, such as `run/index`. */
export async function product(file) {
  if (!registered) {
    const { register } = await import('tsx/esm/api')
    register()
    registered = true
  }
  return await import(pathToFileURL(placeOf(file)).href)
}

/** Where it lies. */
export const placeOf = (file) => (built ? join(root, 'dist', `${file}.js`) : join(root, 'ts', `${file}.ts`))

/** Arguments of node with which a file of ts/, or a script that takes some, is started. */
export const loader = built ? [] : [`--import=${import.meta.resolve('tsx')}`]

/** Arguments of node that start the command line. */
export const xmrl = [...loader, placeOf('cli/main')]
