//! Each class of instructions against hand-computed cases.

use super::support::one;

/// Instruction, bits of the result, operands (bits, value), what it must give.
type Case<'a> = (&'a str, u32, &'a [(u32, u64)], u64);

fn hold(cases: &[Case<'_>]) {
    for &(instruction, out, inputs, expected) in cases {
        let found = one(instruction, out, inputs);
        assert_eq!(found, expected, "{instruction} {inputs:x?} gave {found:#x}, not {expected:#x}");
    }
}

#[test]
fn whole_numbers_wrap_and_widen() {
    hold(&[
        ("add.s32", 32, &[(32, 0x7FFF_FFFF), (32, 1)], 0x8000_0000),
        ("add.u16", 16, &[(16, 0xFFFF), (16, 2)], 1),
        ("sub.s64", 64, &[(64, 0), (64, 1)], u64::MAX),
        ("mul.lo.s32", 32, &[(32, 0x1_0001), (32, 0x1_0001)], 0x2_0001),
        ("mul.hi.u32", 32, &[(32, 0xFFFF_FFFF), (32, 0xFFFF_FFFF)], 0xFFFF_FFFE),
        ("mul.hi.s32", 32, &[(32, 0xFFFF_FFFF), (32, 2)], 0xFFFF_FFFF),
        ("mul.hi.u64", 64, &[(64, u64::MAX), (64, u64::MAX)], u64::MAX - 1),
        ("mul.hi.s64", 64, &[(64, 1 << 63), (64, 1 << 63)], 1 << 62),
        ("mul.wide.u32", 64, &[(32, 0xFFFF_FFFF), (32, 0xFFFF_FFFF)], 0xFFFF_FFFE_0000_0001),
        ("mul.wide.s32", 64, &[(32, 0xFFFF_FFFF), (32, 3)], (-3_i64).cast_unsigned()),
        ("mul.wide.s16", 32, &[(16, 0x8000), (16, 0x8000)], 0x4000_0000),
        ("mad.lo.s32", 32, &[(32, 7), (32, 6), (32, 0xFFFF_FFFF)], 41),
        ("mad.wide.u32", 64, &[(32, 0xFFFF_FFFF), (32, 2), (64, 2)], 0x2_0000_0000),
        ("mad.hi.u32", 32, &[(32, 0x8000_0000), (32, 4), (32, 5)], 7),
        ("div.s32", 32, &[(32, (-7_i32) as u32 as u64), (32, 2)], (-3_i32) as u32 as u64),
        ("rem.s32", 32, &[(32, (-7_i32) as u32 as u64), (32, 2)], (-1_i32) as u32 as u64),
        ("div.u64", 64, &[(64, u64::MAX), (64, 10)], 1_844_674_407_370_955_161),
        ("min.s32", 32, &[(32, 0xFFFF_FFFF), (32, 1)], 0xFFFF_FFFF),
        ("min.u32", 32, &[(32, 0xFFFF_FFFF), (32, 1)], 1),
        ("max.s64", 64, &[(64, u64::MAX), (64, 1)], 1),
        ("abs.s32", 32, &[(32, 0xFFFF_FFFB)], 5),
        ("neg.s16", 16, &[(16, 1)], 0xFFFF),
    ]);
}

#[test]
fn bits_move_as_the_manual_says() {
    hold(&[
        ("shl.b32", 32, &[(32, 1), (32, 31)], 0x8000_0000),
        ("shl.b32", 32, &[(32, 1), (32, 32)], 0),
        ("shl.b64", 64, &[(64, 3), (32, 63)], 1 << 63),
        ("shr.u32", 32, &[(32, 0x8000_0000), (32, 40)], 0),
        ("shr.s32", 32, &[(32, 0x8000_0000), (32, 40)], 0xFFFF_FFFF),
        ("shr.s64", 64, &[(64, 1 << 63), (32, 62)], u64::MAX - 1),
        ("not.b16", 16, &[(16, 0x00F0)], 0xFF0F),
        ("popc.b64", 32, &[(64, 0xF0F0_0000_0000_0001)], 9),
        ("clz.b32", 32, &[(32, 0)], 32),
        ("clz.b64", 32, &[(64, 1)], 63),
        ("brev.b32", 32, &[(32, 1)], 0x8000_0000),
        ("bfe.u32", 32, &[(32, 0xABCD_1234), (32, 8), (32, 8)], 0x12),
        ("bfe.s32", 32, &[(32, 0x0000_8000), (32, 12), (32, 4)], 0xFFFF_FFF8),
        ("bfe.u64", 64, &[(64, 0xAB << 56), (32, 56), (32, 20)], 0xAB),
        ("bfe.s32", 32, &[(32, 0x8000_0000), (32, 28), (32, 9)], 0xFFFF_FFF8),
        ("bfi.b32", 32, &[(32, 0x5), (32, 0xFFFF_FFFF), (32, 4), (32, 4)], 0xFFFF_FF5F),
        ("bfi.b64", 64, &[(64, 3), (64, 0), (32, 63), (32, 2)], 1 << 63),
        ("prmt.b32", 32, &[(32, 0x8765_4321), (32, 0xDDCC_BBAA), (32, 0x0123)], 0x2143_6587),
        ("prmt.b32", 32, &[(32, 0x8765_4321), (32, 0xDDCC_BBAA), (32, 0x7B48)], 0xDDFF_AA00),
        ("shf.l.wrap.b32", 32, &[(32, 0x8000_0000), (32, 1), (32, 33)], 3),
        ("shf.r.wrap.b32", 32, &[(32, 0xF0), (32, 0xA), (32, 4)], 0xA000_000F),
        ("shf.r.clamp.b32", 32, &[(32, 0xF0), (32, 0xA), (32, 99)], 0xA),
        ("lop3.b32", 32, &[(32, 0xF0), (32, 0xCC), (32, 0xAA), (32, 0x96)], 0x96),
        ("and.pred", 1, &[(1, 1), (1, 0)], 0),
        ("xor.pred", 1, &[(1, 1), (1, 0)], 1),
        ("not.pred", 1, &[(1, 1)], 0),
    ]);
}

const fn f(value: f32) -> u64 {
    value.to_bits() as u64
}

const fn d(value: f64) -> u64 {
    value.to_bits()
}

#[test]
fn floats_are_ieee() {
    hold(&[
        // 1 + 2^-53 is a tie and goes to the even 1; 2^-53 more would not be.
        ("add.rn.f64", 64, &[(64, d(1.0)), (64, 0x3CA0_0000_0000_0000)], d(1.0)),
        ("add.rn.f64", 64, &[(64, d(1.0)), (64, 0x3CA0_0000_0000_0001)], 0x3FF0_0000_0000_0001),
        ("sub.rn.f32", 32, &[(32, f(1.0)), (32, f(1.0))], 0),
        // The smallest subnormal survives: nothing is flushed.
        ("mul.rn.f32", 32, &[(32, 0x0080_0000), (32, f(0.5))], 0x0040_0000),
        ("div.rn.f64", 64, &[(64, d(1.0)), (64, d(3.0))], 0x3FD5_5555_5555_5555),
        ("div.rn.f32", 32, &[(32, f(1.0)), (32, f(3.0))], 0x3EAA_AAAB),
        ("sqrt.rn.f64", 64, &[(64, d(2.0))], 0x3FF6_A09E_667F_3BCD),
        ("sqrt.rn.f32", 32, &[(32, f(2.0))], 0x3FB5_04F3),
        ("rcp.rn.f64", 64, &[(64, d(4.0))], d(0.25)),
        // Single: (1 + 2^-12)^2 - (1 + 2^-11) = 2^-24. Double: (1 + 2^-30)^2 - (1 + 2^-29) is 2^-60 where the product is not rounded, and 0 where it is.
        (
            "fma.rn.f64",
            64,
            &[
                (64, d(1.0 + 9.313225746154785e-10)),
                (64, d(1.0 + 9.313225746154785e-10)),
                (64, d(-1.0 - 1.862645149230957e-9)),
            ],
            0x3C30_0000_0000_0000,
        ),
        ("fma.rn.f32", 32, &[(32, 0x3F80_0800), (32, 0x3F80_0800), (32, 0xBF80_1000)], 0x3380_0000),
        ("neg.f32", 32, &[(32, f(0.0))], 0x8000_0000),
        ("abs.f64", 64, &[(64, d(-2.5))], d(2.5)),
        ("copysign.f64", 64, &[(64, d(-1.0)), (64, d(3.0))], d(-3.0)),
        ("min.f64", 64, &[(64, d(0.0)), (64, d(-0.0))], d(-0.0)),
        ("max.f64", 64, &[(64, d(-0.0)), (64, d(0.0))], d(0.0)),
        ("min.f64", 64, &[(64, d(f64::NAN)), (64, d(2.0))], d(2.0)),
        ("max.f32", 32, &[(32, f(1.0)), (32, f(f32::NAN))], f(1.0)),
        ("max.NaN.f32", 32, &[(32, f(1.0)), (32, f(f32::NAN))], 0x7FFF_FFFF),
    ]);
}

#[test]
fn comparisons_know_nan() {
    let nan = d(f64::NAN);
    for (name, less, equal, unordered) in [
        ("eq", 0, 1, 0),
        ("ne", 1, 0, 0),
        ("lt", 1, 0, 0),
        ("le", 1, 1, 0),
        ("gt", 0, 0, 0),
        ("ge", 0, 1, 0),
        ("equ", 0, 1, 1),
        ("neu", 1, 0, 1),
        ("ltu", 1, 0, 1),
        ("leu", 1, 1, 1),
        ("gtu", 0, 0, 1),
        ("geu", 0, 1, 1),
        ("num", 1, 1, 0),
        ("nan", 0, 0, 1),
    ] {
        let of = |a: u64, b: u64| one(&format!("setp.{name}.f64"), 1, &[(64, a), (64, b)]);
        assert_eq!((of(d(1.0), d(2.0)), of(d(0.0), d(-0.0)), of(nan, d(1.0))), (less, equal, unordered), "{name}");
    }
    hold(&[
        ("setp.lt.s32", 1, &[(32, 0xFFFF_FFFF), (32, 0)], 1),
        ("setp.lt.u32", 1, &[(32, 0xFFFF_FFFF), (32, 0)], 0),
        ("setp.hs.u64", 1, &[(64, 5), (64, 5)], 1),
        ("setp.gt.s16", 1, &[(16, 0xFFFF), (16, 0)], 0),
        ("setp.lt.and.s32", 1, &[(32, 0), (32, 1), (1, 0)], 0),
        ("setp.lt.or.s32", 1, &[(32, 1), (32, 1), (1, 1)], 1),
        ("selp.f64", 64, &[(64, 7), (64, 9), (1, 0)], 9),
        ("selp.b16", 16, &[(16, 7), (16, 9), (1, 1)], 7),
    ]);
}

#[test]
fn conversions_round_and_saturate() {
    hold(&[
        ("cvt.s64.s32", 64, &[(32, 0xFFFF_FFFE)], u64::MAX - 1),
        ("cvt.u64.u32", 64, &[(32, 0xFFFF_FFFE)], 0xFFFF_FFFE),
        ("cvt.u32.u64", 32, &[(64, 0x1_2345_6789)], 0x2345_6789),
        ("cvt.s32.s8", 32, &[(32, 0x80)], 0xFFFF_FF80),
        ("cvt.u16.u64", 16, &[(64, 0xABCD_EF01)], 0xEF01),
        ("cvt.sat.u16.s32", 16, &[(32, 0xFFFF_FFFF)], 0),
        ("cvt.rn.f64.s32", 64, &[(32, 0xFFFF_FFFF)], d(-1.0)),
        ("cvt.rn.f64.u64", 64, &[(64, u64::MAX)], d(18_446_744_073_709_551_616.0)),
        // 2^24 + 1 is a tie between 2^24 and 2^24 + 2.
        ("cvt.rn.f32.u32", 32, &[(32, 16_777_217)], f(16_777_216.0)),
        ("cvt.rn.f32.f64", 32, &[(64, d(0.1))], f(0.1)),
        ("cvt.f64.f32", 64, &[(32, f(0.1))], 0x3FB9_9999_A000_0000),
        ("cvt.rni.f64.f64", 64, &[(64, d(2.5))], d(2.0)),
        ("cvt.rmi.f64.f64", 64, &[(64, d(-2.5))], d(-3.0)),
        ("cvt.rpi.f32.f32", 32, &[(32, f(2.25))], f(3.0)),
        ("cvt.rzi.s32.f64", 32, &[(64, d(-2.9))], 0xFFFF_FFFE),
        ("cvt.rni.s32.f64", 32, &[(64, d(3.5))], 4),
        ("cvt.rzi.s32.f64", 32, &[(64, d(1e300))], 0x7FFF_FFFF),
        ("cvt.rzi.u32.f64", 32, &[(64, d(-5.0))], 0),
        ("cvt.rzi.u64.f64", 64, &[(64, d(1.8e19))], 18_000_000_000_000_000_000),
        ("cvt.rzi.s32.f32", 32, &[(32, f(f32::NAN))], 0),
        ("cvt.rzi.s64.f64", 64, &[(64, d(f64::NAN))], 1 << 63),
    ]);
}
