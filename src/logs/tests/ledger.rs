//! What a service wrote against what came out: every event exactly once, or inside a gap that was reported.

use std::collections::HashMap;

use crate::logs::event::Event;
use crate::logs::store::Store;
use crate::logs::tail::{Failure, Position, Request, Seen, Settings, Step, Tail};

const START: i64 = 1_700_000_000_000;
const MINUTE: i64 = 60_000;

#[derive(Clone)]
struct Written {
    id: String,
    stream: String,
    time: i64,
    visible: i64,
    message: String,
}

/// A log group that answers page by page, and not always.
struct Service {
    events: Vec<Written>,
    page: usize,
    faults: u8,
}

impl Service {
    /// Half an hour of three streams at first and nine in the end, with twins, laggards and bursts in one millisecond.
    fn writing(random: &mut fastrand::Rng, page: usize, faults: u8) -> Self {
        let mut events = Vec::new();
        for second in 0..1_800_i64 {
            for _ in 0..random.usize(0..5) {
                let time = START + second * 1_000 + random.i64(0..3) * 300;
                let late = match random.u8(..100) {
                    0 => 10 * MINUTE,
                    1..=10 => random.i64(2_000..20_000),
                    _ => random.i64(0..500),
                };
                let stream = format!("task/{}", random.i64(0..3 + second / 300));
                for _ in 0..random.usize(1..4) {
                    let id = format!("{:056}", events.len());
                    let (stream, message) = (stream.clone(), format!("at second {second}"));
                    events.push(Written { id, stream, time, visible: time + late, message });
                }
            }
        }
        // A clock that runs ahead must not blind the tail.
        let (id, stream) = ("future".to_owned(), "task/0".to_owned());
        let visible = START + 5 * MINUTE;
        events.push(Written {
            id,
            stream,
            time: visible + 60 * MINUTE,
            visible,
            message: "from the future".to_owned(),
        });
        events.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        Self { events, page, faults }
    }

    /// The token is the number of the event that comes next. Pages may be empty, as AWS's are.
    fn answer(
        &self,
        random: &mut fastrand::Rng,
        now: i64,
        request: &Request,
    ) -> Result<(Vec<&Written>, Option<String>), Failure> {
        match random.u8(..100) {
            roll if roll < self.faults => return Err(Failure::Throttled),
            roll if roll < self.faults * 2 => return Err(Failure::Other),
            _ => {}
        }
        if request.token.is_some() && random.u16(..3_000) == 0 {
            return Err(Failure::Token);
        }
        let first = self.events.partition_point(|event| event.time < request.start);
        let from = request.token.as_ref().map_or(first, |token| token.split('.').next().unwrap().parse().unwrap());
        let serial = request.token.as_ref().map_or(0, |token| token.split('.').nth(1).unwrap().parse::<u32>().unwrap());
        if random.u8(..5) == 0 && serial < 100_000 {
            return Ok((Vec::new(), Some(format!("{from}.{}", serial + 1))));
        }
        let rest = self.events.iter().enumerate().skip(from);
        let within = rest.filter(|(_, e)| e.visible <= now && request.end.is_none_or(|end| e.time <= end));
        let page: Vec<(usize, &Written)> = within.take(self.page).collect();
        let next = page.last().filter(|_| page.len() == self.page).map(|(at, _)| format!("{}.{}", at + 1, serial + 1));
        Ok((page.into_iter().map(|(_, event)| event).collect(), next))
    }
}

/// Follows for `minutes` and restarts it now and then, at any place, if `restarts`. Gives how often each id came out.
fn follow(
    random: &mut fastrand::Rng,
    service: &Service,
    minutes: i64,
    restarts: bool,
) -> (HashMap<String, u32>, Tail, Store) {
    let settings = Settings::since(START);
    let mut tail = Tail::new(settings.clone());
    let (mut came, mut now, mut store) = (HashMap::new(), START, Store::new(1 << 30));
    while now < START + minutes * MINUTE {
        match tail.next(now) {
            Step::Done => break,
            Step::Wait(until) => now = until,
            Step::Ask(request) => {
                now += random.i64(1..300);
                match service.answer(random, now, &request) {
                    Err(failure) => tail.failed(now, failure),
                    Ok((events, token)) => deliver(&mut tail, now, &events, token, &mut came, &mut store),
                }
            }
        }
        if restarts && random.u16(..300) == 0 {
            let saved: Position = tail.position();
            now += random.i64(0..3 * MINUTE);
            tail = Tail::resume(settings.clone(), saved);
        }
    }
    (came, tail, store)
}

