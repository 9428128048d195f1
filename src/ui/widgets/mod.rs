//! Small things that screens are made of.

pub mod age;
pub mod bar;
pub(super) mod cell;
pub mod glyph;
pub(super) mod header;
pub(super) mod hints;
pub(super) mod page;
pub(super) mod stamps;
pub(super) mod table;
pub mod usage;
