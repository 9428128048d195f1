//! Sessions of Live Tail.

use jiff::{SignedDuration, Timestamp};

use super::World;
use super::log::{LONGEST_DELAY, LogLine, LogQuery};

/// Sessions at the same time
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>).
pub const MOST_SESSIONS: usize = 15;

/// After this a session ends
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html>).
const LONGEST: SignedDuration = SignedDuration::from_hours(3);

/// Which streams a session is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveStreams {
    /// All of them.
    All,
    /// Those of these names.
    Named(Vec<String>),
    /// Those whose names begin so.
    Prefixed(Vec<String>),
}

impl LiveStreams {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|one| one == name),
            Self::Prefixed(prefixes) => prefixes.iter().any(|prefix| name.starts_with(prefix)),
        }
    }
}

/// A session.
#[derive(Debug, Clone)]
pub struct LiveTail {
    /// Names of groups.
    pub groups: Vec<String>,
    /// Which of their streams.
    pub streams: LiveStreams,
    /// Filter pattern, as the caller gave it.
    pub pattern: String,
    started_at: Timestamp,
    /// What came in until then was told.
    told_until: i64,
}

impl World {
    /// Opens a session and gives its id; nothing if there are too many.
    pub fn open_live_tail(&mut self, groups: Vec<String>, streams: LiveStreams, pattern: String) -> Option<String> {
        if self.live_tails.len() >= MOST_SESSIONS {
            return None;
        }
        let id = self.fresh_id();
        let told_until = self.now.as_millisecond();
        let session = LiveTail { groups, streams, pattern, started_at: self.now, told_until };
        self.live_tails.insert(id.clone(), session);
        Some(id)
    }

    /// What came in since the last time, each line with its group, by time; nothing once the session has lasted too long.
    pub fn live_lines(&mut self, id: &str) -> Option<Vec<(String, LogLine)>> {
        let now = self.now;
        let session = self.live_tails.get(id).filter(|session| now.duration_since(session.started_at) < LONGEST)?;
        let mut lines = Vec::new();
        for group in &session.groups {
            lines.extend(self.came_in(group, session).into_iter().map(|line| (group.clone(), line)));
        }
        lines.sort_by_key(|(_, line)| line.at);
        if let Some(session) = self.live_tails.get_mut(id) {
            session.told_until = now.as_millisecond();
        }
        Some(lines)
    }

    fn came_in(&self, group: &str, session: &LiveTail) -> Vec<LogLine> {
        let streams = |name: &str| session.streams.has(name);
        // What is older than a line's longest delay was put by a caller, who may be two weeks late.
        let from = session.told_until - LONGEST_DELAY;
        let came_after = session.told_until;
        let recent = self.read_log(&LogQuery { from, came_after, ..LogQuery::all(group, &streams) });
        let held = self.log_groups.get(group).into_iter().flat_map(|group| &group.streams);
        let put_late = held.filter(|(name, _)| streams(name)).flat_map(|(name, stream)| {
            let old = stream.events.iter().take_while(move |event| event.at < from);
            old.filter(move |event| event.ingested_at > came_after).map(|event| LogLine {
                stream: name.as_str().into(),
                at: event.at,
                ingested_at: event.ingested_at,
                id: String::new(),
                message: event.message.clone(),
            })
        });
        put_late.chain(recent).collect()
    }
}
