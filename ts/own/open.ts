/** From where a world of one's own is said to be to the world: modules, packages, Python factories. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { XmrlError } from '../errors.js'
import {
  type Experiment,
  isForeignWorld,
  isModulePath,
  isOwnWorld,
  isPreset,
  keepWorld,
  openedWorld,
  type Spec,
  type WrittenSpec
} from '../spec/index.js'
import { checkDefinition } from './check.js'
import { DefinedWorld } from './define.js'
import { GYMNASIUM, openPython } from './python.js'
import { fingerprint, sources } from './source.js'
import type { OpenedWorld } from './world.js'

/** Worlds of modules, by file and hash: a module is imported once. */
const modules = new Map<string, DefinedWorld>()
/** Files that were imported, with the hash they had. */
const imported = new Map<string, string>()

/**
 * Opens a world of one's own.
 * @param place the path of a module whose default export is a world (or what `defineWorld` takes), a package that has one, or
 * `gymnasium:module:factory`
 * @param folder what relative paths count from, and packages are looked for from. @default the working directory
 * @throws XmrlError `ERR_SPEC_INVALID` where there is no such module, it does not load, or it exports no world; those of `defineWorld`;
 * `ERR_WORLD` with Python's words
 */
export async function openWorld(place: string, folder: string = process.cwd()): Promise<OpenedWorld> {
  if (place.startsWith(GYMNASIUM)) return await openPython(place, folder)
  return await openModule(fileOf(place, folder), place)
}

