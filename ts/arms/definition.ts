/** What an arm of a comparison is: which training tasks it favours, how it mixes, what is charged to it, and how it is shown. */

/**
 * How an arm chooses the training tasks it favours.
 * `none`: no task; every task alike. `all`: no task, but every one is mixed. `explained`: the critical tasks. `rare`: those
 * the task law calls rare. `random`, `nearest`, `hardest`: as many as are critical, drawn by lot, nearest to the poor tasks,
 * with the lowest score of theta_0. `matched`: weights that bring the training tasks' rows nearest to the evaluation pool's
 * (kernel mean matching). `influence`: weights from the hypergradient of the evaluation pool's mean return. `given`: tasks or weights
 * that the specification holds.
 */
export type Choice = 'none' | 'all' | 'explained' | 'rare' | 'random' | 'nearest' | 'hardest' | 'matched' | 'influence' | 'given'

/** A law of tasks that an arm learns as it goes; every place of its meta-batches is drawn from it. See `samplers/`. */
export type Sampled = 'roml' | 'minimax' | 'plr'

/** What is charged to an arm: the steps of explaining, of learning the mixing law, of choosing for itself. */
export type Charge = 'explain' | 'augment' | 'choice'

/** Law of the mixing coefficient: the one that augmentation learned, U(0,1), or Beta(a, a). */
export type ArmLaw = 'learned' | 'uniform' | { beta: number }

/** A share of a meta-batch or of episodes; `natural` = number of favoured tasks / N. */
export type Share = number | 'natural'

/**
 * What an arm is for in a comparison.
 * `method`: what the run is about. `part`: the method with a part left out. `reference`: training goes on as before; every arm is
 * held against it. `null`: the reference again, which says what nothing gives. `baseline`: another way to repair. `control`: as many
 * tasks, chosen without the explanation. `ceiling`: it knows what no method can know.
 */
export type Role = 'method' | 'part' | 'reference' | 'null' | 'baseline' | 'control' | 'ceiling'

/** How an arm is drawn: a colour of the palette, and the dashes of its line. */
export interface ArmLook {
  colour: 'critical' | 'ink' | 'muted' | 'better' | 'poor' | 'rareInk' | 'rival'
  /** Empty: a whole line. */
  dash: readonly number[]
}

/** What an arm does. What is left out comes from `retrain`. */
export interface ArmConduct {
  /** One line for tables and the report. */
  description: string
  /** Key of its random numbers; part of the random-number contract. */
  stream: number
  choose: Choice
  /** N_cri as a share of the training pool; absent: as many as the explanation found critical. */
  criticalFraction?: number
  /** Share of the meta-batch that favoured tasks get. */
  criticalShare?: Share
  /** Share of a mixed task's query episodes that start at mixed states. */
  mixedShare?: number
  /** Most steps of a mixed episode. */
  mixedHorizon?: number
  law: ArmLaw
  charged: readonly Charge[]
  /** Its meta-batches are drawn by a sampler that learns from them, in place of a plan. */
  sampler?: Sampled
  /** Its objective is the worst share of each meta-batch, `retrain.cvar`. */
  tail?: boolean
  /** Train a Gaussian over the meta-parameters with the penalty of `retrain.mr`. */
  regularise?: { weight?: number }
  /** Times the arm explains: the others at its own weights, after equal shares of its budget. */
  rounds?: number
  /** Trust region of its meta-steps. */
  maxKl?: number
  /** Whether its share of favoured tasks is steered by an audit. @default 'fixed' */
  dose?: 'audited' | 'fixed'
  /** Whether an arm that mixes tries at first what mixed episodes are worth to it, by an audit. @default 'fixed' */
  lever?: 'audited' | 'fixed'
  /** Whether an arm of explained tasks begins with a weighted Reptile step. @default 'audited' */
  reptileStep?: 'audited' | 'none'
  /** Whether it goes on as the reference does where the explanation singles nothing out. @default 'heeded' */
  verdict?: 'heeded' | 'ignored'
}

/** A built-in arm, whole: adding one is one more of these in `built-in.ts`. */
export interface ArmDefinition extends ArmConduct {
  /** Its name in tables and legends. */
  label: string
  look: ArmLook
  role: Role
  /** The question that the method minus this arm answers; absent: it is compared with the reference alone. */
  comparedFor?: string
}
