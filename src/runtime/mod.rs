//! What does: the event loop, the terminal, the effects, the refresh schedule.

pub mod needs;
pub mod refresh;
