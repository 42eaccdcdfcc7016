//! A kernel of a few instructions, run once or by many threads.

use xmrl_emulator::{EmulatorError, Launch, Memory, Program};

/// Text of a module whose kernel `k` takes the addresses of inputs and of outputs, `%in` and `%out`.
pub(crate) fn kernel(body: &str) -> String {
    format!(
        ".version 7.0\n.target sm_70\n.address_size 64\n.visible .entry k(.param .u64 k_param_0, .param .u64 k_param_1)\n{{\n\
         .reg .pred %p<8>;\n.reg .b16 %h<8>;\n.reg .b32 %r<16>;\n.reg .b64 %d<16>;\n.reg .b64 %in;\n.reg .b64 %out;\n\
         ld.param.u64 %in, [k_param_0];\nld.param.u64 %out, [k_param_1];\n{body}\nret;\n}}\n"
    )
}

/// Runs a module's kernel `k` by so many threads of a block; what it left of `outputs` words of 64 bits.
pub(crate) fn run(text: &str, inputs: &[u64], outputs: usize, threads: u32) -> Result<Vec<u64>, EmulatorError> {
    let mut memory = Memory::new();
    let program = Program::load(text, &mut memory)?;
    let (input, output) = (memory.allocate(8 * inputs.len().max(1)), memory.allocate(8 * outputs));
    let bytes: Vec<u8> = inputs.iter().flat_map(|word| word.to_le_bytes()).collect();
    memory.write(input, &bytes)?;
    let parameters: Vec<u8> = [input, output].iter().flat_map(|address| address.to_le_bytes()).collect();
    let launch = Launch {
        kernel: "k",
        blocks: [1; 3],
        threads: [threads, 1, 1],
        shared: 0,
        parameters: &parameters,
        most_instructions: 100_000,
    };
    program.launch(&mut memory, &launch)?;
    let mut left = vec![0; 8 * outputs];
    memory.read(output, &mut left)?;
    Ok(left.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect())
}

/// `instruction` with operands of one width: what it gives for these.
pub(crate) fn one(instruction: &str, out: u32, inputs: &[(u32, u64)]) -> u64 {
    let name = |bits: u32, at: usize| match bits {
        1 => format!("%p{at}"),
        16 => format!("%h{at}"),
        32 => format!("%r{at}"),
        _ => format!("%d{at}"),
    };
    let mut body = String::new();
    let mut operands = vec![name(out, 7)];
    for (at, &(bits, _)) in inputs.iter().enumerate() {
        let register = name(bits, at);
        if bits == 1 {
            body += &format!("ld.u32 %r15, [%in+{}];\nsetp.ne.u32 {register}, %r15, 0;\n", 8 * at);
        } else {
            body += &format!("ld.u{bits} {register}, [%in+{}];\n", 8 * at);
        }
        operands.push(register);
    }
    body += &format!("{instruction} {};\n", operands.join(", "));
    body += &if out == 1 {
        "selp.b64 %d15, 1, 0, %p7;\nst.u64 [%out], %d15;\n".to_owned()
    } else {
        format!("mov.b64 %d15, 0;\nst.u64 [%out], %d15;\nst.u{out} [%out], {};\n", name(out, 7))
    };
    let words: Vec<u64> = inputs.iter().map(|&(_, word)| word).collect();
    run(&kernel(&body), &words, 1, 1).unwrap_or_else(|error| panic!("{instruction}: {error}"))[0]
}
