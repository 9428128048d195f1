//! What does: the event loop, the terminal, the effects, the refresh schedule.

pub mod act;
pub mod console;
pub mod files;
pub mod input;
pub mod journal;
pub mod needs;
pub mod presenter;
pub mod reads;
pub mod refresh;
pub mod signals;
pub mod survey;
pub mod tail;
pub mod terminal;
