//! The log viewer and the query screen while the operations behind them fail: what is shown was read.

use std::time::{Duration, Instant};

use quarterdeck::app::insights::Progress;
use quarterdeck::app::logs::Tally;
use quarterdeck::app::{Effect, Msg, Place};
use quarterdeck::fleet::feed::{self, Origin};
use quarterdeck::fleet::finding::Subject;
use quarterdeck::fleet::reading::Failure;
use quarterdeck::logs::batch::Batch;
use quarterdeck::logs::tail::Settings;
use quarterdeck::runtime::reads::{self, Event, QueryRun};
use quarterdeck::runtime::tail::{Following, MOST_SESSIONS, follow};
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, channel, unbounded_channel};

use super::claims::Truth;
use super::frames::{KINDS, words_of};
use super::stage::{Console, Shot};
use super::world::distinctive;
use super::{Load, load};
use crate::account::Account;
use crate::support::process::DEADLINE;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 50)];

/// How one comes to see lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Those of a service.
    Service,
    /// Those of a log group, by Live Tail too.
    Live,
    /// The console of an instance that never joined.
    Console,
    /// What a query finds.
    Query,
}

impl Way {
    const ALL: [Self; 4] = [Self::Service, Self::Live, Self::Console, Self::Query];

    /// Operations without which there is nothing to show.
    fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Service | Self::Live => &["logs.FilterLogEvents"],
            Self::Console => &["ec2.GetConsoleOutput"],
            Self::Query => &["logs.StartQuery", "logs.GetQueryResults"],
        }
    }

    /// Operations without which the same is shown.
    fn helped_by(self) -> &'static [&'static str] {
        if self == Self::Live { &["logs.StartLiveTail", "logs.DescribeLogGroups"] } else { &[] }
    }

    fn go(self, console: &mut Console, load: &Load) {
        match self {
            Self::Service => console.press("3 l"),
            Self::Live => console.press("6 l L"),
            Self::Query => console.press("6 i r"),
            Self::Console => {
                let subjects =
                    load.fleet.snapshot().ec2_instances.rows.iter().map(|row| Subject::Instance(row.id.clone()));
                let only_console = |subject: &Subject| {
                    let feeds = feed::feeds(&load.fleet, std::slice::from_ref(subject)).feeds;
                    !feeds.is_empty() && feeds.iter().all(|feed| matches!(feed.origin, Origin::Console { .. }))
                };
                let subject = subjects.into_iter().find(only_console).expect("one never joined");
                assert!(console.go(&Place::Thing(subject)));
                console.press("l");
            }
        }
    }
}

/// What the console's runtime does for the log screens.
#[derive(Default)]
struct Running {
    readings: Vec<(u64, Following, Receiver<Batch>)>,
    query: Option<(QueryRun, UnboundedReceiver<Event>)>,
}

impl Running {
    fn perform(&mut self, account: &Account, effect: Effect) {
        match effect {
            Effect::ReadLogs { number, feeds, since, until } => {
                let (out, batches) = channel(8);
                let following = follow(&account.aws, feeds, Settings { until, ..Settings::since(since) }, out);
                self.readings.push((number, following, batches));
            }
            Effect::TailLive(on) => {
                let most = if on { MOST_SESSIONS } else { 0 };
                self.readings.iter().for_each(|(_, following, _)| _ = following.live_tail(most));
            }
            Effect::RunQuery { number, ask } => {
                let (events, inbox) = unbounded_channel();
                self.query = Some((reads::query(&account.aws, number, ask, &events), inbox));
            }
            _ => {}
        }
    }

    /// What has come since.
    fn news(&mut self) -> Vec<Msg> {
        let mut news = Vec::new();
        for (number, _, batches) in &mut self.readings {
            news.extend(
                std::iter::from_fn(|| batches.try_recv().ok()).map(|batch| Msg::LogsRead { number: *number, batch }),
            );
        }
        if let Some((_, inbox)) = &mut self.query {
            while let Ok(Event::Query { number, outcome }) = inbox.try_recv() {
                news.push(Msg::QueryRead { number, outcome });
            }
        }
        news
    }
}

