//! The console of an instance, being read.

use super::{Ask, News, Step};
use crate::aws::logs::ConsoleOutput;
use crate::fleet::reading::{Failure, FailureKind};
use crate::logs::batch::{Arrival, Standing};
use crate::logs::counters::Counters;
use crate::logs::event::Gap;
use crate::logs::live::LiveStanding;
use crate::logs::tail::{Position, Settings, fingerprint};

/// Between two reads: AWS itself renews the output once in a while.
const EVERY: i64 = 60_000;
/// Lines that were handed out and are remembered: an output holds 64 KB, and few lines are shorter than this makes them.
const REMEMBERED: usize = 16_384;

pub(super) struct ConsoleLane {
    instance: String,
    once: bool,
    next_at: i64,
    pause: i64,
    first_pause: i64,
    longest_pause: i64,
    /// What stands for each of the last lines that were handed out, in their order.
    handed: Vec<u128>,
    /// A last line without an end: it is handed out when it has one, or is still the same at the next read.
    open: Option<String>,
    /// When the output was last renewed, as AWS says.
    at: Option<i64>,
    read_at: Option<i64>,
    counters: Counters,
    failure: Option<Failure>,
    done: bool,
}

impl ConsoleLane {
    pub(super) fn new(instance: String, settings: &Settings, position: Option<Position>) -> Self {
        Self {
            instance,
            once: settings.until.is_some(),
            next_at: i64::MIN,
            pause: settings.first_pause,
            first_pause: settings.first_pause,
            longest_pause: settings.longest_pause,
            at: position.as_ref().and_then(|position| position.seen.last()).map(|(time, _)| *time),
            handed: position
                .map(|position| position.seen.into_iter().map(|(_, line)| line).collect())
                .unwrap_or_default(),
            open: None,
            read_at: None,
            counters: Counters::default(),
            failure: None,
            done: false,
        }
    }

    pub(super) fn step(&self, now: i64) -> Step {
        match () {
            () if self.done => Step::Done,
            () if now < self.next_at => Step::Wait(self.next_at),
            () => Step::Ask(Ask::Console(self.instance.clone())),
        }
    }

    pub(super) fn read(&mut self, now: i64, output: Result<Option<ConsoleOutput>, Failure>) -> News {
        let output = match output {
            Ok(output) => output,
            Err(failure) => {
                self.fail(now, failure);
                return News::default();
            }
        };
        self.failure = None;
        self.pause = self.first_pause;
        self.next_at = now.saturating_add(EVERY);
        self.read_at = Some(now);
        self.done = self.once;
        self.counters.pages += 1;
        let news = output.map(|output| self.news(&output)).unwrap_or_default();
        self.counters.empty += u64::from(news.events.is_empty());
        self.counters.events += news.events.len() as u64;
        self.counters.gaps += news.gaps.len() as u64;
        news
    }

    fn fail(&mut self, now: i64, failure: Failure) {
        match failure.kind {
            FailureKind::Throttled => self.counters.throttled += 1,
            _ => self.counters.failed += 1,
        }
        self.failure = Some(failure);
        self.next_at = now.saturating_add(self.pause);
        self.pause = self.pause.saturating_mul(2).min(self.longest_pause);
    }

    fn news(&mut self, output: &ConsoleOutput) -> News {
        let time = output.at.as_millisecond();
        let lines = self.ended_lines(&output.text);
        let marks: Vec<u128> = lines.iter().map(|line| mark(line)).collect();
        // A last line that was handed out without its end may have gone on.
        let but_last = self.handed.split_last().map(|(_, before)| before).unwrap_or_default();
        let (known, gap) = match known(&self.handed, &marks).or_else(|| known(but_last, &marks)) {
            Some(known) => (known, None),
            None => {
                let why = "the console wrote more than AWS keeps between two reads".to_owned();
                (0, Some(Gap { from: self.at.unwrap_or(time), to: time, why }).filter(|gap| gap.from < gap.to))
            }
        };
        self.counters.repeats += known as u64;
        self.handed.extend(marks.into_iter().skip(known));
        self.handed.drain(..self.handed.len().saturating_sub(REMEMBERED));
        self.at = Some(time);
        let arrival = |line: &&str| Arrival {
            stream: String::new(),
            time,
            ingested: time,
            id: String::new(),
            message: (*line).to_owned(),
        };
        News { events: lines.iter().skip(known).map(arrival).collect(), gaps: gap.into_iter().collect() }
    }

