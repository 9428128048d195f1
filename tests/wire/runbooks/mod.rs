//! SSM Automation: documents of all kinds, and the fleet's own.

pub mod account;
mod alarms;
mod bake;
mod capacity;
mod commands;
mod documents;
mod eject;
mod fleet;
mod freeze;
mod images;
mod instances;
mod promotion;
mod protection;
mod published;
mod rate;
mod refresh;
mod rollout;
mod runs;
mod safety;
mod services;
mod silence;
