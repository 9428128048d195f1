//! What reading a feed brought, on its way to a store or to a pipe.

use super::counters::Counters;
use super::event::Gap;
use super::live::LiveStanding;
use super::tail::Seen;
use crate::fleet::reading::Failure;

/// An event as AWS gave it. Its texts are not clean: [`super::store::Store::push`] cleans them, `logs --raw` alone does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// `logStreamName`.
    pub stream: String,
    /// `timestamp`, in milliseconds since 1970.
    pub time: i64,
    /// `ingestionTime`; `time` where AWS does not say.
    pub ingested: i64,
    /// `eventId`; empty where there is none, as in Live Tail and on a console.
    pub id: String,
    /// `message`.
    pub message: String,
}

impl Arrival {
    /// What a tail looks at.
    #[must_use]
    pub fn seen(&self) -> Seen<'_> {
        Seen { id: &self.id, stream: &self.stream, time: self.time, message: self.message.as_bytes() }
    }
}

/// How the reading of one feed stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// What happened since it began.
    pub counters: Counters,
    /// How far what was read lies behind the present, in milliseconds.
    pub lag: i64,
    /// Why the last request brought nothing; `None` if it succeeded.
    pub failure: Option<Failure>,
    /// Live Tail beside the reading.
    pub live: LiveStanding,
    /// Every page up to the present was read at least once.
    pub caught_up: bool,
    /// Everything that was asked for is read; nothing more comes.
    pub done: bool,
    /// What [`super::tail::Position::watermark`] is after this, in milliseconds since 1970.
    pub watermark: i64,
    /// What [`super::tail::Position::swept`] is after this.
    pub swept: i64,
}

impl Standing {
    /// How the whole stands of which these are parts: as far as the part that is furthest behind.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            counters: self.counters.and(other.counters),
            lag: self.lag.max(other.lag),
            failure: self.failure.or(other.failure),
            live: self.live.and(other.live),
            caught_up: self.caught_up && other.caught_up,
            done: self.done && other.done,
            watermark: self.watermark.min(other.watermark),
            swept: self.swept.min(other.swept),
        }
    }
}

/// News of one feed: what is new in a page, or how the reading stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Number of the feed in the list that was asked for.
    pub feed: usize,
    /// Events that were not handed out before.
    pub events: Vec<Arrival>,
    /// Times of which lines are missing, found since the last batch.
    pub gaps: Vec<Gap>,
    /// How the reading stands after this.
    pub standing: Standing,
}

impl Batch {
    /// How long after its time the latest of its events came in, in milliseconds.
    #[must_use]
    pub fn latest(&self) -> i64 {
        let lateness = self.events.iter().map(|event| event.ingested.saturating_sub(event.time));
        lateness.max().unwrap_or(0).max(0)
    }
}
