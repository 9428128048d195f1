//! What a writer put against what following brought, over the wire: every event exactly once, or inside a gap that was reported.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use quarterdeck::aws::{Aws, Clock, Settings as AwsSettings};
use quarterdeck::fleet::feed::{Feed, Origin, Streams};
use quarterdeck::logs::batch::Batch;
use quarterdeck::logs::tail::Settings;
use quarterdeck::runtime::tail::follow;
use quarterdeck::sim::Sim;
use quarterdeck::sim::http::Server;
use quarterdeck::sim::options::{Options, Scenario};
use tokio::sync::mpsc::{Receiver, channel};

use crate::support::moto::moto;
use crate::support::process::DEADLINE;
use crate::writer::{Came, Line, Writer, seeded};

const START: i64 = 1_772_366_400_000;
const MINUTE: i64 = 60_000;
const GROUP: &str = "/shop/web";

/// A simulated account whose clock stands still until it is moved, with a reader in this process and a port for the writer.
struct Stage {
    sim: Sim,
    aws: Aws,
    server: Server,
    now: Arc<AtomicI64>,
}

fn at(now: &AtomicI64) -> Timestamp {
    Timestamp::from_millisecond(now.load(Ordering::Relaxed)).unwrap()
}

impl Stage {
    async fn new() -> Self {
        let now = Arc::new(AtomicI64::new(START));
        let (of_sim, of_aws) = (now.clone(), now.clone());
        let options = Options { scenario: Scenario::Bare, limits: false, ..Options::default() };
        let sim = Sim::new(options, quarterdeck::sim::clock::Clock::from_source(move || at(&of_sim)));
        let clock: Clock = Arc::new(move || at(&of_aws));
        let settings = AwsSettings {
            region: Some("eu-west-1".to_owned()),
            http_client: Some(sim.http_client()),
            credentials: Some(sim.credentials()),
            limits: false,
            clock,
            ..AwsSettings::default()
        };
        let aws = Aws::connect(settings).await.unwrap();
        let server = sim.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        Self { sim, aws, server, now }
    }

    fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }
}

fn feed(streams: Streams) -> Feed {
    Feed { label: "web".to_owned(), origin: Origin::Group { group: GROUP.to_owned(), streams } }
}

/// Reads as an interactive tail does, but waits shortly: the clock of the tests runs faster than that of the machine.
fn hasty(page: Option<u16>) -> Settings {
    Settings { poll_every: 20, first_pause: 20, longest_pause: 200, page, ..Settings::since(START) }
}

fn named() -> Vec<String> {
    ["web/0", "web/4", "web/never"].map(str::to_owned).to_vec()
}

/// What becomes of an event: when it can be put, by its stream and time.
fn planned(random: &mut fastrand::Rng, minutes: i64) -> Vec<(i64, String, i64, String)> {
    let mut plan = Vec::new();
    for second in 0..minutes * 60 {
        if random.u8(..10) < 4 {
            continue;
        }
        let time = START + second * 1_000 + random.i64(0..3) * 300;
        let late = match random.u8(..100) {
            0 => 10 * MINUTE,
            1..=10 => random.i64(2_000..20_000),
            _ => random.i64(0..500),
        };
        let stream = format!("web/{}", random.i64(0..3 + second / 120));
        // Several of one millisecond, most of them with the same words.
        for n in 0..random.u8(1..4) {
            let message = if n == 2 { format!("GET /{second}") } else { format!("at second {second}") };
            plan.push((time + late, stream.clone(), time, message));
        }
    }
    plan.sort();
    plan
}

/// Gives what came of each feed so far to its place; whether anything came.
fn drain(batches: &mut Receiver<Batch>, came: &mut [Came]) -> bool {
    let mut any = false;
    while let Ok(batch) = batches.try_recv() {
        came[batch.feed].take(batch);
        any = true;
    }
    any
}

