/** The words of a report: half a sentence where one stands for the first time, a whole one in the list of terms. */
import { type Html, html } from '../drawing/index.js'

/** A word that a stranger to the method may not know. */
export interface Term {
  id: string
  name: string
  /** Finds it in a text. */
  pattern: RegExp
  /** Follows its name and a colon. */
  half: string
  /** What must be known beyond that. */
  more: string
}

const term = (id: string, name: string, pattern: RegExp, half: string, more: string): Term => ({ id, name, pattern, half, more })

/** Every term, in the order in which they build on one another. */
export const TERMS: readonly Term[] = [
  term(
    'task',
    'task',
    /\btasks?\b/i,
    'one problem of a family, given by parameters such as a goal that the policy is not told',
    'It has a number in its pool; the table of tasks lists its parameters.'
  ),
  term(
    'poor',
    'poor task',
    /\bpoor\b/i,
    'one of the tasks that the policy served worst before the repair',
    'Poor tasks are found in two evaluations whose random numbers no later figure uses, so that what follows is not flattered by the choice.'
  ),
  term('other', 'other tasks', /\bother (?:\w+ )?tasks\b|\bothers\b/i, 'those that are not poor', 'They must not pay for the repair.'),
  term(
    'meta-policy',
    'meta-policy',
    /\bmeta-policy\b|\binitial policy\b|theta_0/i,
    'the policy from which every task is adapted to; theta_0 is the one before the repair',
    'Every arm starts from the same one.'
  ),
  term(
    'adaptation',
    'adaptation',
    /\badapt(?:ed|ation|ations|s|ing)?\b/i,
    'the gradient step or steps that fit the policy to a task from a few episodes',
    'Every figure of a task is measured after it, on other episodes, unless it says something else.'
  ),
  term(
    'success',
    'success',
    /\bsuccess\b/i,
    'the share of episodes that reach the goal',
    'It is measured on query episodes: those that the policy did not adapt on.'
  ),
  term(
    'return',
    'return',
    /\breturns?\b/i,
    'the sum of the rewards of an episode',
    'Its unit is that of the environment’s reward; returns of two environments are not to be compared.'
  ),
  term(
    'going-on',
    'MAML, continued MAML',
    /\bMAML\b/,
    'meta-training that just goes on as before, without a repair',
    'What it would have given is the reference: a gain over it is a gain of the repair and not of more training.'
  ),
  term(
    'repair',
    'XMRL',
    /\bXMRL\b/,
    'the repair: training goes on with the training tasks favoured that an explanation finds behind the poor ones',
    'What it spends on explaining and augmenting is taken from its own steps.'
  ),
  term(
    'null',
    'null',
    /\bnulls?\b/i,
    'the same measurement where there is nothing to find, such as MAML run again with other random numbers',
    'What it differs by is what nothing new differs by: a gain that is no larger says nothing.'
  ),
  term(
    'seed',
    'seed',
    /\bseeds?\b/i,
    'one whole run with random numbers of its own',
    'Seeds differ widely: run ten or more before a claim.'
  ),
  term(
    'interval',
    '95 % interval',
    /\bintervals?\b/i,
    'the range that would hold the true value in 95 of 100 repeats',
    'Of twenty intervals of true zeros one leaves 0 out by chance alone: the more figures one looks at, the more of them do.'
  ),
  term(
    'shown',
    'shown, not shown',
    /\bnot shown\b|: shown\b|\bshown over\b/i,
    'the interval leaves 0 out (shown), or holds it, so that chance can explain the difference',
    'Where a probability is judged it is one half instead of 0. “Not shown” does not mean that there is no difference.'
  ),
  term(
    'arm',
    'arm',
    /\barms?\b/i,
    'one way of going on from the same policy with as many environment steps',
    'Arms are compared in pairs, on the same tasks and random numbers.'
  ),
  term(
    'steps',
    'environment steps',
    /\benvironment steps?\b|\bas many steps\b|\bextra steps\b|\bsame steps\b/i,
    'actions taken in the simulator, the cost that is the same for every arm',
    'Steps spent on explaining, augmenting or choosing are charged to the arm that uses them.'
  ),
  term(
    'pool',
    'pool',
    /\bpools?\b/i,
    'a fixed list of tasks: those trained on, those of the evaluation among which poor ones are found, and held-out ones',
    'Both pools together are the evaluation and the held-out one.'
  ),
  term(
    'held-out',
    'held-out',
    /\bheld-out\b/i,
    'kept away from every choice until the end',
    'Poor tasks of the held-out pool are found for the figures alone: no explanation sees them.'
  ),
  term(
    'degraded',
    'degraded',
    /\bdegraded\b/i,
    'an other task that fell by more than the margin named beside it',
    'Beside the share stands by how much these tasks fell on average.'
  ),
  term('training', 'training task', /\btraining tasks?\b/i, 'a task that the policy was meta-trained on', 'Only these can be favoured.'),
  term(
    'explanation',
    'explanation',
    /\bexplanations?\b/i,
    'which training tasks the poor ones depend on, and how much',
    'It is computed from how the policy adapts, never from the parameters of tasks.'
  ),
  term(
    'critical',
    'critical task',
    /\bcritical\b/i,
    'a training task that the explanation singles out',
    'Critical tasks are drawn more often while the repair trains.'
  ),
  term(
    'omega',
    'weight ω',
    /ω/,
    'how much a training task matters for the poor ones; all weights add up to 1',
    'Tasks have weight whose adaptation makes up what the poor ones need; most have none.'
  ),
  term(
    'rare',
    'rare',
    /\brare\b/i,
    'seldom drawn when tasks are made for training',
    'Which tasks are rare is known of a made-up law of tasks; no method but the oracle is told.'
  ),
  term(
    'halves',
    'two halves',
    /\bhalves\b|\bsplit-half\b/i,
    'the explanation made twice, from separate episodes, to see whether it repeats',
    'Where they disagree, nothing can be said of which tasks matter.'
  ),
  term(
    'spearman',
    'rank correlation (Spearman)',
    /\bSpearman\b|\brank correlation\b|\bcorrelation\b/i,
    '1 where two rankings agree, 0 where they have nothing to do with each other',
    'It says nothing of sizes, only of order.'
  ),
  term(
    'spearman-brown',
    'Spearman-Brown',
    /\bSpearman-Brown\b/,
    'what the agreement of two halves says of the whole, which has twice the data',
    'Of a correlation r of halves the whole has 2r / (1 + r).'
  ),
  term(
    'meta-batch',
    'meta-batch',
    /\bmeta-batch(?:es)?\b/i,
    'the tasks of one step of meta-training',
    'Favouring a task means giving it more places in the meta-batch.'
  ),
  term(
    'augmentation',
    'augmentation, mixing',
    /\baugment(?:ed|ing|ation|s)?\b|\bmix(?:ed|ing|es|tures?)?\b/i,
    'episodes of critical tasks that start between two visited states',
    'A start is λ s + (1 − λ) s′ for states s and s′, with λ between 0 and 1 from the mixing law.'
  ),
  term(
    'information',
    'conditional mutual information',
    /\bmutual information\b|\binformation that mixing\b|\bCMI\b/i,
    'what mixed episodes say about the policy’s parameters beyond those without mixing, 0 where nothing',
    'It is measured in nats, 1.44 bits each.'
  ),
  term(
    'foretold',
    'foretold',
    /\bforet(?:old|ells?)\b/i,
    'said by the explanation of a task before a step of retraining was taken',
    'Order and sign are meant: which tasks gain most, which lose.'
  ),
  term(
    'bootstrap',
    'bootstrap',
    /\bbootstrap\b/i,
    'seeds and tasks drawn again many times from those there are, to see how much a figure varies',
    'Paired: an arm and what it is compared with are drawn together.'
  ),
  term(
    'iqm',
    'interquartile mean',
    /\binterquartile means?\b/i,
    'the mean of the middle half of all scores',
    'A few hopeless or perfect tasks do not decide it.'
  ),
  term(
    'improvement',
    'probability of improvement',
    /\bprobability of improvement\b/i,
    'how often a task is served better than by continued MAML, ties counted half',
    'It says how often, not by how much; one half is no difference.'
  )
]

