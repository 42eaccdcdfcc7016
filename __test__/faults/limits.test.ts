/** A run under a limit of the process, in the product as it is: what gives way is said, and the run goes on to the same bits without it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { command, commandLine, folder, outcome, tinySpec, xmrl } from '../helpers.js'

/** KiB that a file may have, and what does not fit: the specification, metrics while training and after it, the report. */
const LIMITS = [
  { kib: 4, file: /limit-4\/resolved\.json/ },
  { kib: 6, file: /seed-0\/metrics\.jsonl/ },
  { kib: 12, file: /seed-0\/metrics\.jsonl/ },
  { kib: 100, file: /report\.html/ }
]

test('a file larger than the process may write is named, and the run goes on to the same bits where the limit is lifted', async (t) => {
  const path = folder(t)
  const spec = tinySpec(path)
  const whole = join(path, 'whole')
  t.is((await xmrl(['run', spec, '--out', whole, '--threads', '1'])).code, 0)
  t.true(readFileSync(join(whole, 'report.html')).length > 100 * 1024, 'the report is larger than the largest limit')
  for (const { kib, file } of LIMITS) {
    const out = join(path, `limit-${kib}`)
    // POSIX counts in blocks of 512 bytes.
    const args = ['-c', `ulimit -f ${2 * kib}; exec "$@"`, 'sh', process.execPath, ...commandLine, 'run', spec, '--out', out]
    const limited = await command('/bin/sh', args)
    t.is(limited.code, 1, `${kib} KiB: ${limited.stderr}`)
    const said = limited.stderr.trim().split('\n').at(-1) ?? ''
    t.regex(said, /^ERR_OUTPUT: cannot write .*: the file would be larger than this process may write; everything saved so far is kept$/)
    t.regex(said, file, `${kib} KiB`)
    const rest = await xmrl(['run', spec, '--out', out, '--resume', '--threads', '1'])
    t.is(rest.code, 0, `${kib} KiB: ${rest.stderr}`)
    t.deepEqual(outcome(out), outcome(whole), `${kib} KiB`)
  }
})
