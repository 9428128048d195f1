//! A simulated AWS that speaks the real wire protocols.
//!
//! `wire` turns HTTP into plain values and back, driven by AWS's own service models;
//! `services` answers plain values from the `world`; `world` is the fleet with a clock.
//! Nothing here imports the console, and the console cannot tell that it talks to this.

pub mod call;
pub mod clock;
pub mod options;
mod scenario;
pub mod world;
