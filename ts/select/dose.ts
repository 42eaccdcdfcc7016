/** How the share of favoured tasks was steered while an arm retrained. */
import type { ArmRecord, DoseRow, DoseSummary } from '../records/index.js'
import { mean } from '../statistics/index.js'

/** The part of an arm's record that is read here. */
export type Steered = Pick<ArmRecord, 'dose' | 'iterations' | 'curve'>

/** An audit, and where the arm stood. */
export type PlacedAudit = NonNullable<ArmRecord['dose']>['audits'][number] & {
  /** Environment steps that the arm had spent. */
  at: number
}

/** Audits with the steps that the arm had spent by their iteration; those that an audit itself counts are its own. */
export function placedAudits({ dose, curve }: Steered): PlacedAudit[] {
  return (dose?.audits ?? []).map((audit) => ({ ...audit, at: curve[audit.iteration - 1]?.envSteps ?? 0 }))
}

/** Where the share of favoured tasks turned. */
export interface DoseTurns {
  /** The audits whose share was flown: the share that the last iteration leaves, no meta-batch had. */
  flown: PlacedAudit[]
  /** The first share and the last that were flown. */
  first: number
  last: number
  /** Audits after which the share was less than before, and more. */
  lowered: PlacedAudit[]
  raised: PlacedAudit[]
}

/** Turns of the shares that were flown; undefined without an audit. */
export function doseTurns(record: Steered): DoseTurns | undefined {
  const flown = placedAudits(record).filter((audit, i) => i === 0 || audit.iteration < record.iterations)
  if (flown.length === 0) return undefined
  const shares = flown.map(({ share }) => share)
  const turned = (sign: number) => flown.filter(({ share }, i) => i > 0 && Math.sign(share - shares[i - 1]) === sign)
  return { flown, first: shares[0], last: shares[shares.length - 1], lowered: turned(-1), raised: turned(1) }
}

/** What steering came to, in short; undefined of an arm whose share was fixed. */
export function doseSummary(record: Steered): DoseSummary | undefined {
  const turns = doseTurns(record)
  if (turns === undefined || record.dose === undefined) return undefined
  const [lowered] = turns.lowered
  return {
    first: turns.first,
    last: turns.last,
    steps: record.dose.envSteps,
    ...(lowered === undefined ? {} : { loweredAt: lowered.at })
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
