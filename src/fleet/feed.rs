//! Which log streams belong to what one looks at.

/// Streams of a log group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Streams {
    /// All of them, those that come later included.
    All,
    /// Those whose names begin so, those that come later included.
    Prefix(String),
    /// These, sorted; some may not exist yet, or not any more.
    Named(Vec<String>),
}

/// Where lines come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// Streams of a log group in CloudWatch Logs.
    Group {
        /// Name of the group.
        group: String,
        /// Which of its streams.
        streams: Streams,
    },
    /// What an EC2 instance wrote to its console: all there is of one that never joined.
    Console {
        /// EC2 instance id.
        instance: String,
    },
}

/// Something to be read, and what it is called in front of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Feed {
    /// A short name: the service, the container, the instance or the group.
    pub label: String,
    /// Where its lines come from.
    pub origin: Origin,
}
