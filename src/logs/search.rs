//! A search that runs on other threads: what is nearest to the viewport is found first, and the next key stops it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::Duration;

use super::event::RowId;
use super::query::Query;
use super::scan::Scan;
use super::store::Snapshot;

/// Hits of one chunk, or of none when a chunk held none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Ids in the order of arrival.
    pub rows: Vec<u64>,
    /// Bytes of text that were read for them.
    pub bytes: usize,
}

/// A search under way. Dropping it cancels it.
#[derive(Debug)]
pub struct Search {
    found: Receiver<Found>,
    cancelled: Arc<AtomicBool>,
    total: usize,
    read: usize,
    hits: usize,
    ended: bool,
}

struct Work {
    snapshot: Snapshot,
    query: Query,
    gaps: bool,
    /// Numbers of the chunks, the nearest first.
    turns: Vec<usize>,
    turn: AtomicUsize,
    cancelled: Arc<AtomicBool>,
}

impl Search {
    /// Searches all of `snapshot` on up to `workers` threads, beginning around the row `near`, which may have left.
    #[must_use]
    pub fn start(snapshot: Snapshot, query: Query, gaps: bool, near: RowId, workers: usize) -> Self {
        let cancelled = Arc::new(AtomicBool::new(false));
        let total = snapshot.chunks.iter().map(|chunk| chunk.text().len()).sum();
        let turns = nearest_first(&snapshot, near);
        let work = Work { snapshot, query, gaps, turns, turn: AtomicUsize::new(0), cancelled: cancelled.clone() };
        let work = Arc::new(work);
        let (sender, found) = channel();
        for worker in 0..workers.max(1) {
            let (here, own) = (work.clone(), sender.clone());
            let thread = std::thread::Builder::new().name(format!("search-{worker}"));
            // Where no thread can be had the search runs at once: slower, and complete all the same.
            if thread.spawn(move || here.run(&own)).is_err() && worker == 0 {
                work.run(&sender);
            }
        }
        Self { found, cancelled, total, read: 0, hits: 0, ended: false }
    }

    /// What was found since the last time, without waiting.
    pub fn poll(&mut self) -> Vec<Found> {
        let mut news = Vec::new();
        loop {
            match self.found.try_recv() {
                Ok(found) => news.push(self.count(found)),
                Err(TryRecvError::Empty) => return news,
                Err(TryRecvError::Disconnected) => {
                    self.ended = true;
                    return news;
                }
            }
        }
    }

    /// The next piece, awaited for at most so long; `None` when nothing came or all is read.
    pub fn wait(&mut self, at_most: Duration) -> Option<Found> {
        match self.found.recv_timeout(at_most) {
            Ok(found) => Some(self.count(found)),
            Err(error) => {
                self.ended |= error == std::sync::mpsc::RecvTimeoutError::Disconnected;
                None
            }
        }
    }

    fn count(&mut self, found: Found) -> Found {
        self.read += found.bytes;
        self.hits += found.rows.len();
        self.ended |= self.read == self.total;
        found
    }

    /// Whether everything was read and handed out, or it was cancelled.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended || self.read == self.total
    }

    /// Hits handed out so far.
    #[must_use]
    pub fn hits(&self) -> usize {
        self.hits
    }

    /// Bytes read of how many.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.read, self.total)
    }

    /// Stops it within 64 KiB of text for each thread; what was found stays.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.cancel();
    }
}

fn nearest_first(snapshot: &Snapshot, near: RowId) -> Vec<usize> {
    let here = snapshot.chunks.partition_point(|chunk| chunk.end() <= near.0);
    let mut turns: Vec<usize> = (0..snapshot.chunks.len()).collect();
    turns.sort_by_key(|number| number.abs_diff(here));
    turns
}

impl Work {
    fn run(&self, sender: &Sender<Found>) {
        loop {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed);
            let Some(chunk) = self.turns.get(turn).and_then(|number| self.snapshot.chunks.get(*number)) else { return };
            let stop = || self.cancelled.load(Ordering::Relaxed);
            let scan = Scan { chunk, sources: &self.snapshot.sources, gaps: self.gaps, stop: &stop };
            let rows = scan.rows(&self.query, 0);
            if stop() {
                return;
            }
            let rows = rows.into_iter().map(|index| chunk.first() + u64::from(index)).collect();
            if sender.send(Found { rows, bytes: chunk.text().len() }).is_err() {
                return;
            }
        }
    }
}
