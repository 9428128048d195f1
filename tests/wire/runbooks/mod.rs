//! SSM Automation: documents of all kinds, and the fleet's own.

pub mod account;
mod capacity;
mod documents;
mod fleet;
mod freeze;
mod instances;
mod published;
mod rate;
mod runs;
mod safety;
mod services;
mod silence;
