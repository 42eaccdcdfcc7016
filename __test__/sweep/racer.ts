/** One of several processes that begin and publish the same units; prints `<unit> <attempt>` of those that it published. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { writeAtomic } from '../../ts/run/atomic.js'
import { UnitFolder } from '../../ts/run/unit.js'

const [path, count, racers] = process.argv.slice(2)
// All at once.
writeFileSync(join(path, `ready-${process.pid}`), '')
while (readdirSync(path).filter((name) => name.startsWith('ready-')).length < Number(racers)) await pause(1)
for (let number = 0; number < Number(count); number++) {
  const attempt = new UnitFolder(join(path, `unit-${number}`)).begin({ most: 1000 })
  if (attempt === undefined) continue
  try {
    // As everything in a run directory is written: a file that is written in place may be another attempt's by then.
    writeAtomic(join(attempt.path, 'by'), String(attempt.number))
    await pause(number % 3)
  } catch {
    // Taken over meanwhile.
  }
  if (attempt.publish()) process.stdout.write(`unit-${number} ${attempt.number}\n`)
}
