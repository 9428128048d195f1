//! What the engine is given, and what a row says about itself.

/// How grave a line says it is. `Unknown` where it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// The line names no level.
    #[default]
    Unknown,
    /// Finer than debug.
    Trace,
    /// For developers.
    Debug,
    /// What happens normally, notices included.
    Info,
    /// Something that may need a look.
    Warn,
    /// Something failed.
    Error,
    /// The writer gives up: fatal, critical, panic, emergency, alert.
    Fatal,
}

impl Level {
    const ALL: [Self; 7] = [Self::Unknown, Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    pub(super) fn from_bits(bits: u8) -> Self {
        Self::ALL.get(usize::from(bits)).copied().unwrap_or_default()
    }
}

/// Number of a source in its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub(super) u16);

/// Who wrote a line: a log group, or something else that has lines, and the stream in it. Both already clean.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Source {
    /// The log group, or whatever names the source.
    pub name: String,
    /// The stream; empty where there is none.
    pub stream: String,
}

/// One event as it came from outside.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Who wrote it.
    pub source: SourceId,
    /// Milliseconds since 1970, as the event says.
    pub time: i64,
    /// When AWS took it in, in milliseconds since 1970; `time` where nobody knows.
    pub ingested: i64,
    /// The message, any bytes. A line end at its end ends it and is no line of its own.
    pub message: &'a [u8],
}

/// A time of which lines are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// First millisecond of which lines may be missing.
    pub from: i64,
    /// First millisecond that was read again.
    pub to: i64,
    /// What happened, in a few words.
    pub why: String,
}

/// A row's identity: it never changes, and is never given to another row of the same store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub u64);

/// A row as it can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// Which one.
    pub id: RowId,
    /// Milliseconds since 1970.
    pub time: i64,
    /// Seconds from `time` until it was taken in, at most 65,535.
    pub lateness: u16,
    /// Who wrote it.
    pub source: SourceId,
    /// How grave it says it is.
    pub level: Level,
    /// Taken in long after its time.
    pub late: bool,
    /// Belongs to the nearest row above of the same source that is no continuation.
    pub continuation: bool,
    /// Stands for lines that are missing.
    pub gap: bool,
    /// The text, clean, without a line end.
    pub text: &'a str,
}
