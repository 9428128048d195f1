//! What is told on standard error: failures when they begin, and what was counted at the end.

use std::io::{self, Write};

use color_eyre::eyre::Result;

use super::sources::Sources;
use crate::fleet::reading::{Failure, FailureKind};
use crate::logs::batch::{Batch, Standing};
use crate::logs::counters::Counters;
use crate::logs::live::LiveStanding;
use crate::logs::tail::Settings;

/// Failures in a row after which nobody waits for a feed any more, where there is an end to reach.
const PATIENCE: u32 = 5;
/// The same where AWS is only asked too often.
const THROTTLED_PATIENCE: u32 = 20;
/// A permission may be granted a moment late, and hardly later.
const DENIED_PATIENCE: u32 = 3;

/// What is known of each feed.
#[derive(Debug, Default)]
struct Known {
    label: String,
    standing: Standing,
    /// Failures without a success between them.
    in_a_row: u32,
    told: Option<Failure>,
    /// The same of Live Tail.
    live_told: Option<Failure>,
    given_up: bool,
}

/// What is told of all of them.
#[derive(Debug)]
pub struct Report {
    feeds: Vec<Known>,
    notes: Vec<String>,
    /// How late the latest line came that was followed, in milliseconds.
    latest: i64,
    incomplete: bool,
}

impl Report {
    /// Of what is going to be read.
    #[must_use]
    pub fn new(sources: &Sources) -> Self {
        let known = |label: &String| Known { label: crate::text::one_line(label, 512), ..Known::default() };
        let unread = sources.unread.iter().map(|(panel, failure)| {
            format!(
                "{} could not be read, so there may be more logs: {}: {}",
                panel.name(),
                failure.operation,
                failure.message
            )
        });
        Self {
            feeds: sources.feeds.feeds.iter().map(|feed| known(&feed.label)).collect(),
            notes: unread.chain(sources.feeds.without.iter().map(|why| crate::text::one_line(why, 400))).collect(),
            latest: 0,
            incomplete: !sources.unread.is_empty(),
        }
    }

    /// Tells what is known before anything is read.
    ///
    /// # Errors
    /// When standard error is gone.
    pub fn told(&self) -> Result<()> {
        let mut stderr = io::stderr().lock();
        for note in &self.notes {
            writeln!(stderr, "quarterdeck: {note}")?;
        }
        Ok(())
    }

    /// Tells that the run before ended while it printed so many events, if it did.
    ///
    /// # Errors
    /// When standard error is gone.
    pub fn may_repeat(&self, feed: usize, events: u64) -> Result<()> {
        let Some(known) = self.feeds.get(feed).filter(|_| events > 0) else { return Ok(()) };
        let told = format!("up to {events} of its first events may have been printed before");
        writeln!(
            io::stderr().lock(),
            "quarterdeck: {}: the last run was cut off while it printed: {told}",
            known.label
        )?;
        Ok(())
    }

    /// Lines came that were followed.
    pub fn came(&mut self, batch: &Batch) {
        self.latest = self.latest.max(batch.latest());
    }

    /// How a feed stands now. A failure that was not told yet is.
    ///
    /// # Errors
    /// When standard error is gone.
    pub fn stands(&mut self, feed: usize, standing: &Standing) -> Result<()> {
        let Some(known) = self.feeds.get_mut(feed) else { return Ok(()) };
        let failures = |standing: &Standing| standing.counters.failed + standing.counters.throttled;
        let more = failures(standing).saturating_sub(failures(&known.standing));
        known.in_a_row = match standing.failure {
            None => 0,
            Some(_) => known.in_a_row.saturating_add(u32::try_from(more).unwrap_or(u32::MAX)),
        };
        let before = std::mem::replace(&mut known.standing, standing.clone());
        // AWS throttles now and then, and the next request helps.
        let worth = |failure: &&Failure| failure.kind != FailureKind::Throttled || known.in_a_row >= PATIENCE;
        tell(&known.label, standing.failure.as_ref(), worth, &mut known.told)?;
        tell(&known.label, standing.live.failure.as_deref(), |_| true, &mut known.live_told)?;
        for news in live_news(&before.live, &standing.live) {
            writeln!(io::stderr().lock(), "quarterdeck: {}: Live Tail {news}", known.label)?;
        }
        Ok(())
    }

