//! The default fleet: mostly healthy, with one of each thing that goes wrong.

use super::super::options::Options;
use super::super::world::World;
use super::{ages, catalogue, populate};

/// Furnishes the story.
pub(super) fn furnish(world: &mut World, options: &Options) {
    let _ = ages;
    populate(world, options.instances.unwrap_or(24), &catalogue(options.services.unwrap_or(9)));
}
