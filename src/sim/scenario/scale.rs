//! A fleet of any size, with a mix of states that the seed decides.

use super::super::options::Options;
use super::super::world::World;
use super::{catalogue, populate};

/// Furnishes a fleet of any size.
pub(super) fn furnish(world: &mut World, options: &Options) {
    populate(world, options.instances.unwrap_or(250), &catalogue(options.services.unwrap_or(230)));
}
