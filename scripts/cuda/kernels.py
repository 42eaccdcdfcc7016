#!/usr/bin/env python3
"""Makes the PTX of the roll-out kernels from the Rust that the CPU runs, with stable Rust alone.

    python3 scripts/cuda/kernels.py            writes crates/cuda/ptx/
    python3 scripts/cuda/kernels.py --check    makes it anew and compares: exit 1 where a file differs. Under another version of Rust the
                                               hash of the sources alone

No compiler for NVIDIA's devices is needed, nor a nightly: rustc writes the intermediate code (LLVM IR) of `crates/kernels` for this
machine, without x86's instructions (`--cfg xmrl_device`), and the LLVM library that every Rust toolchain brings knows the NVPTX
target. This page turns the one into the other: attributes of x86 go, panics become traps, square root, fused multiply-add and the
number of a thread become the device's, everything is inlined into the kernels, LLVM optimises at O3, and PTX comes out with no
contraction of products and sums that the Rust does not ask for. A symbol that is left without a body is an error.
"""

import argparse
import ctypes
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / 'crates/cuda/ptx'
TARGET = ROOT / 'target/kernels'
TRIPLE = 'nvptx64-nvidia-cuda'
# The oldest device with independent threads; drivers translate it for every later one.
DEVICE, ISA = 'sm_70', '+ptx63'
# Of which the kernels are made; their hash stands in the manifest, so that a change without new kernels is seen without building.
SOURCES = ['crates/kernels', 'crates/lanes', 'crates/physics', 'crates/policy/src/packed.rs', 'crates/envs/src/crew.rs',
           'crates/envs/src/rules.rs', 'crates/envs/src/rng.rs', 'crates/envs/src/worlds', 'scripts/cuda/kernels.py']
# Of those, what no kernel is made of.
HOST = re.compile(r'/tests/|/tests\.rs$|/examples/|\.md$|/mod\.rs$|/worlds/(metaworld|point_nav)/|/market/(calendar|data|description|indicators|presets|prices|'
                  r'shrinkage|synthetic|tasks|turbulence|world)\.rs$|/(avx2|avx512|dispatch)\.rs$')

# Families whose stages stay functions, for they are called from several places: inlined, the ant is four times as much code.
CALLED = {'ant'}

PRELUDE = '''
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare float @llvm.sqrt.f32(float)
declare double @llvm.sqrt.f64(double)
declare float @llvm.fma.f32(float, float, float)
declare double @llvm.fma.f64(double, double, double)
declare void @llvm.trap()

define i64 @xmrl_thread() alwaysinline {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %threads = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %a = zext i32 %threads to i64
  %b = zext i32 %block to i64
  %first = mul i64 %a, %b
  %t = zext i32 %thread to i64
  %sum = add i64 %first, %t
  ret i64 %sum
}
define float @xmrl_root_f32(float %x) alwaysinline {
  %y = call float @llvm.sqrt.f32(float %x)
  ret float %y
}
define double @xmrl_root_f64(double %x) alwaysinline {
  %y = call double @llvm.sqrt.f64(double %x)
  ret double %y
}
define float @xmrl_fused_f32(float %a, float %b, float %c) alwaysinline {
  %y = call float @llvm.fma.f32(float %a, float %b, float %c)
  ret float %y
}
define double @xmrl_fused_f64(double %a, double %b, double %c) alwaysinline {
  %y = call double @llvm.fma.f64(double %a, double %b, double %c)
  ret double %y
}
'''


class Broken(Exception):
    """What went wrong, in words for whoever started the script."""