/** What a reader sees of some markup: its text, with the labels of pictures, without those of marks. */
export function textOf(markup: Html): string {
  return markup.text
    .replace(/<title>[^<]*<\/title>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&amp;', '&')
}

/** Collects the terms of a page as it is written, block by block. */
export class Words {
  readonly #met: Term[] = []

  /** Terms that stand in a block for the first time, each with its half sentence; undefined where there are none. */
  of(...blocks: readonly (Html | string | undefined)[]): Html | undefined {
    const text = blocks.map((block) => (block === undefined ? '' : typeof block === 'string' ? block : textOf(block))).join(' ')
    const fresh = TERMS.filter((each) => !this.#met.includes(each) && each.pattern.test(text))
    if (fresh.length === 0) return undefined
    this.#met.push(...fresh)
    const told = fresh.map(({ id, name, half }) => html`<span><b><a href="#term-${id}">${name}</a></b>: ${half}. </span>`)
    return html`<p class="words">${told}</p>`
  }

  /** Every term that was met, a sentence or two each. */
  list(): Html {
    const met = TERMS.filter((each) => this.#met.includes(each))
    return html`<dl class="terms">${met.map(({ id, name, half, more }) => html`<dt id="term-${id}">${name}</dt><dd>${half[0].toUpperCase()}${half.slice(1)}. ${more}</dd>`)}</dl>`
  }
}
