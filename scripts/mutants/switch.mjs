// Puts many known-bad variants into one text, each behind a switch that is read at run time: XMRL_MUTANT=<name> turns one on.
import { StepFailed } from '../setup/terminal.mjs'

/**
 * @typedef {'expression' | 'statement' | 'always'} Form
 * @typedef {{ name: string, from: string, to: string, form?: Form }} Change
 * @typedef {{ name: string, from: number, to: number }} Place the first and last line of a switch
 * @typedef {string | ((from: number, to: number) => void)} Piece text, or what writes the original
 * @typedef {(tests: [string, string][], otherwise: Piece) => Piece[]} Chooser
 * @typedef {{ on: (name: string) => string, expression: Chooser, statement: Chooser }} Language
 */

/**
 * A mutant's own error: names it, so that whoever changed the source knows which entry to mend.
 * @param {string} name
 * @param {string} what
 */
export const broken = (name, what) => new StepFailed(`mutant "${name}": ${what}`)

/**
 * How each language asks for a mutant, and chooses between two expressions or two runs of statements.
 * @type {Record<'rs' | 'ts' | 'py', Language>}
 */
const LANGUAGES = {
  rs: {
    on: (name) => `crate::xmrl_mutants::on("${name}")`,
    expression: (tests, otherwise) => ['(', ...chain(tests, '} else '), '{ ', otherwise, ' })'],
    statement: (tests, otherwise) => [...chain(tests, '} else '), '{ ', otherwise, ' }']
  },
  ts: {
    on: (name) => `process.env.XMRL_MUTANT === '${name}'`,
    expression: (tests, otherwise) => ['(', ...tests.flatMap(([on, text]) => [on, ' ? (', text, ') : ']), '(', otherwise, '))'],
    statement: (tests, otherwise) => [...chain(tests, '} else '), '{ ', otherwise, ' }']
  },
  py: {
    on: (name) => `__import__("os").environ.get("XMRL_MUTANT") == "${name}"`,
    expression: (tests, otherwise) => ['(', ...tests.flatMap(([on, text]) => ['(', text, ') if ', on, ' else ']), '(', otherwise, '))'],
    // Its statements are lines of their own; a call is an expression, too.
    statement: (tests) => {
      throw new StepFailed(`${tests[0][0]}: a place in Python is an expression`)
    }
  }
}

/** `if a { A } else if b { B } else `, in pieces; TypeScript is content with its brackets round the condition. */
const chain = (/** @type {[string, string][]} */ tests, /** @type {string} */ next) =>
  tests.flatMap(([on, text]) => ['if (', on, ') { ', text, ` ${next}`])

/** What Rust asks: one reading of the variable a crate. Added to each crate that has a mutant, also to one that does without std. */
export const RUST_SWITCH = `
#[doc(hidden)]
#[allow(unused, missing_docs, unreachable_pub, clippy::all)]
pub mod xmrl_mutants {
    extern crate std;
    pub fn on(name: &str) -> bool {
        static CHOSEN: std::sync::OnceLock<std::string::String> = std::sync::OnceLock::new();
        CHOSEN.get_or_init(|| std::env::var("XMRL_MUTANT").unwrap_or_default()) == name
    }
}
`

/**
 * Where a change's `from` stands: [start, end) in the source. «…» in it marks the part that is replaced; what is outside them
 * only says which of several alike is meant.
 * @param {string} source
 * @param {string} from
 * @param {string} name
 * @param {string} file
 */
export function placeOf(source, from, name, file) {
  const [before, inner, after] = /[«»]/.test(from) ? (/^([^«»]*)«([^«»]+)»([^«»]*)$/.exec(from)?.slice(1) ?? []) : ['', from, '']
  if (inner === undefined) throw broken(name, `"${from}" must have one pair of « »`)
  const whole = `${before}${inner}${after}`
  const times = source.split(whole).length - 1
  if (times !== 1) throw broken(name, `"${whole}" stands ${times} times in ${file}, not once; update its entry in scripts/mutants/lists`)
  const start = source.indexOf(whole) + before.length
  return { start, end: start + inner.length, inner }
}

/**
 * `expression`, `statement`, or `always` (added for all: what other changes of the mutant need, without effect by itself).
 * @param {Change} change
 * @param {'rs' | 'ts' | 'py'} language
 * @param {string} inner
 * @returns {Form}
 */
const formOf = ({ form }, language, inner) => form ?? (language === 'rs' && inner.trimEnd().endsWith(';') ? 'statement' : 'expression')

/**
 * The text with every change in it.
 * @param {string} source
 * @param {string} file
 * @param {Change[]} changes those of one place are chosen between, one inside another is kept inside it
 * @returns {{ text: string, places: Place[] }} with the lines of every switch, to tell whose a compiler's error is
 */
export function switched(source, file, changes) {
  const language = file.endsWith('.rs') ? 'rs' : file.endsWith('.py') ? 'py' : 'ts'
  /** @typedef {{ start: number, end: number, variants: (Change & { form: Form })[] }} Span */
  /** @type {Map<string, Span>} */
  const spans = new Map()
  for (const change of changes) {
    const { start, end, inner } = placeOf(source, change.from, change.name, file)
    const key = `${start}:${end}`
    const span = spans.get(key) ?? { start, end, variants: [] }
    span.variants.push({ ...change, form: formOf(change, language, inner) })
    spans.set(key, span)
  }
  // Outer spans before those inside them.
  const sorted = [...spans.values()].sort((a, b) => a.start - b.start || b.end - a.end)
  const out = { text: '', line: 1, places: /** @type {Place[]} */ ([]) }
  const emit = (/** @type {string} */ text) => {
    out.text += text
    out.line += text.split('\n').length - 1
  }
  /** Writes source[from, to) with the spans in it. */
  const write = (/** @type {number} */ from, /** @type {number} */ to) => {
    let at = from
    for (let span = sorted[0]; span !== undefined && span.start < to; span = sorted[0]) {
      sorted.shift()
      const [{ name }] = span.variants
      if (span.end > to || span.start < at)
        throw broken(name, `its place in ${file} overlaps another mutant's; give both the same, or one inside the other`)
      emit(source.slice(at, span.start))
      writeSpan(span)
      at = span.end
    }
    emit(source.slice(at, to))
  }
  const writeSpan = (/** @type {Span} */ { start, end, variants }) => {
    const always = variants.filter(({ form }) => form === 'always')
    const chosen = variants.filter(({ form }) => form !== 'always')
    const first = out.line
    if (always.length > 0) {
      if (variants.length > 1) throw broken(always[0].name, `a change of the form "always" shares its place in ${file} with another`)
      emit(always[0].to)
    } else {
      const { on, expression, statement } = LANGUAGES[language]
      const pieces = { expression, statement, always: undefined }[chosen[0].form]
      if (pieces === undefined) throw broken(chosen[0].name, `unknown form "${chosen[0].form}"`)
      if (chosen.some(({ form }) => form !== chosen[0].form))
        throw broken(chosen[0].name, `another mutant of the same place in ${file} has another form`)
      for (const piece of pieces(
        chosen.map(({ name, to }) => [on(name), to]),
        write
      ))
        typeof piece === 'string' ? emit(piece) : write(start, end)
    }
    for (const { name } of variants) out.places.push({ name, from: first, to: out.line })
  }
  write(0, source.length)
  return { text: out.text, places: out.places }
}
