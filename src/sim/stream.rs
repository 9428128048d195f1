//! Answers that are streams: a task for each writes its events for as long as somebody reads.

use std::collections::VecDeque;
use std::io;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at};

use super::services::{self, TURN};
use super::wire::Frames;
use super::{Models, Sim};

/// Turns that wait for a slow reader; older ones are dropped
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html>).
const WAITING: usize = 10;

/// A stream that was opened.
pub(super) struct Stream {
    pub sim: Sim,
    pub service: &'static str,
    pub operation: String,
    /// The event that it began with.
    pub first: Value,
    /// It breaks in the middle of its next turn.
    pub breaks: bool,
}

/// What was not read yet, oldest first.
#[derive(Debug, Default)]
struct Backlog(VecDeque<Bytes>);

impl Backlog {
    /// Adds a turn; the oldest goes where there are too many.
    fn add(&mut self, turn: Bytes) {
        if self.0.len() == WAITING {
            self.0.pop_front();
        }
        self.0.push_back(turn);
    }
}

/// What a reader gets.
pub(super) type Pieces = mpsc::Receiver<io::Result<Bytes>>;

impl Stream {
    /// Starts writing, after what it opens with. The session ends when nobody reads any more.
    pub fn start(self, opening: Vec<u8>) -> Pieces {
        let (to, from) = mpsc::channel(1);
        tokio::spawn(async move {
            if to.send(Ok(opening.into())).await.is_ok() {
                self.write(&to).await;
            }
            self.sim.with_world(|world| services::close(world, self.service, &self.first));
        });
        from
    }

    async fn write(&self, to: &mpsc::Sender<io::Result<Bytes>>) {
        let mut waiting = Backlog::default();
        let mut turns = interval_at(Instant::now() + TURN, TURN);
        let mut ends = false;
        while !ends || !waiting.0.is_empty() {
            tokio::select! {
                () = to.closed() => return,
                room = to.reserve(), if !waiting.0.is_empty() => {
                    let (Ok(room), Some(piece)) = (room, waiting.0.pop_front()) else { return };
                    if self.breaks {
                        room.send(Ok(piece.slice(..piece.len() / 2)));
                        let cut = io::Error::new(io::ErrorKind::UnexpectedEof, "stream cut short by a fault");
                        // Nobody may be left to be told.
                        let _ = to.send(Err(cut)).await;
                        return;
                    }
                    room.send(Ok(piece));
                }
                _ = turns.tick(), if !ends => {
                    let (piece, last) = self.turn();
                    ends = last;
                    piece.into_iter().for_each(|piece| waiting.add(piece));
                }
            }
        }
    }

    /// What comes next, in bytes, and whether it is the last.
    fn turn(&self) -> (Option<Bytes>, bool) {
        let turn = self.sim.with_world(|world| services::turn(world, self.service, &self.first));
        let model = self.sim.models().ok().and_then(|models: &Models| models.get(self.service));
        let Some(frames) = model.and_then(|model| Frames::of(model, &self.operation)) else { return (None, true) };
        let written: Result<Vec<Vec<u8>>, _> = turn.events.iter().map(|event| frames.event(event)).collect();
        match written {
            Ok(events) => (Some(events.concat().into()), turn.ends),
            Err(fault) => {
                tracing::error!(message = fault.message, "a stream ends");
                (None, true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_misses_the_oldest_turns() {
        let mut backlog = Backlog::default();
        (0..13).for_each(|turn| backlog.add(Bytes::from(vec![turn])));
        let kept: Vec<u8> = backlog.0.iter().flatten().copied().collect();
        assert_eq!(kept, (3..13).collect::<Vec<u8>>());
    }
}
