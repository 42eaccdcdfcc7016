import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { metaworldFiles } from '../../ts/metaworld/index.js'
import { createWorlds, environment, sampleTasks } from '../../ts/worlds/index.js'
import { folder, xmrl } from '../helpers.js'

test('without its files a preset is described, and what needs them names the command that fetches them', async (t) => {
  const empty = folder(t)
  const env = { XMRL_DATA_DIR: empty, XMRL_MUJOCO: '' }
  const described = await xmrl(['envs', 'metaworld/reach'], { env })
  t.is(described.code, 0, described.stderr)
  t.regex(described.stdout, /observation \[39\], action \[4\]/)
  const out = join(folder(t), 'run')
  const run = await xmrl(['run', 'metaworld/reach', '--out', out], { env })
  t.not(run.code, 0)
  t.regex(
    run.stderr,
    /ERR_METAWORLD: metaworld\/reach needs Meta-World's models and libmujoco 3\.3\.0: there is no .*libmujoco\.so\.3\.3\.0/
  )
  t.regex(run.stderr, /`npx xmrl data metaworld` fetches them once with pip/)
  t.deepEqual(readdirSync(empty), [], 'nothing was tried')
  const doctor = await xmrl(['doctor', '--json'], { env })
  const { findings } = JSON.parse(doctor.stdout) as { findings: { what: string; good: boolean; note: string }[] }
  t.like(
    findings.find(({ what }) => what === 'metaworld'),
    { good: true, note: 'none, needed only for the presets metaworld/…: `npx xmrl data metaworld` fetches them once' }
  )
})

test('files that cannot be fetched are an error that says how to get them, and nothing half is left', async (t) => {
  const empty = folder(t)
  const nowhere = {
    XMRL_DATA_DIR: empty,
    PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
    PIP_RETRIES: '0',
    PIP_NO_CACHE_DIR: '1',
    PIP_EXTRA_INDEX_URL: '',
    PIP_FIND_LINKS: ''
  }
  const done = await xmrl(['data', 'metaworld'], { env: nowhere })
  t.is(done.code, 1)
  t.regex(
    done.stderr,
    /^ERR_METAWORLD: metaworld: its files .*metaworld==3\.1\.1 and mujoco==3\.3\.0.* could not be fetched: .*npx xmrl data metaworld/
  )
  t.deepEqual(readdirSync(empty), [])
  // A folder without the library is not taken for whole.
  mkdirSync(join(empty, 'metaworld-3.1.1'))
  const half = await xmrl(['data', 'metaworld'], { env: { ...nowhere, XMRL_MUJOCO: '' } })
  t.is(half.code, 1)
  t.regex(half.stderr, /^ERR_METAWORLD: metaworld: there is no .*libmujoco\.so\.3\.3\.0: /)
})

test('where they are there: a hand that is led to its hidden goal earns the ten points of being there', (t) => {
  if (!metaworldFiles().there) {
    t.log(`skipped: no ${metaworldFiles().folder}; \`npx xmrl data metaworld\` fetches it`)
    t.is(environment('metaworld/reach').taskSize, 6)
    return
  }
  t.true(existsSync(metaworldFiles().library))
  const tasks = sampleTasks('metaworld/reach', 'training', 0, 4).values
  const worlds = createWorlds('metaworld/reach', { tasks, worldsPerTask: 1, threads: 2 })
  t.teardown(() => worlds.dispose())
  const start = worlds.state()
  let rewards = new Float64Array(4)
  for (let step = 0; step < 150; step++) {
    const seen = worlds.observations
    // Fingers reach 4.5 cm below the hand; an action of 1 leads it on by a centimetre.
    const actions = tasks.flatMap((task, w) =>
      [0, 1, 2].map((k) => 10 * (task[3 + k] + (k === 2 ? 0.045 : 0) - seen[39 * w + k])).concat(0)
    )
    rewards = Float64Array.from(worlds.step(Float64Array.from(actions)).rewards)
  }
  t.true(
    rewards.every((reward) => reward > 9.99),
    `${rewards}`
  )
  worlds.reset()
  t.deepEqual(worlds.state(), start, 'an episode of a task begins where the last one did')
})
