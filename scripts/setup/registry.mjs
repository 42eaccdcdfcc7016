// ts/spec/registry.json: what every environment is, as the addon says it, so that a specification needs no addon.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from './terminal.mjs'

export const REGISTRY = 'ts/spec/registry.json'

/** @typedef {Record<string, unknown>} Environment */

/**
 * The file's text: one key a line.
 * @param {Environment[]} environments
 */
export function registryText(environments) {
  const entries = environments.map((about) => {
    const lines = Object.entries(about).map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    return `  {\n${lines.join(',\n')}\n  }`
  })
  return `[\n${entries.join(',\n')}\n]\n`
}

/**
 * Writes the registry that an addon holds, where it differs from the file.
 * @param {string} addon its file
 */
export function writeRegistry(addon) {
  const text = registryText(createRequire(import.meta.url)(addon).environments())
  const path = join(root, REGISTRY)
  if (readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
}
