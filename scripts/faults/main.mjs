// Faults, tried on purpose: what each row does stands at the head of its file.
//
//   npm run faults                         every row in its whole form (hours)
//   npm run faults -- <row> [<row> …]      some
//   npm run faults -- <row> --small        the form that the tests take (seconds)
//   npm run faults -- <row> --<option> <n> another count; --seed <n>, --json
//
// Exit code 1: something did not hold; each such thing is a line.
import { parseArgs } from 'node:util'
import { main, StepFailed } from '../setup/terminal.mjs'

const ROWS = ['full', 'fuzz', 'io', 'kill', 'limits', 'locks', 'logs', 'memory', 'numbers', 'sanitize', 'soak', 'stops', 'workers']
/** Lines of what does not hold that are printed for a row. */
const SHOWN = 20

await main(async () => {
  const [names, words] = asked(process.argv.slice(2))
  let bad = 0
  for (const name of names) bad += await row(name, words)
  if (bad > 0) process.exitCode = 1
})

/** Rows and options as they were written. */
function asked(args) {
  const { values, positionals } = parseArgs({ args, strict: false, allowPositionals: true })
  const words = { ...values }
  // `--tries 5` is read as a flag and a word.
  const names = []
  for (const word of positionals) {
    const before = args[args.indexOf(word) - 1]
    if (!before?.startsWith('--') || before === '--small' || before === '--json') names.push(word)
    else words[before.replace(/^--/, '')] = word
  }
  const unknown = names.find((name) => !ROWS.includes(name))
  if (unknown !== undefined) throw new StepFailed(`no row ${unknown}; there are ${ROWS.join(', ')}`)
  return [names.length > 0 ? names : ROWS, words]
}

/** Tries one row; returns how much did not hold. */
async function row(name, words) {
  const { about, options, tried } = await import(`./${name}.mjs`)
  const form = words.small ? 'small' : 'whole'
  const counts = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, Number(words[key] ?? value[form])]))
  const json = words.json === true
  const bad = []
  const from = performance.now()
  const tell = (text) => json || process.stdout.write(text)
  tell(`${name}: ${about}\n`)
  const figures = await tried(
    { ...counts, seed: Number(words.seed ?? 0), words },
    {
      say: (text) => tell(`  ${text}\n`),
      fault: (text) => {
        bad.push(text)
        if (bad.length <= SHOWN) tell(`  ✗ ${text}\n`)
      }
    }
  )
  const seconds = Math.round((performance.now() - from) / 100) / 10
  if (json) process.stdout.write(`${JSON.stringify({ row: name, ...counts, ...figures, seconds, bad })}\n`)
  else
    tell(
      `${bad.length === 0 ? '✓' : '✗'} ${name}: ${JSON.stringify({ ...counts, ...figures })} in ${seconds} s; ${bad.length} did not hold\n`
    )
  return bad.length
}
