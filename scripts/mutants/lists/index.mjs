// Every mutant: { name, why, file, from, to, tests, form?, changes?, harmless?, slow?, needs? }.
// `from` stands exactly once in the file; «…» in it marks the part that `to` replaces, the rest only says which of several alike.
// `tests`: a file of ava's, or `crate:target filter…` of cargo's, that must notice. `harmless`: why none can.
// `needs`: a path of the checkout without which its tests say that they skip, and so does it.
// `slow`: not in the quick part (the checks), since its tests take long or another of its kind is there.
// Both must compile in place: an expression for an expression, or statements (`form: 'statement'`; in Rust what ends in `;`;
// Python has expressions alone).
import { CHECK } from './check.mjs'
import { EXPORTS } from './exports.mjs'
import { FORETELLING } from './foretold.mjs'
import { GPU } from './gpu.mjs'
import { META } from './meta.mjs'
import { METAWORLD } from './metaworld.mjs'
import { PYTHON } from './python.mjs'
import { REPAIR } from './repair.mjs'
import { RUNS } from './runs.mjs'
import { SEAM } from './seam.mjs'
import { SELECT } from './select.mjs'
import { STAGES } from './stages.mjs'
import { TASKS } from './tasks.mjs'
import { TORCH } from './torch.mjs'
import { WORDS } from './words.mjs'
import { XMRL } from './xmrl.mjs'

/** @type {import('../sources.mjs').Mutant[]} */
export const MUTANTS = [
  ...STAGES,
  ...SELECT,
  ...EXPORTS,
  ...FORETELLING,
  ...REPAIR,
  ...RUNS,
  ...TASKS,
  ...META,
  ...XMRL,
  ...TORCH,
  ...PYTHON,
  ...METAWORLD,
  ...GPU,
  ...SEAM,
  ...WORDS,
  ...CHECK
]
