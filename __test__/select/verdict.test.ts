import test from 'ava'
import { judge } from '../../ts/select/index.js'

/** Even weights on the first `some` of ten tasks: as many effective tasks. */
const omega = (some: number) => Array.from({ length: 10 }, (_, task) => (task < some ? 1 / some : 0))
const seen = (some: number, poor: number | undefined, splitHalfSpearman = 0.9) => ({
  omega: omega(some),
  effectiveTasks: some,
  splitHalfSpearman,
  ...(poor === undefined ? {} : { foretold: { evaluation: [poor], heldOut: [], poor, splitHalfSpearman: 0.5 } })
})
const LIMITS = { effectiveShare: 0.2, foretold: 0.8 }
const finding = (...about: Parameters<typeof seen>) => judge(seen(...about), LIMITS, 0.3)?.finding

test('few tasks or a foretold gain are a repair, halves that disagree settle it before', (t) => {
  t.is(finding(2, 0), 'repair', 'as few as asked')
  t.is(finding(3, 0), 'spread')
  t.is(finding(3, 0.8), 'repair', 'as much as asked')
  t.is(finding(3, 0.79), 'spread')
  t.is(finding(3, undefined), 'spread', 'nothing foretold')
  t.is(finding(2, undefined), 'repair')
  t.is(finding(2, 1, 0.29), 'unrepeatable')
  t.is(finding(2, 1, 0.3), 'repair')
})

test('the reason gives the figures and what was asked; no verdict without limits or weights', (t) => {
  t.is(
    judge(seen(3, 0.5), LIMITS, 0.3)?.reason,
    'what the poor tasks lack is spread over as many as 3.0 of 10 training tasks (few enough to favour: 2.0), and favouring them is foretold to help the poor tasks by 0.50 of a usual step of adaptation (enough: 0.8)'
  )
  t.regex(judge(seen(3, 0.5, 0.1), LIMITS, 0.3)?.reason ?? '', /agree only at 0\.10 \(0\.3 is asked\)/)
  t.is(judge(seen(2, 1), null, 0.3), undefined)
  t.is(judge({ omega: omega(2), splitHalfSpearman: 0.9 }, LIMITS, 0.3), undefined, 'scores have no number of effective tasks')
})
