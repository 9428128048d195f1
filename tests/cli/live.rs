//! Live Tail: the reader against the simulated AWS, in this process and over loopback.

use std::sync::Arc;
use std::time::{Duration, Instant};

use quarterdeck::aws::logs::{Cause, LiveTail};
use quarterdeck::aws::{Aws, Settings};
use quarterdeck::fleet::feed::{Feed, Origin, Streams};
use quarterdeck::fleet::reading::FailureKind;
use quarterdeck::logs::batch::{Batch, Standing};
use quarterdeck::logs::live::{LiveAsk, LiveEnd, LiveUpdate};
use quarterdeck::logs::tail::Settings as TailSettings;
use quarterdeck::runtime::tail::{Following, follow};
use quarterdeck::sim::faults::Rule;
use quarterdeck::sim::options::Options;
use quarterdeck::sim::world::log::LogStream;

use tokio::sync::mpsc::{Receiver, channel};

use crate::account::Account;
use crate::support::process::{DEADLINE, wait_until};

const GROUP: &str = "/live/a";

/// An account with a group that nobody but the test writes to.
async fn account() -> Account {
    let account = Account::new(Options { limits: false, ..Options::default() }).await;
    let created_at = account.now();
    account.sim.with_world(|world| {
        let mut group = quarterdeck::sim::world::log::LogGroup::new(GROUP, created_at);
        for name in ["web/1", "job/1"] {
            group.streams.insert(name.to_owned(), LogStream::new(GROUP, name, created_at));
        }
        world.log_groups.insert(GROUP.to_owned(), group);
    });
    account
}

fn ask(streams: Streams) -> LiveAsk {
    LiveAsk { groups: vec![GROUP.to_owned()], streams, pattern: String::new() }
}

/// Writes a line to each stream, which comes in now.
fn write(account: &Account, message: &str) {
    account.live_on(1);
    let now = account.now().as_millisecond();
    account.sim.with_world(|world| {
        let group = world.log_groups.get_mut(GROUP).unwrap();
        group.streams.values_mut().for_each(|stream| stream.put(now - 5, now, message.to_owned()));
    });
}

/// The first update with something in it.
async fn heard(tail: &mut LiveTail) -> LiveUpdate {
    loop {
        let update = tail.next().await.unwrap();
        if !update.events.is_empty() {
            return update;
        }
    }
}

