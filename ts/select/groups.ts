/** Near-duplicate tasks: they share a score and are chosen together. */
import { XmrlError } from '../errors.js'

/** `[N]` every value replaced by the mean of its group. Weights on the simplex stay on it. */
export function sharedWithin(values: readonly number[], groups: readonly number[]): number[] {
  if (values.length !== groups.length)
    throw new XmrlError('ERR_SHAPE', `${values.length} values of tasks in ${groups.length} groups' places`)
  const sums = new Map<number, { sum: number; count: number }>()
  for (const [task, group] of groups.entries()) {
    const entry = sums.get(group) ?? { sum: 0, count: 0 }
    sums.set(group, { sum: entry.sum + values[task], count: entry.count + 1 })
  }
  return groups.map((group) => {
    const { sum, count } = sums.get(group) as { sum: number; count: number }
    return sum / count
  })
}

/** The tasks of the groups that `ids` are in; `ids` themselves without groups. */
export function wholeGroups(ids: readonly number[], groups: readonly number[] | undefined): number[] {
  if (groups === undefined) return [...ids]
  const chosen = new Set<number>()
  for (const id of ids) {
    if (chosen.size >= ids.length) break
    for (const [task, group] of groups.entries()) if (group === groups[id]) chosen.add(task)
  }
  return [...chosen]
}
