/** How theta_0 and every arm do on other presets of their environment, without further training. */
import { z } from 'zod'
import { scores, steps } from './basics.js'

/** Scores of one set of weights on both evaluated pools. */
const transferScores = z.strictObject({ evaluation: scores, heldOut: scores })

/** By preset, then by arm (`theta_0` included). */
export const transferPresets = z.record(z.string(), z.record(z.string(), transferScores))
/** Scores on other presets, by preset and arm. */
export type TransferScores = z.output<typeof transferPresets>

/** Scores on other presets, all on the stream of random numbers behind every figure before and after. */
export const transferRecord = z.strictObject({ presets: transferPresets, envSteps: steps })
/** Scores of every arm on other presets, without further training. */
export type TransferRecord = z.output<typeof transferRecord>
