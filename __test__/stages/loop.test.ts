import test from 'ava'
import type { StepStats } from '../../ts/native.js'
import { metricsOf } from '../../ts/stages/loop.js'
import { NOTHING_CROSSED } from './figures.js'

const STATS: StepStats = {
  envSteps: 2400,
  returnBefore: -210,
  returnAfter: -180,
  successAfter: 0.25,
  taskReturns: Float64Array.of(-100, -260),
  taskSuccess: Float64Array.of(0.5, 0),
  taskAdvantages: Float64Array.of(3, 4),
  surrogateGain: 0.1,
  kl: 0.01,
  klUnadapted: 0.02,
  accepted: true,
  backtracks: 1,
  cgResidual: 1e-6,
  gradientNorm: 2,
  meanLogStd: -0.5,
  rates: [0.1],
  redraws: 3,
  infeasible: 5,
  lifted: 2,
  gaveUp: 0,
  cappedSolves: 7,
  seconds: { whole: 1, support: 0.1, query: 0.1, advantages: 0.1, adapt: 0.1, gradient: 0.1, curvature: 0.1, lineSearch: 0.1 },
  transfers: NOTHING_CROSSED
}

test('a metrics line of a body counts capped solves, also when there is none, and has no success', (t) => {
  for (const cappedSolves of [7, 0]) {
    const line = metricsOf({ ...STATS, cappedSolves }, false)
    t.is(line.cappedSolves, cappedSolves)
    t.deepEqual(['successAfter' in line, 'envSteps' in line, 'monitor' in line, 'seconds' in line], [false, false, false, false])
    t.deepEqual(
      Object.keys(line).filter((key) => key.startsWith('task')),
      [],
      'figures by task are for samplers'
    )
  }
})

test('a metrics line of what can succeed says how often it did; it has no solver to count for', (t) => {
  const monitor = { predicted: 1, frozen: 0.5, readapted: 0.25 }
  const line = metricsOf({ ...STATS, monitor }, true)
  t.false('cappedSolves' in line)
  t.like(line, { successAfter: 0.25, returnAfter: -180, infeasible: 5, lifted: 2, monitor })
})
