//! Live Tail: the reader against the simulated AWS, in this process and over loopback.

use std::sync::Arc;

use quarterdeck::aws::logs::{Cause, LiveTail};
use quarterdeck::aws::{Aws, Settings};
use quarterdeck::fleet::feed::Streams;
use quarterdeck::fleet::reading::FailureKind;
use quarterdeck::logs::live::{LiveAsk, LiveEnd, LiveUpdate};
use quarterdeck::sim::faults::Rule;
use quarterdeck::sim::options::Options;
use quarterdeck::sim::world::log::LogStream;

use crate::account::Account;
use crate::support::process::wait_until;

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
