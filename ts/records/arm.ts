/** What a retraining arm spent. */
import { z } from 'zod'
import { heldFinding, id, numbers, steps } from './basics.js'

/** Weights of the training tasks that an arm chose for itself, or was given. */
const choice = z.strictObject({
  by: z.enum(['matching', 'hypergradient', 'given']),
  /** `[N]`, on the simplex. */
  weights: numbers,
  /** What choosing took; of a given choice, what the specification says. */
  envSteps: steps,
  /** Facts of the choice: duality gap, bandwidth, discrepancy with these and with even weights ... */
  info: z.record(z.string(), z.number())
})

/** The weighted Reptile step that a retraining began with: lengths in the order tried, 0 (where it stood) first. */
export const reptileStep = z.strictObject({
  /** The one taken, in units of the explanation's move; 0: none. */
  length: z.number().nonnegative(),
  tried: z.array(
    z.strictObject({
      length: z.number().nonnegative(),
      /** Mean score of the audited poor tasks, and of the audited others. */
      poor: z.number(),
      other: z.number(),
      /** Mean change of the audited others since theta_0, paired by task, and its standard error over tasks. */
      change: z.number(),
      standardError: z.number().nonnegative()
    })
  ),
  /** Steps of its audits, part of `extraSteps`. */
  envSteps: steps
})

/** One look at the arm's tasks while it retrained, at the weights after `iteration`; the first is before the first iteration. */
const audit = z.strictObject({
  iteration: id,
  /** Of this audit and those before it. */
  envSteps: steps,
  /** Mean score of the audited poor tasks, and of the audited others. */
  poor: z.number(),
  other: z.number(),
  /** Mean change of the audited others since theta_0, paired by task, and its standard error over tasks. */
  change: z.number(),
  standardError: z.number().nonnegative(),
  /** Share of the meta-batch that favoured tasks get from here on. */
  share: z.number().min(0).max(1)
})

/** How the share of favoured tasks was steered: raised while the audited other tasks hold, lowered when they fall. */
const dose = z.strictObject({
  /** Ids in the evaluation pool. */
  poor: z.array(id),
  other: z.array(id),
  audits: z.array(audit),
  /** Steps of the audits, which the arm spent from its own budget (part of `extraSteps`). */
  envSteps: steps
})

/** Mean scores of the audited poor tasks, and of the audited others. */
const audited = z.strictObject({ poor: z.number(), other: z.number() })
/** Mean difference over tasks, paired by task, and its standard error over tasks. */
const difference = z.strictObject({ mean: z.number(), standardError: z.number().nonnegative() })

/** Two trials from the same weights, one without mixed query episodes and one with them, and what was chosen by them. */
export const lever = z.strictObject({
  /** Whether the arm goes on with mixed query episodes. */
  mixed: z.boolean(),
  /** Meta-iterations of each trial; those of the chosen one are kept, and are not among the arm's `iterations`. */
  trial: id,
  /** Before the trials, and after each. */
  before: audited,
  without: audited,
  with: audited,
  /** With mixed episodes less without. */
  difference: z.strictObject({ poor: difference, other: difference }),
  /**
   * How far each trial moved the policy along the poor tasks' mean second adaptation step, in parameters; absent where the evaluation of
   * theta_0 measured no second steps.
   */
  foretold: z.strictObject({ without: z.number(), with: z.number() }).optional(),
  /** Steps of both trials and of their audits, part of `extraSteps`. */
  envSteps: steps
})

/** One retraining arm: what it spent and how it went. */
export const armRecord = z.strictObject({
  arm: z.string(),
  seed: id,
  /** Environment steps of its own retraining. */
  extraSteps: steps,
  /** Steps of explaining, augmenting and choosing that are charged to it. */
  chargedSteps: steps,
  iterations: id,
  /** What it was allowed: extraSteps + chargedSteps stays at or just over it. */
  budget: steps,
  /** Favoured training tasks and how often each was drawn (sum 1), of a law that learns how it ended; absent where every task is alike. */
  favoured: z.array(z.strictObject({ task: id, weight: z.number().positive() })).optional(),
  choice: choice.optional(),
  /** The explanation's finding, where it made the arm go on as before instead of favouring anything; absent where the arm did what it is for. */
  held: heldFinding.optional(),
  /** The step before its meta-iterations, of the last round where there are several. */
  reptileStep: reptileStep.optional(),
  lever: lever.optional(),
  dose: dose.optional(),
  curve: z.array(z.strictObject({ envSteps: steps, returnAfter: z.number(), successAfter: z.number().optional() }))
})
/** What an arm did: its batch, its cost, its learning curve. Stored as `arm-<arm>`. */
export type ArmRecord = z.output<typeof armRecord>
