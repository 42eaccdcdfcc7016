import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

test('npx runs the command of this very checkout', (t) => {
  const done = spawnSync('npx', ['--no-install', 'xmrl', 'envs', 'cheetah-vel/maml'], { cwd: root, encoding: 'utf8' })
  t.is(done.status, 0, done.stderr)
  t.regex(done.stdout, /^cheetah-vel\/maml /)
})
