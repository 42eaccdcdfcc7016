/** An option that is given twice: one of its values would be passed over in silence, so it is refused. */
import type { Command } from 'commander'

/** Makes every command refuse an option that is given twice, unless it gathers values or says only yes. */
export function onlyOnce(command: Command): void {
  for (const option of command.options) {
    if (option.isBoolean() || Array.isArray(option.defaultValue)) continue
    let given = false
    command.on(`option:${option.name()}`, () => {
      if (given) command.error(`error: option '${option.flags}' is given twice; give it once`)
      given = true
    })
  }
  for (const inner of command.commands) onlyOnce(inner)
}
