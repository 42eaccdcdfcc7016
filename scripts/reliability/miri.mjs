// Runs the parts with raw pointers under Miri, on portable lanes: operators and conversions of packs (crates/lanes), workspaces
// made in place (crates/physics), and the dense products and passes of the written-out derivatives (crates/policy/src/fused). The
// latter's crate links libtorch, which Miri cannot call, so its files are put into a small crate of their own. Needs a nightly
// toolchain with miri:
//
//   rustup toolchain install nightly --component miri,rust-src
//   node scripts/reliability/miri.mjs
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../setup/terminal.mjs'

const folder = mkdtempSync(join(tmpdir(), 'xmrl-miri-'))
const manifest = (name, tables) => `[package]\nname = "${name}"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n${tables}\n`
const FILES = ['elementwise.rs', 'kernels', 'kernels.rs', 'number.rs', 'product.rs']
const LIBRARY = `#![allow(dead_code, unused_imports)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation { Tanh, Relu }
pub mod fused { mod elementwise; mod kernels; mod number; mod product; }
`

try {
  cpSync(join(root, 'crates', 'lanes'), join(folder, 'lanes'), { recursive: true })
  cpSync(join(root, 'crates', 'physics'), join(folder, 'physics'), { recursive: true })
  const std = '[features]\ndefault = ["std"]\nstd = []\n'
  writeFileSync(join(folder, 'lanes', 'Cargo.toml'), manifest('xmrl-lanes', std))
  writeFileSync(join(folder, 'physics', 'Cargo.toml'), manifest('xmrl-physics', `${std}[dependencies]\nxmrl-lanes = { path = "../lanes" }`))
  mkdirSync(join(folder, 'fused', 'src', 'fused'), { recursive: true })
  for (const file of FILES)
    cpSync(join(root, 'crates', 'policy', 'src', 'fused', file), join(folder, 'fused', 'src', 'fused', file), { recursive: true })
  writeFileSync(join(folder, 'fused', 'Cargo.toml'), manifest('fused', '[dependencies]\nxmrl-lanes = { path = "../lanes" }'))
  writeFileSync(join(folder, 'fused', 'src', 'lib.rs'), LIBRARY)
  // Miri rounds some operations at random unless told not to; the tests ask for bits.
  const env = { ...process.env, XMRL_ISA: 'portable', MIRIFLAGS: '-Zmiri-disable-isolation -Zmiri-deterministic-floats' }
  for (const [crate, ...tests] of [
    ['lanes', '--test', 'pack'],
    ['physics', '--test', 'workspace'],
    ['fused', '--lib']
  ]) {
    const { status } = spawnSync('cargo', ['+nightly', 'miri', 'test', ...tests], { cwd: join(folder, crate), env, stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
