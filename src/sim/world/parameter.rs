//! Parameters of Systems Manager that somebody put there.

use jiff::Timestamp;

use super::{Event, World};

/// The newest version of a parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// `String`, `StringList` or `SecureString`.
    pub kind: String,
    /// Its value.
    pub value: String,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it was last put.
    pub modified_at: Timestamp,
    /// Whether it is of the advanced tier.
    pub advanced: bool,
    /// When Systems Manager deletes it.
    pub expires_at: Option<Timestamp>,
}

impl World {
    /// Puts a parameter, which is gone when its time has come.
    pub(crate) fn put_parameter(&mut self, name: &str, parameter: Parameter) {
        if let Some(at) = parameter.expires_at {
            self.plan_at(at, Event::ParameterExpires(name.to_owned(), parameter.version));
        }
        let history = self.parameter_history.entry(name.to_owned()).or_default();
        history.push(parameter.clone());
        // A hundred versions are kept
        // (<https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html>).
        let surplus = history.len().saturating_sub(100);
        history.drain(..surplus);
        self.parameters.insert(name.to_owned(), parameter);
    }

    /// Takes a parameter away with its history; whether it was there.
    pub(crate) fn remove_parameter(&mut self, name: &str) -> bool {
        self.parameter_history.remove(name);
        self.parameters.remove(name).is_some()
    }

    /// Whoever has put a newer version has put its end too.
    pub(super) fn expire_parameter(&mut self, name: &str, version: i64) {
        if self.parameters.get(name).is_some_and(|parameter| parameter.version == version) {
            self.remove_parameter(name);
        }
    }
}
