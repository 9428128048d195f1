//! Quarterdeck: a terminal console for a fleet of disposable ECS instances.
//!
//! `ARCHITECTURE.md` beside the sources says how the parts fit together.

pub mod actions;
pub mod app;
pub mod aws;
pub mod cli;
pub mod config;
pub mod document;
pub mod fleet;
pub mod keymap;
pub mod logs;
pub mod runtime;
pub mod sim;
pub mod text;
pub mod theme;
pub mod ui;