def intermediate():
    """The intermediate code of `crates/kernels` for this machine."""
    flags = os.environ | {'RUSTFLAGS': '--cfg xmrl_device', 'CARGO_TARGET_DIR': str(TARGET)}
    asked = ['cargo', 'rustc', '--locked', '--profile', 'device', '-p', 'xmrl-kernels', '--lib', '--message-format=json',
             '--', '--emit=llvm-ir', '-C', 'no-vectorize-slp', '-C', 'no-vectorize-loops']
    done = subprocess.run(asked, cwd=ROOT, env=flags, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Broken('the kernels do not compile; the messages are above')
    written = [pathlib.Path(name) for line in done.stdout.splitlines()
               for message in [json.loads(line)] if message['reason'] == 'compiler-artifact'
               and message['target']['name'] == 'xmrl_kernels' for name in message['filenames']]
    # Beside the library that cargo names lies a copy of it under another name; the code is of the newest compilation.
    found = sorted({file for name in written for file in (name.parent / 'deps', name.parent)
                    for file in file.glob('xmrl_kernels-*.ll')}, key=lambda file: file.stat().st_mtime)
    if found:
        return found[-1].read_text()
    raise Broken('cargo named no library of xmrl-kernels')


def for_device(code):
    """The code with the marks of the device in the place of this machine's."""
    code = re.sub(r'^(target (datalayout|triple)|source_filename) = .*\n', '', code, flags=re.M)
    code = re.sub(r'^(define .*?)\bpersonality ptr @rust_eh_personality', r'\1', code, flags=re.M)
    code = re.sub(r'^declare .*@rust_eh_personality.*\n', '', code, flags=re.M)
    code = re.sub(r'"(target-cpu|target-features|probe-stack|tune-cpu)"="[^"]*"', '', code)
    code = re.sub(r'^(attributes #\d+ = \{.*)$', lambda line: re.sub(r'\b(nonlazybind|uwtable|noinline|minsize|optsize)\b', '', line[1]), code, flags=re.M)
    code = re.sub(r'^define void (@fly_)', r'define ptx_kernel void \1', code, flags=re.M)
    # All else belongs to the module alone, and is inlined.
    code = re.sub(r'^define (?!ptx_kernel)(?:hidden |internal |private )?(.*?)(#\d+)', r'define internal \1alwaysinline \2', code, flags=re.M)
    # Panics of core never return: a trap ends the launch, and the driver tells.
    panic = re.compile(r'^declare (?P<head>[^\n]*?@(?P<name>[\w$."]*4core[\w$."]*)\([^\n]*)$', re.M)

    def trap(found):
        head = re.sub(r'#\d+$', '', found['head'].strip())
        return f'define internal {head} alwaysinline noreturn {{\n  call void @llvm.trap()\n  unreachable\n}}'

    code = panic.sub(trap, code)
    defined = '|'.join(re.findall(r'^define \w+ (@xmrl_\w+)', PRELUDE, re.M))
    code = re.sub(rf'^declare .*({defined})\(.*\n', '', code, flags=re.M)
    prelude = PRELUDE
    for name in re.findall(r'^declare [^@]*(@llvm[\w.]+)', code, re.M):
        prelude = re.sub(rf'^declare .*{re.escape(name)}\(.*\n', '', prelude, flags=re.M)
    return f'target triple = "{TRIPLE}"\n' + prelude.replace('define ', 'define internal ') + code


def kernels(code):
    """The names of the kernels in the code."""
    return re.findall(r'^define ptx_kernel void @(fly_\w+)\(', code, re.M)


class Llvm:
    """The LLVM of this Rust toolchain."""

    def __init__(self):
        root = subprocess.run(['rustc', '--print', 'sysroot'], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        found = sorted(pathlib.Path(root, 'lib').glob('libLLVM.so.*'))
        if not found:
            raise Broken(f'{root}/lib has no libLLVM.so.*: this Rust was built with an LLVM of its own; take the one of rustup')
        self.name = found[0].name
        self.library = ctypes.CDLL(str(found[0]))
        for part in ('TargetInfo', 'Target', 'TargetMC', 'AsmPrinter'):
            self.library[f'LLVMInitializeNVPTX{part}']()

    def call(self, name, *arguments, gives=ctypes.c_void_p):
        function = self.library[name]
        function.restype = gives
        return function(*arguments)

    def machine(self):
        target, words = ctypes.c_void_p(), ctypes.c_char_p()
        if self.call('LLVMGetTargetFromTriple', TRIPLE.encode(), ctypes.byref(target), ctypes.byref(words), gives=ctypes.c_int):
            raise Broken(f'this LLVM has no NVPTX: {words.value.decode()}')
        # Aggressive optimisation, default relocation and code model.
        return ctypes.c_void_p(self.call('LLVMCreateTargetMachine', target, TRIPLE.encode(), DEVICE.encode(), ISA.encode(), 3, 0, 0))

    def ptx(self, code):
        """PTX of a module."""
        context = ctypes.c_void_p(self.call('LLVMContextCreate'))
        data = code.encode()
        buffer = ctypes.c_void_p(self.call('LLVMCreateMemoryBufferWithMemoryRangeCopy', data, ctypes.c_size_t(len(data)), b'kernels'))
        module, words = ctypes.c_void_p(), ctypes.c_char_p()
        if self.call('LLVMParseIRInContext', context, buffer, ctypes.byref(module), ctypes.byref(words), gives=ctypes.c_int):
            raise Broken(f'LLVM cannot read the code: {words.value.decode()}')
        machine = self.machine()
        layout = ctypes.c_void_p(self.call('LLVMCreateTargetDataLayout', machine))
        self.call('LLVMSetModuleDataLayout', module, layout, gives=None)
        options = ctypes.c_void_p(self.call('LLVMCreatePassBuilderOptions'))
        for passes in (b'globaldce,always-inline,globaldce', b'default<O3>', b'globaldce'):
            failed = self.call('LLVMRunPasses', module, passes, machine, options)
            if failed:
                raise Broken(ctypes.string_at(self.call('LLVMGetErrorMessage', ctypes.c_void_p(failed))).decode())
        left = re.findall(r'^declare [^@]*@((?!llvm\.)\S+?)\(', self.text(module), re.M)
        if left:
            raise Broken(f'no body for {", ".join(left)}: make it `#[inline]`, or keep it out of lane code')
        written = ctypes.c_void_p()
        if self.call('LLVMTargetMachineEmitToMemoryBuffer', machine, module, 0, ctypes.byref(words), ctypes.byref(written), gives=ctypes.c_int):
            raise Broken(f'LLVM cannot write PTX: {words.value.decode()}')
        start = self.call('LLVMGetBufferStart', written)
        size = self.call('LLVMGetBufferSize', written, gives=ctypes.c_size_t)
        return ctypes.string_at(start, size).decode()

    def text(self, module):
        return ctypes.string_at(self.call('LLVMPrintModuleToString', module)).decode()


def alone(code, family):
    """The code in which only a family's kernels are visible, and its stages are inlined or not."""
    if family in CALLED:
        code = re.sub(r'^(define internal [^\n]*outlined_fused[^\n]*?)alwaysinline ', r'\1noinline ', code, flags=re.M)
    return re.sub(rf'^define ptx_kernel (void @fly_(?!{family}_f))', r'define internal \1', code, flags=re.M)


def checked(ptx, name):
    """The PTX without what differs from build to build; an error where it holds what must not be there."""
    for word in ('.extern', '.approx', '.ftz'):
        if word in ptx:
            raise Broken(f'{name}.ptx contains {word}')
    # Numbers for names: those of rustc end in a hash of the compilation.
    for number, stage in enumerate(dict.fromkeys(re.findall(r'\b_ZN\w+', ptx))):
        ptx = re.sub(rf'\b{stage}', f'stage_{number}', ptx)
    return re.sub(r'^//.*\n', '', ptx, flags=re.M)


def hash_of_sources():
    """One hash over the names and contents of what the kernels are made of."""
    listed = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '--', *SOURCES], cwd=ROOT, capture_output=True, text=True, check=True)
    total = hashlib.sha256()
    for name in sorted(set(listed.stdout.split('\n')) - {''}):
        if (ROOT / name).is_file() and not HOST.search(name):
            total.update(f'{name}\n'.encode() + hashlib.sha256((ROOT / name).read_bytes()).digest())
    return total.hexdigest()


