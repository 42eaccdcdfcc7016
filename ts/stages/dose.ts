/** The share of the meta-batch that favoured tasks get, steered by an audit: raised while the other tasks hold, lowered when they fall. */
import { z } from 'zod'
import type { ArmRecord } from '../records/index.js'
import type { Spec } from '../spec/index.js'
import { type Audit, type Audited, fell } from './audit.js'
import type { Steered, Steering } from './loop.js'

type Dose = NonNullable<ArmRecord['dose']>

/** Settings of the steering. */
type Settings = NonNullable<Spec['retrain']['dose']>

/** What a steered dose goes on with. */
const state = z.object({ audits: z.custom<Dose['audits']>(Array.isArray), first: z.array(z.number()), envSteps: z.number() })

/** A dose that is steered, with what it came to. */
export interface SteeredDose extends Steering {
  /** The share at which the next meta-batch is drawn. */
  share(): number
  record(): Dose
}

/**
 * The share after an audit: `share + step` while the other tasks' mean change since theta_0 is not below zero by more than `tolerance`
 * standard errors, else `share − step`; within `low` and `high`.
 */
function nextShare(share: number, audited: Pick<Audited, 'change' | 'standardError'>, settings: Settings): number {
  const { step, low, high, tolerance } = settings
  return Math.min(high, Math.max(low, share + (fell(audited, tolerance) ? -step : step)))
}

/** Steers from `start`, by an audit before the first iteration and after every `every`. */
export function steeredDose(audit: Audit, start: number, settings: Settings): SteeredDose {
  let audits: Dose['audits'] = []
  let envSteps = 0
  const share = () => audits.at(-1)?.share ?? start

  async function look(iteration: number): Promise<Steered> {
    const { envSteps: flown, ...found } = await audit.score()
    envSteps += flown
    const next = iteration === 0 ? start : nextShare(share(), found, settings)
    audits.push({ iteration, envSteps, ...found, share: next })
    return { envSteps: flown, metrics: { audit: { ...found, share: next } } }
  }

  return {
    share,
    record: () => ({ poor: audit.poor, other: audit.other, audits, envSteps }),
    state: () => ({ audits, first: audit.first, envSteps }),
    restore: (saved) => {
      const found = state.parse(saved)
      ;({ audits, envSteps } = found)
      audit.first = found.first
    },
    before: () => look(0),
    after: async (iteration) => (iteration % settings.every === 0 ? await look(iteration) : { envSteps: 0, metrics: {} })
  }
}
