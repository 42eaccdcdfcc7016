/** Files of tasks: dialects of CSV and JSON that say the same, and what is refused with file, line and column. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { registered } from '../../ts/spec/index.js'
import { type About, readTaskFile } from '../../ts/tasks/file.js'
import { folder } from '../helpers.js'

const DRONE = registered('drone-planar') as About
const SPEED = registered('cheetah-vel/maml') as About

test('dialects of CSV and JSON that say the same tasks', (t) => {
  const dir = folder(t)
  const wanted = [
    { values: [2.5, 8], rare: false },
    { values: [8, 3.25], rare: true }
  ]
  const files: Record<string, string | Uint8Array> = {
    'plain.csv': 'goal x (m),goal y (m),rare\n2.5,8,0\n8,3.25,1\n',
    'columns-turned.csv': 'rare,goal y (m),goal x (m)\nfalse,8,2.5\ntrue,3.25,8\n',
    'windows.csv': '\ufeff"goal x (m)","goal y (m)","rare"\r\n"2.5","8","no"\r\n"8","3.25","yes"\r\n',
    'excel.csv': 'sep=;\r\nGoal X;Goal Y;Rare\r\n2,5;8;\r\n8;3,25;rare\r\n',
    'tabs.tsv': '\n goal_x\tgoal_y\trare\n2.5\t8\t0\n\n8e0\t3.25\t1',
    'utf-16.csv': Buffer.from('\ufeffgoal x (m),goal y (m),rare\n2.5,8,0\n8,3.25,1\n', 'utf16le'),
    'rows.json': '[{"values": [2.5, 8]}, {"values": [8, 3.25], "rare": true}]',
    'named.json': '\ufeff[{"goal x (m)": 2.5, "goal y (m)": 8}, {"goal_y": 3.25, "rare": true, "goal_x": 8}]',
    'json-by-its-text': '[[2.5, 8], {"values": [8, 3.25], "rare": true}]'
  }
  for (const [name, data] of Object.entries(files)) {
    const file = join(dir, name)
    writeFileSync(file, data)
    const { tasks, marked, sha256 } = readTaskFile('tasks.training', file, DRONE)
    t.deepEqual(
      tasks.map(({ values, rare }) => ({ values, rare })),
      wanted,
      name
    )
    t.true(marked, name)
    t.is(sha256, createHash('sha256').update(data).digest('hex'))
  }
})

test('a file without marks has none, and its rows know their lines', (t) => {
  const file = join(folder(t), 'v.csv')
  writeFileSync(file, '\n# 1\ngoal velocity\n0.5\n\n1.5\n'.replace('# 1\n', ''))
  const { tasks, marked } = readTaskFile('tasks.training', file, SPEED)
  t.deepEqual([tasks.map(({ values }) => values), marked], [[[0.5], [1.5]], false])
  t.deepEqual(
    tasks.map(({ place }) => place),
    ['v.csv, line 3', 'v.csv, line 5']
  )
  writeFileSync(file, '[[0.5], [1.5]]')
  t.deepEqual(
    readTaskFile('tasks.training', file, SPEED).tasks.map(({ place }) => place),
    ['v.csv, row 0', 'v.csv, row 1']
  )
})

test('what is no task is refused with file, line, column and cure', (t) => {
  const dir = folder(t)
  const refused = (text: string, message: string | RegExp, name = 'goals.csv') => {
    writeFileSync(join(dir, name), text)
    t.throws(() => readTaskFile('tasks.training', join(dir, name), DRONE), { code: 'ERR_TASK', message }, text)
  }
  const has = 'a task has "goal x (m)", "goal y (m)", and may have "rare"'
  refused('goal x (m),goal z\n1,2\n', `goals.csv, line 1: unknown column "goal z"; did you mean "goal y (m)"?; ${has}`)
  refused('goal x (m)\n1\n', `goals.csv, line 1: no column "goal y (m)"; ${has}`)
  refused('2.5,8\n8,3\n', /^goals\.csv, line 1: unknown column "2\.5"; a task has/)
  refused(
    ',goal x,goal y\n0,1,2\n',
    `goals.csv, line 1: column 1 has no name; leave it out (pandas: to_csv(index=False)), or name it; ${has}`
  )
  refused('goal x,goal y,goal_x\n1,2,3\n', 'goals.csv, line 1: column 3 is "goal x (m)" again; leave one of them out')
  refused('goal x,goal y\n1,2\n3,four\n', 'goals.csv, line 3, column "goal y": "four" is not a number')
  refused('goal x,goal y\n1,2\n3,\n', 'goals.csv, line 3, column "goal y": no number')
  refused('goal x,goal y\n1,NaN\n', 'goals.csv, line 2, column "goal y": "NaN" is not a number')
  refused('goal x,goal y\n1,2\n3\n', 'goals.csv, line 3: 1 cells, and the header has 2')
  refused('goal x,goal y,rare\n1,2,perhaps\n', 'goals.csv, line 2, column "rare": "perhaps" is neither true nor false')
  refused(
    'goal x;goal y\n1,5;2\n3;2.5\n',
    'goals.csv: "2.5" and "1,5" write decimals in two ways; write decimals with a point and no thousands'
  )
  refused('goal x,goal y\n1,"2\n', 'goals.csv, line 2: a quote opens here and is never closed')
  refused('goal x,goal y\n', 'goals.csv: no tasks; give at least one row of goal x (m), goal y (m) for drone-planar')
  refused('', 'goals.csv: empty; its first line must name goal x (m), goal y (m)')
  refused('PK\u0003\u0004rest', /^goals\.csv: it is no CSV but a ZIP archive or an Excel workbook; unpack it/)
  const json = (text: string, message: string | RegExp) => refused(text, message, 'goals.json')
  json('[[1, 2], [3]', /^goals\.json: no JSON: /)
  json('{"goal x (m)": 1}', 'goals.json: expected a list of tasks, [[…], …] or [{"goal x (m)": …}, …]')
  json('[]', /^goals\.json: no tasks; give at least one row/)
  json('[[1, 2], [3, null]]', 'goals.json, row 1: goal y (m) is null, no number')
  json('[[1, 2], [3, "4"]]', 'goals.json, row 1: goal y (m) is "4", no number')
  json('[[1, 2], 7]', 'goals.json, row 1: expected the numbers of a task, found 7')
  json('[{"goal x": 1, "goal z": 2}]', `goals.json, row 0: unknown column "goal z"; did you mean "goal y (m)"?; ${has}`)
  json('[{"values": [1, 2], "rare": 1}]', 'goals.json, row 0: rare is 1; write true or false')
})

test('a file that is not there, or is another than the experiment’s, is refused by its key', (t) => {
  const dir = folder(t)
  const file = join(dir, 'v.csv')
  t.throws(() => readTaskFile('tasks.heldOut', file, SPEED), { code: 'ERR_SPEC_INVALID', message: `tasks.heldOut.file: no file ${file}` })
  writeFileSync(file, 'goal velocity\n1\n')
  const { sha256 } = readTaskFile('tasks.heldOut', file, SPEED)
  t.notThrows(() => readTaskFile('tasks.heldOut', file, SPEED, sha256))
  writeFileSync(file, 'goal velocity\n1.5\n')
  t.throws(() => readTaskFile('tasks.heldOut', file, SPEED, sha256), {
    code: 'ERR_SPEC_INVALID',
    message: new RegExp(`^tasks\\.heldOut\\.sha256: .* not ${sha256}: it is not the file of this experiment$`)
  })
})
