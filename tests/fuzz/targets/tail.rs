//! A log group that is written to, answers, fails and forgets its tokens as the bytes say: what a tail hands out is everything, each once.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use quarterdeck_fuzz::logs::event::Gap;
use quarterdeck_fuzz::logs::tail::{Failure, Request, Seen, Settings, Step, Tail};

const START: i64 = 1_700_000_000_000;
/// Events come at most so late, which is within a sweep's reach.
const LATEST: i64 = 60_000;

fuzz_target!(|data: &[u8]| {
    let mut run = Run::new();
    for pair in data.chunks_exact(2) {
        run.step(pair[0], i64::from(pair[1]));
    }
    run.finish();
});

struct Written {
    id: String,
    time: i64,
    visible: i64,
}

struct Run {
    now: i64,
    written: Vec<Written>,
    tail: Tail,
    got: BTreeMap<String, i64>,
    gaps: Vec<Gap>,
}

fn settings() -> Settings {
    Settings { overlap: 20_000, reach: 90_000, sweep_every: 30_000, ..Settings::since(START) }
}

impl Run {
    fn new() -> Self {
        let tail = Tail::new(settings());
        Self { now: START, written: Vec::new(), tail, got: BTreeMap::new(), gaps: Vec::new() }
    }

    fn step(&mut self, what: u8, amount: i64) {
        match what % 16 {
            0..4 => self.write(amount * LATEST / 256),
            4 => self.now += amount * 100,
            5 => self.fail(Failure::Throttled),
            6 => self.fail(Failure::Other),
            7 => self.fail(Failure::Token),
            8 => self.tail = Tail::resume(settings(), self.tail.position()),
            9 => self.tail.sweep(),
            10 => self.tail.begin_again(),
            11 => self.answer(amount as usize, true),
            _ => self.answer(amount as usize, false),
        }
        self.gaps.extend(self.tail.gaps());
        assert!(self.tail.lag(self.now) >= 0);
    }

    fn write(&mut self, late: i64) {
        let id = format!("{:08}", self.written.len());
        self.written.push(Written { id, time: (self.now - late).max(START), visible: self.now });
    }

    /// The request that comes next, after what has to be waited for.
    fn request(&mut self) -> Request {
        loop {
            match self.tail.next(self.now) {
                Step::Ask(request) => return request,
                Step::Wait(until) => {
                    assert!(until > self.now, "a wait that is over");
                    self.now = until;
                }
                Step::Done => panic!("a tail without an end came to one"),
            }
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.request();
        self.tail.failed(self.now, failure);
    }

    /// A page of `size` events, in the order of time; a service that `repeats` says the token again that it was asked with.
    fn answer(&mut self, size: usize, repeats: bool) {
        let request = self.request();
        // A token says where it goes on: what becomes visible before that place is not on the pages that follow.
        let after = request.token.clone().unwrap_or_else(|| place(request.start - 1, ""));
        let visible = self.written.iter().filter(|event| event.visible <= self.now);
        let mut rest: Vec<&Written> = visible.filter(|event| place(event.time, &event.id) > after).collect();
        rest.sort_by_key(|event| (event.time, &event.id));
        let page = rest.get(..size).unwrap_or(&rest);
        let on = page.last().map_or(after, |event| place(event.time, &event.id));
        let token = request.token.filter(|_| repeats).or((page.len() < rest.len()).then_some(on));
        let seen: Vec<Seen<'_>> =
            page.iter().map(|event| Seen { id: &event.id, stream: "s", time: event.time, message: b"m" }).collect();
        let fresh = self.tail.page(self.now, &seen, token.as_deref());
        assert_eq!(fresh.len(), seen.len());
        for event in seen.iter().zip(fresh).filter(|(_, fresh)| *fresh).map(|(event, _)| event) {
            let again = self.got.insert(event.id.to_owned(), event.time);
            assert_eq!(again, None, "{} was handed out twice", event.id);
        }
    }
    /// Nothing is written any more and nothing fails: after a sweep everything is there, but for what a gap says is missing.
    fn finish(&mut self) {
        self.now += LATEST;
        self.tail.sweep();
        for _ in 0..8 {
            self.answer(usize::MAX, false);
        }
        assert!(self.tail.caught_up());
        self.gaps.extend(self.tail.gaps());
        for event in self.written.iter().filter(|event| !self.got.contains_key(&event.id)) {
            let said = self.gaps.iter().any(|gap| (gap.from..=gap.to).contains(&event.time));
            assert!(said, "{} of {} is missing and in no gap: {:?}", event.id, event.time - START, self.gaps);
        }
    }
}

/// Where an event stands among the others, as a token that sorts as they do.
fn place(time: i64, id: &str) -> String {
    format!("{time:020} {id}")
}
