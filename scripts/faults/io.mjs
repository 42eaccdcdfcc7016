// The disk fails: every operation of a run's once, in every way, and then the run goes on; and the power fails after every operation, with
// everything lost that was not synced.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { layer } from './layer.mjs'
import { inFolder } from './places.mjs'
import { Disk, MODELS } from './power.mjs'
import { product } from './product.mjs'
import { leftovers, smallOutcome, smallRun, smallUnit } from './small.mjs'

const { XmrlError } = await product('errors')
const { loadRun } = await product('run/index')

const KINDS = ['EIO', 'EIO-read', 'ENOSPC', 'short', 'torn']
/** What is worked on, where its run directory is in the end, and what was done before the disk fails. */
const WORKS = {
  run: { work: smallRun, run: (out) => out, before: () => {} },
  'half a run': { work: smallRun, run: (out) => out, before: (out) => smallRun(out, { half: true }) },
  unit: { work: smallUnit, run: (out) => join(out, 'run'), before: () => {} },
  'half a unit': { work: smallUnit, run: (out) => join(out, 'run'), before: (out) => smallUnit(out, { half: true }) }
}

export const about = 'the n-th operation on the disk fails, n = 1, 2, … until a clean pass; and the power fails after each'

export const options = { step: { whole: 1, small: 13 } }

/** Tries all of it; `step` leaves operations out. */
export async function tried({ step }, { say, fault }) {
  return await inFolder(async (place) => {
    smallRun(join(place, 'whole'))
    const whole = smallOutcome(join(place, 'whole'))
    const failed = {}
    const images = {}
    for (const [name, kind] of Object.entries(WORKS)) {
      const told = (text) => fault(`${name}: ${text}`)
      failed[name] = {}
      for (const way of KINDS) failed[name][way] = await failures(place, kind, way, whole, step, told)
      images[name] = powerCuts(place, kind, whole, step, told)
      say(`${name}: failed ${JSON.stringify(failed[name])}, ${images[name]} states after a power cut`)
    }
    return { failed, images }
  })
}

/** Fails one operation after the other until the work passes; returns how many failed. */
async function failures(place, kind, way, whole, step, fault) {
  let failed = 0
  for (let at = 1; ; at += step) {
    const out = join(place, `${way}-${at}`)
    kind.before(out)
    const disk = layer({ under: out, kind: way, at })
    let error
    try {
      kind.work(out)
    } catch (caught) {
      error = caught
    } finally {
      disk.remove()
    }
    const hit = disk.hit()
    const where = `${way} at operation ${at} (${hit})`
    if (hit === undefined) {
      if (error !== undefined) fault(`${way}: the clean pass fails: ${error.stack}`)
      rmSync(out, { recursive: true, force: true })
      return failed
    }
    failed++
    if (error !== undefined) wellSaid(error, place, where, fault)
    if (way === 'short' && error !== undefined) fault(`${where}: a short write is no failure: ${error.message}`)
    // Another run reads what is there, and finds whole records.
    try {
      if (existsSync(join(kind.run(out), 'resolved.json'))) (await loadRun(kind.run(out))).seeds[0].weights()
    } catch (caught) {
      fault(`${where}: what is there cannot be read: ${caught.message}`)
    }
    goesOn(kind, out, whole, where, fault)
  }
}

/** A failure has a type, and names a file. */
function wellSaid(error, place, where, fault) {
  if (!(error instanceof XmrlError)) return fault(`${where}: an untyped error: ${error.stack}`)
  if (!/^ERR_(OUTPUT|RECORD_INVALID|CHECKPOINT_CORRUPT)$/.test(error.code)) fault(`${where}: ${error.code}: ${error.message}`)
  if (!error.message.includes(place)) fault(`${where}: names no file: ${error.message}`)
}

/** Goes on with the work and compares. */
function goesOn(kind, out, whole, where, fault) {
  try {
    kind.work(out)
    if (smallOutcome(kind.run(out)) !== whole) fault(`${where}: the outcome differs`)
    const left = leftovers(out)
    if (left.length > 0) fault(`${where}: left behind: ${left.join(', ')}`)
  } catch (caught) {
    fault(`${where}: going on fails: ${caught.stack}`)
  }
  rmSync(out, { recursive: true, force: true })
}

/** Cuts the power after every operation; returns how many states of the disk were gone on with. */
function powerCuts(place, kind, whole, step, fault) {
  const noted = []
  // The folder that the work's lies in is there, and durable.
  const top = join(place, 'power')
  mkdirSync(top)
  const out = join(top, 'out')
  const disk = layer({ under: top, note: (operation) => noted.push(operation) })
  try {
    kind.before(out)
    kind.work(out, { committed: (path) => noted.push({ call: 'committed', path }) })
  } finally {
    disk.remove()
  }
  let images = 0
  const model = new Disk(top)
  const durable = []
  for (const [n, operation] of noted.entries()) {
    if (operation.call === 'committed') durable.push(operation.path)
    else model.apply(operation)
    if (n % step !== 0) continue
    for (const kept of MODELS) {
      const after = join(place, 'after')
      model.image(kept, after)
      images++
      const where = `power cut after operation ${n + 1} of ${noted.length} (${operation.call} ${operation.path}), ${kept} kept`
      const lost = durable.find((path) => model.has(path) && !existsSync(path.replace(top, after)))
      if (lost !== undefined) fault(`${where}: ${lost} was said to be durable`)
      goesOn(kind, join(after, 'out'), whole, where, fault)
      rmSync(after, { recursive: true, force: true })
    }
  }
  rmSync(top, { recursive: true, force: true })
  return images
}
