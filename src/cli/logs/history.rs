//! Printing what was written in a time that is over, all feeds in one order.

use std::collections::VecDeque;

use color_eyre::eyre::Result;
use tokio::sync::mpsc::{self, Receiver};

use super::Desk;
use super::record::{Record, records};
use super::report::Report;
use crate::aws::Aws;
use crate::aws::logs::MOST_NAMES;
use crate::fleet::feed::{Feed, Origin, Streams};
use crate::logs::batch::{Batch, Standing};
use crate::logs::tail::Settings;
use crate::runtime::signals::Interrupts;
use crate::runtime::tail::{Following, follow};

/// Events on the pages of all feeds together: what has to be in memory to bring them into one order is a few times of this.
const AT_ONCE: usize = 100_000;
const SMALLEST_PAGE: usize = 500;
const LARGEST_PAGE: usize = 10_000;

/// One feed, or as many of its streams as one request may name, whose events come in the order of time.
struct Source {
    feed: usize,
    following: Option<Following>,
    batches: Receiver<Batch>,
    waiting: VecDeque<Record>,
    /// How its part of the feed stood last.
    standing: Standing,
}

/// Prints everything from `settings.since` to `settings.until` in the order of time.
pub(super) async fn run(
    aws: &Aws,
    feeds: Vec<Feed>,
    mut settings: Settings,
    desk: &mut Desk,
    report: &mut Report,
) -> Result<()> {
    let mut interrupts = Interrupts::new()?;
    let parts: Vec<(usize, Feed)> = feeds.into_iter().enumerate().flat_map(parts).collect();
    let page = (AT_ONCE / parts.len().max(1)).clamp(SMALLEST_PAGE, LARGEST_PAGE);
    settings.page = settings.page.or_else(|| u16::try_from(page).ok().filter(|_| page < LARGEST_PAGE));
    let mut sources: Vec<Source> = parts.into_iter().map(|(feed, part)| source(aws, feed, part, &settings)).collect();
    loop {
        let Some(number) = sources.iter().position(|source| source.waiting.is_empty() && source.following.is_some())
        else {
            let first = sources.iter_mut().filter_map(|source| Some((source.waiting.front()?.time(), source)));
            let Some((_, source)) = first.min_by_key(|(time, _)| *time) else { return Ok(()) };
            if let Some(record) = source.waiting.pop_front() {
                desk.print(&record)?;
            }
            continue;
        };
        desk.printer.flush()?;
        tokio::select! {
            () = interrupts.next() => {
                report.interrupted();
                return Ok(());
            }
            more = more(&mut sources, number, report) => more?,
        }
    }
}

/// The parts of a feed that can be read in one order each.
fn parts((number, feed): (usize, Feed)) -> Vec<(usize, Feed)> {
    match &feed.origin {
        Origin::Group { group, streams: Streams::Named(names) } => {
            let part = |names: &[String]| {
                let origin = Origin::Group { group: group.clone(), streams: Streams::Named(names.to_vec()) };
                (number, Feed { label: feed.label.clone(), origin })
            };
            names.chunks(MOST_NAMES).map(part).collect()
        }
        _ => vec![(number, feed)],
    }
}

fn source(aws: &Aws, feed: usize, part: Feed, settings: &Settings) -> Source {
    // One waits in the channel while another one is printed.
    let (out, batches) = mpsc::channel(1);
    let following = Some(follow(aws, vec![part], settings.clone(), out));
    Source { feed, following, batches, waiting: VecDeque::new(), standing: Standing::default() }
}

/// Waits for more of one source.
async fn more(sources: &mut [Source], number: usize, report: &mut Report) -> Result<()> {
    let Some(source) = sources.get_mut(number) else { return Ok(()) };
    let feed = source.feed;
    let Some(batch) = source.batches.recv().await else {
        source.following = None;
        // It ends by itself when it is done, and otherwise only because of a fault of ours.
        if !source.standing.done {
            report.give_up(feed);
        }
        return Ok(());
    };
    source.standing = batch.standing;
    source.waiting.extend(records(feed, batch.events, batch.gaps));
    let of_feed = sources.iter().filter(|source| source.feed == feed).map(|source| source.standing.clone());
    let Some(standing) = of_feed.reduce(Standing::and) else { return Ok(()) };
    report.stands(feed, &standing)?;
    if report.is_hopeless(feed) {
        report.give_up(feed);
        sources.iter_mut().filter(|source| source.feed == feed).for_each(|source| source.following = None);
    }
    Ok(())
}
