//! What several test binaries need: Python with pinned packages, programs that end with their test, waiting.

pub mod moto;
pub mod process;
pub mod python;
