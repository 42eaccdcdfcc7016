/** `xmrl spec`: what a preset or a spec file comes to, as YAML that explains itself, and the schema that editors check one by. */
import { XmrlError } from '../errors.js'
import { readPrices, withPrices } from '../market/index.js'
import { initialWeights, packageVersion, whatIs } from '../run/index.js'
import { commentedSpec, defineExperiment, POOL_KEYS, poolSource, specJsonSchema } from '../spec/index.js'
import { checkTasks, withTasks } from '../tasks/index.js'
import { opened } from './run.js'

/** The schema of specifications, from a project that has the package. */
const SCHEMA = 'node_modules/xmrl/dist/specification.schema.json'

/** The line by which editors find it. */
export const SCHEMA_LINE = `# yaml-language-server: $schema=./${SCHEMA}`

interface SpecFlags {
  set: string[]
  schema: boolean
  json: boolean
}

/**
 * Prints the resolved specification; reading it gives the same experiment, with the same hash, which is the one of its runs.
 * Errors: those of the specification, and of the files that it names (`ERR_SPEC_INVALID`, `ERR_TASK`, `ERR_PRICES`).
 */
export async function spec(target: string | undefined, { set, schema, json }: SpecFlags): Promise<void> {
  if (schema) {
    if (target !== undefined || set.length > 0) throw new XmrlError('ERR_USAGE', '--schema is of every specification: give it alone')
    process.stdout.write(`${JSON.stringify(specJsonSchema(), null, 2)}\n`)
    return
  }
  if (target === undefined) throw new XmrlError('ERR_USAGE', 'name a preset or a spec file (or give --schema)')
  // The files that it names are read as a run reads them: the hash is of what they hold.
  const { spec, hash } = withTasks(withPrices(defineExperiment((await opened(target, { set })).spec)))
  if (POOL_KEYS.some((key) => poolSource(spec.tasks[key]).from === 'file')) checkTasks(spec, readPrices(spec.environment, spec.market))
  const { initial, initialFrom } = spec.train
  if (initial !== null) initialWeights(initial, initialFrom)
  if (json) {
    process.stdout.write(`${JSON.stringify({ hash, spec })}\n`)
    return
  }
  const lines = [
    ...(whatIs(SCHEMA) === 'file' ? [SCHEMA_LINE] : []),
    `# ${target === '-' ? 'Standard input' : target}, every key at the value that is used (xmrl ${packageVersion()}).`,
    '# A spec file needs only the keys that differ from its preset. In brackets: what a key may be.',
    `# Hash, by which records name the experiment: ${hash}`,
    ''
  ]
  process.stdout.write(`${lines.join('\n')}\n${commentedSpec(spec)}`)
}
