/** That a definition of a world holds together; every error names the field. */
import { XmrlError } from '../errors.js'
import { isPreset } from '../spec/index.js'
import { shown, suggestion } from '../spelling.js'
import type { WorldDefinition } from './definition.js'

/** Most entries of an array of a row, and most steps. */
const MOST = 1_000_000

const KEYS = {
  '': [
    'name',
    'description',
    'horizon',
    'supportHorizon',
    'observation',
    'action',
    'state',
    'task',
    'laws',
    'defaultTask',
    'score',
    'reset',
    'observe',
    'step',
    'mix',
    'feasible',
    'deterministic',
    'module'
  ],
  observation: ['size'],
  action: ['size', 'scale', 'low', 'high'],
  state: ['size', 'names'],
  task: ['names', 'low', 'high', 'kinds', 'check'],
  'task.kinds': ['parameter', 'names', 'sizes']
} as const

/**
 * Checks a definition, which may come from JavaScript.
 * @throws XmrlError `ERR_SPEC_INVALID` naming the world and the field
 */
export function checkDefinition(given: unknown): asserts given is WorldDefinition {
  if (typeof given !== 'object' || given === null) throw invalid('a world', '', `expected an object, found ${shown(given)}`)
  const definition = given as Record<string, unknown>
  const called = typeof definition.name === 'string' ? `world "${definition.name}"` : 'a world'
  const fail = (field: string, text: string): never => {
    throw invalid(called, field, text)
  }
  const keys = (section: keyof typeof KEYS, value: unknown) => {
    if (typeof value !== 'object' || value === null) return fail(section, `expected an object, found ${shown(value)}`)
    const known: readonly string[] = KEYS[section]
    const unknown = Object.keys(value).find((key) => !known.includes(key))
    if (unknown !== undefined) fail(section === '' ? unknown : `${section}.${unknown}`, `unknown key${suggestion(unknown, known)}`)
  }
  keys('', definition)
  const { name, horizon, supportHorizon, task, laws, mix, score, action, state } = definition as Partial<WorldDefinition>
  if (typeof name !== 'string' || !/^[A-Za-z0-9][\w./-]{0,79}$/.test(name) || name.includes('..'))
    fail('name', `expected letters, digits and - _ . /, found ${shown(name)}`)
  if (isPreset(name as string)) fail('name', 'it is a preset of the package; choose another')
  for (const section of ['observation', 'action', 'state', 'task'] as const) keys(section, definition[section])
  const whole = (field: string, value: unknown) => {
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MOST)
      fail(field, `expected a whole number from 1 to ${MOST}, found ${shown(value)}`)
  }
  whole('horizon', horizon)
  if (supportHorizon !== undefined) whole('supportHorizon', supportHorizon)
  for (const section of ['observation', 'action', 'state'] as const)
    whole(`${section}.size`, definition[section] && (definition[section] as { size: unknown }).size)
  const number = (field: string, value: unknown) => {
    if (value !== undefined && !Number.isFinite(value)) fail(field, `expected a finite number, found ${shown(value)}`)
  }
  const { scale, low = -1, high = 1 } = action as WorldDefinition['action']
  number('action.low', low)
  number('action.high', high)
  if (low >= high) fail('action.low', `${low} must lie below action.high (${high})`)
  if (scale !== undefined && !(Number.isFinite(scale) && scale > 0))
    fail('action.scale', `expected a number above 0, found ${shown(scale)}`)
  const names = (field: string, value: unknown, count?: number) => {
    if (!Array.isArray(value) || value.length === 0 || !value.every((each) => typeof each === 'string' && each.trim() !== ''))
      fail(field, `expected names, found ${shown(value)}`)
    const list = value as string[]
    if (count !== undefined && list.length !== count) fail(field, `expected ${count} names, found ${list.length}`)
    const twice = list.find((each, at) => list.indexOf(each) < at)
    if (twice !== undefined) fail(field, `"${twice}" is there twice`)
  }
  const { size, names: stateNames } = state as WorldDefinition['state']
  if (stateNames !== undefined) names('state.names', stateNames, size)
  const { names: taskNames, check } = task as WorldDefinition['task']
  names('task.names', taskNames)
  for (const end of ['low', 'high'] as const) {
    const bounds = (task as WorldDefinition['task'])[end]
    if (bounds === undefined) continue
    const right =
      Array.isArray(bounds) && bounds.length === taskNames.length && bounds.every((x) => typeof x === 'number' && !Number.isNaN(x))
    if (!right) fail(`task.${end}`, `expected ${taskNames.length} numbers, one a name, found ${shown(bounds)}`)
  }
  const { low: least, high: most } = task as WorldDefinition['task']
  const crossed = taskNames.findIndex((_, k) => (least?.[k] ?? Number.NEGATIVE_INFINITY) > (most?.[k] ?? Number.POSITIVE_INFINITY))
  if (crossed >= 0) fail('task.low', `${taskNames[crossed]}: ${least?.[crossed]} lies above task.high (${most?.[crossed]})`)
  checkKinds(task as WorldDefinition['task'], { fail, keys, names })
  if (check !== undefined && typeof check !== 'function') fail('task.check', `expected a function, found ${shown(check)}`)
  for (const field of ['reset', 'observe', 'step'] as const)
    if (typeof definition[field] !== 'function') fail(field, `expected a function of a batch, found ${shown(definition[field])}`)
  const isLaws = typeof laws === 'object' && laws !== null && Object.keys(laws).length > 0
  if (!isLaws) fail('laws', `expected at least one law by name, { uniform: (random, count, pool) => rows }, found ${shown(laws)}`)
  for (const [law, draw] of Object.entries(laws ?? {})) {
    if (typeof draw !== 'function') fail(`laws.${law}`, `expected a function (random, count, pool) => rows, found ${shown(draw)}`)
  }
  if (mix !== undefined && mix !== 'linear' && mix !== false && typeof mix !== 'function')
    fail('mix', `expected 'linear', a function (lambda, a, b, out), or false, found ${shown(mix)}`)
  if (score !== undefined && score !== 'success' && score !== 'return')
    fail('score', `expected 'success' or 'return', found ${shown(score)}`)
  const { feasible, deterministic, description, module } = definition
  if (feasible !== undefined && typeof feasible !== 'function') fail('feasible', `expected a function of a state, found ${shown(feasible)}`)
  if (deterministic !== undefined && typeof deterministic !== 'boolean')
    fail('deterministic', `expected true or false, found ${shown(deterministic)}`)
  if (description !== undefined && typeof description !== 'string') fail('description', `expected a text, found ${shown(description)}`)
  if (module !== undefined && !(typeof module === 'string' && module.startsWith('file:')))
    fail('module', `expected import.meta.url, found ${shown(module)}`)
}

