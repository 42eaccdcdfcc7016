/** `xmrl envs [preset]`. */
import { openWorld } from '../own/index.js'
import { type EnvironmentSpec, isWorldPlace, rareText } from '../spec/index.js'
import { environment, environments } from '../worlds/index.js'

export async function envs(preset: string | undefined, flags: { json: boolean }): Promise<void> {
  const specs = preset === undefined ? environments() : [await described(preset)]
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(preset === undefined ? specs : specs[0], null, 2)}\n`)
    return
  }
  const width = Math.max(...specs.map((spec) => spec.preset.length))
  for (const spec of specs) {
    process.stdout.write(`${spec.preset.padEnd(width)}  ${spec.description}\n`)
    if (preset === undefined) continue
    const { kinds } = spec
    const bound = (name: string, k: number) =>
      name === kinds?.parameter ? `${name} (the number of its kind)` : `${name} in [${spec.taskLow[k]}, ${spec.taskHigh[k]}]`
    const bounds = spec.taskNames.map(bound).join(', ')
    const lines = [
      `observation [${spec.observationSize}], action [${spec.actionSize}] in [${-spec.actionScale}, ${spec.actionScale}], state [${spec.stateSize}]`,
      `query episodes of ${spec.horizon} steps, support episodes of ${spec.supportHorizon}`,
      `task [${spec.taskSize}]: ${bounds}; for example [${spec.defaultTask.join(', ')}]`,
      ...(kinds === undefined ? [] : [`kinds of task: ${kinds.names.map((name, k) => `${k} ${name}`).join(', ')}`]),
      `scored by ${spec.scoredBy}${spec.actionScale === 1 ? '' : `; actions are divided by ${spec.actionScale}, then clipped`}`,
      spec.knowsRareTasks ? 'the task law knows which training tasks are rare' : 'every task is as likely in training as elsewhere',
      `laws of training tasks: ${spec.taskLaws.join(', ')}${spec.rareness === undefined ? '' : `; rare: ${rareText(spec.rareness)}`}`
    ]
    for (const line of lines) process.stdout.write(`  ${line}\n`)
  }
}

/** What a preset is, or a world of one's own. */
const described = async (name: string): Promise<EnvironmentSpec<string>> =>
  isWorldPlace(name) ? (await openWorld(name)).spec : environment(name)
