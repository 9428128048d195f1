//! What several test binaries need: Python with pinned packages, programs that end with their test, waiting.

#![expect(dead_code, reason = "each test binary uses its own part of this")]

pub mod moto;
pub mod process;
pub mod python;
