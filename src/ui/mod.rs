//! Drawing: reads the model, changes nothing, and says what it laid out.

pub mod ascii;
pub mod format;
pub mod widgets;
