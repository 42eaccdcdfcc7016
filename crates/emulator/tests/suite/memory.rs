//! Spaces, vectors, initial values, windows of generic addresses.

use super::support::{kernel, run};

#[test]
fn vectors_and_narrow_numbers_load_and_store() {
    let body = "ld.global.v2.u32 {%r0, %r1}, [%in];\nst.v2.u32 [%out], {%r1, %r0};\nld.s8 %r2, [%in+8];\nst.u32 [%out+8], %r2;\n\
                ld.u8 %h0, [%in+8];\nst.u16 [%out+12], %h0;\nst.u8 [%out+14], %h0;\nst.u8 [%out+15], 1;\n\
                mov.b64 {%r3, %r4}, 0x0000000200000001;\nmov.b64 %d0, {%r4, %r3};\nst.u64 [%out+16], %d0;";
    let found = run(&kernel(body), &[0x0000_0002_0000_0001, 0xFE], 3, 1).unwrap();
    assert_eq!(found, [0x0000_0001_0000_0002, 0x01FE_00FE_FFFF_FFFE, 0x0000_0001_0000_0002]);
    // The register that holds the address is a target too.
    let body = "mov.u64 %d0, %in;\nld.v2.u64 {%d0, %d1}, [%d0];\nst.u64 [%out], %d0;\nst.u64 [%out+8], %d1;";
    assert_eq!(run(&kernel(body), &[11, 22], 2, 1).unwrap(), [11, 22]);
}

#[test]
fn local_memory_is_the_frames_own_and_has_generic_addresses() {
    let body = ".local .align 8 .b8 depot[16];\nmov.u64 %d0, depot;\ncvta.local.u64 %d1, %d0;\nst.u64 [%d1+8], 42;\n\
                ld.local.u64 %d2, [depot+8];\nst.u64 [%out], %d2;\nld.local.u64 %d3, [%d0];\nst.u64 [%out+8], %d3;";
    assert_eq!(run(&kernel(body), &[], 2, 1).unwrap(), [42, u64::MAX]);
}

#[test]
fn variables_begin_as_the_module_says() {
    let globals = ".global .align 8 .b8 table[16] = {1, 0, 0, 0, 0, 0, 0, 0, 255};\n.const .align 8 .f64 third = 0d3FD5555555555555;\n\
                   .global .align 8 .u64 pointers[2] = {generic(table)+8, table};\n";
    let body = "mov.u64 %d0, pointers;\nld.global.u64 %d1, [%d0];\nld.u64 %d2, [%d1];\nst.u64 [%out], %d2;\n\
                ld.global.u64 %d3, [pointers+8];\nld.u64 %d4, [%d3];\nst.u64 [%out+8], %d4;\n\
                ld.const.f64 %d5, [third];\nst.f64 [%out+16], %d5;";
    let text = kernel(body).replace(".visible .entry", &format!("{globals}.visible .entry"));
    assert_eq!(run(&text, &[], 3, 1).unwrap(), [255, 1, (1.0_f64 / 3.0).to_bits()]);
}
