/** The files of a small project, as `xmrl init` writes them. */
import { SCHEMA_LINE } from './spec.js'

/** What a project's TypeScript is checked with: what this package itself is. */
export const TOOLS = { '@types/node': '20.19.43', typescript: '6.0.3' } as const

const SPEC = `${SCHEMA_LINE}
# An experiment. What is not written here is the preset's or the default: \`npx xmrl spec spec.yaml\` shows every key.
environment: drone-planar

# Each seed is trained, repaired and measured by itself. Three are for a look; results want ten or more.
seeds: [0, 1, 2]

# The three frozen pools of tasks: trained on; searched for badly served ones; kept aside for the last measurement. Each is a
# count, a law ({ law: rare, share: .2, count: 50 }), rows ([[2, 8], [8, 3]]) or a file of them ({ file: goals.csv }).
tasks: { training: 50, evaluation: 50, heldOut: 50 }

retrain:
  # Arms: ways of going on from the trained policy, all for the same number of environment steps.
  # xmrl: the repair. maml: training goes on as before. maml-null: the same again with other random numbers, which shows how
  # large a difference chance alone makes.
  arms: [xmrl, maml, maml-null]
  extraSteps: 6_000_000
`

/** A world of one's own, as small as one can be that has tasks. */
const WORLD = `// A world of your own: a point that is pushed towards a goal which it cannot see. Put yours in its place.
// \`npx xmrl run ./world.mjs\` runs on it; in spec.yaml it is \`environment: ./world.mjs\`. What everything means: docs/own-worlds.md of xmrl.
import { defineWorld } from 'xmrl'

export default defineWorld({
  name: 'point-2d',
  description: 'A point that is pushed towards a goal.',
  horizon: 50,
  observation: { size: 4 },
  action: { size: 2 },
  // The state is the whole truth about a world: nothing else is kept from step to step.
  state: { size: 4, names: ['x', 'y', 'vx', 'vy'] },
  task: { names: ['goal x', 'goal y'], low: [-2, -2], high: [2, 2] },
  score: 'success',
  // Nine training tasks in ten have their goal on the right; the other pools have goals everywhere.
  laws: {
    rightward: (random, count, pool) =>
      Array.from({ length: count }, (_, i) => {
        const x = 2 * random()
        const right = pool === 'training' ? i % 10 > 0 : random() < 0.5
        return [right ? x : -x, 4 * random() - 2]
      })
  },
  // Functions take W worlds at once; arrays are row-major, [W, size].
  reset({ count, states, random }) {
    for (let w = 0; w < count; w++) {
      states[4 * w] = 0.2 * random(w, 0) - 0.1
      states[4 * w + 1] = 0.2 * random(w, 1) - 0.1
    }
  },
  observe({ states, observations }) {
    observations.set(states)
  },
  step({ count, tasks, states, actions, rewards, terminated, success }) {
    for (let w = 0; w < count; w++) {
      const before = distance(states, tasks, w)
      for (let k = 0; k < 2; k++) {
        states[4 * w + 2 + k] = 0.8 * states[4 * w + 2 + k] + 0.4 * actions[2 * w + k]
        states[4 * w + k] += 0.1 * states[4 * w + 2 + k]
      }
      const after = distance(states, tasks, w)
      rewards[w] = before - after
      if (after < 0.3) {
        rewards[w] += 1
        terminated[w] = 1
        success[w] = 1
      }
    }
  },
  mix: 'linear'
})

const distance = (states, tasks, w) => Math.hypot(states[4 * w] - tasks[2 * w], states[4 * w + 1] - tasks[2 * w + 1])
`

const EXPERIMENT = `// The experiment of spec.yaml from TypeScript: runs it, or goes on with it, then reads what it left.
import { defineExperiment, loadRun, readSpecFile, runExperiment } from 'xmrl'

const experiment = defineExperiment(readSpecFile('spec.yaml').written)
const out = 'runs/experiment'

for await (const event of runExperiment(experiment, { out, resume: true })) {
  if (event.type === 'stage-finished') console.log(\`seed \${event.seed}: \${event.stage} \${event.arm ?? ''} \${event.summary}\`)
  if (event.type === 'report') console.log(\`report: \${event.path}\`)
}

const run = await loadRun(out)
for (const { seed, records } of run.seeds) {
  console.log(\`seed \${seed}: poor tasks \${records.poor?.evaluation.join(', ')} of the evaluation pool\`)
  console.log(\`seed \${seed}: training tasks \${records.explanation?.critical.join(', ')} matter most for them\`)
}
`

const TSCONFIG = {
  compilerOptions: { target: 'es2022', module: 'nodenext', strict: true, types: ['node'], outDir: 'build' },
  include: ['*.ts']
}

const readme = (name: string) => `# ${name}

Made by \`npx xmrl init\`. On Linux with Node 20.17 or newer:

- \`npm install\`, then \`npx xmrl run spec.yaml\` trains, explains, repairs and measures; its report is \`runs/…/report.html\`.
- \`npx xmrl run spec.yaml --jobs 2\` works on two seeds at a time; \`--resume\` goes on with a run that was stopped.
- \`npm run experiment\` does the same from TypeScript (\`experiment.ts\`) and prints what it found.
- \`npx xmrl spec spec.yaml\` shows every key of the specification with what it does; \`npx xmrl envs\` lists environments.
- \`world.mjs\` is a world of your own to begin with: \`npx xmrl check ./world.mjs\`, then \`npx xmrl run ./world.mjs\`.
`

/**
 * Files of a project, by name.
 * @param name of the project
 * @param packages this package and what it needs beside it: versions, or where they lie
 */
export function projectFiles(name: string, packages: Readonly<Record<string, string>>): Record<string, string> {
  const about = {
    name,
    private: true,
    type: 'module',
    scripts: { experiment: 'tsc && node build/experiment.js' },
    dependencies: packages,
    devDependencies: TOOLS
  }
  return {
    'package.json': json(about),
    'tsconfig.json': json(TSCONFIG),
    '.gitignore': 'node_modules/\nbuild/\nruns/\n',
    'README.md': readme(name),
    'spec.yaml': SPEC,
    'world.mjs': WORLD,
    'experiment.ts': EXPERIMENT
  }
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