/// Waits for batches until `enough`. A clock goes on meanwhile: nothing is read while time stands still.
async fn until(
    clock: Option<&AtomicI64>,
    batches: &mut Receiver<Batch>,
    came: &mut [Came],
    what: &str,
    enough: impl Fn(&[Came]) -> bool,
) {
    let started = Instant::now();
    while !enough(came) {
        if started.elapsed() >= DEADLINE {
            let standings: Vec<_> = came.iter().map(|came| came.last.as_ref().map(|last| &last.standing)).collect();
            let newest: Vec<_> = came.iter().map(|came| came.lines.keys().map(|(_, time, _)| *time).max()).collect();
            let now = clock.map(|clock| clock.load(Ordering::Relaxed));
            panic!("waited in vain for {what}: it is {now:?}, the newest lines are of {newest:?}, {standings:#?}");
        }
        clock.map(|clock| clock.fetch_add(20, Ordering::Relaxed));
        let Ok(batch) = tokio::time::timeout(Duration::from_millis(20), batches.recv()).await else { continue };
        came_of(came, batch.expect("the driver lives"));
    }
}

fn came_of(came: &mut [Came], batch: Batch) {
    came[batch.feed].take(batch);
}

async fn follows_completely(random: &mut fastrand::Rng, page: Option<u16>, rate: f64) {
    let stage = Stage::new().await;
    let mut writer = Writer::new(&stage.server.url(), GROUP);
    let faults = ["throttle", "error", "reset", "truncated"].iter().flat_map(|kind| {
        ["FilterLogEvents", "DescribeLogStreams"].map(|call| format!("{kind}:logs.{call}@{rate}").parse().unwrap())
    });
    stage.sim.set_faults(faults.collect());
    let feeds = vec![feed(Streams::All), feed(Streams::Prefix("web/1".to_owned())), feed(Streams::Named(named()))];
    let (out, mut batches) = channel(4);
    let following = follow(&stage.aws, feeds, hasty(page), out);
    let mut came: Vec<Came> = (0..3).map(|_| Came::default()).collect();
    let plan = planned(random, 14);
    let end = plan.last().unwrap().0;
    let mut rest = plan.as_slice();
    while !rest.is_empty() {
        let due = rest.iter().take_while(|(visible, ..)| *visible <= stage.now()).count();
        let (events, later) = rest.split_at(due);
        rest = later;
        let mut by_stream: BTreeMap<&str, Vec<(i64, String)>> = BTreeMap::new();
        for (_, stream, time, message) in events {
            by_stream.entry(stream).or_default().push((*time, message.clone()));
        }
        by_stream.into_iter().for_each(|(stream, events)| writer.put(stream, &events));
        drain(&mut batches, &mut came);
        // Whoever reads must not be left behind by hours: what is later than a sweep's reach is lost, and rightly so.
        let now = stage.now();
        if (now - START) / 1_000 % 10 == 0 && now < START + 14 * MINUTE {
            let newest = |lines: &BTreeMap<Line, u32>| lines.keys().map(|(_, time, _)| *time).max();
            // Nothing may have been written for a while, so that the clock says nothing.
            let put = newest(&writer.ledger);
            let near = |came: &[Came]| newest(&came[0].lines) >= put.map(|put| put - 15_000);
            until(Some(&stage.now), &mut batches, &mut came, "the reader", near).await;
        }
        stage.now.fetch_add(1_000, Ordering::Relaxed);
    }
    let expected =
        [writer.of(|_| true), writer.of(|s| s.starts_with("web/1")), writer.of(|s| named().contains(&s.to_owned()))];
    // Two sweeps later everything is there, and everything was read again.
    for turn in 1..=2 {
        stage.now.store(end + turn * 6 * MINUTE, Ordering::Relaxed);
        let mark = (START + 14 * MINUTE + turn, format!("end of turn {turn}"));
        ["web/0", "web/1"].iter().for_each(|stream| writer.put(stream, &[(stage.now(), mark.1.clone())]));
        until(Some(&stage.now), &mut batches, &mut came, "the end", |came| {
            came.iter().all(|came| came.lines.keys().any(|(_, _, message)| *message == mark.1))
        })
        .await;
    }
    until(Some(&stage.now), &mut batches, &mut came, "the last of them", |came| {
        came.iter().zip(&expected).all(|(c, e)| c.is_complete(e))
    })
    .await;
    drop(following);
    for (n, (came, expected)) in came.iter_mut().zip(expected).enumerate() {
        came.lines.retain(|(_, _, message), _| !message.starts_with("end of turn"));
        came.assert_equals(&expected, &format!("feed {n}, page {page:?}"));
    }
    let all = came[0].last.as_ref().unwrap().standing.counters;
    let struck = |call: &quarterdeck::sim::CallRecord| call.operation == "FilterLogEvents" && call.status != Some(200);
    assert!(stage.sim.calls().iter().any(struck), "no fault struck: {all:?}");
    assert!(all.repeats > 0 && all.late > 0, "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_comes_once_from_sim_on_large_pages() {
    follows_completely(&mut seeded("large pages"), None, 0.03).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_comes_once_from_sim_on_middling_pages() {
    follows_completely(&mut seeded("middling pages"), Some(100), 0.03).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_comes_once_from_sim_on_tiny_pages() {
    follows_completely(&mut seeded("tiny pages"), Some(9), 0.03).await;
}

async fn moto_completely(page: Option<u16>) {
    let mut random = seeded("moto");
    let moto = moto();
    let mut writer = Writer::new(&moto.endpoint, GROUP);
    let keys = aws_credential_types::Credentials::new("any", "any", None, None, "test");
    let settings = AwsSettings {
        region: Some("eu-west-1".to_owned()),
        endpoint_url: Some(moto.endpoint.clone()),
        credentials: Some(aws_credential_types::provider::SharedCredentialsProvider::new(keys)),
        limits: false,
        ..AwsSettings::default()
    };
    let aws = Aws::connect(settings).await.unwrap();
    let since = Timestamp::now().as_millisecond() - 5 * MINUTE;
    let settings = Settings { poll_every: 100, sweep_every: 2_000, first_pause: 100, page, ..Settings::since(since) };
    let (out, mut batches) = channel(4);
    let feeds = vec![feed(Streams::All), feed(Streams::Prefix("web/1".to_owned()))];
    let following = follow(&aws, feeds, settings, out);
    let mut came = vec![Came::default(), Came::default()];
    for turn in 0..25_i64 {
        for stream in 0..=turn / 6 {
            let time =
                |random: &mut fastrand::Rng| Timestamp::now().as_millisecond() / 500 * 500 - random.i64(0..2) * 20_000;
            let events: Vec<(i64, String)> =
                (0..random.u8(1..8)).map(|n| (time(&mut random), format!("turn {turn} {}", n / 2))).collect();
            writer.put(&format!("web/{stream}"), &events);
        }
        let expected = writer.of(|_| true);
        if turn % 5 == 0 {
            until(None, &mut batches, &mut came, "moto", |came| came[0].is_complete(&expected)).await;
        }
    }
    let expected: [BTreeMap<Line, u32>; 2] = [writer.of(|_| true), writer.of(|stream| stream.starts_with("web/1"))];
    until(None, &mut batches, &mut came, "moto", |came| came.iter().zip(&expected).all(|(c, e)| c.is_complete(e)))
        .await;
    drop(following);
    came.iter().zip(&expected).for_each(|(came, expected)| came.assert_equals(expected, "moto"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_comes_once_from_moto_whatever_the_page_size() {
    for page in [None, Some(7)] {
        moto_completely(page).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_is_over_is_read_once_and_ends() {
    let stage = Stage::new().await;
    let mut writer = Writer::new(&stage.server.url(), GROUP);
    let events: Vec<(i64, String)> = (0..500).map(|n| (START + n * 100, format!("line {n}"))).collect();
    writer.put("web/0", &events);
    stage.now.fetch_add(10 * MINUTE, Ordering::Relaxed);
    let settings = Settings { until: Some(START + 29_900), ..hasty(Some(7)) };
    let (out, mut batches) = channel(1);
    let feeds =
        vec![feed(Streams::All), feed(Streams::Named(named())), feed(Streams::Named(vec!["web/none".to_owned()]))];
    let following = follow(&stage.aws, feeds, settings, out);
    let mut came: Vec<Came> = (0..3).map(|_| Came::default()).collect();
    let mut order = Vec::new();
    while let Some(batch) = tokio::time::timeout(DEADLINE, batches.recv()).await.expect("it ends") {
        order.extend(batch.events.iter().filter(|_| batch.feed == 0).map(|event| event.time));
        came_of(&mut came, batch);
    }
    drop(following);
    assert!(order.is_sorted());
    let within = writer.ledger.iter().filter(|((_, time, _), _)| *time <= START + 29_900);
    let within: BTreeMap<Line, u32> = within.map(|(line, n)| (line.clone(), *n)).collect();
    assert_eq!(within.len(), 300);
    came[0].assert_equals(&within, "all");
    came[1].assert_equals(&within, "by name");
    assert!(came[2].lines.is_empty());
    assert!(came.iter().all(|came| came.last.as_ref().unwrap().standing.done));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_cannot_be_read_says_why_and_the_others_go_on() {
    let stage = Stage::new().await;
    let mut writer = Writer::new(&stage.server.url(), GROUP);
    writer.put("web/0", &[(START, "here".to_owned())]);
    let absent = Origin::Group { group: "/absent".to_owned(), streams: Streams::All };
    let (out, mut batches) = channel(1);
    let feeds = vec![Feed { label: "absent".to_owned(), origin: absent }, feed(Streams::All)];
    let following = follow(&stage.aws, feeds, hasty(None), out);
    let mut came = vec![Came::default(), Came::default()];
    until(Some(&stage.now), &mut batches, &mut came, "both", |came| came.iter().all(|came| came.last.is_some())).await;
    let failure = came[0].last.as_ref().unwrap().standing.failure.clone().unwrap();
    assert!(failure.message.starts_with("ResourceNotFoundException"), "{failure:?}");
    // It is there later, and read then.
    let mut late = Writer::new(&stage.server.url(), "/absent");
    late.put("web/0", &[(START, "there".to_owned())]);
    stage.now.fetch_add(MINUTE, Ordering::Relaxed);
    until(Some(&stage.now), &mut batches, &mut came, "the group", |came| came[0].is_complete(&late.ledger)).await;
    assert_eq!(came[0].last.as_ref().unwrap().standing.failure, None);
    came[1].assert_equals(&writer.ledger, "the other");
    drop(batches);
    drop(following);
}

fn group_of(label: &str, group: &str, streams: Streams) -> Feed {
    Feed { label: label.to_owned(), origin: Origin::Group { group: group.to_owned(), streams } }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_backlog_does_not_keep_the_others_waiting() {
    let stage = Stage::new().await;
    let mut long = Writer::new(&stage.server.url(), GROUP);
    let mut short = Writer::new(&stage.server.url(), "/short");
    long.put("s", &(0..400).map(|n| (START + n, "long".to_owned())).collect::<Vec<_>>());
    short.put("s", &(0..3).map(|n| (START + n, "short".to_owned())).collect::<Vec<_>>());
    stage.now.fetch_add(MINUTE, Ordering::Relaxed);
    // More feeds than requests that may be under way at once.
    let mut feeds: Vec<Feed> = (0..6).map(|n| group_of(&format!("long {n}"), GROUP, Streams::All)).collect();
    feeds.push(group_of("short", "/short", Streams::All));
    let settings = Settings { until: Some(START + 1_000), ..hasty(Some(1)) };
    let (out, mut batches) = channel(1);
    let following = follow(&stage.aws, feeds, settings, out);
    let mut came: Vec<Came> = (0..7).map(|_| Came::default()).collect();
    while let Some(batch) = tokio::time::timeout(DEADLINE, batches.recv()).await.expect("it ends") {
        let ended = batch.feed == 6 && batch.standing.done;
        came_of(&mut came, batch);
        if ended {
            let most = came.iter().map(|came| came.lines.len()).max().unwrap();
            assert!(most < 100, "the short one had to wait for {most} pages of another");
        }
    }
    drop(following);
    came.iter().take(6).for_each(|came| came.assert_equals(&long.ledger, "long"));
    came[6].assert_equals(&short.ledger, "short");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_slows_reading_and_dropping_it_ends_that() {
    let stage = Stage::new().await;
    let mut writer = Writer::new(&stage.server.url(), GROUP);
    writer.put("s", &(0..400).map(|n| (START + n, format!("line {n}"))).collect::<Vec<_>>());
    stage.now.fetch_add(MINUTE, Ordering::Relaxed);
    let reads = || stage.sim.calls().iter().filter(|call| call.operation == "FilterLogEvents").count();
    let (out, mut batches) = channel(1);
    let following = follow(&stage.aws, vec![feed(Streams::All)], hasty(Some(1)), out);
    let mut came = Came::default();
    for taken in 1..=50 {
        came.take(tokio::time::timeout(DEADLINE, batches.recv()).await.unwrap().unwrap());
        // One in the channel, one waiting for it, one under way; and the SDK's own retries.
        assert!(reads() <= taken + 4, "{} reads for {taken} batches", reads());
    }
    assert_eq!(came.lines.len(), 50);
    drop(following);
    while tokio::time::timeout(DEADLINE, batches.recv()).await.expect("the channel closes").is_some() {}
    let ended = reads();
    stage.now.fetch_add(MINUTE, Ordering::Relaxed);
    tokio::task::yield_now().await;
    assert_eq!(reads(), ended, "nothing reads any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_streams_than_one_request_may_name_are_read_all() {
    let stage = Stage::new().await;
    let mut writer = Writer::new(&stage.server.url(), GROUP);
    let names: Vec<String> = (0..130).map(|n| format!("task/{n:03}")).collect();
    for name in names.iter().step_by(3) {
        writer.put(name, &[(START, format!("of {name}"))]);
    }
    writer.put("other", &[(START, "not asked for".to_owned())]);
    stage.now.fetch_add(MINUTE, Ordering::Relaxed);
    let expected = writer.of(|stream| stream.starts_with("task/"));
    let (out, mut batches) = channel(1);
    let following = follow(&stage.aws, vec![feed(Streams::Named(names.clone()))], hasty(None), out);
    let mut came = vec![Came::default()];
    until(Some(&stage.now), &mut batches, &mut came, "those that exist", |came| came[0].is_complete(&expected)).await;
    // One that comes into being later is found, with what it wrote before that.
    writer.put(&names[100], &[(START, "first".to_owned()), (START + MINUTE, "second".to_owned())]);
    let expected = writer.of(|stream| stream.starts_with("task/"));
    stage.now.fetch_add(MINUTE, Ordering::Relaxed);
    until(Some(&stage.now), &mut batches, &mut came, "the new one", |came| came[0].is_complete(&expected)).await;
    came[0].assert_equals(&expected, "by name");
    drop(following);
}

/// The first batch that `is_it`.
async fn told(batches: &mut Receiver<Batch>, what: &str, is_it: impl Fn(&Batch) -> bool) -> Batch {
    let found = async {
        loop {
            let batch = batches.recv().await.expect("the driver lives");
            if is_it(&batch) {
                return batch;
            }
        }
    };
    tokio::time::timeout(DEADLINE, found).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_falls_behind_says_so_and_says_when_it_is_there_again() {
    let stage = Stage::new().await;
    let mut writer = Writer::new(&stage.server.url(), GROUP);
    let lines: Vec<(i64, String)> = (0..3).map(|n| (START - 1_000 + n, format!("line {n}"))).collect();
    writer.put("web/0", &lines);
    let (out, mut batches) = channel(4);
    let settings = Settings { since: START - MINUTE, ..hasty(Some(1)) };
    let _following = follow(&stage.aws, vec![feed(Streams::All)], settings, out);
    told(&mut batches, "the start", |batch| batch.standing.caught_up).await;

    // No answer comes that could say it.
    stage.sim.set_faults(vec!["stall:logs.FilterLogEvents".parse().unwrap()]);
    stage.now.fetch_add(MINUTE, Ordering::Relaxed);
    let batch = told(&mut batches, "the lag", |batch| batch.standing.lag >= MINUTE).await;
    assert_eq!(batch.standing.failure, None, "it is told while it is waited");

    stage.sim.set_faults(vec!["error:logs.FilterLogEvents".parse().unwrap()]);
    told(&mut batches, "the failure", |batch| batch.standing.failure.is_some()).await;
    stage.sim.set_faults(Vec::new());
    stage.now.fetch_add(1_000, Ordering::Relaxed);
    // Several pages, all of which are known: the first ends the failure, the last the lag.
    let batch = told(&mut batches, "the present", |batch| batch.standing.lag < 5_000).await;
    assert!(batch.events.is_empty() && batch.standing.failure.is_none(), "{batch:?}");
}
