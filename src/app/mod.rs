//! The console's pure core: `update(&mut Model, Msg) -> Vec<Effect>` decides, nothing here does.

pub mod command;
