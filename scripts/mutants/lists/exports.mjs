// Mutants of what leaves for other programs: ONNX models, TensorBoard's events, tensors by PyTorch's names.
const place = (/** @type {string} */ file, /** @type {string[]} */ ...tests) => ({
  file: `ts/${file}.ts`,
  tests: tests.map((test) => `__test__/${test}.test.ts`)
})
const ONNX = place('exports/onnx', 'exports/onnx')
const EVENTS = place('exports/events', 'exports/tensorboard')
const TENSORBOARD = place('exports/tensorboard', 'exports/tensorboard')

export const EXPORTS = [
  {
    name: 'onnx: an activation after the last layer too',
    why: 'the last layer is linear',
    ...ONNX,
    from: 'layer < layers.length - 1',
    to: 'layer < layers.length'
  },
  {
    name: 'onnx: weights as PyTorch turns them',
    why: 'Gemm multiplies by [inputs, outputs]',
    ...ONNX,
    from: '«[inputs, outputs]», weight',
    to: '[outputs, inputs]'
  },
  {
    name: 'onnx: mixed computes in float32',
    why: 'outputs are within 1e-6 because the arithmetic is float64',
    ...ONNX,
    from: "dtype === 'float32' ? «'float32'» : 'float64'",
    to: "'float64'"
  },
  {
    name: 'policy: log deviations below the floor leave as they are',
    why: 'the deviation in force is the larger of both',
    ...place('policies/network', 'exports/onnx', 'policies/foreign'),
    from: 'Math.max(value, spec.policy.logStdMin)',
    to: 'value'
  },
  {
    name: 'policies of programs: weights that lie the other way round are not told by their shapes',
    why: 'a file under PyTorch names may hold [inputs, outputs]',
    ...place('policies/find', 'policies/programs'),
    from: 'turned && !asTorch',
    to: 'false'
  },
  {
    name: 'policies of programs: statistics of observations are passed over',
    why: 'a policy that saw standardised observations sees others',
    ...place('policies/find', 'policies/programs'),
    from: 'observation === undefined ? {} : { observation }',
    to: '{}'
  },
  {
    name: 'policy: layers in PyTorch files are not turned',
    why: 'PyTorch holds [outputs, inputs]',
    ...place('policies/export', 'policies/foreign'),
    from: 'transposed(weight, inputs, outputs)',
    to: 'weight'
  },
  {
    name: 'events: checksums are not masked',
    why: "TensorFlow's readers expect them turned and shifted",
    ...EVENTS,
    from: '(((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0',
    to: 'crc'
  },
  {
    name: 'events: steps count from one event to the next by 32 bits',
    why: 'steps are environment steps, of which there are billions',
    ...EVENTS,
    from: '.whole(2, «step»)',
    to: 'step >>> 0'
  },
  {
    name: 'tensorboard: arms all begin at the wall time of the run',
    why: 'an iteration ends when those before it have',
    ...TENSORBOARD,
    from: 'seconds(line.stage, line.iteration) ?? 0',
    to: '0'
  },
  {
    name: 'tensorboard: iterations by default',
    why: 'arms are compared at equal environment steps',
    ...TENSORBOARD,
    from: "arm, step = «'envSteps'»",
    to: "'iteration'"
  },
  {
    name: 'timing: of an iteration that was made twice, the first counts',
    why: 'the file is not cut where a run goes on',
    ...place('run/timing', 'exports/tensorboard'),
    from: "readEvents(join(folder, 'timing.jsonl'))",
    to: "readEvents(join(folder, 'timing.jsonl')).reverse()"
  }
]
