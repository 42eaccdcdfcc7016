/** How an explanation is made. */
import { z } from 'zod'
import { count, positive } from './numbers.js'

/** The `explain` section. */
export const explain = z
  .strictObject({
    solver: z
      .enum(['adaptation', 'implicit', 'gradient'])
      .default('adaptation')
      .describe("`adaptation`: convex weights in adaptation space. `implicit`: the paper's hypergradient. `gradient`: inner products."),
    rho: positive().default(0.05).describe('adaptation: weight of |omega|^2.'),
    flights: count().default(400).describe('adaptation: support flights a task and half.'),
    supportFlights: count().default(400).describe('implicit, gradient: support flights a task and half.'),
    queryFlights: count().default(60).describe('implicit, gradient: query flights a task and half.'),
    damping: positive().default(20).describe('implicit: delta of the lower problem; doubled on negative curvature.'),
    maxIterations: count().default(40).describe('implicit: most CG steps.'),
    tolerance: positive().default(1e-8).describe('implicit: relative residual that ends CG.'),
    criticalFraction: z
      .number()
      .gt(0)
      .lte(1)
      .default(0.2)
      .describe('implicit, gradient, fallback: share of training tasks called critical (N_cri).'),
    minimumReliability: z
      .number()
      .min(-1)
      .max(1)
      .default(0.3)
      .describe('Split-half Spearman below which the nearest tasks are taken instead.'),
    allowUnreliable: z.boolean().default(false).describe('Explain even where poor tasks are not identifiable.')
  })
  .describe('Which training tasks matter most for the poor ones.')
