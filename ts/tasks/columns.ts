/** Which column of a file holds which number of a task. */
import { shown } from '../csv/index.js'
import { XmrlError } from '../errors.js'
import { nearestName } from '../spelling.js'

/** The column that marks tasks as rare in training. */
const RARE = 'rare'

/** Where a task's numbers stand in a row of a file, and its mark. */
export interface Columns {
  /** `[K]` */
  readonly numbers: readonly number[]
  readonly rare: number | undefined
}

/** A name as people type it: `goal x (m)`, `Goal X` and `goal_x` are one. */
const loosely = (name: string) =>
  name
    .toLowerCase()
    .replace(/\([^)]*\)\s*$/, '')
    .replace(/[\s_\-.]+/g, ' ')
    .trim()

/**
 * Finds the columns of a task's numbers by their names, whose units may be left out.
 * @param where the file and line of the header, for messages
 * @throws XmrlError `ERR_TASK` naming a column that is missing, there twice, or unknown, and the nearest name
 */
export function columnsOf(header: readonly string[], names: readonly string[], where: string): Columns {
  const fail = (text: string): never => {
    throw new XmrlError('ERR_TASK', `${where}: ${text}`)
  }
  const known = [...names, RARE]
  // A name that is another's without its unit must be written out.
  const alike = (name: string) => known.filter((other) => loosely(other) === loosely(name)).length > 1
  const meant = header.map(
    (title) => known.find((name) => name === title) ?? known.find((name) => loosely(name) === loosely(title) && !alike(name))
  )
  const strange = meant.indexOf(undefined)
  if (strange >= 0) {
    const title = header[strange]
    if (title === '') fail(`column ${strange + 1} has no name; leave it out (pandas: to_csv(index=False)), or name it; ${named(names)}`)
    const left = known.filter((name) => !meant.includes(name))
    const near = nearestName(loosely(title), left.map(loosely))
    const name = near === undefined ? undefined : left[left.map(loosely).indexOf(near)]
    fail(`unknown column "${shown(title)}"${name === undefined ? '' : `; did you mean "${name}"?`}; ${named(names)}`)
  }
  const twice = meant.findIndex((name, at) => meant.indexOf(name) < at)
  if (twice >= 0) fail(`column ${twice + 1} is "${meant[twice]}" again; leave one of them out`)
  const missing = names.find((name) => !meant.includes(name))
  if (missing !== undefined) fail(`no column "${missing}"; ${named(names)}`)
  const rare = meant.indexOf(RARE)
  return { numbers: names.map((name) => meant.indexOf(name)), rare: rare < 0 ? undefined : rare }
}

const named = (names: readonly string[]) => `a task has ${names.map((name) => `"${name}"`).join(', ')}, and may have "${RARE}"`

/** What a cell of the column `rare` says; undefined where it says neither. */
export function markOf(text: string): boolean | undefined {
  if (/^(1|true|yes|y|rare)$/i.test(text)) return true
  return /^(0|false|no|n|)$/i.test(text) ? false : undefined
}
