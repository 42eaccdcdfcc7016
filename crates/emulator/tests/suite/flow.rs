//! Branches, predicates, calls, tables, barriers, carries.

use super::support::{kernel, run};

#[test]
fn a_loop_sums_and_a_guard_skips() {
    // 1 + … + 10, and 7 where the sum is above 50 (it is), 9 where it is not.
    let body = "mov.u64 %d0, 0;\nmov.u64 %d1, 1;\n$again:\nadd.s64 %d0, %d0, %d1;\nadd.s64 %d1, %d1, 1;\n\
                setp.le.u64 %p1, %d1, 10;\n@%p1 bra $again;\nst.u64 [%out], %d0;\nsetp.gt.u64 %p2, %d0, 50;\n\
                @%p2 st.u64 [%out+8], 7;\n@!%p2 st.u64 [%out+8], 9;";
    assert_eq!(run(&kernel(body), &[], 2, 1).unwrap(), [55, 7]);
}

#[test]
fn a_table_of_branches_takes_the_one_that_is_asked_for() {
    let body = "ld.u32 %r1, [%in];\n$table: .branchtargets $a, $b, $c;\nbrx.idx %r1, $table;\n$a:\nst.u64 [%out], 10;\nret;\n\
                $b:\nst.u64 [%out], 20;\nret;\n$c:\nst.u64 [%out], 30;";
    for (index, expected) in [(0, 10), (1, 20), (2, 30)] {
        assert_eq!(run(&kernel(body), &[index], 1, 1).unwrap(), [expected]);
    }
    assert!(run(&kernel(body), &[3], 1, 1).unwrap_err().to_string().contains("branch 3 of 3"));
}

/// A recursive factorial, called directly and by its address; names of parameters in scopes are used again.
#[test]
fn functions_call_themselves_and_are_called_by_address() {
    let function = ".visible .func (.param .b64 result) factorial(.param .b64 n)\n{\n.reg .pred %p<2>;\n.reg .b64 %d<5>;\n\
        ld.param.u64 %d1, [n];\nsetp.gt.u64 %p1, %d1, 1;\n@%p1 bra $more;\nst.param.b64 [result+0], 1;\nret;\n$more:\n\
        add.s64 %d2, %d1, -1;\n{ // callseq 0, 0\n.param .b64 param0;\nst.param.b64 [param0+0], %d2;\n.param .b64 retval0;\n\
        call.uni (retval0), factorial, (param0);\nld.param.b64 %d3, [retval0+0];\n} // callseq 0\n\
        mul.lo.s64 %d4, %d1, %d3;\nst.param.b64 [result+0], %d4;\nret;\n}\n";
    let body = "{\n.param .b64 param0;\nst.param.b64 [param0+0], 5;\n.param .b64 retval0;\ncall.uni (retval0), factorial, (param0);\n\
        ld.param.b64 %d3, [retval0+0];\n}\nst.u64 [%out], %d3;\nmov.u64 %d5, factorial;\n{\n.param .b64 param0;\n\
        st.param.b64 [param0+0], 10;\n.param .b64 retval0;\nprototype_0 : .callprototype (.param .b64 _) _ (.param .b64 _);\n\
        call (retval0), %d5, (param0), prototype_0;\nld.param.b64 %d3, [retval0+0];\n}\nst.u64 [%out+8], %d3;";
    let text = kernel(body).replace(".visible .entry", &format!("{function}.visible .entry"));
    assert_eq!(run(&text, &[], 2, 1).unwrap(), [120, 3_628_800]);
}

#[test]
fn a_barrier_lets_every_thread_see_what_the_others_wrote() {
    // Each thread writes its number to shared memory and reads its neighbour's.
    let body = "mov.u32 %r0, %tid.x;\nmov.u32 %r1, %ntid.x;\nmul.wide.u32 %d0, %r0, 8;\nmov.u64 %d1, cells;\nadd.s64 %d2, %d1, %d0;\n\
                cvt.u64.u32 %d3, %r0;\nst.shared.u64 [%d2], %d3;\nbar.sync 0;\nadd.s32 %r2, %r0, 1;\nrem.u32 %r3, %r2, %r1;\n\
                mul.wide.u32 %d4, %r3, 8;\nadd.s64 %d5, %d1, %d4;\ncvta.shared.u64 %d5, %d5;\nld.u64 %d6, [%d5];\n\
                add.s64 %d7, %out, %d0;\nst.global.u64 [%d7], %d6;";
    let text = kernel(body).replace(".visible .entry", ".shared .align 8 .b8 cells[64];\n.visible .entry");
    assert_eq!(run(&text, &[], 4, 4).unwrap(), [1, 2, 3, 0]);
    // Without it the first threads read what nobody has written yet.
    assert_eq!(run(&text.replace("bar.sync 0;", ""), &[], 4, 4).unwrap()[0], u64::MAX);
}

#[test]
fn carries_go_from_word_to_word() {
    let body = "add.cc.s64 %d0, -1, 1;\naddc.s64 %d1, 5, 0;\nst.u64 [%out], %d0;\nst.u64 [%out+8], %d1;\n\
                sub.cc.s32 %r0, 0, 1;\nsubc.s32 %r1, 5, 0;\ncvt.u64.u32 %d2, %r1;\nst.u64 [%out+16], %d2;";
    assert_eq!(run(&kernel(body), &[], 3, 1).unwrap(), [0, 6, 4]);
    // 5·2^128 + 7·2^64 less 7·2^64 + 1: equal words in the middle hand the borrow on.
    let body = "sub.cc.s64 %d0, 0, 1;\nsubc.cc.s64 %d1, 7, 7;\nsubc.s64 %d2, 5, 0;\n\
                st.u64 [%out], %d0;\nst.u64 [%out+8], %d1;\nst.u64 [%out+16], %d2;";
    assert_eq!(run(&kernel(body), &[], 3, 1).unwrap(), [u64::MAX, u64::MAX, 4]);
}
