//! SSM Automation: documents of all kinds, and the fleet's own.

mod account;
mod documents;
mod fleet;
mod instances;
mod rate;
mod safety;
mod silence;
