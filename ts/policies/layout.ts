/** The small JSON that says what is in a file of another program's weights. */
import { z } from 'zod'
import { XmrlError } from '../errors.js'
import { parseJson } from './json.js'

/** The name of a tensor, or the numbers themselves. */
const named = z.union([z.string(), z.array(z.number()).min(1), z.number()], { error: "expected a tensor's name or numbers" })

/** What a layout file says. */
const layoutSchema = z.strictObject({
  /** Affine layers in order of evaluation; a bias of null is 0. */
  layers: z.array(z.strictObject({ weight: z.string(), bias: z.string().nullable() })).min(1),
  /** `out-in`: weights are [outputs, inputs] (PyTorch). `in-out`: [inputs, outputs] (JAX, Keras). */
  orientation: z.enum(['out-in', 'in-out']),
  /** Of the hidden layers; the last layer is linear. */
  activation: z.enum(['tanh', 'relu']),
  /** Log standard deviations of the actions: one, or one an action. */
  logStd: named,
  /** Inner rates, one a layer and one for the log standard deviations, where they were learned. */
  logRates: named.optional(),
  /** Observations are standardised before the first layer: (o - mean) / (std + epsilon), or / sqrt(variance + epsilon). */
  observation: z
    .union([
      z.strictObject({ mean: named, std: named, epsilon: z.number().nonnegative().default(0) }),
      z.strictObject({ mean: named, variance: named, epsilon: z.number().nonnegative().default(0) })
    ])
    .optional()
})
/** Where the parts of a policy lie in a file of tensors. */
export type Layout = z.output<typeof layoutSchema>

/**
 * The layout that a text says.
 * @param file what errors call it
 * @throws XmrlError `ERR_SPEC_INVALID` naming file and key
 */
export function parseLayout(text: string, file: string): Layout {
  let value: unknown
  try {
    value = parseJson(text)
  } catch (cause) {
    throw new XmrlError('ERR_SPEC_INVALID', `${file}: it is not JSON (${(cause as Error).message})`, { cause })
  }
  const result = layoutSchema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const key = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path
  const wrong = issue.code === 'unrecognized_keys' ? 'unknown key' : issue.message.replace(/^Invalid input: /, '')
  throw new XmrlError('ERR_SPEC_INVALID', `${file}: ${key.join('.') || 'layout'}: ${wrong}`, { cause: result.error })
}

/** `[columns, rows]` of a matrix `[rows, columns]`: a weight in the other orientation. */
export function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: values.length }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)])
}
