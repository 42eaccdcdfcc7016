import { existsSync, readFileSync } from 'node:fs'
import test from 'ava'
// @ts-expect-error a script, without types
import { studies } from '../../scripts/studies/list.mjs'
import { applyOverrides, defineExperiment, type Preset } from '../../ts/spec/index.js'

const file = (name: string) => new URL(`../../docs/results/${name}.json`, import.meta.url)
/** Values of an option that may be given several times. */
const values = (args: string[], option: string) => args.filter((_, i) => args[i - 1] === option)

test('every study flies the experiment that its committed record was made of, whatever presets have become', (t) => {
  let held = 0
  for (const [name, { args }] of Object.entries(studies as Record<string, { args: string[] }>)) {
    const { spec, hash } = defineExperiment(applyOverrides({ environment: args[0] as Preset }, values(args, '--set')))
    t.true(spec.environment === args[0] && values(args, '--seeds').length === 1, name)
    if (!existsSync(file(name))) continue
    const record = JSON.parse(readFileSync(file(name), 'utf8')) as { specHash: string; seeds: { arms: object }[] }
    t.is(hash, record.specHash, `${name}: pin the key that changed under --set in scripts/studies/list.mjs`)
    const [arms] = values(args, '--arms')
    t.deepEqual(Object.keys(record.seeds[0].arms).sort(), arms.split(',').sort(), name)
    held++
  }
  t.true(held >= 12)
})
