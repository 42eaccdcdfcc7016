/** The public list: every name that ts/index.ts exports, with its kind, so that a change of the API is a line here. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import ts from 'typescript'
import * as api from '../ts/index.js'
import { root } from './helpers.js'

const VALUES: Record<'class' | 'function' | 'constant', string[]> = {
  class: ['Learner', 'RunDirectory', 'XmrlError'],
  function: [
    ...['applyOverrides', 'augment', 'buildTable', 'createWorlds', 'decodeTensors', 'defineExperiment', 'encodeTensors', 'environments'],
    ...[
      'evaluate',
      'explain',
      'exportOnnx',
      'exportPolicy',
      'findPoor',
      'importPolicy',
      'loadPolicy',
      'loadPrices',
      'loadRun',
      'market',
      'pairedBootstrap'
    ],
    ...['readLayout', 'readSpecFile', 'readTensors', 'renderReport', 'retrain', 'runExperiment', 'runTheory', 'sampleTasks'],
    ...[
      'scoresOfStudy',
      'seedScores',
      'spearman',
      'specJsonSchema',
      'studyFiles',
      'studyOf',
      'tableFiles',
      'tensorboardFiles',
      'theoryPage',
      'topOverlap',
      'train',
      'validate'
    ]
  ],
  constant: ['ARMS', 'ARM_INFO', 'ERROR_CODES', 'presetNames']
}

const TYPES = [
  ...['ActOptions', 'AdaptOptions', 'AutoReset', 'FilePolicyOptions', 'GivenPrices', 'Imported', 'Policy', 'PoolName', 'RunPolicyOptions'],
  ...['Tensor', 'Tensors', 'WorldsRollout'],
  ...['Arm', 'ArmInfo', 'ArmRecord', 'AugmentationRecord', 'Checkpoint', 'ComputeOptions', 'DeviceChoice', 'EnvironmentSpec', 'ErrorCode'],
  ...['EvaluationRecord', 'Experiment', 'ExplanationRecord', 'EpisodesRecord', 'Interval', 'Layout', 'LoadedRun', 'LoadedSeed', 'Manifest'],
  ...[
    'MarketData',
    'MetricLine',
    'OnnxDtype',
    'OnnxOptions',
    'PoorRecord',
    'PriceSource',
    'PriceTable',
    'ReportRun',
    'RunEvent',
    'RunOptions',
    'Scores',
    'SeedRecords'
  ],
  ...[
    'SeedScores',
    'SeedStore',
    'Spec',
    'StageContext',
    'StudyRecord',
    'TableRecord',
    'TaskPool',
    'TensorboardOptions',
    'TasksRecord',
    'Theory',
    'TheoryOptions'
  ],
  ...['ValidationRecord', 'Worlds', 'WorldsOptions', 'WorldsStep', 'WrittenSpec']
]

function kindOf(value: unknown): string {
  if (typeof value !== 'function') return 'constant'
  return /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function'
}

/** Names that ts/index.ts re-exports as types alone: they leave no trace at run time. */
function exportedTypes(): string[] {
  const file = ts.createSourceFile('index.ts', readFileSync(join(root, 'ts/index.ts'), 'utf8'), ts.ScriptTarget.Latest)
  return file.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined)
      throw new Error(`index.ts is a list of exports, by name`)
    if (!ts.isNamedExports(statement.exportClause)) throw new Error('index.ts exports by name')
    return statement.exportClause.elements.filter(({ isTypeOnly }) => isTypeOnly || statement.isTypeOnly).map(({ name }) => name.text)
  })
}

test('every value of the public API, with its kind', (t) => {
  const kinds = Object.entries(api).map(([name, value]) => [name, kindOf(value)])
  const expected = Object.entries(VALUES).flatMap(([kind, names]) => names.map((name) => [name, kind]))
  t.deepEqual(Object.fromEntries(kinds), Object.fromEntries(expected))
})

test('every type of the public API', (t) => {
  t.deepEqual(exportedTypes().sort(), [...TYPES].sort())
})
