/** Policies: what their files mean, those of other programs in, ours out; acting and adapting. The disk is `ts/run`'s. */
export { exportPolicy } from './export.js'
export { layoutOf, type Reading, readLayout, readTensors, weightsOf } from './files.js'
export { type FoundLayout, findLayout, type LayoutHints } from './find.js'
export { type Imported, importPolicy } from './import.js'
export { type Layout, parseLayout } from './layout.js'

export { type FilePolicyOptions, loadPolicy, type RunPolicyOptions } from './load.js'
export { type Network, networkOf } from './network.js'
export type { ActOptions, AdaptOptions, Policy } from './policy.js'

export { decodeTensors, encodeTensors, type Tensor, type Tensors } from './safetensors.js'