/// Whether everything that was asked for came, or was refused.
fn is_settled(console: &Console, way: Way) -> bool {
    if way == Way::Query {
        return !console.model.insights().runs();
    }
    let Some(logs) = console.model.logs() else { return false };
    let tally = logs.tally();
    let (read, all) = tally.caught_up;
    let live = way != Way::Live || tally.live == Some(all) || !tally.live_failures.is_empty();
    all > 0 && live && read + tally.failures.len() >= all
}

/// Goes that way and waits until there is nothing more to come.
async fn arrive(account: &Account, load: &Load, way: Way) -> (Console, Running) {
    let mut console = Console::new(account, &load.reads);
    let mut running = Running::default();
    way.go(&mut console, load);
    let started = Instant::now();
    while !is_settled(&console, way) {
        assert!(
            started.elapsed() < DEADLINE,
            "waited in vain for {way:?}: {:?}",
            console.model.logs().map(|logs| logs.tally())
        );
        std::mem::take(&mut console.effects).into_iter().for_each(|effect| running.perform(account, effect));
        tokio::time::sleep(Duration::from_millis(10)).await;
        // A query scans as time goes by; lines would be written meanwhile.
        if way == Way::Query {
            account.live_on(1);
        }
        running.news().into_iter().for_each(|msg| console.send(msg));
    }
    (console, running)
}

fn failures(console: &Console) -> Vec<Failure> {
    let Tally { failures, live_failures, .. } = console.model.logs().map(|logs| logs.tally()).unwrap_or_default();
    let lost = match console.model.insights().progress() {
        Progress::Failed { why, .. } => Some(why.clone()),
        _ => None,
    };
    failures.into_iter().chain(live_failures).map(|(_, failure)| failure).chain(lost).collect()
}

/// A frame as nothing but lines.
fn shot(console: &mut Console, size: (u16, u16)) -> Shot {
    let lines = console.text(size).lines().map(str::to_owned).collect();
    Shot { page: true, lines, rows: Default::default(), summaries: Vec::new(), tabs: Vec::new() }
}

/// What is wrong with the frames of a way under each fault.
async fn wrong(way: Way) -> Vec<String> {
    let account = distinctive().await;
    let whole = load(&account, 0).await;
    let mut truth = Truth::default();
    let (mut console, running) = arrive(&account, &whole, way).await;
    SIZES.iter().for_each(|size| truth.add(&shot(&mut console, *size)));
    drop(running);
    // What the console itself counts: sources that are known before they are read, and its own requests.
    for counted in ["catching up 0/1", "live 0/1", "exceeded 1 time throttled", "1 Live Tail session broke"] {
        truth.admit(counted);
    }
    let mut found = Vec::new();
    for operation in way.needs().iter().chain(way.helped_by()) {
        let under = KINDS.map(|kind| beyond(way, &whole, &truth, format!("{kind}:{operation}")));
        found.extend(futures::future::join_all(under).await.concat());
    }
    found
}

/// What its frames claim beyond the truth under a fault.
async fn beyond(way: Way, whole: &Load, truth: &Truth, fault: String) -> Vec<String> {
    let account = distinctive().await;
    account.sim.set_faults(vec![fault.parse().unwrap()]);
    let (mut console, _running) = arrive(&account, whole, way).await;
    let failures = failures(&console);
    let said = words_of(failures.iter());
    let mut found = Vec::new();
    for size in SIZES {
        let shot = shot(&mut console, size);
        found.extend(truth.beyond(&shot, &said));
        let frame = shot.lines.join("\n");
        for feigned in ["Nothing was", "all right", "no lines", "no rows"] {
            found.extend(frame.contains(feigned).then(|| format!("says {feigned:?}\n{frame}")));
        }
        let told = failures.iter().any(|failure| frame.contains(failure.message.split(' ').next().unwrap()));
        found.extend((!told).then(|| format!("says nothing of {failures:?}\n{frame}")));
    }
    found.into_iter().map(|what| format!("{way:?} under {fault}: {what}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_line_and_no_row_is_shown_that_was_not_read() {
    let runs = Way::ALL.map(|way| tokio::spawn(wrong(way)));
    let found: Vec<String> = futures::future::join_all(runs).await.into_iter().flat_map(Result::unwrap).collect();
    assert!(found.is_empty(), "{} claims\n{}", found.len(), found.join("\n"));
}
