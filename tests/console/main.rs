//! The console in a real terminal: what no buffer can show.

mod flows;
mod screen;
