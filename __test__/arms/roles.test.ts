import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import {
  ARMS,
  BUILT_IN_ARMS,
  builtIn,
  DEFAULT_ARMS,
  inArmOrder,
  METHOD,
  methodOf,
  NULL,
  questions,
  REFERENCE,
  repairsNothing,
  roleOf
} from '../../ts/arms/index.js'
import { root } from '../helpers.js'

test('one arm is the method, one the reference, one its null', (t) => {
  t.deepEqual([METHOD, REFERENCE, NULL], ['xmrl', 'maml', 'maml-null'])
  for (const role of ['method', 'reference', 'null']) t.is(ARMS.filter((arm) => roleOf(arm) === role).length, 1, role)
  t.deepEqual(ARMS.filter(repairsNothing), ['maml', 'maml-null'])
  t.is(methodOf(['ma', 'maml']), undefined)
  t.is(roleOf('xmrl-10'), undefined, 'a defined arm has no role, whatever its base')
  t.is(builtIn('constructor'), undefined)
})

test('the reference and its null do the same and differ in their random numbers', (t) => {
  const conduct = (name: string) => {
    const { stream: _stream, label: _label, look: _look, role: _role, description: _line, ...rest } = builtIn(name) ?? ({} as never)
    return rest
  }
  t.deepEqual(conduct(REFERENCE), conduct(NULL))
  t.not(builtIn(REFERENCE)?.stream, builtIn(NULL)?.stream)
})

test('every arm but those that go on as before answers a question about the method; the ceiling is asked last', (t) => {
  const asked = questions()
  t.deepEqual([...asked.map(({ against }) => against)].sort(), ARMS.filter((arm) => arm !== METHOD && !repairsNothing(arm)).sort())
  t.true(asked.every(({ arm }) => arm === METHOD))
  t.is(asked.at(-1)?.against, 'oracle')
  const others = asked.slice(0, -1).map(({ against }) => against)
  t.deepEqual(others, inArmOrder(others))
})

test('every arm says in a line what it does, under a label and a stream of its own', (t) => {
  const all = Object.values(BUILT_IN_ARMS)
  for (const of of ['label', 'description', 'stream'] as const) t.is(new Set(all.map((arm) => arm[of])).size, all.length, of)
  t.true(DEFAULT_ARMS.includes(METHOD as never) && DEFAULT_ARMS.includes(REFERENCE as never))
})

test('whoever chooses, compares or draws asks for a role, never for the name of an arm', (t) => {
  for (const room of ['select', 'records', 'report', 'drawing', 'stages', 'pipeline', 'run']) {
    for (const file of readdirSync(join(root, 'ts', room), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))) {
      const named = /['"`.](xmrl|maml|maml-null|oracle)['"`]|\.maml\b/.exec(
        readFileSync(join(root, 'ts', room, file), 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, '')
      )
      t.is(named, null, `ts/${room}/${file} names ${named?.[0]}`)
    }
  }
})
