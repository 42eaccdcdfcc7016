/** How a project that `xmrl init` makes names this package: as npm finds it from there. */
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { packageRoot } from '../place.js'
import { packageVersion, readTextFile, whatIs } from '../run/index.js'

/** Dependencies of a project, and what its user must know of them. */
export interface Dependency {
  /** What package.json says, by package. */
  packages: Record<string, string>
  /** A sentence where `npm install` may not find them. */
  note?: string
}

/** This package and those of its platforms, as npm's record of what it installed has them. */
const OURS = /^node_modules\/(xmrl(?:-[a-z0-9-]+)?)$/

/**
 * Dependencies of a project in `folder`: a checkout by its place; packages that were installed from files by theirs, the platform's
 * beside them, because no registry has them; else the version.
 * @param root where this package lies
 */
export function dependency(folder: string, root = packageRoot): Dependency {
  const version = { xmrl: packageVersion() }
  if (!root.split(sep).includes('node_modules')) return { packages: { xmrl: `file:${placeFrom(folder, root)}` } }
  const installed = dirname(dirname(root))
  const found = resolved(installed)
  if (found?.xmrl === undefined) {
    const note = `package.json asks a registry for xmrl ${version.xmrl}: where none has it, name the packages instead: npm install <folder>/xmrl-*.tgz`
    return { packages: version, note }
  }
  if (!found.xmrl.startsWith('file:')) return { packages: version }
  const files = Object.entries(found).flatMap(([name, from]) =>
    from.startsWith('file:') ? [[name, resolve(installed, from.slice('file:'.length))] as const] : []
  )
  const gone = files.find(([, file]) => whatIs(file) === undefined)
  const packages = Object.fromEntries(files.map(([name, file]) => [name, `file:${placeFrom(folder, file)}`]))
  if (gone === undefined) return { packages }
  return {
    packages,
    note: `npm install needs ${gone[1]}, which is not there any more: put it back, or write its new place into package.json`
  }
}

/** From where npm installed our packages, by name, as the record in its `node_modules` says; undefined where there is none. */
function resolved(installed: string): Record<string, string> | undefined {
  const text = readTextFile(join(installed, 'node_modules', '.package-lock.json'))
  if (text === undefined) return undefined
  let record: { packages?: Record<string, { resolved?: unknown }> }
  try {
    record = JSON.parse(text)
  } catch {
    return undefined
  }
  const ours = Object.entries(record.packages ?? {}).flatMap(([path, { resolved: from }]) => {
    const name = OURS.exec(path)?.[1]
    return name === undefined || typeof from !== 'string' ? [] : [[name, from]]
  })
  return Object.fromEntries(ours)
}

/** A place as seen from a folder, so that both may be moved together; from the root where they share no folder. */
function placeFrom(folder: string, place: string): string {
  const near = relative(folder, place) || '.'
  const [, top] = folder.split(sep)
  return isAbsolute(near) || place.split(sep)[1] !== top ? place : near
}
