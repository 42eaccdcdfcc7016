/** What the torch-free addon does with signals: in processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process'
import test, { type ExecutionContext } from 'ava'
import { coreAddon, guarded } from '../../ts/native.js'

const NATIVE = new URL('../../ts/native.ts', import.meta.url).href

/** A process that listens to SIGINT and SIGTERM, says `ready`, then a line a signal; `then` is what it does next. */
function listener(
  t: ExecutionContext,
  then: string
): { child: ChildProcess; said: (text: string) => Promise<void>; ended: Promise<number | null> } {
  const code = `
    import { constants } from 'node:os'
    const { coreAddon } = await import(process.argv[1])
    const { SIGINT, SIGTERM } = constants.signals
    for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.stdout.write('heard ' + name + '\\n'))
    coreAddon().endOnSecondSignal([SIGINT, SIGTERM])
    process.stdout.write('ready\\n')
    ${then}`
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code, NATIVE]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  let all = ''
  let wake = () => {}
  child.stdout.on('data', (data) => {
    all += data
    wake()
  })
  const said = async (text: string) => {
    while (!all.includes(text))
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
  return { child, said, ended }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

test('the first signal goes to the listener, the second ends the process, of whichever kind it is', async (t) => {
  const { child, said, ended } = listener(t, 'setInterval(() => {}, 1000)')
  await said('ready')
  child.kill('SIGTERM')
  await said('heard SIGTERM')
  await pause(50)
  t.is(child.exitCode, null)
  child.kill('SIGINT')
  t.is(await ended, 130)
})

test('the second signal ends a process whose JavaScript does not come back', async (t) => {
  const { child, said, ended } = listener(t, 'setTimeout(() => { for (;;); }, 100)')
  await said('ready')
  await pause(300)
  child.kill('SIGINT')
  await pause(300)
  t.is(child.exitCode, null, 'the first waits to be heard')
  child.kill('SIGINT')
  t.is(await ended, 130)
})

test('one request that comes twice at once, as from timeout, is one', async (t) => {
  // A signal to oneself is delivered before `kill` returns, so none is merged with the one before.
  const twice = "for (let i = 0; i < 3; i++) process.kill(process.pid, 'SIGTERM'); setTimeout(() => process.exit(7), 200)"
  const { said, ended } = listener(t, twice)
  await said('heard SIGTERM')
  t.is(await ended, 7)
})

test('what is no signal with a listener is refused', (t) => {
  for (const signal of [0, -1, 65, 9, 12])
    t.throws(() => guarded(() => coreAddon().endOnSecondSignal([signal])), { code: 'ERR_USAGE' }, String(signal))
})
