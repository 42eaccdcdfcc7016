/** Draws that TypeScript makes, and how far two rankings agree: what arms and choices are computed with. Pure functions. */
export { type Draws, draws, normalOf, PURPOSE, philox4x32, sampleWithoutReplacement, uniformOf, weightedIndex } from './random.js'
export { type Estimate, estimate, mean, pearson, ranks, spearman, topIds, topOverlap } from './ranks.js'
