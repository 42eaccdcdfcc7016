/** Policies as ONNX models. Field numbers are those of onnx.proto (https://onnx.ai/onnx/repo-docs/IR.html). */
import { checkOptions, type Kinds, object, oneOf } from '../options.js'
import { type Network, networkOf } from '../policies/index.js'
import type { Spec } from '../spec/index.js'
import { Message } from './protobuf.js'

/**
 * Numbers of a model. `mixed`: observations and outputs are float32, weights and arithmetic float64, so that outputs are XMRL's own to
 * the rounding of a float32. `float32`: all of it, for runtimes without doubles (GPUs, phones); outputs then differ by some 1e-6.
 * `float64`: all of it.
 */
export type OnnxDtype = 'mixed' | 'float32' | 'float64'

/** How a model is written. */
export interface OnnxOptions {
  /** @default 'mixed' */
  dtype?: OnnxDtype
  /** What the model's metadata says beside environment, activation and action scale, such as the arm. */
  metadata?: Readonly<Record<string, string>>
}

const ONNX: Kinds<OnnxOptions> = { dtype: oneOf('mixed', 'float32', 'float64'), metadata: object('an object of texts') }

/** Old enough for runtimes of the last years (onnxruntime 1.3 on), new enough for Gemm without broadcasting by hand. */
const OPSET = 11
/** The version of the format itself that came with that set of operators. */
const IR_VERSION = 6

/** `TensorProto.DataType`. */
const TYPES = { float32: 1, float64: 11 } as const
type Numbers = keyof typeof TYPES
/** `AttributeProto.AttributeType.INT`. */
const INT = 2

const OPERATORS = { tanh: 'Tanh', relu: 'Relu' } as const

/**
 * A checkpoint of ours as an ONNX model (operator set 11): input `observation [batch, S]`, outputs `mean [batch, A]` and
 * `log_std [A]`, the log standard deviations in force. An action is drawn from `N(mean, exp(2 log_std))`; the world divides it by the
 * metadata's `action_scale` and clips it to [-1, 1], which is no part of the policy.
 * @param weights a checkpoint's bytes, as `LoadedSeed.weights` gives them
 * @param spec the specification of the run that they are from
 * @returns the bytes of the file: equal arguments give equal bytes
 * @throws XmrlError `ERR_SHAPE` where the weights are not those of the specification's policy
 */
export function exportOnnx(weights: Uint8Array, spec: Spec, options: OnnxOptions = {}): Uint8Array {
  const { dtype = 'mixed', metadata = {} } = checkOptions('exportOnnx', options, ONNX)
  const network = networkOf(weights, spec)
  const facts = {
    environment: spec.environment,
    activation: network.activation,
    action_scale: String(network.actionScale),
    ...metadata
  }
  const model = new Message()
    .whole(1, IR_VERSION)
    .bytes(2, 'xmrl')
    .bytes(7, graphOf(network, dtype))
    .bytes(8, new Message().whole(2, OPSET))
  for (const [key, text] of Object.entries(facts)) model.bytes(14, new Message().bytes(1, key).bytes(2, text))
  return model.finish()
}

/** GraphProto: every layer a Gemm and an activation, casts at both ends where the numbers inside are others. */
function graphOf({ layers, activation, logStd }: Network, dtype: OnnxDtype): Message {
  const inside = dtype === 'float32' ? 'float32' : 'float64'
  const outside = dtype === 'float64' ? 'float64' : 'float32'
  const [observationSize, actionSize] = [layers[0].inputs, logStd.length]
  const nodes: Message[] = []
  const tensors: Message[] = []
  const add = (operator: string, inputs: string[], output: string, attribute?: Message) => {
    nodes.push(node(operator, inputs, output, attribute))
    return output
  }
  const holds = (name: string, shape: number[], values: Float64Array) => {
    tensors.push(tensor(name, shape, values, inside))
    return name
  }
  const give = (from: string, name: string) => add('Cast', [from], name, whole('to', TYPES[outside]))

  let at = inside === outside ? 'observation' : add('Cast', ['observation'], 'observation.cast', whole('to', TYPES[inside]))
  for (const [layer, { inputs, outputs, weight, bias }] of layers.entries()) {
    const name = `layers.${layer}`
    const terms = [at, holds(`${name}.weight`, [inputs, outputs], weight), holds(`${name}.bias`, [outputs], bias)]
    at = add('Gemm', terms, `${name}.affine`)
    if (layer < layers.length - 1) at = add(OPERATORS[activation], [at], `${name}.output`)
  }
  give(at, 'mean')
  give(holds('log_std.value', [actionSize], logStd), 'log_std')

  const graph = new Message()
  for (const each of nodes) graph.bytes(1, each)
  graph.bytes(2, 'policy')
  for (const each of tensors) graph.bytes(5, each)
  return graph
    .bytes(11, value('observation', ['batch', observationSize], outside))
    .bytes(12, value('mean', ['batch', actionSize], outside))
    .bytes(12, value('log_std', [actionSize], outside))
}

/** NodeProto. Gemm's own defaults are `A B + C`. */
function node(operator: string, inputs: string[], output: string, attribute?: Message): Message {
  const message = new Message()
  for (const input of inputs) message.bytes(1, input)
  message.bytes(2, output).bytes(3, output).bytes(4, operator)
  return attribute === undefined ? message : message.bytes(5, attribute)
}

/** AttributeProto of a whole number. */
const whole = (name: string, number: number) => new Message().bytes(1, name).whole(3, number).whole(20, INT)

/** TensorProto of little-endian numbers. */
function tensor(name: string, shape: number[], values: Float64Array, dtype: Numbers): Message {
  const size = dtype === 'float32' ? 4 : 8
  const view = new DataView(new ArrayBuffer(values.length * size))
  for (const [at, number] of values.entries())
    if (dtype === 'float32') view.setFloat32(at * size, number, true)
    else view.setFloat64(at * size, number, true)
  const message = new Message()
  for (const length of shape) message.whole(1, length)
  return message.whole(2, TYPES[dtype]).bytes(8, name).bytes(9, new Uint8Array(view.buffer))
}

/** ValueInfoProto of a tensor; a size that is a name may be any. */
function value(name: string, shape: (number | string)[], dtype: Numbers): Message {
  const sizes = new Message()
  for (const size of shape) sizes.bytes(1, typeof size === 'number' ? new Message().whole(1, size) : new Message().bytes(2, size))
  const type = new Message().whole(1, TYPES[dtype]).bytes(2, sizes)
  return new Message().bytes(1, name).bytes(2, new Message().bytes(1, type))
}