def rustc():
    """The compiler's name and version."""
    return subprocess.run(['rustc', '--version'], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def recorded():
    """The manifest that is there."""
    try:
        return json.loads((OUT / 'manifest.json').read_text())
    except OSError as error:
        raise Broken(f'{error.filename} cannot be read; run python3 scripts/cuda/kernels.py') from error


def check_sources():
    """That the files were made from the sources that are there, and are what they were."""
    manifest = recorded()
    if manifest['sources'] != hash_of_sources():
        raise Broken('the kernels were made from other sources; run python3 scripts/cuda/kernels.py')
    for name, of in manifest['files'].items():
        if hashlib.sha256((OUT / name).read_bytes()).hexdigest() != of['sha256']:
            raise Broken(f'{name} is not the file that was made; run python3 scripts/cuda/kernels.py')


def made():
    """Every file of the folder by name."""
    llvm = Llvm()
    code = for_device(intermediate())
    families = sorted({re.sub(r'^fly_(.*)_f\d+$', r'\1', name) for name in kernels(code)})
    files = {f'{family}.ptx': checked(llvm.ptx(alone(code, family)), family) for family in families}
    manifest = {'rustc': rustc(), 'target': DEVICE, 'sources': hash_of_sources(),
                'files': {name: {'sha256': hashlib.sha256(text.encode()).hexdigest(), 'bytes': len(text.encode()),
                                 'kernels': re.findall(r'\.visible \.entry (\w+)', text)} for name, text in files.items()}}
    return files | {'manifest.json': json.dumps(manifest, indent=2) + '\n'}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--check', action='store_true', help='compare with the files that are there, write nothing')
    asked = parser.parse_args()
    try:
        if asked.check and recorded()['rustc'] != rustc():
            check_sources()
            print(f'kernels: only the hash of their sources was compared, for they were made by {recorded()["rustc"]}, and this is {rustc()}')
            return
        files = made()
    except Broken as broken:
        sys.exit(f'kernels: {broken}')
    OUT.mkdir(parents=True, exist_ok=True)
    differ = [name for name, text in files.items() if not (OUT / name).is_file() or (OUT / name).read_text() != text]
    if asked.check:
        if differ:
            sys.exit(f'kernels: {", ".join(differ)} is not what the sources make; run python3 scripts/cuda/kernels.py')
        print(f'kernels: {len(files) - 1} files are what the sources make')
        return
    for name in OUT.glob('*.ptx'):
        if name.name not in files:
            name.unlink()
    for name, text in files.items():
        (OUT / name).write_text(text)
        print(f'{name}: {len(text):,} bytes' + (', new' if name in differ else ''))


main()
