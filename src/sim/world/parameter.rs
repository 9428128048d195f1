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
        self.parameters.insert(name.to_owned(), parameter);
    }

    /// Whoever has put a newer version has put its end too.
    pub(super) fn expire_parameter(&mut self, name: &str, version: i64) {
        if self.parameters.get(name).is_some_and(|parameter| parameter.version == version) {
            self.parameters.remove(name);
        }
    }
}