fn deliver(
    tail: &mut Tail,
    now: i64,
    events: &[&Written],
    token: Option<String>,
    came: &mut HashMap<String, u32>,
    store: &mut Store,
) {
    let seen: Vec<Seen<'_>> = events
        .iter()
        .map(|e| Seen { id: &e.id, stream: &e.stream, time: e.time, message: e.message.as_bytes() })
        .collect();
    let fresh = tail.page(now, &seen, token.as_deref());
    for (event, _) in events.iter().zip(fresh).filter(|(_, fresh)| *fresh) {
        *came.entry(event.id.clone()).or_default() += 1;
        let source = store.source("/shop/web", &event.stream);
        store.push(&Event { source, time: event.time, ingested: event.visible, message: event.message.as_bytes() });
    }
}

fn assert_complete(service: &Service, came: &HashMap<String, u32>) {
    let missing: Vec<_> = service.events.iter().filter(|event| !came.contains_key(&event.id)).map(|e| &e.id).collect();
    assert!(missing.is_empty(), "lost {}, the first {:?}", missing.len(), missing.first());
    let twice: Vec<_> = came.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "repeated {}, the first {:?}", twice.len(), twice.first());
}

fn seeded(what: &str) -> fastrand::Rng {
    let seed = std::env::var("LOGS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    eprintln!("{what}: LOGS_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

#[test]
fn every_event_comes_out_exactly_once_whatever_the_page_size() {
    let mut random = seeded("ledger");
    for page in [7, 100, 10_000] {
        let service = Service::writing(&mut random, page, 4);
        let (came, mut tail, store) = follow(&mut random, &service, 52, false);
        assert_complete(&service, &came);
        assert_eq!(tail.gaps(), []);
        assert_eq!(store.len(), service.events.len());
        assert!(store.rows_from(0).map(|row| row.time).is_sorted());
        let late = service.events.iter().filter(|event| event.visible - event.time >= 10_000).count();
        assert_eq!(store.counts().late, late as u64);
        let counters = tail.counters();
        assert!(counters.throttled > 0 && counters.empty > 0 && counters.repeats > 0 && counters.late > 0);
    }
}

#[test]
fn a_restart_anywhere_loses_and_repeats_nothing() {
    let mut random = seeded("restart");
    let service = Service::writing(&mut random, 50, 2);
    let (came, _, _) = follow(&mut random, &service, 70, true);
    assert_complete(&service, &came);
}

#[test]
fn ids_are_forgotten_below_the_start_alone() {
    let mut random = seeded("window");
    let service = Service::writing(&mut random, 10_000, 0);
    let (_, tail, _) = follow(&mut random, &service, 25, false);
    let saved = tail.position();
    let floor = saved.swept - Settings::since(START).reach;
    assert!(saved.seen.iter().all(|(time, _)| *time >= floor));
    assert!(tail.remembered() < service.events.len());
    assert!(saved.watermark <= START + 25 * MINUTE, "one stamp of the future must not move it past now");
}

fn asks(tail: &mut Tail, now: i64) -> Request {
    match tail.next(now) {
        Step::Ask(request) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_seconds_late_is_read_at_once_and_does_not_wait_for_a_sweep() {
    let mut tail = Tail::new(Settings { sweep_every: i64::MAX, ..Settings::since(START) });
    let event = |id, time| Seen { id, stream: "web", time, message: b"x" };
    let newest = START + 5 * MINUTE;
    asks(&mut tail, newest);
    assert_eq!(tail.page(newest, &[event("a", newest)], None), [true]);
    let request = asks(&mut tail, newest + 1_000);
    assert!(request.start <= newest - 20_000, "{request:?}");
    // One of the same millisecond, one 20 s older, and the one that is known.
    let events = [event("c", newest - 20_000), event("a", newest), event("b", newest)];
    assert_eq!(tail.page(newest + 1_000, &events, None), [true, false, true]);
}

#[test]
fn a_token_that_comes_back_ends_the_read_and_is_reported() {
    let mut tail = Tail::new(Settings::since(START));
    let first = asks(&mut tail, START + MINUTE);
    tail.page(START + MINUTE, &[], Some("a"));
    assert_eq!(asks(&mut tail, START + MINUTE), Request { token: Some("a".to_owned()), ..first.clone() });
    tail.page(START + MINUTE, &[], Some("a"));
    assert_eq!(tail.gaps().len(), 1);
    let Step::Wait(until) = tail.next(START + MINUTE) else { panic!("it would go round") };
    assert_eq!(asks(&mut tail, until), first);
}

#[test]
fn a_throttled_request_comes_again_later_and_later() {
    let mut tail = Tail::new(Settings::since(START));
    let (mut now, mut pauses) = (START, Vec::new());
    for _ in 0..7 {
        asks(&mut tail, now);
        tail.failed(now, Failure::Throttled);
        let Step::Wait(until) = tail.next(now) else { panic!("no pause") };
        pauses.push(until - now);
        now = until;
    }
    assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    assert_eq!((tail.counters().throttled, tail.lag(now)), (7, now - START));
}

#[test]
fn what_is_skipped_to_catch_up_is_a_gap() {
    let mut tail = Tail::new(Settings { catch_up: Some(10 * MINUTE), ..Settings::since(START) });
    let request = asks(&mut tail, START + 60 * MINUTE);
    let gaps = tail.gaps();
    assert_eq!((gaps.len(), gaps[0].from, gaps[0].to), (1, START, request.start));
}

#[test]
fn an_end_is_reached_once() {
    let mut tail = Tail::new(Settings { until: Some(START + MINUTE), ..Settings::since(START) });
    assert_eq!(asks(&mut tail, START + 2 * MINUTE).end, Some(START + MINUTE));
    tail.page(START + 2 * MINUTE, &[], None);
    assert_eq!(tail.next(START + 3 * MINUTE), Step::Done);
}

#[test]
fn live_tail_and_reading_give_each_event_once() {
    let mut tail = Tail::new(Settings::since(START));
    tail.live_begins();
    assert!(tail.live("s", START, b"x") && tail.live("s", START, b"x"));
    asks(&mut tail, START + 1);
    let read: Vec<Seen<'_>> =
        ["1", "2", "3"].iter().map(|id| Seen { id, stream: "s", time: START, message: b"x" }).collect();
    assert_eq!(tail.page(START + 1, &read, None), [false, false, true]);
    assert!(!tail.live("s", START, b"x"));
    assert!(tail.live("s", START, b"y"));
}

/// A service whose tokens lead to few further pages before they are refused; `accepts` more pages each time.
fn drain_with_bad_tokens(page: usize, accepts: usize, events: usize) -> (HashMap<String, u32>, Tail) {
    let settings = Settings { until: Some(START + 10 * MINUTE), ..Settings::since(START) };
    let mut tail = Tail::new(settings);
    let ids: Vec<String> = (0..events).map(|n| format!("{n}")).collect();
    // Ten in a second.
    let events: Vec<Seen<'_>> =
        (0..).zip(&ids).map(|(n, id)| Seen { id, stream: "s", time: START + n * 100, message: b"x" }).collect();
    let (mut now, mut came, mut left) = (START + 30 * MINUTE, HashMap::<String, u32>::new(), accepts);
    for _ in 0..100_000 {
        match tail.next(now) {
            Step::Done => return (came, tail),
            Step::Wait(until) => now = until,
            Step::Ask(request) => {
                if request.token.is_some() && left == 0 {
                    left = accepts;
                    tail.failed(now, Failure::Token);
                    continue;
                }
                left -= usize::from(request.token.is_some());
                let first = events.partition_point(|event| event.time < request.start);
                let from = request.token.map_or(first, |token| token.parse().unwrap());
                let to = (from + page).min(events.len());
                let token = (to < events.len()).then(|| to.to_string());
                let fresh = tail.page(now, &events[from..to], token.as_deref());
                for (event, _) in events[from..to].iter().zip(fresh).filter(|(_, fresh)| *fresh) {
                    *came.entry(event.id.to_owned()).or_default() += 1;
                }
            }
        }
    }
    panic!("it never ends");
}

#[test]
fn a_read_whose_tokens_are_refused_goes_on_where_it_was() {
    // A page holds more than the overlap: going back by that is enough.
    let (came, mut tail) = drain_with_bad_tokens(2_000, 1, 6_000);
    assert_eq!((came.len(), tail.gaps().len()), (6_000, 0));
    // It does not, but a few pages do.
    let (came, mut tail) = drain_with_bad_tokens(100, 12, 6_000);
    assert_eq!((came.len(), tail.gaps().len()), (6_000, 0));
    // Neither does: it goes on from the newest event itself.
    let (came, mut tail) = drain_with_bad_tokens(100, 2, 2_000);
    assert_eq!((came.len(), tail.gaps().len()), (2_000, 0));
    assert!(came.values().all(|times| *times == 1));
}

#[test]
fn a_read_that_cannot_end_ends_with_a_gap_over_what_it_did_not_reach() {
    let (came, mut tail) = drain_with_bad_tokens(1, 1, 600);
    let gaps = tail.gaps();
    let reached = START + (came.len() as i64 - 1) * 100;
    assert_eq!((gaps.len(), gaps[0].from), (1, reached));
    assert!(gaps[0].to > START + 10 * MINUTE && came.len() < 600, "{gaps:?}");
}

#[test]
fn a_time_that_is_over_ends_although_tokens_go_round() {
    let mut tail = Tail::new(Settings { until: Some(START), ..Settings::since(START) });
    let mut now = START + MINUTE;
    for _ in 0..100 {
        match tail.next(now) {
            Step::Done => {
                assert!(!tail.gaps().is_empty());
                return;
            }
            Step::Wait(until) => now = until,
            Step::Ask(_) => drop(tail.page(now, &[], Some("again"))),
        }
    }
    panic!("it goes round");
}

#[test]
fn events_without_ids_are_told_apart_by_what_they_say() {
    let mut tail = Tail::new(Settings::since(START));
    let event = |stream, message: &'static [u8]| Seen { id: "", stream, time: START, message };
    asks(&mut tail, START);
    let page = [event("a", b"x"), event("a", b"y"), event("b", b"x"), event("a", b"x")];
    assert_eq!(tail.page(START, &page, None), [true, true, true, false]);
}

#[test]
fn lag_counts_from_the_last_read_that_came_to_its_end() {
    let mut tail = Tail::new(Settings::since(START));
    asks(&mut tail, START + MINUTE);
    assert!(!tail.caught_up());
    assert_eq!(tail.lag(START + MINUTE), MINUTE);
    tail.page(START + MINUTE, &[], None);
    assert!(tail.caught_up());
    assert_eq!(tail.lag(START + MINUTE + 500), 500, "a quiet group is not behind");
}

#[test]
fn however_much_a_time_that_is_over_holds_few_ids_are_remembered() {
    let settings = Settings { until: Some(START + 1_000 * MINUTE), overlap: 1_000, ..Settings::since(START) };
    let mut tail = Tail::new(settings);
    let now = START + 2_000 * MINUTE;
    let ids: Vec<String> = (0..500_000).map(|n| format!("{n}")).collect();
    let event = |n: usize| Seen { id: &ids[n], stream: "s", time: START + n as i64 * 10, message: b"x" };
    for page in 0..50 {
        asks(&mut tail, now);
        let events: Vec<Seen<'_>> = (page * 10_000..(page + 1) * 10_000).map(event).collect();
        assert!(tail.page(now, &events, Some(&format!("{page}"))).iter().all(|new| *new));
        assert!(tail.remembered() <= 110_000, "{}", tail.remembered());
    }
    // What may be read again after a restart is still known.
    tail.failed(now, Failure::Token);
    let Step::Wait(later) = tail.next(now) else { panic!("no pause") };
    let start = asks(&mut tail, later).start;
    assert_eq!(start, START + 499_999 * 10 - 1_000);
    let again: Vec<Seen<'_>> = (499_899..500_000).map(event).collect();
    assert!(tail.page(later, &again, None).iter().all(|new| !*new));
    assert_eq!(tail.next(later), Step::Done);
}
