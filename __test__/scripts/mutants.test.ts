/** The tool of `npm run test:mutants`: it must neither lose a mutant nor call one noticed that was not there. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../helpers.js'

type Change = { name: string; from: string; to: string; form?: string }
interface Switched {
  text: string
  places: { name: string; from: number; to: number }[]
}
const { switched } = (await import(new URL('../../scripts/mutants/switch.mjs', import.meta.url).href)) as {
  switched: (source: string, file: string, changes: Change[]) => Switched
}

/** What a switched function gives with a mutant on, or none. */
function run(text: string, mutant: string | undefined): unknown {
  const kept = process.env.XMRL_MUTANT
  if (mutant === undefined) delete process.env.XMRL_MUTANT
  else process.env.XMRL_MUTANT = mutant
  try {
    return new Function(text)()
  } finally {
    if (kept === undefined) delete process.env.XMRL_MUTANT
    else process.env.XMRL_MUTANT = kept
  }
}

const SOURCE = 'let sum = 0\nfor (const x of [1, 2, 3]) {\n  sum += 2 * x\n}\nreturn sum - 1'

test('mutants of one place, and one inside another, are chosen between by name; without one the text means what it meant', (t) => {
  const { text, places } = switched(SOURCE, 'a.ts', [
    { name: 'once', from: '2 * x', to: 'x' },
    { name: 'thrice', from: '2 * x', to: '3 * x' },
    { name: 'four', from: '«2» * x', to: '4' },
    { name: 'last', from: 'sum += 2 * x', to: 'sum = 2 * x\n', form: 'statement' },
    { name: 'sign', from: 'return «sum - 1»', to: 'sum + 1' }
  ])
  const found = [undefined, 'once', 'thrice', 'four', 'last', 'sign', 'no such'].map((name) => run(text, name))
  t.deepEqual(found, [11, 5, 17, 23, 5, 13, 11])
  // Lines tell whose a compiler's error is.
  const of = (name: string) => places.find((place) => place.name === name)
  t.deepEqual([of('last')?.from, of('last')?.to, of('once')?.from, of('sign')?.from], [3, 4, 4, 6])
})

test('a place in Rust is an expression or, ending in a semicolon, statements', (t) => {
  const change = (from: string, to: string) => switched('f(a, b);\ng(a);', 'crates/meta/src/x.rs', [{ name: 'm', from, to }]).text
  const on = 'if (crate::xmrl_mutants::on("m"))'
  t.is(change('f(a, «b»)', 'a'), `f(a, (${on} { a } else { b }));\ng(a);`)
  t.is(change('f(a, b);', ''), `${on} {  } else { f(a, b); }\ng(a);`)
})

test('a place in Python is an expression', (t) => {
  const change = (from: string, to: string) =>
    switched('print(a if b else\n  c)', 'crates/python/worker/x.py', [
      { name: 'm', from, to },
      { name: 'n', from, to: '9' }
    ]).text
  const found = ['m', 'n', ''].map((mutant) => {
    const text = `a, b, c = 1, False, 2\n${change('«c»)', '7')}`
    return spawnSync('python3', ['-c', text], { encoding: 'utf8', env: { ...process.env, XMRL_MUTANT: mutant } }).stdout
  })
  t.deepEqual(found, ['7\n', '9\n', '2\n'])
  t.throws(() => switched('f(a)', 'x.py', [{ name: 'm', from: 'f(a)', to: 'g(a)', form: 'statement' }]), {
    message: /m.*: a place in Python is an expression/
  })
})

test('what is always added has no switch', (t) => {
  const { text } = switched(SOURCE, 'a.ts', [
    { name: 'm', from: 'let sum = 0', to: 'let sum = 0\nconst other = 7', form: 'always' },
    { name: 'm', from: 'return «sum - 1»', to: 'other' }
  ])
  t.deepEqual([run(text, undefined), run(text, 'm')], [11, 7])
})

test('an entry that has lost its place, has two, or crosses another is an error that names it', (t) => {
  const refuse = (message: RegExp, ...changes: Omit<Change, 'to'>[]) =>
    t.throws(
      () =>
        switched(
          SOURCE,
          'ts/a.ts',
          changes.map((change) => ({ to: '0', ...change }))
        ),
      { message }
    )
  refuse(/^mutant "gone": "sum \* 2" stands 0 times in ts\/a\.ts/, { name: 'gone', from: 'sum * 2' })
  refuse(/^mutant "two": "sum" stands 3 times/, { name: 'two', from: 'sum' })
  refuse(/^mutant "marks": .* one pair of « »/, { name: 'marks', from: 'sum «- 1' })
  refuse(/^mutant "b": its place in ts\/a\.ts overlaps/, { name: 'a', from: 'sum += 2' }, { name: 'b', from: '2 * x' })
  refuse(/another form/, { name: 'a', from: '2 * x' }, { name: 'b', from: '2 * x', form: 'statement' })
})

test('every mutant of the lists has its place in the sources, and a name of its own', (t) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'mutants', 'main.mjs'), '--check'], {
    encoding: 'utf8'
  })
  t.is(status, 0, stderr)
  t.true(Number(/^(\d+) mutants have their places/.exec(stdout)?.[1]) >= 60)
})
