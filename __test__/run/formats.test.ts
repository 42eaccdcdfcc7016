/** Weights of other programs where a run's own belong are called what they are. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { encodeTensors } from '../../ts/policies/index.js'
import { foreignWeights } from '../../ts/run/index.js'
import { folder, xmrl } from '../helpers.js'

const one = { shape: [1], values: Float64Array.of(1) }

test('what files of weights are is told by their bytes and the names of their tensors', (t) => {
  t.is(foreignWeights(Buffer.from('PK\x03\x04 and more bytes')), 'a zip archive, as torch.save and numpy.savez write')
  t.is(foreignWeights(Buffer.from([0x80, 2, 0, 0, 0, 0, 0, 0, 0])), 'a pickle')
  const named = encodeTensors({ 'mlp.0.weight': one, 'mlp.0.bias': one }, 'pt')
  t.is(foreignWeights(named), 'a safetensors file of another program (its tensors: mlp.0.weight, mlp.0.bias)')
  t.is(foreignWeights(encodeTensors({ theta: one }, 'xmrl-meta-1')), undefined)
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(8, 0xff), named.subarray(0, 20)]) t.is(foreignWeights(bytes), undefined)
})

test('a run that is to start from another program’s file is told to import it', async (t) => {
  const cwd = folder(t)
  writeFileSync(join(cwd, 'p.safetensors'), encodeTensors({ '0.weight': one }, 'pt'))
  const { code, stderr } = await xmrl(
    ['run', 'drone-planar', '--set', 'train.initial=p.safetensors', '--set', 'train.phases=[]', '--out', 'out'],
    { cwd }
  )
  t.is(code, 2, stderr)
  t.regex(stderr, /^ERR_SPEC_INVALID: train\.initial: .*p\.safetensors is a safetensors file of another program .*: npx xmrl import /)
})
