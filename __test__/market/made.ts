/** Made-up prices in a file. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file of some weekdays and three names; `by` moves the prices. */
export function priceFile(path: string, by = 1, days = 2000): string {
  const day = (t: number) => new Date(Date.UTC(2001, 0, 1 + 7 * Math.floor(t / 5) + (t % 5))).toISOString().slice(0, 10)
  const price = (t: number, i: number) =>
    (by * (20 + 10 * i) * Math.exp(0.2 * Math.sin(t / (50 + 20 * i)) + 0.02 * Math.sin(t * (1.7 + i)))).toFixed(4)
  const rows = Array.from({ length: days }, (_, t) => `${day(t)},${price(t, 0)},${price(t, 1)},${price(t, 2)}`)
  const name = join(path, `prices-${by}.csv`)
  writeFileSync(name, `date,AAA,BBB,CCC\n${rows.join('\n')}\n`)
  return name
}