    /// The lines of the output, without a last one that may go on.
    fn ended_lines<'a>(&mut self, text: &'a str) -> Vec<&'a str> {
        let mut lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        let open = lines.pop().filter(|line| !line.is_empty());
        let stays = self.once || open == self.open.as_deref();
        self.open = open.map(str::to_owned);
        lines.extend(open.filter(|_| stays));
        lines
    }

    pub(super) fn standing(&self, now: i64) -> Standing {
        Standing {
            counters: self.counters,
            // Between two reads it is as new as it can be.
            lag: self.read_at.map_or(0, |at| now.saturating_sub(at.saturating_add(EVERY)).max(0)),
            failure: self.failure.clone(),
            live: LiveStanding::default(),
            caught_up: self.read_at.is_some(),
            done: self.done,
            watermark: self.at.unwrap_or_default(),
            swept: self.at.unwrap_or_default(),
        }
    }
}

/// What stands for a line of a console in a [`Position`].
#[must_use]
pub fn mark(line: &str) -> u128 {
    fingerprint(&[line.as_bytes()])
}

/// How many of `lines` were handed out already: an output is what the one before it was, with more at its end and perhaps less at
/// its start, where a line may be cut. `None`: nothing of what was handed out is there any more.
fn known(handed: &[u128], lines: &[u128]) -> Option<usize> {
    if handed.is_empty() {
        return Some(0);
    }
    let cut = usize::from(lines.len() > 1);
    let ways = (0..handed.len()).flat_map(|from| (0..=cut).map(move |skipped| (from, skipped)));
    ways.filter_map(|(from, skipped)| {
        let rest = handed.get(from..)?;
        // A line that was cut can only be the first of those that are kept.
        let whole = skipped == 0 || from > 0;
        (whole && lines.get(skipped..)?.starts_with(rest)).then_some(skipped + rest.len())
    })
    .next()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn lane(settings: &Settings, seen: &[&str]) -> ConsoleLane {
        let seen = seen.iter().map(|line| (7, mark(line))).collect::<Vec<_>>();
        let position = (!seen.is_empty()).then(|| Position { seen, ..Position::default() });
        ConsoleLane::new("i-1".to_owned(), settings, position)
    }

    fn read(lane: &mut ConsoleLane, at: i64, text: &str) -> (Vec<String>, usize) {
        let output = ConsoleOutput { at: Timestamp::from_millisecond(at).unwrap(), text: text.to_owned() };
        let News { events, gaps } = lane.read(at, Ok(Some(output)));
        assert!(events.iter().all(|event| event.time == at && event.id.is_empty()));
        (events.into_iter().map(|event| event.message).collect(), gaps.len())
    }

    fn words(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn what_was_handed_out_does_not_come_again() {
        let mut lane = lane(&Settings::since(0), &[]);
        assert!(lane.read(0, Ok(None)).events.is_empty(), "there may be nothing yet");
        assert_eq!(read(&mut lane, 10, "a\r\nb\nc\n"), (words("a b c"), 0));
        assert_eq!(read(&mut lane, 11, "a\r\nb\nc\nd\n"), (words("d"), 0));
        assert_eq!(read(&mut lane, 12, "\nc\nd\ne\n"), (words("e"), 0), "AWS keeps the end alone, and cuts a line");
        assert_eq!(read(&mut lane, 13, "x\ny\n"), (words("x y"), 1), "more was written than it keeps");
        assert_eq!(read(&mut lane, 14, "x\ny\n"), (words(""), 0));
    }

    #[test]
    fn a_line_without_an_end_is_waited_for_a_while() {
        let mut lane = lane(&Settings::since(0), &[]);
        assert_eq!(read(&mut lane, 10, "a\nlog"), (words("a"), 0));
        assert_eq!(read(&mut lane, 11, "a\nlogin:"), (words(""), 0));
        assert_eq!(read(&mut lane, 12, "a\nlogin:"), (words("login:"), 0));
        assert_eq!(read(&mut lane, 13, "a\nlogin:\nb\n"), (words("b"), 0));
        assert_eq!(read(&mut lane, 14, "a\nlogin:\nb\nend"), (words(""), 0));
    }

    #[test]
    fn it_is_read_once_where_there_is_an_end_and_again_and_again_otherwise() {
        let mut once = lane(&Settings { until: Some(5), ..Settings::since(0) }, &[]);
        assert_eq!(read(&mut once, 10, "a\nb"), (words("a b"), 0));
        assert!(matches!(once.step(11), Step::Done) && once.standing(11).done);
        let mut lane = lane(&Settings::since(0), &["a", "b"]);
        assert_eq!(read(&mut lane, 10, "a\nb\nc\n"), (words("c"), 0), "it goes on from a position");
        assert!(matches!(lane.step(11), Step::Wait(until) if until == 10 + EVERY));
        assert!(matches!(lane.step(10 + EVERY), Step::Ask(Ask::Console(_))));
        assert_eq!([0, 7].map(|late| lane.standing(10 + EVERY + late).lag), [0, 7], "behind when a read is overdue");
    }
}
