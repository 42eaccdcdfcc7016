/** Options whose value would be passed over or misread in silence: one that is given twice, one that is empty. */
import type { Command } from 'commander'

/** Makes every command refuse an option that is empty, or given twice where it takes one value. */
export function strict(command: Command): void {
  for (const option of command.options) {
    if (option.isBoolean()) continue
    const gathers = Array.isArray(option.defaultValue)
    let given = false
    command.on(`option:${option.name()}`, (value: string | null) => {
      if (value?.trim() === '') command.error(`error: option '${option.flags}' is empty; give a value`)
      if (given && !gathers) command.error(`error: option '${option.flags}' is given twice; give it once`)
      given = true
    })
  }
  for (const inner of command.commands) strict(inner)
}
