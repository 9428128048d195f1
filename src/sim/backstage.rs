//! What calls that are made from within the account need: the models that say what they are, and the faults that they run
//! into like everybody's.

use std::sync::{Arc, OnceLock};

use super::faults::Faults;
use super::models::Models;

/// Models and faults. Clones are the same ones.
#[derive(Debug, Clone)]
pub(crate) struct Backstage {
    models: Arc<OnceLock<Result<Models, String>>>,
    /// Faults in force.
    pub(crate) faults: Arc<Faults>,
}

impl Backstage {
    /// With faults, and models that are read when they are first asked for.
    pub(crate) fn new(faults: Faults) -> Self {
        Self { models: Arc::default(), faults: Arc::new(faults) }
    }

    /// The service models.
    pub(crate) fn models(&self) -> Result<&Models, &String> {
        self.models.get_or_init(Models::load).as_ref()
    }
}

impl Default for Backstage {
    fn default() -> Self {
        Self::new(Faults::new(Vec::new(), 0))
    }
}
