//! What calls that are made from within the account share with everybody's: the models that say what they are, the faults
//! that they run into, and the account's rates.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::call::Fault;
use super::faults::Faults;
use super::limits::Limits;
use super::models::Models;

/// Models, faults and rates. Clones are the same ones.
#[derive(Debug, Clone)]
pub(crate) struct Backstage {
    models: Arc<OnceLock<Result<Models, String>>>,
    /// Faults in force.
    pub(crate) faults: Arc<Faults>,
    /// None where the account is held to no rates.
    limits: Option<Arc<Limits>>,
}

impl Backstage {
    /// With faults, and models that are read when they are first asked for; held to AWS's rates or to none.
    pub(crate) fn new(faults: Faults, limited: bool) -> Self {
        Self { models: Arc::default(), faults: Arc::new(faults), limits: limited.then(Arc::default) }
    }

    /// Takes what a call costs out of the account's buckets.
    ///
    /// # Errors
    /// The rate is exceeded.
    pub(crate) fn take_token(
        &self,
        service: &str,
        operation: &str,
        input: &Map<String, Value>,
        region: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.limits.as_ref().map_or(Ok(()), |limits| limits.take(service, operation, input, region, now))
    }

    /// The service models.
    pub(crate) fn models(&self) -> Result<&Models, &String> {
        self.models.get_or_init(Models::load).as_ref()
    }
}

impl Default for Backstage {
    fn default() -> Self {
        Self::new(Faults::new(Vec::new(), 0), false)
    }
}
