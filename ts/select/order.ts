/** One order of arms for every table and legend. */

/** Arms in the order of tables; arms that are not named here come after those that are. */
export const ARM_ORDER = [
  'xmrl',
  'omega-only',
  'maml',
  'maml-null',
  'ma',
  'ma-beta-0.2',
  'ma-beta-0.5',
  'ma-beta-2',
  'ma-critical',
  'tw',
  'tw-influence',
  'mr',
  'oracle',
  'random',
  'nearest',
  'hardest'
] as const

/** `names` in the order of {@link ARM_ORDER}, unknown ones last and by name. */
export function inArmOrder(names: readonly string[]): string[] {
  const rank = (name: string) => {
    const at = (ARM_ORDER as readonly string[]).indexOf(name)
    return at < 0 ? ARM_ORDER.length : at
  }
  return [...names].sort((a, b) => rank(a) - rank(b) || (rank(a) < ARM_ORDER.length ? 0 : a < b ? -1 : Number(a > b)))
}
