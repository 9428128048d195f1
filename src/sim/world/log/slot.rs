//! When lines are written and when they can be read: a pure function of a writer and a slot of ten seconds.

use fastrand::Rng;

use super::chance::{draws, mixed, one_in};
use super::id::Place;
use super::voice::{Occasion, Speaker};
use super::writer::{Fate, Writer};

/// Milliseconds of a slot.
pub(super) const SLOT: i64 = 10_000;

/// The longest that a line takes until it can be read, in milliseconds.
pub const LONGEST_DELAY: i64 = 600_000;

/// Milliseconds after which the awslogs driver sends what it has, its default
/// (<https://docs.docker.com/engine/logging/drivers/awslogs/>).
const FLUSH: i64 = 5_000;

/// What a writer is about to say, before it is put into words.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Where it comes in its group; further lines of the same draft follow it.
    pub place: Place,
    /// From when on it can be read.
    pub ingested_at: i64,
    /// What there is to say.
    pub say: Say,
}

/// What there is to say.
#[derive(Debug, Clone)]
pub(super) enum Say {
    /// The event of a caller, by its position in its stream.
    Put(usize),
    /// These words.
    Words(String),
    /// Whatever the occasion and the seed bring.
    Speak(Occasion, u64),
}

/// Numbers within one millisecond are handed out by draft; its lines come in between.
pub(super) const LINES: u64 = 4096;

/// How lively and how troubled a service is in a minute: all its tasks together.
#[derive(Debug, Clone, Copy)]
struct Mood {
    rate: f64,
    troubled: bool,
}

fn mood(service: u64, at: i64) -> Mood {
    let minute = at.div_euclid(60_000);
    let mut rng = draws(service, minute);
    let burst = if one_in(&mut rng, 30) { 2.5 } else { 1.0 };
    // Lowest at about four in the morning, UTC, like the metrics of services.
    let hours = at.div_euclid(60_000).rem_euclid(1440) as f64 / 60.0;
    let day = 1.0 + 0.45 * ((hours - 10.0) / 24.0 * std::f64::consts::TAU).sin();
    Mood { rate: day * burst, troubled: one_in(&mut rng, 180) }
}

/// Whether a writer may say anything in a slot.
pub(super) fn touches(writer: &Writer, slot: i64) -> bool {
    writer.from < (slot + 1) * SLOT && writer.to.is_none_or(|to| to >= slot * SLOT)
}

/// What a writer says in a slot, in no order; `key` is its stream's, `service` its group's.
pub(super) fn drafts(writer: &Writer, speaker: &Speaker<'_>, key: u64, service: u64, slot: i64, out: &mut Vec<Draft>) {
    if !touches(writer, slot) {
        return;
    }
    let begin = slot * SLOT;
    let mut keep = |at: i64, number: u64, say: Say| {
        if at >= begin && at < begin + SLOT && at >= writer.from && writer.to.is_none_or(|to| at <= to) {
            out.push(Draft { place: (at, key, number * LINES), ingested_at: ingested_at(key, at), say });
        }
    };
    scripts(writer, speaker, slot, &mut keep);
    // A container that is about to exit gets as far as its preparations and no further.
    let exits = matches!(writer.fate, Fate::Exits { code, .. } if code != 137);
    if exits || writer.told_at.is_some_and(|told| told < begin) {
        return;
    }
    let ready = writer.from + speaker.paced(writer.voice.ready_after());
    let works = |at: i64| at >= ready && writer.told_at.is_none_or(|told| at < told);
    let (mood, mut rng) = (mood(service, begin), draws(mixed(key, 1), slot));
    for (number, at) in moments(&mut rng, begin, writer.voice.rate(service) * mood.rate).into_iter().enumerate() {
        let seed = rng.u64(..);
        if works(at) {
            keep(at, 1000 + number as u64, Say::Speak(Occasion::Work { troubled: mood.troubled }, seed));
        }
    }
    // The load balancer looks every ten seconds, from two of its nodes.
    let nodes = if writer.port == 0 { 0 } else { 2 };
    for node in 0..nodes {
        let at = begin + (mixed(key, 77 + node) % SLOT as u64) as i64;
        let seed = rng.u64(..);
        if works(at) {
            keep(at, 900 + node, Say::Speak(Occasion::Check { passes: writer.fate != Fate::Unready }, seed));
        }
    }
}

/// What is said once: at the start, before an exit, when told to stop.
fn scripts(writer: &Writer, speaker: &Speaker<'_>, slot: i64, keep: &mut impl FnMut(i64, u64, Say)) {
    let (begin, end) = (slot * SLOT, (slot + 1) * SLOT);
    let near = |at: i64| at < end && at + 60_000 >= begin;
    if near(writer.from) {
        for ((after, words), number) in writer.voice.start(speaker, writer.from, writer.fate).into_iter().zip(0..) {
            keep(writer.from + speaker.paced(after), number, Say::Words(words));
        }
    }
    if let Fate::Exits { at, code } = writer.fate
        && at >= begin
        && at < end + 60_000
    {
        for ((before, words), number) in writer.voice.last_words(speaker, at, code).into_iter().zip(200..) {
            keep(at - speaker.paced(before), number, Say::Words(words));
        }
    }
    if let Some(told) = writer.told_at.filter(|told| near(*told)) {
        for ((after, words), number) in writer.voice.stop(speaker, told).into_iter().zip(400..) {
            keep(told + speaker.paced(after), number, Say::Words(words));
        }
    }
    if let Fate::Deaf(since) = writer.fate {
        let every = 30_000;
        let first = since + ((begin - since).max(0) + every - 1) / every * every;
        if first >= since && first < end {
            keep(first, 600, Say::Speak(Occasion::Deaf, first.cast_unsigned()));
        }
    }
}

/// Moments in a slot at so many a second on average, in order.
fn moments(rng: &mut Rng, begin: i64, rate: f64) -> Vec<i64> {
    let expected = rate * SLOT as f64 / 1000.0;
    let spread = expected.sqrt() * (rng.f64() + rng.f64() - 1.0) * 1.5;
    let count = ((expected + spread).max(0.0) + rng.f64()) as usize;
    let mut moments: Vec<i64> = (0..count).map(|_| begin + rng.i64(0..SLOT)).collect();
    moments.sort_unstable();
    moments
}

/// When a line of a stream can be read. The driver sends in batches; some are slow, and a few are tried again for
/// minutes.
fn ingested_at(key: u64, at: i64) -> i64 {
    let phase = (key % FLUSH as u64) as i64;
    let batch = (at - phase).div_euclid(FLUSH);
    let sent_at = (batch + 1) * FLUSH + phase;
    let mut rng = draws(mixed(key, 2), batch);
    let usual = rng.i64(400..1_400);
    let extra = match rng.u32(..4_000) {
        0 => rng.i64(60_000..LONGEST_DELAY - 10_000),
        1..100 => rng.i64(1_000..13_000),
        _ => 0,
    };
    sent_at + usual + extra
}