async fn hears_what_is_written(account: &Account, aws: &Aws) {
    let mut tail = aws.live_tail(ask(Streams::Prefix("web/".to_owned()))).await.unwrap();
    write(account, "one\u{1b}");
    let update = heard(&mut tail).await;
    let events: Vec<_> = update.events.iter().map(|(group, event)| (group.as_str(), event)).collect();
    let [(group, event)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((*group, event.stream.as_str(), event.message.as_str()), (GROUP, "web/1", "one\u{1b}"));
    assert_eq!((event.ingested - event.time, event.id.as_str(), update.sampled), (5, "", false));
    assert_eq!(tail.next().await, Ok(LiveUpdate::default()), "a second without lines is an update too");
    drop(tail);
    wait_until("the session to end", || account.sim.with_world(|world| world.live_tails.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_come_in_this_process_and_over_an_endpoint_of_ones_own() {
    let account = account().await;
    hears_what_is_written(&account, &account.aws).await;
    let server = account.sim.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let settings = Settings {
        region: Some(account.scope.region.clone()),
        endpoint_url: Some(server.url()),
        credentials: Some(account.sim.credentials()),
        clock: Arc::new(jiff::Timestamp::now),
        ..Settings::default()
    };
    hears_what_is_written(&account, &Aws::connect(settings).await.unwrap()).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_three_hours_or_when_its_stream_breaks() {
    let account = account().await;
    let mut tail = account.aws.live_tail(ask(Streams::All)).await.unwrap();
    account.live_on(3 * 3600 - 1);
    assert!(tail.next().await.is_ok());
    account.live_on(1);
    assert_eq!(tail.next().await, Err(LiveEnd::TimedOut));
    assert!(account.sim.with_world(|world| world.live_tails.is_empty()));

    account.sim.set_faults(vec!["truncated:logs.StartLiveTail".parse::<Rule>().unwrap()]);
    let mut tail = account.aws.live_tail(ask(Streams::All)).await.unwrap();
    match tail.next().await {
        Err(LiveEnd::Failed(failure)) => assert!(failure.message.contains("the stream broke"), "{failure:?}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_session_says_why() {
    let account = account().await;
    let nowhere = LiveAsk { groups: vec!["/nowhere".to_owned()], ..ask(Streams::All) };
    let refusal = account.aws.live_tail(nowhere).await.unwrap_err();
    assert_eq!(refusal.cause, Cause::Missing);
    assert!(refusal.failure.message.contains("/nowhere"), "{refusal:?}");
    for (fault, kind) in
        [("deny", FailureKind::Denied), ("throttle", FailureKind::Throttled), ("html", FailureKind::Failed)]
    {
        account.sim.set_faults(vec![format!("{fault}:logs.StartLiveTail").parse::<Rule>().unwrap()]);
        let refusal = account.aws.live_tail(ask(Streams::All)).await.unwrap_err();
        assert_eq!(refusal.failure.kind, kind, "{refusal:?}");
    }
}

fn feed() -> Feed {
    let streams = Streams::Named(vec!["web/1".to_owned()]);
    Feed { label: "web".to_owned(), origin: Origin::Group { group: GROUP.to_owned(), streams } }
}

/// A reading beside which Live Tail is turned on and off while it goes on.
struct Followed<'a> {
    account: &'a Account,
    following: Following,
    batches: Receiver<Batch>,
    /// Messages that came, and whether each came by Live Tail.
    came: Vec<(String, bool)>,
    standing: Standing,
}

impl<'a> Followed<'a> {
    fn new(account: &'a Account) -> Self {
        let (out, batches) = channel(8);
        let settings = TailSettings::since(account.now().as_millisecond());
        let following = follow(&account.aws, vec![feed()], settings, out);
        Self { account, following, batches, came: Vec::new(), standing: Standing::default() }
    }

    /// Lets seconds pass until `enough`.
    async fn until(&mut self, what: &str, enough: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !enough(self) {
            assert!(started.elapsed() < DEADLINE, "waited in vain for {what}: {:?}", self.standing);
            let Ok(Some(batch)) = tokio::time::timeout(Duration::from_millis(50), self.batches.recv()).await else {
                self.account.live_on(1);
                continue;
            };
            self.came.extend(batch.events.into_iter().map(|event| (event.message, event.id.is_empty())));
            self.standing = batch.standing;
        }
    }

    /// Writes a line and gives whether Live Tail brought it.
    async fn by_live_tail(&mut self, message: &str) -> bool {
        write(self.account, message);
        self.until(message, |followed| followed.came.iter().any(|(text, _)| text == message)).await;
        assert_eq!(self.came.iter().filter(|(text, _)| text == message).count(), 1, "{:?}", self.came);
        self.came.last().is_some_and(|(_, live)| *live)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_turned_on_and_off_beside_a_reading_that_goes_on() {
    let account = account().await;
    let mut followed = Followed::new(&account);
    assert!(!followed.by_live_tail("read").await);
    assert_eq!(followed.following.live_tail(10), 1, "of one group");
    followed.until("Live Tail", |followed| followed.standing.live.on).await;
    // What comes while nothing can be read comes by Live Tail.
    account.sim.set_faults(vec!["error:logs.FilterLogEvents".parse::<Rule>().unwrap()]);
    assert!(followed.by_live_tail("live").await);

    account.live_on(3 * 3600);
    followed.until("the end of a session", |followed| followed.standing.live.timed_out == 1).await;
    followed.until("the next one", |followed| followed.standing.live.on).await;
    assert!(followed.by_live_tail("live again").await);

    account.sim.set_faults(Vec::new());
    assert_eq!(followed.following.live_tail(0), 0);
    followed.until("its end", |followed| !followed.standing.live.asked).await;
    wait_until("AWS to know", || account.sim.with_world(|world| world.live_tails.is_empty()));
    assert!(!followed.by_live_tail("read again").await);
    let times = |text: &str| followed.came.iter().filter(|(came, _)| came == text).count();
    assert_eq!(["read", "live", "live again", "read again"].map(times), [1; 4], "{:?}", followed.came);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_over_has_no_use_for_it() {
    let account = account().await;
    let (out, _batches) = channel(8);
    let now = account.now().as_millisecond();
    let settings = TailSettings { until: Some(now), ..TailSettings::since(now - 1_000) };
    assert_eq!(follow(&account.aws, vec![feed()], settings, out).live_tail(10), 0);
}
