//! Calls of other services' operations
//! (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-executeAwsApi.html>).

use serde_json::{Map, Value};

use super::document::{Action, Document};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::faults::Kind;
use crate::sim::world::World;
use crate::sim::{limits, services, wire};

impl World {
    /// Checks that every operation that a document names is one that this account can be asked.
    pub(crate) fn check_operations(&self, document: &Document) -> Result<(), String> {
        let models = self.backstage.models().map_err(Clone::clone)?;
        let calls = document
            .all_steps()
            .filter(|step| matches!(step.action, Action::ExecuteApi | Action::Wait | Action::Assert));
        for step in calls {
            let word = |name: &str| step.inputs.get(name).and_then(Value::as_str).unwrap_or_default();
            let (service, api) = (word("Service"), word("Api"));
            let templated = service.contains("{{") || api.contains("{{");
            if !templated && models.get(service).and_then(|model| model.operation(api)).is_none() {
                return Err(format!("step {}: no operation {api} of service {service} is supported", step.name));
            }
        }
        Ok(())
    }

    /// Calls an operation from within the account, at the account's rates. Faults of the account strike; those of the network
    /// between a caller and AWS do not.
    pub(crate) fn call_inside(&mut self, service: &str, api: &str, given: &Value) -> Answer {
        let backstage = self.backstage.clone();
        let models = backstage.models().map_err(|reason| Fault::new("InternalFailure", reason.clone()))?;
        let unknown = || Fault::new("InvalidAction", format!("no operation {api} of service {service} is supported"));
        let model = models.get(service).ok_or_else(unknown)?;
        let operation = model.operation(api).ok_or_else(unknown)?;
        match backstage.faults.pick(service, api) {
            Some(Kind::Throttle) => return Err(limits::throttled(service)),
            Some(Kind::Deny) => {
                let message = format!("The role is not authorized to perform: {service}:{api}");
                return Err(Fault::new("AccessDeniedException", message));
            }
            Some(Kind::Error) => return Err(Fault::new("InternalFailure", "The request processing has failed.")),
            _ => {}
        }
        let input = wire::inside::input(model, operation, given)?;
        let (now, region) = (self.now, self.region.clone());
        backstage.take_token(service, api, &input, &region, now)?;
        services::call(self, service, &Call { operation: api, input: &input, now, region: &region })
    }
}

/// Service, operation and parameters of a step's inputs; `beside` are inputs that are none of these.
pub(super) fn parts(inputs: &Map<String, Value>, beside: &[&str]) -> (String, String, Value) {
    let word = |name: &str| inputs.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let own = |name: &str| name == "Service" || name == "Api" || beside.contains(&name);
    let given = inputs.iter().filter(|(name, _)| !own(name)).map(|(name, value)| (name.clone(), value.clone()));
    (word("Service"), word("Api"), Value::Object(given.collect()))
}