/** That the kinds of task, where they are told, are of a parameter whose bounds are theirs. */
function checkKinds(
  { names: taskNames, kinds, low, high }: WorldDefinition['task'],
  {
    fail,
    keys,
    names
  }: {
    fail: (field: string, text: string) => never
    keys: (section: 'task.kinds', value: unknown) => void
    names: (field: string, value: unknown) => void
  }
): void {
  if (kinds === undefined) return
  keys('task.kinds', kinds)
  const at = taskNames.indexOf(kinds.parameter)
  if (at < 0) fail('task.kinds.parameter', `expected one of task.names (${taskNames.join(', ')}), found ${shown(kinds.parameter)}`)
  names('task.kinds.names', kinds.names)
  const { length } = kinds.names
  const { sizes } = kinds
  const bad = (size: unknown) => !Number.isInteger(size) || (size as number) <= at || (size as number) > taskNames.length
  if (sizes !== undefined && (!Array.isArray(sizes) || sizes.length !== length || sizes.some(bad)))
    fail('task.kinds.sizes', `expected ${length} whole numbers from ${at + 1} to ${taskNames.length}, one a kind, found ${shown(sizes)}`)
  const [least, most] = [low?.[at], high?.[at]]
  if (least !== undefined && least !== 0 && least !== Number.NEGATIVE_INFINITY)
    fail('task.low', `${kinds.parameter} is a kind's number, from 0; found ${least}`)
  if (most !== undefined && most !== length - 1 && most !== Number.POSITIVE_INFINITY)
    fail('task.high', `${kinds.parameter} is the number of one of ${length} kinds, up to ${length - 1}; found ${most}`)
}

const invalid = (called: string, field: string, text: string) =>
  new XmrlError('ERR_SPEC_INVALID', `${called}: ${field === '' ? '' : `${field}: `}${text}`)
