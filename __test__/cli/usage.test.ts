/** Wrong input of every command: exit code, and one or two lines on standard error that name what is wrong and what to do. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { folder, root, xmrl } from '../helpers.js'

/** Arguments, exit code, and what the first line says. */
type Case = [args: string[], code: 1 | 2, said: RegExp]
const set = (...overrides: string[]) => ['run', 'drone-planar', ...overrides.flatMap((each) => ['--set', each])]

const CASES: Case[] = [
  [['frobnicate'], 2, /^ERR_USAGE: unknown command 'frobnicate'/],
  [['rnu'], 2, /^ERR_USAGE: unknown command 'rnu'/],
  [['--nope'], 2, /^ERR_USAGE: unknown option '--nope'/],
  // Names.
  [
    ['check', 'drone-planar', '--set', 'environment=ant-vel/maml'],
    2,
    /^ERR_USAGE: --set environment: the world that is checked is drone-planar/
  ],
  [['check'], 2, /^ERR_USAGE: missing required argument/],
  [['run'], 2, /^ERR_USAGE: missing required argument 'preset or spec\.yaml'/],
  [['run', 'a', 'b'], 2, /^ERR_USAGE: too many arguments/],
  [['run', 'drone-planer'], 2, /^ERR_PRESET_UNKNOWN: .*"drone-planer"; did you mean "drone-planar"\?/],
  [['table', 'drone-planer'], 2, /did you mean "drone-planar"\?/],
  [['spec', 'drone-planer'], 2, /did you mean "drone-planar"\?/],
  [['bench', 'iteration', '--preset', 'drone-planer'], 2, /did you mean "drone-planar"\?/],
  [['check', 'drone-planer'], 2, /^ERR_PRESET_UNKNOWN: .*"drone-planer"; did you mean "drone-planar"\?/],
  [['envs', 'drone-planer'], 2, /^ERR_PRESET_UNKNOWN: .*did you mean .drone-planar.\?/],
  // Files.
  [['run', 'none.yaml'], 2, /^ERR_SPEC_INVALID: none\.yaml: no such preset or spec file/],
  [['spec', 'dir'], 2, /^ERR_SPEC_INVALID: dir: a folder; name a preset or a spec file/],
  [['run', 'torn.json'], 2, /^ERR_SPEC_INVALID: torn\.json: not YAML: .* at line 2/],
  [['run', 'list.yaml'], 2, /^ERR_SPEC_INVALID: list\.yaml: expected keys and values, found a list/],
  [['run', 'key.yaml'], 2, /^ERR_SPEC_INVALID: policy\.hiden: unknown key; did you mean "policy\.hidden"\?/],
  [['report', 'nowhere'], 1, /^ERR_RUN_NOT_FOUND: .*nowhere/],
  [['report', 'dir'], 1, /^ERR_RUN_NOT_FOUND: .*dir is not a run directory/],
  [['train', 'dir'], 1, /^ERR_RUN_NOT_FOUND: .*dir is not a run directory/],
  [['explain', 'dir/file'], 1, /^ERR_RUN_NOT_FOUND/],
  [['export', 'dir'], 1, /^ERR_RUN_NOT_FOUND/],
  [['report', 'torn'], 1, /^ERR_RECORD_INVALID: .*torn.*resolved\.json: it is not JSON/],
  [['reproduce', 'none.json'], 1, /^ERR_RECORD_INVALID: none\.json: no such record; xmrl table --record writes one/],
  [['reproduce', 'torn.json'], 1, /^ERR_RECORD_INVALID: torn\.json: it is not JSON; xmrl table --record writes one/],
  [
    ['reproduce', 'other.json'],
    1,
    /^ERR_RECORD_INVALID: other\.json: command: expected string, which is missing; a small record is what xmrl table --record writes/
  ],
  [['import', 'none', '--layout', 'none', '--preset', 'drone-planar'], 2, /^ERR_SPEC_INVALID: weights: no file none/],
  [['data', 'stock/csv', '--file', 'none.csv'], 1, /^ERR_PRICES: market\.file: no file none\.csv/],
  [['run', 'drone-planar', '--out', 'dir'], 1, /^ERR_RUN_EXISTS: .*dir holds files that are no run \(file\); choose another --out/],
  [['run', 'drone-planar', '--out', 'dir/file'], 1, /^ERR_OUTPUT: cannot write .*dir\/file: .*choose another --out/],
  [['theory', '--out', 'dir/file/x'], 1, /^ERR_OUTPUT: cannot write .*dir\/file/],
  [['init', 'dir'], 2, /^ERR_USAGE: dir: not empty \(file\); name a folder that is new or empty/],
  [['init', 'dir/file'], 2, /^ERR_USAGE: dir\/file: a file; name a folder that is new or empty/],
  [['init', '/proc/new'], 1, /^ERR_OUTPUT: cannot write \/proc\/new: the place does not exist and cannot be made; choose another place\n$/],
  [['data', 'bogus'], 2, /^ERR_PRESET_UNKNOWN: unknown preset "bogus"; known: stock\/sp20, stock\/csv, metaworld\n$/],
  [['data', 'stock/sp2'], 2, /^ERR_PRESET_UNKNOWN: unknown preset "stock\/sp2"; did you mean "stock\/sp20"\?/],
  [['data', 'drone-planar'], 2, /^ERR_USAGE: drone-planar needs no data; stock\/sp20, stock\/csv, metaworld do/],
  [['envs', 'bogus'], 2, /^ERR_PRESET_UNKNOWN: unknown preset "bogus"; npx xmrl envs lists those that there are\n$/],
  // Keys and values.
  [['check', 'drone-planar', '--set', 'explain.roh=1'], 2, /^ERR_SPEC_INVALID: explain\.roh: unknown key; did you mean "explain\.rho"\?/],
  [set('explain.roh=1'), 2, /^ERR_SPEC_INVALID: explain\.roh: unknown key; did you mean "explain\.rho"\?/],
  [set('explain.rho=high'), 2, /^ERR_SPEC_INVALID: explain\.rho: expected number, found "high"/],
  [set('explain.rho'), 2, /^ERR_SPEC_INVALID: --set explain\.rho: write it as key\.path=value/],
  [set('seeds=3'), 2, /^ERR_SPEC_INVALID: seeds: expected array, found 3; write \[3\]/],
  [set('seeds=[]'), 2, /^ERR_SPEC_INVALID: seeds: /],
  [set('train.phases.7.iterations=3'), 2, /"7" is not an index of a list of 3/],
  [['table', 'drone-planar', '--arms', 'xmlr'], 2, /^ERR_SPEC_INVALID: retrain\.arms\.0: unknown arm "xmlr"; did you mean "xmrl"\?/],
  [['spec', 'stock/csv'], 2, /^ERR_SPEC_INVALID: market\.file: stock\/csv needs the name of a CSV file/],
  // Options.
  [['run', 'drone-planar', '--seeds', ''], 2, /^ERR_USAGE: option '--seeds <list>' is empty; give a value/],
  [['run', 'drone-planar', '--seeds', '0..99999999'], 2, /^ERR_USAGE: seeds: "0\.\.99999999" is 100000000 seeds, .*at most 10000/],
  [['run', 'drone-planar', '--seeds', '3..1'], 2, /^ERR_USAGE: seeds: "3\.\.1" is not a range from small to large/],
  [['run', 'drone-planar', '--seeds', '4294967296'], 2, /^ERR_SPEC_INVALID: seeds\.0: .*found 4294967296/],
  [['run', 'drone-planar', '--out', ''], 2, /^ERR_USAGE: option '--out <dir>' is empty/],
  [['run', 'drone-planar', '--out', 'a', '--out', 'b'], 2, /^ERR_USAGE: option '--out <dir>' is given twice; give it once/],
  [['spec'], 2, /^ERR_USAGE: name a preset or a spec file \(or give --schema\)/],
  [['spec', 'drone-planar', '--schema'], 2, /^ERR_USAGE: --schema .*give it alone/],
  [['run', 'drone-planar', '--jobs', '0'], 2, /^ERR_USAGE: .*'0' is invalid\. give a whole number, at least 1\./],
  [['run', 'drone-planar', '--device', 'gpu'], 2, /^ERR_USAGE: .*'gpu' is invalid\. give auto, cpu or cuda\./],
  [['run', 'drone-planar', '--until', 'repair'], 2, /^ERR_USAGE: .*'repair' is invalid\. give train, evaluate/],
  [['bench', 'rollout', '--preset', 'drone-planar', '--worlds', '-3'], 2, /^ERR_USAGE: /],
  [['check', 'drone-planar', '--seed', '-1'], 2, /^ERR_USAGE: .*'-1' is invalid\. give a whole number, at least 0\./],
  [['check', 'stock/csv', '--set', 'market.file=none.csv'], 1, /^ERR_PRICES: market\.file: no file .*none\.csv/]
]