/** The file of a module or of a package's main export. */
function fileOf(place: string, folder: string): string {
  if (!isModulePath(place)) {
    try {
      return createRequire(join(folder, 'package.json')).resolve(place)
    } catch (cause) {
      throw new XmrlError('ERR_SPEC_INVALID', `environment: no preset and no package from ${folder} is called ${place}`, { cause })
    }
  }
  const file = resolve(folder, /^~\//.test(place) ? join(homedir(), place.slice(1)) : place)
  if (!existsSync(file)) throw new XmrlError('ERR_SPEC_INVALID', `environment: no file ${file}`)
  return file
}

async function openModule(file: string, place: string): Promise<DefinedWorld> {
  const sha256 = readable(file, () => fingerprint(file))
  const key = `${sha256} ${file}`
  const known = modules.get(key)
  if (known !== undefined) return known
  const before = imported.get(file)
  // Node imports a name once: a file that has changed needs another.
  const url = `${pathToFileURL(file).href}${before === undefined || before === sha256 ? '' : `?${sha256.slice(0, 12)}`}`
  let exported: Record<string, unknown>
  try {
    exported = (await import(url)) as Record<string, unknown>
  } catch (cause) {
    throw new XmrlError('ERR_SPEC_INVALID', `environment: ${place} does not load: ${whyNot(file, cause)}`, { cause })
  }
  imported.set(file, sha256)
  const definition = definitionOf(exported.default, place, file)
  const world = new DefinedWorld(Object.freeze({ ...definition }), { kind: 'module', source: file, sha256 })
  modules.set(key, world)
  return world
}

function readable<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new XmrlError('ERR_SPEC_INVALID', `environment: ${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/** What a module's default export says, whether it is a world of this copy of the package, of another, or the definition alone. */
function definitionOf(exported: unknown, place: string, file: string) {
  if (exported === undefined)
    throw new XmrlError('ERR_SPEC_INVALID', `environment: ${place} has no default export; write: export default defineWorld({ … })`)
  if (exported instanceof DefinedWorld) return exported.definition
  // CommonJS through import has its exports under `default`, and a world of another copy of the package its definition.
  const inner = isForeignWorld(exported) ? exported.definition : exported
  try {
    checkDefinition(inner)
  } catch (cause) {
    throw new XmrlError('ERR_SPEC_INVALID', `environment: the default export of ${file}: ${(cause as Error).message}`, { cause })
  }
  return inner
}

/** Why a module does not load, in one line, and where. */
function whyNot(file: string, cause: unknown): string {
  const { code, message = String(cause), stack = '' } = cause as NodeJS.ErrnoException
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /^\.[cm]?ts$/.test(extname(file)))
    return `Node ${process.versions.node} reads no TypeScript; use Node 22.18 or newer, or compile it (npx tsc) and name the .js file`
  if (code === 'ERR_MODULE_NOT_FOUND' && /'xmrl'/.test(message))
    return `${message.split('\n')[0]}; install it there (npm install xmrl), or export the definition itself, which needs no import`
  const at = placeOf(stack) ?? (cause instanceof SyntaxError ? wrongText(file) : undefined)
  return `${message.split('\n')[0]} (${at ?? file})`
}

/** Where in the author's own code an error came up, by its stack: what is Node's and this package's is left out. */
function placeOf(stack: string): string | undefined {
  const written = /^(file:\/\/\S+:\d+|\/\S+:\d+)$/m.exec(stack)?.[1]
  if (written !== undefined) return written
  // Of this copy of the package, or of the one that the world's module has found.
  const ours = /\/(?:dist|ts)\/own\/\w+\.[jt]s:/
  const frame = stack.split('\n').find((line) => /^\s+at .*(file:|[( ]\/)/.test(line) && !ours.test(line))
  return frame?.trim().replace(/^at /, '')
}

/** Where a module's text is no JavaScript, which Node tells its own command alone: `file:line` of the first such of it and what it imports by path. */
function wrongText(file: string): string | undefined {
  for (const each of sources(file)) {
    const { stderr } = spawnSync(process.execPath, ['--check', each], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } })
    const at = /^(?:file:\/\/)?(\/.*:\d+)$/m.exec(stderr ?? '')?.[1]
    if (at !== undefined) return at
  }
  return undefined
}

/**
 * What was written with the world itself in place of where it is; a preset, or an unknown name, stays.
 * @param folder what relative paths count from. @default the working directory
 * @throws XmrlError those of {@link openWorld}
 */
export async function withOpenedWorld<W extends WrittenSpec>(written: W, folder?: string): Promise<W> {
  const { environment, world } = written as { environment?: unknown; world?: Spec['world'] }
  if (typeof environment !== 'string' || isPreset(environment)) return written
  // A resolved specification says where its world was.
  if (world) {
    const own = await reopened(environment, world)
    const { world: _record, ...rest } = written as Record<string, unknown>
    return { ...rest, environment: own } as unknown as W
  }
  if (!isModulePath(environment) && !environment.startsWith(GYMNASIUM) && !isPackage(environment, folder)) return written
  return { ...written, environment: await openWorld(environment, folder) }
}

/** Whether a name that is no preset may be a package: a misspelt preset stays one. */
function isPackage(name: string, folder: string = process.cwd()): boolean {
  try {
    createRequire(join(folder, 'package.json')).resolve(name)
    return true
  } catch {
    return false
  }
}

/**
 * Opens the world of an experiment where it has not been opened in this process: from where its run says it is.
 * @throws XmrlError `ERR_RUN_EXISTS` where the source has changed since, `ERR_USAGE` where a script handed it over
 */
export async function openExperiment(experiment: Pick<Experiment, 'spec'>): Promise<OpenedWorld | undefined> {
  const { spec } = experiment
  if (spec.world === null) return undefined
  const found = openedWorld(spec)
  if (found !== undefined) return found as OpenedWorld
  const own = await reopened(spec.environment, spec.world)
  keepWorld(spec.world, own)
  return own
}

async function reopened(name: string, record: NonNullable<Spec['world']>): Promise<OpenedWorld> {
  if (record.kind === 'object')
    throw new XmrlError(
      'ERR_USAGE',
      `environment: ${name} was handed over by a script, so only that script can open it: give the experiment with the world, or let its definition say module: import.meta.url`
    )
  const own = await openWorld(record.kind === 'gymnasium' ? `${GYMNASIUM}${record.source}` : record.source)
  if (own.record.sha256 !== record.sha256 || own.name !== name)
    throw new XmrlError(
      'ERR_RUN_EXISTS',
      `environment: ${record.source} has changed since the run began (SHA-256 ${record.sha256.slice(0, 12)}… then, ${own.record.sha256.slice(0, 12)}… now); put it back, or begin another run`
    )
  return own
}

/** The world of a specification that has been opened; undefined for a preset. */
export function worldOf(spec: Pick<Spec, 'environment' | 'world'>): OpenedWorld | undefined {
  const found = openedWorld(spec)
  if (found !== undefined) return found as OpenedWorld
  if (spec.world === null) return undefined
  throw new XmrlError('ERR_USAGE', `environment: ${spec.environment} is not opened in this process yet; await openExperiment first`)
}

/** A world as scripts hand it over, or undefined for a preset's name. */
export function ownOf(where: unknown): OpenedWorld | undefined {
  if (isOwnWorld(where)) return where as OpenedWorld
  if (isForeignWorld(where)) {
    checkDefinition(where.definition)
    return foreign(where as object)
  }
  return undefined
}

/** Worlds of another copy of the package, made anew once. */
const foreigners = new WeakMap<object, DefinedWorld>()
function foreign(where: object & { definition?: unknown; record?: unknown }): DefinedWorld {
  const known = foreigners.get(where)
  if (known !== undefined) return known
  const { kind, source, sha256 } = where.record as NonNullable<Spec['world']>
  const made = new DefinedWorld(where.definition as ConstructorParameters<typeof DefinedWorld>[0], { kind, source, sha256 })
  foreigners.set(where, made)
  return made
}
