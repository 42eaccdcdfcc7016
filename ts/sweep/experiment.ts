/** The experiment of a cell, or of a unit. */
import { withOpenedWorld } from '../own/index.js'
import { defineExperiment, type Experiment, type WrittenSpec } from '../spec/index.js'

/**
 * What a written specification comes to; a world of one's own is opened, by its absolute path or its package's name.
 * Errors: `ERR_SPEC_INVALID`, `ERR_PRESET_UNKNOWN`, `ERR_WORLD`
 */
export async function experimentOf(written: WrittenSpec): Promise<Experiment> {
  return defineExperiment(await withOpenedWorld(written))
}
