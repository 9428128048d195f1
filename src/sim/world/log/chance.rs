//! Chance that is a pure function of what it is about.
//!
//! The world's own randomness moves on with every draw; nothing about a log line may depend on who asked before.

use fastrand::Rng;

/// A number that depends on both, evenly spread (the finisher of SplitMix64).
pub(super) fn mixed(a: u64, b: u64) -> u64 {
    let mut mixed = a.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(b).wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A number that depends on a number and a name (FNV-1a, then mixed).
pub(super) fn named(seed: u64, name: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    mixed(seed, name.bytes().fold(0xCBF2_9CE4_8422_2325, step))
}

/// Draws that belong to a number and a moment.
pub(super) fn draws(seed: u64, moment: i64) -> Rng {
    Rng::with_seed(mixed(seed, moment.cast_unsigned()))
}

/// A time of a point: it happens in one case out of `cases`.
pub(super) fn one_in(rng: &mut Rng, cases: u32) -> bool {
    rng.u32(..cases.max(1)) == 0
}
