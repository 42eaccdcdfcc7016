/** What a run made, as files of other programs' formats: ONNX models of its policies, TensorBoard's events of its metrics. */
export { exportOnnx, type OnnxDtype, type OnnxOptions } from './onnx.js'
export { type TensorboardOptions, tensorboardFiles } from './tensorboard.js'
