//! The console in a real terminal: what no buffer can show.

#![expect(clippy::panic, reason = "a test may stop at the first surprise")]

mod acts;
mod flows;
mod rotation;
mod screen;