    /// Whether there is no use in waiting for a feed that has an end.
    #[must_use]
    pub fn is_hopeless(&self, feed: usize) -> bool {
        let Some(known) = self.feeds.get(feed) else { return true };
        known.standing.failure.as_ref().is_some_and(|failure| {
            let missing = failure.message.starts_with("ResourceNotFoundException");
            let patience = match failure.kind {
                _ if missing => 1,
                FailureKind::Denied => DENIED_PATIENCE,
                FailureKind::Throttled => THROTTLED_PATIENCE,
                FailureKind::Credentials | FailureKind::Timeout | FailureKind::Failed => PATIENCE,
            };
            known.in_a_row >= patience
        })
    }

    /// Whether every feed is denied, and stays so.
    #[must_use]
    pub fn all_denied(&self) -> bool {
        let denied = |known: &Known| {
            let denied = known.standing.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Denied);
            denied && known.in_a_row >= DENIED_PATIENCE
        };
        self.feeds.iter().all(denied)
    }

    /// A feed is read no further.
    pub fn give_up(&mut self, feed: usize) {
        if let Some(known) = self.feeds.get_mut(feed) {
            known.given_up = true;
        }
        self.incomplete = true;
    }

    /// It ends before everything was printed.
    pub fn interrupted(&mut self) {
        self.incomplete = true;
    }

    /// Whether nothing that was asked for is known to be missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        // What Live Tail does not bring is read.
        let whole = |known: &Known| known.standing.counters.gaps == 0 && known.standing.failure.is_none();
        !self.incomplete && self.feeds.iter().all(whole)
    }

    /// Tells what was counted.
    ///
    /// # Errors
    /// When standard error is gone.
    pub fn counted(&self) -> Result<()> {
        let all = self.feeds.iter().fold(Counters::default(), |sum, known| sum.and(known.standing.counters));
        let Counters { events, late, repeats, throttled, failed, gaps, .. } = all;
        let mut stderr = io::stderr().lock();
        if Settings::since(0).verges(self.latest) {
            let minutes = self.latest / 60_000;
            let told = "later ones may have been missed: read that time again without --follow";
            writeln!(stderr, "quarterdeck: lines came up to {minutes} min after their time; {told}")?;
        }
        for known in self.feeds.iter().filter(|known| known.given_up) {
            writeln!(stderr, "quarterdeck: {} was not read to its end", known.label)?;
        }
        writeln!(
            stderr,
            "quarterdeck: {events} events, {late} late, {repeats} repeats suppressed, {throttled} throttled, {failed} failed requests, {gaps} gaps"
        )?;
        Ok(())
    }
}

/// Tells a failure that was not told yet, if it is worth it; one that is over may be told again.
fn tell(
    label: &str,
    failure: Option<&Failure>,
    worth: impl Fn(&&Failure) -> bool,
    told: &mut Option<Failure>,
) -> Result<()> {
    let Some(failure) = failure else {
        *told = None;
        return Ok(());
    };
    if !worth(&failure) || told.as_ref().is_some_and(|told| told.says_the_same(failure)) {
        return Ok(());
    }
    *told = Some(failure.clone());
    let mut stderr = io::stderr().lock();
    writeln!(stderr, "quarterdeck: {label}: {}: {}", failure.operation, failure.message)?;
    if let Some(hint) = &failure.hint {
        writeln!(stderr, "  {hint}")?;
    }
    Ok(())
}

/// What happened to Live Tail meanwhile, beside failures.
fn live_news(before: &LiveStanding, now: &LiveStanding) -> impl Iterator<Item = &'static str> {
    let news = [
        (now.sampled && !before.sampled, "leaves lines out: too many come for it. Reading brings them"),
        (now.timed_out > before.timed_out, "ended after three hours, as AWS has it, and begins again"),
        (now.broken > before.broken, "ended early and begins again; reading brings what is missing"),
    ];
    news.into_iter().filter(|(happened, _)| *happened).map(|(_, news)| news)
}
