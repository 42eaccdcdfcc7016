/** The experiment of a cell, or of a unit. */
import { defineExperiment, type Experiment, type WrittenSpec } from '../spec/index.js'

/**
 * What a written specification comes to, with whatever must be opened before it can be known.
 * Errors: `ERR_SPEC_INVALID`, `ERR_PRESET_UNKNOWN`
 */
export async function experimentOf(written: WrittenSpec): Promise<Experiment> {
  return defineExperiment(written)
}
