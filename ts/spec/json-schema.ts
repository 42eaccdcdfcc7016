/** The specification as JSON Schema: what editors complete and check by, and what pages that list its keys are made of. */
import { z } from 'zod'
import { ARMS } from '../arms/index.js'
import { presetNames } from './registry.js'
import { specSchema } from './schema.js'
import { ARM_NAME } from './variants.js'

/** A JSON Schema, as far as a specification needs it. */
export interface JsonSchema {
  $schema?: string
  title?: string
  description?: string
  type?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  pattern?: string
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  minItems?: number
  maxItems?: number
  items?: JsonSchema
  anyOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  patternProperties?: Record<string, JsonSchema>
  propertyNames?: JsonSchema
  additionalProperties?: boolean | JsonSchema
  required?: string[]
}

/**
 * JSON Schema (draft 2020-12) of the written specification: every key with its description, default and bounds. It knows the names of
 * presets and arms, and that keys which begin with `x-` are for anchors; rules between keys are `defineExperiment`'s alone.
 */
export function specJsonSchema(): Record<string, unknown> {
  return { ...written() }
}

/** The same, typed. */
export function written(): JsonSchema {
  const schema = z.toJSONSchema(specSchema, { io: 'input' }) as JsonSchema
  const { environment, retrain } = schema.properties ?? {}
  Object.assign(environment, {
    title: "a name that xmrl envs lists, or where a world of one's own is",
    anyOf: [{ enum: presetNames }, { type: 'string', pattern: '^(\\.{0,2}|~)/|\\.[cm]?[jt]s$|^gymnasium:|^@[^/]+/' }]
  })
  const { arms, define } = retrain.properties ?? {}
  // Names of its own are a specification's to choose, so that an editor can but offer the built-in ones.
  arms.items = { title: 'names of arms', anyOf: [{ enum: [...ARMS] }, { type: 'string', pattern: ARM_NAME.source }] }
  define.propertyNames = { type: 'string', pattern: ARM_NAME.source }
  return { title: 'XMRL specification', ...schema, patternProperties: { '^x-': {} } }
}
