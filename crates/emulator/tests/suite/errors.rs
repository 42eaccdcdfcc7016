//! What is not understood, and what a thread may not do, is said with its line.

use xmrl_emulator::EmulatorError;

use super::support::{kernel, run};

fn refused(body: &str) -> String {
    match run(&kernel(body), &[0], 1, 1) {
        Err(error) => error.to_string(),
        Ok(found) => panic!("{body} gave {found:x?}"),
    }
}

#[test]
fn arithmetic_whose_bits_a_card_may_choose_is_refused() {
    for (body, word) in [
        ("add.f64 %d0, %d1, %d2;", "fuse"),
        ("mul.f32 %r0, %r1, %r2;", "fuse"),
        ("add.rn.ftz.f32 %r0, %r1, %r2;", "ftz"),
        ("div.approx.f32 %r0, %r1, %r2;", "approx"),
        ("div.full.f32 %r0, %r1, %r2;", "full"),
        ("sin.approx.f32 %r0, %r1;", "approx"),
    ] {
        let error = refused(body);
        assert!(error.contains(word) && error.contains("line 14") && error.contains(body), "{error}");
    }
}

#[test]
fn what_is_not_understood_is_never_skipped() {
    for body in [
        "vote.sync.any.pred %p0, %p1, -1;",
        "add.rz.f64 %d0, %d1, %d2;",
        "cvt.rz.f32.f64 %r0, %d0;",
        "cvt.f32.f64 %r0, %d0;",
        "setp.lt.f16 %p0, %h0, %h1;",
        "ld.weird.u32 %r0, [%in];",
        "add.s32 %r0, %r1, %d2;",
        "add.s32 %r0, %r99, 1;",
        "call.uni nowhere;",
        "bra $nowhere;",
        "bar.sync 3;",
        "selp.f64 %d0, 1, %d1, %p0;",
        ".tex .u32 picture;",
    ] {
        assert!(refused(body).starts_with("line 14"), "{}", refused(body));
    }
}

#[test]
fn a_thread_that_reaches_beyond_its_memory_is_stopped() {
    for (body, word) in [
        ("st.u64 [%out+8], 1;", "no allocation"),
        ("st.u32 [%out+2], 1;", "not aligned"),
        ("ld.v2.u32 {%r0, %r1}, [%in+4];", "not aligned to 8"),
        ("ld.local.u32 %r0, [%d0];", "local memory"),
        ("mov.u64 %d1, 0;\nld.u32 %r0, [%d1];", "no allocation"),
        ("trap;", "trapped"),
        ("$for: bra $for;", "more than 100000 instructions"),
    ] {
        let error = refused(body);
        assert!(error.contains(word) && error.starts_with("thread [0, 0, 0] of block [0, 0, 0], line 1"), "{error}");
    }
}

#[test]
fn only_the_modules_kernels_start() {
    let text = kernel("").replace(".entry k(", ".entry other(");
    assert!(matches!(run(&text, &[], 1, 1), Err(EmulatorError::Kernel { there, .. }) if there == "other"));
    let text = kernel("").replace(", .param .u64 k_param_1", "").replace("ld.param.u64 %out, [k_param_1];", "");
    assert!(matches!(run(&text, &[], 1, 1), Err(EmulatorError::Parameters { expected: 8, got: 16, .. })));
}
