//! Printing what comes as it comes.

use std::mem;

use color_eyre::eyre::Result;
use tokio::sync::mpsc;

use super::journal::{Entry, Journal};
use super::record::{Record, records};
use super::report::Report;
use super::{Desk, LogsArgs};
use crate::aws::Aws;
use crate::fleet::feed::Feed;
use crate::logs::batch::Batch;
use crate::logs::tail::Settings;
use crate::runtime::signals::Interrupts;
use crate::runtime::tail::{MOST_SESSIONS, Start, follow_from};

/// Batches that wait to be printed.
const CHANNEL: usize = 8;
/// Events that are held back at most until every feed has caught up, so that what was there before is printed in the order of time.
const HELD: usize = 50_000;

struct Follow<'a> {
    desk: &'a mut Desk,
    report: &'a mut Report,
    journal: Option<Journal>,
    /// Which feeds have not caught up, nor failed.
    behind: Vec<bool>,
    held: Vec<Batch>,
}

/// Prints what comes until it is interrupted, the output closes, or every feed is denied.
pub(super) async fn run(
    args: &LogsArgs,
    aws: &Aws,
    feeds: Vec<Feed>,
    settings: Settings,
    desk: &mut Desk,
    report: &mut Report,
) -> Result<()> {
    let mut interrupts = Interrupts::new()?;
    let journal = args.position.as_deref().map(|path| Journal::open(path, &feeds, &settings)).transpose()?;
    let doubtful = |feed: usize| journal.as_ref().map_or(0, |journal| journal.doubtful(feed));
    (0..feeds.len()).try_for_each(|feed| report.may_repeat(feed, doubtful(feed)))?;
    let behind = vec![true; feeds.len()];
    let start = |(number, feed): (usize, Feed)| {
        let known = journal.as_ref().and_then(|journal| journal.start(number));
        let (since, position) = known.map_or((settings.since, None), |(since, position)| (since, Some(position)));
        Start { feed, settings: Settings { since, ..settings.clone() }, position }
    };
    let starts = feeds.into_iter().enumerate().map(start).collect();
    let (out, mut batches) = mpsc::channel(CHANNEL);
    let following = follow_from(aws, starts, out);
    if args.live {
        following.live_tail(MOST_SESSIONS);
    }
    let mut follow = Follow { desk, report, journal, behind, held: Vec::new() };
    loop {
        tokio::select! {
            () = interrupts.next() => break,
            batch = batches.recv() => match batch {
                Some(batch) => follow.take(batch)?,
                // Without an end it ends only by a fault of ours.
                None => {
                    follow.report.interrupted();
                    break;
                }
            },
        }
        if batches.is_empty() {
            follow.desk.printer.flush()?;
        }
        if follow.report.all_denied() {
            follow.report.interrupted();
            break;
        }
    }
    drop(following);
    follow.release()
}

impl Follow<'_> {
    fn take(&mut self, batch: Batch) -> Result<()> {
        self.report.stands(batch.feed, &batch.standing)?;
        self.report.came(&batch);
        if let Some(behind) = self.behind.get_mut(batch.feed) {
            *behind &= !batch.standing.caught_up && batch.standing.failure.is_none();
        }
        if self.behind.is_empty() {
            return self.print(vec![batch]);
        }
        self.held.push(batch);
        let held: usize = self.held.iter().map(|batch| batch.events.len()).sum();
        if held >= HELD || !self.behind.contains(&true) { self.release() } else { Ok(()) }
    }

    /// Prints what was held back; from now on nothing is.
    fn release(&mut self) -> Result<()> {
        self.behind.clear();
        let held = mem::take(&mut self.held);
        self.print(held)
    }

    fn print(&mut self, batches: Vec<Batch>) -> Result<()> {
        let entries: Vec<Entry> =
            self.journal.iter().flat_map(|journal| batches.iter().map(|batch| journal.entry(batch))).collect();
        let several = batches.len() > 1;
        let mut all: Vec<Record> =
            batches.into_iter().flat_map(|batch| records(batch.feed, batch.events, batch.gaps)).collect();
        if several {
            all.sort_by_key(Record::time);
        }
        if let Some(journal) = &mut self.journal {
            entries.iter().try_for_each(|entry| journal.printing(entry))?;
        }
        for record in &all {
            self.desk.print(record)?;
        }
        if let Some(journal) = &mut self.journal {
            self.desk.printer.flush()?;
            entries.iter().try_for_each(|entry| journal.printed(entry))?;
        }
        Ok(())
    }
}
