/** Policies: what the bytes and layouts of their files mean, those of other programs in, ours out. Touches no disk. */
export { exportPolicy } from './export.js'
export { type Imported, importPolicy } from './import.js'
export { type Layout, parseLayout } from './layout.js'
export { type Network, networkOf } from './network.js'
export { decodeTensors, encodeTensors, type Tensor, type Tensors } from './safetensors.js'
