/** How the share of favoured tasks was steered while an arm retrained. */
import type { ArmRecord, DoseRow, DoseSummary } from '../records/index.js'
import { mean } from '../statistics/index.js'

type Dose = NonNullable<ArmRecord['dose']>
type Audit = Dose['audits'][number]

/**
 * The audits whose share was flown: what follows the last iteration sets a share that no meta-batch had. All of them where the number of
 * iterations is not known, and the first in any case.
 */
export function flownAudits({ audits }: Pick<Dose, 'audits'>, iterations = Number.POSITIVE_INFINITY): Audit[] {
  return audits.filter((audit, i) => i === 0 || audit.iteration < iterations)
}

/** Where the share of favoured tasks turned. */
export interface DoseTurns {
  first: number
  last: number
  /** Greatest share that was flown, and the least. */
  most: number
  least: number
  /** Audits after which the share was less than before, and more. */
  lowered: Audit[]
  raised: Audit[]
}

/** Turns of the shares that were flown; undefined without an audit. */
export function doseTurns(dose: Pick<Dose, 'audits'>, iterations?: number): DoseTurns | undefined {
  const flown = flownAudits(dose, iterations)
  if (flown.length === 0) return undefined
  const shares = flown.map(({ share }) => share)
  const turned = (sign: number) => flown.filter(({ share }, i) => i > 0 && Math.sign(share - shares[i - 1]) === sign)
  return {
    first: shares[0],
    last: shares[shares.length - 1],
    most: Math.max(...shares),
    least: Math.min(...shares),
    lowered: turned(-1),
    raised: turned(1)
  }
}

/** What steering came to, in short. */
export function doseSummary(dose: Pick<Dose, 'audits' | 'envSteps'>, iterations?: number): DoseSummary | undefined {
  const turns = doseTurns(dose, iterations)
  if (turns === undefined) return undefined
  const [lowered] = turns.lowered
  return {
    first: turns.first,
    last: turns.last,
    steps: dose.envSteps,
    ...(lowered === undefined ? {} : { loweredAt: lowered.envSteps })
  }
}

/** Means over the seeds in which an arm was steered; arms that never were are left out. */
export function doseRows(seeds: readonly { doses?: Readonly<Record<string, DoseSummary>> }[], arms: readonly string[]): DoseRow[] {
  return arms.flatMap((arm) => {
    const all = seeds.flatMap(({ doses }) => (doses?.[arm] === undefined ? [] : [doses[arm]]))
    if (all.length === 0) return []
    const lowered = all.flatMap(({ loweredAt }) => (loweredAt === undefined ? [] : [loweredAt]))
    return [
      {
        arm,
        first: mean(all.map((dose) => dose.first)),
        last: mean(all.map((dose) => dose.last)),
        steps: mean(all.map((dose) => dose.steps)),
        ...(lowered.length > 0 ? { loweredAt: Math.min(...lowered) } : {}),
        seeds: all.length,
        lowered: lowered.length
      }
    ]
  })
}
