// Files that are cut at every byte: the lines of metrics and of the clock, records, manifests, checkpoints, a unit's journal.
import { cpSync, existsSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { inFolder } from './places.mjs'
import { product } from './product.mjs'
import { leftovers, smallOutcome, smallRun, smallUnit } from './small.mjs'

const { XmrlError } = await product('errors')
const { loadRun } = await product('run/index')
const { readJournal } = await product('run/journal')

/** Files of a run of which nothing may be missing, besides its event files. */
const WHOLE = [
  'resolved.json',
  'manifest.json',
  'seed-0/results/poor.json',
  'seed-0/checkpoints/train-5/MANIFEST.json',
  'seed-0/checkpoints/train-5/weights.safetensors'
]

export const about = 'files are cut at every byte'

export const options = { step: { whole: 1, small: 41 } }

/** Cuts all of them; `step` leaves bytes out. */
export async function tried({ step }, { say, fault }) {
  return await inFolder(async (place) => {
    const good = join(place, 'good')
    smallRun(good)
    const whole = smallOutcome(good)
    const spoilt = join(place, 'spoilt')
    const cuts = {}
    /** Every length of a file of a run that is shorter than the file. */
    const each = async (name, look) => {
      const bytes = readFileSync(join(good, name))
      cuts[name] = 0
      for (let length = 0; length < bytes.length; length += step) {
        rmSync(spoilt, { recursive: true, force: true })
        cpSync(good, spoilt, { recursive: true })
        truncateSync(join(spoilt, name), length)
        cuts[name]++
        await look(bytes, length, (text) => fault(`${name} cut to ${length} of ${bytes.length} bytes: ${text}`))
      }
    }
    await each('seed-0/metrics.jsonl', (bytes, length, told) => metrics(spoilt, bytes, length, told))
    await each('seed-0/timing.jsonl', (_, __, told) => {
      smallRun(spoilt)
      const left = leftovers(spoilt)
      if (left.length > 0) told(`left behind: ${left.join(', ')}`)
      if (smallOutcome(spoilt) !== whole) told('the outcome differs')
    })
    for (const name of WHOLE) await each(name, (_, __, told) => refusedOrWhole(spoilt, name, whole, told))
    cuts.journal = journal(place, step, fault)
    say(`cut: ${JSON.stringify(cuts)}`)
    return { cuts }
  })
}

/** Metrics are read up to the last whole line, which is said; nobody goes on with lines that a commit counts on and that are gone. */
async function metrics(spoilt, bytes, length, told) {
  const lines = bytes.toString('utf8', 0, length).split('\n')
  const torn = Buffer.byteLength(lines.pop())
  const [seed] = (await loadRun(spoilt)).seeds
  const found = seed.metrics.map((line) => JSON.stringify(line)).join()
  if (found !== lines.join()) told(`read as ${found}`)
  const said = seed.notices.some((text) => text.includes('metrics.jsonl') && text.includes(` ${torn} bytes`))
  if (said !== torn > 0) told(`said: ${seed.notices}`)
  refused(() => smallRun(spoilt), 'metrics.jsonl', told)
}

/** Either a typed error with the file's name, or the outcome of a run whose file was whole. */
async function refusedOrWhole(spoilt, name, whole, told) {
  const file = name.split('/').at(-1)
  try {
    await loadRun(spoilt)
  } catch (error) {
    typed(error, file, told)
  }
  try {
    smallRun(spoilt)
  } catch (error) {
    return typed(error, file, told)
  }
  if (smallOutcome(spoilt) !== whole) told('the outcome differs')
}

/** Entries of a unit's journal: written once, so one that is cut is refused by name. */
function journal(place, step, fault) {
  const unit = join(place, 'unit')
  smallUnit(unit)
  let cuts = 0
  for (const entry of ['0001.json', '0002.json']) {
    const file = join(unit, 'journal', entry)
    if (!existsSync(file)) return fault(`${entry} of the journal is not there`)
    const bytes = readFileSync(file)
    // All but the last byte, which ends the line.
    for (let length = bytes.length - 2; length >= 0; length -= step) {
      truncateSync(file, length)
      cuts++
      refused(
        () => readJournal(join(unit, 'journal')),
        entry,
        (text) => fault(`journal/${entry} cut to ${length}: ${text}`)
      )
    }
    rmSync(join(unit), { recursive: true })
    smallUnit(unit)
  }
  return cuts
}

function refused(work, name, told) {
  try {
    work()
    told('it was gone on with')
  } catch (error) {
    typed(error, name, told)
  }
}

function typed(error, name, told) {
  if (!(error instanceof XmrlError)) return told(`an untyped error: ${error.stack}`)
  if (!error.message.includes(name)) told(`names no ${name}: ${error.message}`)
}
