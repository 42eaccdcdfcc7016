//! The kernels that are part of the project are understood, every instruction of them.

use std::path::Path;

use xmrl_emulator::{Memory, Program};

#[test]
fn every_committed_kernel_is_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cuda/ptx");
    let mut kernels = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "ptx") {
            let text = std::fs::read_to_string(&file).unwrap();
            let program = Program::load(&text, &mut Memory::new());
            let program = program.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            kernels += program.kernels().filter(|name| program.parameter_bytes(name).is_some()).count();
        }
    }
    assert!(kernels >= 12, "{kernels} kernels in {}", folder.display());
}
