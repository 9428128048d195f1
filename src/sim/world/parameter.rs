//! Parameters of Systems Manager that somebody put there.

use jiff::Timestamp;

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
}
