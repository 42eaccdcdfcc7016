// `npm run test:mutants`: would the tests notice? Puts known-bad variants of the mathematics, one at a time, into a copy of the sources and runs
// the tests that guard the place: every variant must compile and must make a test fail. The first three are the errors that were found in
// published implementations of conjugate gradients. `-- --only <part of a name>` runs some. A few minutes; the build folder is shared.
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { main, setUp } from './setup.mjs'
import { root, run, StepFailed } from './terminal.mjs'

const CG = { file: 'crates/autodiff/src/cg.rs', tests: ['-p', 'xmrl-autodiff', '--test', 'linear'] }
/** Name → where, what becomes what, and the tests that must notice. Every text must stand in the file exactly once. */
const MUTANTS = {
  'conjugate gradients: old residual in the direction': {
    ...CG,
    changes: [
      ['vector::axpy(-step, &product, &mut r);', 'let old = r.clone();\n        vector::axpy(-step, &product, &mut r);'],
      ['vector::xpby(z, beta, &mut p);', 'vector::xpby(&old, beta, &mut p);']
    ]
  },
  'conjugate gradients: iterate returned one step late': {
    ...CG,
    changes: [
      ['let step = rz / curvature;', 'let step = rz / curvature;\n        late.copy_from_slice(&x);'],
      ['let mut carried = 0.0;', 'let mut late = x.clone();\n    let mut carried = 0.0;'],
      [
        '    info.finish(rr.sqrt() / target, converged);\n    Ok((x, info))',
        '    info.finish(rr.sqrt() / target, converged);\n    Ok((late, info))'
      ]
    ]
  },
  'conjugate gradients: scale missing in the residual update': {
    ...CG,
    changes: [['vector::axpy(-step, &product, &mut r);', 'vector::axpy(-1.0, &product, &mut r);']]
  },
  'conjugate gradients: negative curvature not noticed': {
    ...CG,
    changes: [['if curvature <= 0.0 {', 'if curvature.is_nan() {']],
    tests: ['-p', 'xmrl-autodiff', '--test', 'spectrum']
  },
  'implicit adjoint: sign of the Hessian': {
    file: 'crates/autodiff/src/implicit.rs',
    changes: [['vector::scale(-1.0, out);', 'vector::scale(1.0, out);']],
    tests: ['-p', 'xmrl-core', '--test', 'closed_form']
  },
  'advantages: lambda left out': {
    file: 'crates/rollout/src/returns.rs',
    changes: [['advantage = residual + gamma * lambda * advantage;', 'advantage = residual + gamma * lambda.signum() * advantage;']],
    tests: ['-p', 'xmrl-rollout', '--lib', 'returns']
  },
  'meta-gradient: first order where second is asked for': {
    file: 'crates/meta/src/fused/gradient.rs',
    changes: [['vector::axpy(1.0, &product, &mut out);', 'vector::axpy(0.0, &product, &mut out);']],
    tests: ['-p', 'xmrl-meta', '--test', 'derivatives', 'fused']
  },
  'trust region: KL not looked at': {
    file: 'crates/meta/src/trpo.rs',
    changes: [['if within && surrogate >', 'if (within || true) && surrogate >']],
    tests: ['-p', 'xmrl-meta', '--test', 'suite', 'trpo']
  },
  'CMI: responses not centred': {
    file: 'crates/xmrl/src/posterior.rs',
    changes: [['vector::axpy(-1.0, &mean, row);', 'vector::axpy(0.0, &mean, row);']],
    tests: ['-p', 'xmrl-core', '--lib', 'cmi']
  }
}

const copy = join(root, 'runs', 'mutants')

/** The sources, without what is built: cargo keeps its output in the repository's own folder. */
function copySources() {
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(copy, { recursive: true })
  for (const path of ['Cargo.toml', 'Cargo.lock', '.cargo', 'crates', 'benches', 'scripts'])
    cpSync(join(root, path), join(copy, path), { recursive: true })
  symlinkSync(join(root, '.libtorch'), join(copy, '.libtorch'))
}

/** Whether the tests pass; an error where they do not compile. */
async function passes(tests) {
  const at = tests.findIndex((word, i) => i > 1 && !word.startsWith('-') && tests[i - 1] !== '--test')
  const args = at < 0 ? tests : [...tests.slice(0, at), '--', ...tests.slice(at)]
  try {
    await run('cargo', ['test', '--locked', '--quiet', ...args], {
      cwd: copy,
      // The repository's own libtorch by the same path: another one would compile the bindings anew.
      env: { LIBTORCH: join(root, '.libtorch'), ...process.env, CARGO_TARGET_DIR: join(root, 'target') }
    })
    return true
  } catch (error) {
    if (error instanceof StepFailed && /test result: FAILED|panicked at/.test(error.message)) return false
    throw error
  }
}

function mutate({ file, changes }, name) {
  const path = join(copy, file)
  const source = readFileSync(path, 'utf8')
  let text = source
  for (const [from, to] of changes) {
    if (text.split(from).length !== 2)
      throw new StepFailed(`${name}: "${from}" stands ${text.split(from).length - 1} times in ${file}; update scripts/mutants.mjs`)
    text = text.replace(from, () => to)
  }
  writeFileSync(path, text)
  return () => writeFileSync(path, source)
}

await main(async () => {
  await setUp()
  const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : ''
  const chosen = Object.entries(MUTANTS).filter(([name]) => name.includes(only))
  if (chosen.length === 0) throw new StepFailed(`no mutant is called ${only}`)
  copySources()
  const survived = []
  try {
    const sound = new Set()
    for (const [name, mutant] of chosen) {
      const tests = mutant.tests.join(' ')
      if (!sound.has(tests) && !(await passes(mutant.tests))) throw new StepFailed(`cargo test ${tests} fails without any mutant`)
      sound.add(tests)
      const restore = mutate(mutant, name)
      if (await passes(mutant.tests)) survived.push(name)
      else process.stdout.write(`✓ noticed: ${name}\n`)
      restore()
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
  if (survived.length > 0) throw new StepFailed(`the tests did not notice: ${survived.join('; ')}`)
  process.stdout.write(`${chosen.length} of ${chosen.length} known-bad variants were noticed\n`)
})
