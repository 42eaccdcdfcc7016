/** Files of policies that a user names: tensors and layouts in, both out. The disk itself is `ts/run`'s. */
import { XmrlError } from '../errors.js'
import { readBytes, whatIs, writeFileAtomic } from '../run/index.js'
import type { Spec } from '../spec/index.js'
import { exportPolicy } from './export.js'
import { type FoundLayout, findLayout, type LayoutHints } from './find.js'
import { type Imported, importPolicy } from './import.js'
import { type Layout, parseLayout } from './layout.js'
import { decodeTensors, type Tensors } from './safetensors.js'

/** Reads the tensors of a safetensors file; see `decodeTensors`. Errors: `ERR_SPEC_INVALID` (no such file) and its. */
export function readTensors(file: string): Tensors {
  return decodeTensors(readBytes('weights', file), file)
}

/** Reads a layout file. Errors: `ERR_SPEC_INVALID` naming file and key. */
export function readLayout(file: string): Layout {
  return parseLayout(Buffer.from(readBytes('--layout', file)).toString('utf8'), file)
}

/** How a file of tensors is to be read. */
export interface Reading {
  layout?: string | Layout
  hints?: LayoutHints
}

/**
 * The layout of a file of tensors: the one given, else the file `<file>.layout.json` beside it, else what the tensors' names say (which
 * hints always ask for).
 * Errors: `ERR_USAGE` (a layout and hints), those of `readLayout` and `findLayout`.
 */
export function layoutOf(file: string, tensors: Tensors, spec: Spec, { layout, hints }: Reading): FoundLayout {
  if (layout !== undefined && hints !== undefined)
    throw new XmrlError('ERR_USAGE', 'hints: a layout says everything about the tensors; give one of the two')
  const where = layout ?? (hints === undefined && whatIs(layoutBeside(file)) === 'file' ? layoutBeside(file) : undefined)
  if (where === undefined) return naming(file, () => findLayout(tensors, spec, hints))
  const read = typeof where === 'string' ? readLayout(where) : parseLayout(JSON.stringify(where), 'layout')
  return { layout: read, program: 'a layout', notes: [] }
}

/** The weights of a file of tensors; see {@link importPolicy}, whose errors name the file as well. */
export function weightsOf(file: string, tensors: Tensors, layout: Layout, spec: Spec): Imported {
  return naming(file, () => importPolicy(tensors, layout, spec))
}

/** What `work` gives; its errors say first of which file they are. */
function naming<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof XmrlError) || error.message.startsWith(`${file}: `)) throw error
    throw new XmrlError(error.code, `${file}: ${error.message}`, { cause: error })
  }
}

/** Where the layout of a file of tensors lies, unless somebody says otherwise. */
const layoutBeside = (file: string) => `${file.replace(/\.safetensors$/, '')}.layout.json`

/**
 * Writes a checkpoint of ours as a file of named tensors, with its layout beside it.
 * @returns both paths
 * @throws XmrlError `ERR_SHAPE` where the weights are not those of the specification's policy, `ERR_OUTPUT`
 */
export function writePolicy(file: string, weights: Uint8Array, spec: Spec): { file: string; layout: string } {
  const written = exportPolicy(weights, spec)
  const path = writeFileAtomic(file, written.file)
  return { file: path, layout: writeFileAtomic(layoutBeside(path), `${JSON.stringify(written.layout, null, 2)}\n`) }
}