/** Commands that write files alone. */
const FOREIGN = ['import', 'export']

test('wrong input is refused with exit code, key, value and cure, in one or two lines', async (t) => {
  t.timeout(600_000)
  const cwd = folder(t)
  for (const name of ['dir', 'torn']) mkdirSync(join(cwd, name))
  for (const [name, text] of Object.entries({
    'dir/file': 'text',
    'torn/resolved.json': '{',
    'torn/manifest.json': '{',
    'torn.json': '{\n',
    'other.json': '{ "x": 1 }',
    'list.yaml': '- a\n- b\n',
    'key.yaml': 'policy: { hiden: [4] }\n'
  }))
    writeFileSync(join(cwd, name), text)
  const todo = [...CASES]
  const work = async () => {
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
      const [args, code, said] = next
      const done = await xmrl(args, { cwd })
      const line = `xmrl ${args.join(' ')}\n${done.stdout}${done.stderr}`
      t.is(done.code, code, line)
      t.is(done.stdout, '', line)
      t.regex(done.stderr, said, line)
      t.true(done.stderr.trimEnd().split('\n').length <= 2, line)
      t.notRegex(done.stderr, /\n\s+at |undefined|\[object/, line)
    }
  }
  await Promise.all([work(), work(), work()])
})

test('every command says what it takes, and has --json; the version is the package’s', async (t) => {
  const top = await xmrl(['--help'])
  t.is(top.code, 0)
  const commands = [...top.stdout.matchAll(/^ {2}([a-z]+)(?: \[options\])?(?: .*)?$/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'help')
  for (const name of [
    'run',
    'table',
    'spec',
    'init',
    'report',
    'reproduce',
    'envs',
    'check',
    'doctor',
    'bench',
    'theory',
    'data',
    'import',
    'export',
    'sweep'
  ])
    t.true(commands.includes(name), name)
  const inner: Record<string, string[]> = {
    bench: ['iteration', 'hvp', 'rollout'],
    sweep: ['submit', 'status', 'resume', 'cancel', 'collect']
  }
  const helps = commands.flatMap((name) => inner[name]?.map((of) => [name, of]) ?? [[name]])
  await Promise.all(
    helps.map(async (name) => {
      const { code, stdout } = await xmrl([...name, '--help'])
      t.is(code, 0, name.join(' '))
      if (!FOREIGN.includes(name[0])) t.regex(stdout, /--json /, name.join(' '))
    })
  )
  const version = await xmrl(['--version'], { cwd: root })
  t.regex(version.stdout, /^\d+\.\d+\.\d+\n$/)
})
