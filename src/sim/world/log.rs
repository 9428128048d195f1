//! Log groups.

use jiff::Timestamp;

/// A log group.
#[derive(Debug, Clone)]
pub struct LogGroup {
    /// Name.
    pub name: String,
    /// Days that events are kept; `None`: for ever.
    pub retention_days: Option<u32>,
    /// Bytes stored.
    pub stored_bytes: u64,
    /// When it was created.
    pub created_at: Timestamp,
}
