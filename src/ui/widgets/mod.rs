//! Small things that screens are made of. Each draws itself into a buffer and knows nothing of the model.

pub mod age;
pub mod bar;
pub mod glyph;
pub mod usage;
