/** Files of policies that a user names. */
import { decodeTensors, type Layout, parseLayout, type Tensors } from '../policies/index.js'
import { readBytes } from './files.js'

/** Reads the tensors of a safetensors file; see `decodeTensors`. Errors: `ERR_SPEC_INVALID` (no such file) and its. */
export function readTensors(file: string): Tensors {
  return decodeTensors(readBytes('weights', file), file)
}

/** Reads a layout file. Errors: `ERR_SPEC_INVALID` naming file and key. */
export function readLayout(file: string): Layout {
  return parseLayout(Buffer.from(readBytes('--layout', file)).toString('utf8'), file)
}
