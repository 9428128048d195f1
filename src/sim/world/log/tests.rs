#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use jiff::{SignedDuration, Timestamp};

use super::slot::SLOT;
use super::*;
use crate::sim::options::{Options, Scenario};
use crate::sim::world::World;

const HOUR: i64 = 3_600_000;

fn start() -> Timestamp {
    "2026-11-24T14:00:10Z".parse().unwrap()
}

fn world(scenario: Scenario) -> World {
    World::new(&Options { scenario, ..Options::default() }, start())
}

fn now() -> i64 {
    start().as_millisecond()
}

fn every(_: &str) -> bool {
    true
}

fn read(world: &World, group: &str, from: i64, to: i64) -> Vec<LogLine> {
    world.log_lines(group, &every, from, to, usize::MAX, None)
}

fn groups(world: &World) -> Vec<String> {
    world.log_groups.keys().cloned().collect()
}

#[test]
fn the_same_stretch_reads_the_same_whoever_asks_and_however_it_is_cut() {
    let world = world(Scenario::Story);
    for group in groups(&world) {
        let (from, to) = (now() - HOUR / 12, now());
        let whole = read(&world, &group, from, to);
        assert_eq!(whole, read(&world, &group, from, to));
        assert!(whole.is_sorted_by(|a, b| a.id < b.id) && whole.is_sorted_by_key(|line| line.at), "{group}");
        assert!(
            whole.iter().all(|line| line.id.len() == 56 && line.at >= from && line.at <= to && line.ingested_at <= to)
        );
        let cut = from + 123_456;
        let halves = [read(&world, &group, from, cut), read(&world, &group, cut + 1, to)].concat();
        assert_eq!(whole, halves, "{group}");
        let mut pages: Vec<LogLine> = Vec::new();
        loop {
            let after = pages.last().map(|line| line.id.clone());
            let page = world.log_lines(&group, &every, from, to, 197, after.as_deref());
            if page.is_empty() {
                break;
            }
            pages.extend(page);
        }
        assert_eq!(whole, pages, "{group}");
        let mut back: Vec<LogLine> = Vec::new();
        loop {
            let before = back.first().map(|line| line.id.clone());
            let mut page = world.log_lines_before(&group, &every, from, to, 197, before.as_deref());
            if page.is_empty() {
                break;
            }
            page.append(&mut back);
            back = page;
        }
        assert_eq!(whole, back, "{group}");
    }
}

#[test]
fn what_was_read_once_is_still_there_hours_later() {
    let mut world = world(Scenario::Story);
    let (from, to) = (now() - HOUR / 12, now());
    let before: Vec<Vec<LogLine>> = groups(&world).iter().map(|group| read(&world, group, from, to)).collect();
    world.advance(start() + SignedDuration::from_hours(3));
    for (group, before) in groups(&world).iter().zip(before) {
        let later = read(&world, group, from, to);
        let kept: Vec<&LogLine> = later.iter().filter(|line| line.ingested_at <= now()).collect();
        assert_eq!(kept, before.iter().collect::<Vec<_>>(), "{group}");
        // What has come in since then lay between two others.
        assert!(later.len() >= before.len());
    }
}

#[test]
fn lines_come_late_and_some_minutes_late() {
    let world = world(Scenario::Healthy);
    let lines = read(&world, "/ecs/harbor/catalog", now() - HOUR, now() - LONGEST_DELAY);
    let lags: Vec<i64> = lines.iter().map(|line| line.ingested_at - line.at).collect();
    let share = |least: i64| lags.iter().filter(|lag| **lag >= least).count() as f64 / lags.len() as f64;
    assert!(lags.iter().all(|lag| *lag > 0 && *lag <= LONGEST_DELAY));
    assert!(share(1_000) > 0.8 && (0.005..0.1).contains(&share(7_000)), "{} {}", share(1_000), share(7_000));
    assert!((0.000_01..0.01).contains(&share(60_000)), "{}", share(60_000));
    // A reader that passed a moment at once has missed what came in later.
    let then = World::new(&Options { scenario: Scenario::Healthy, ..Options::default() }, start());
    let fresh = read(&then, "/ecs/harbor/catalog", now() - 2_000, now());
    assert!(fresh.iter().all(|line| line.ingested_at <= now()));
}

#[test]
fn a_page_of_a_thousand_streams_costs_about_a_page() {
    let options = Options { scenario: Scenario::Scale, instances: Some(150), services: Some(1), ..Options::default() };
    let world = World::new(&options, start());
    let group = world.log_groups.iter().max_by_key(|(_, group)| group.streams.len()).unwrap().0.clone();
    let streams = world.log_groups[&group].streams.len();
    assert!(streams > 1_000, "{streams}");
    for from in [0, now() - 5 * HOUR, now() - HOUR] {
        let mut lines = world.read_log(&LogQuery { from, ..LogQuery::all(&group, &every) });
        let page: Vec<LogLine> = lines.by_ref().take(100).collect();
        assert_eq!(page.len(), 100);
        let (drafts, words) = lines.made();
        // No more than the slots that the page touches, and words for nothing but the page.
        let slots = (page[99].at.div_euclid(SLOT) - page[0].at.div_euclid(SLOT) + 1) as usize;
        assert!(drafts <= slots * streams * 200, "{drafts} drafts in {slots} slots");
        assert!(words <= 100 + 16, "{words} lines were put into words for 100");
    }
}

#[test]
fn an_event_that_is_yet_to_come_makes_nobody_write_in_advance() {
    let mut world = world(Scenario::Five);
    let stream = world.log_groups["/ecs/harbor/catalog"].streams.keys().next().unwrap().clone();
    let soon = now() + 2 * HOUR - 1;
    let group = world.log_groups.get_mut("/ecs/harbor/catalog").unwrap();
    group.streams.get_mut(&stream).unwrap().put(soon, now(), "from the future".into());
    let made = |from: i64| {
        let mut lines = world.read_log(&LogQuery { from, ..LogQuery::all("/ecs/harbor/catalog", &every) });
        let last = lines.by_ref().last();
        (last.map(|line| line.message), lines.made().0)
    };
    let (last, drafts) = made(now() + SLOT);
    assert_eq!((last.as_deref(), drafts), (Some("from the future"), 1));
    let last = world.log_lines_before("/ecs/harbor/catalog", &every, 0, i64::MAX, 1, None);
    assert_eq!(last[0].message, "from the future");
}

#[test]
fn each_failing_task_says_why_before_it_exits() {
    let mut world = world(Scenario::Story);
    world.advance(start() + SignedDuration::from_mins(5));
    let group = &world.log_groups["/ecs/harbor/recommendations"];
    let failed: Vec<&str> = world
        .tasks
        .values()
        .filter(|task| task.ending.as_ref().is_some_and(|e| e.exit_code == Some(1)) && task.stopped_at.is_some())
        .map(|task| task.id.as_str())
        .collect();
    assert!(failed.len() > 7, "{}", failed.len());
    for task in failed {
        let name = format!("recommendations/recommendations/{task}");
        assert!(group.streams[&name].is_written());
        let lines = world.log_lines(&group.name, &|stream| stream == name, i64::MIN, i64::MAX, 100, None);
        if world.tasks[task].stopped_at.unwrap() + SignedDuration::from_mins(1) > world.now {
            continue;
        }
        assert!(lines[0].message.contains("recommendations r2"), "{lines:?}");
        let [.., trace, fatal] = lines.as_slice() else { unreachable!("{lines:?}") };
        assert!(trace.message.contains("Traceback") && trace.message.contains("KeyError: 'FEATURE_STORE_URL'"));
        assert!(fatal.message.contains("FATAL") && fatal.message.contains("FEATURE_STORE_URL"), "{fatal:?}");
        let ended = world.tasks[task].execution_stopped_at.unwrap().as_millisecond();
        assert!((0..1_000).contains(&(ended - fatal.at)), "{}", ended - fatal.at);
    }
}

#[test]
fn a_task_that_is_drained_takes_its_leave_and_is_silent_afterwards() {
    let mut world = world(Scenario::Healthy);
    let task = world.services["checkout"].tasks.first().unwrap().clone();
    world.stop_task(&task, super::super::task::Ending::default());
    world.advance(start() + SignedDuration::from_mins(30));
    let name = format!("checkout/checkout/{task}");
    let lines = world.log_lines("/ecs/harbor/checkout", &|stream| stream == name, now(), i64::MAX, 10_000, None);
    let last = lines.last().unwrap();
    assert!(last.message.contains("Shutdown completed") || last.message.contains("Shutdown initiated"), "{last:?}");
    assert!(last.at <= world.tasks[&task].execution_stopped_at.unwrap().as_millisecond());
}

#[test]
fn a_forgotten_task_leaves_its_lines() {
    let mut world = world(Scenario::Story);
    let streams = world.log_groups["/ecs/harbor/recommendations"].streams.len();
    world.advance(start() + SignedDuration::from_hours(2));
    assert!(world.log_groups["/ecs/harbor/recommendations"].streams.len() > streams + 10);
    let known = |name: &str| world.tasks.contains_key(name.rsplit('/').next().unwrap());
    let forgotten = world.log_lines("/ecs/harbor/recommendations", &|name| !known(name), 0, i64::MAX, 10, None);
    assert_eq!(forgotten.len(), 10);
}

#[test]
fn instances_send_their_journal_under_their_ids() {
    let world = world(Scenario::Story);
    let group = &world.log_groups["/fleet/harbor/system"];
    let joined: Vec<&String> =
        world.instances.values().filter(|i| i.container.is_some()).map(|instance| &instance.id).collect();
    assert_eq!(group.streams.keys().collect::<Vec<_>>(), joined);
    let deaf = world.instances.values().find(|i| i.container.as_ref().is_some_and(|c| !c.agent_connected)).unwrap();
    let lines = read(&world, &group.name, now() - HOUR, now());
    let errors: Vec<&LogLine> = lines.iter().filter(|line| line.message.contains("Unable to open ACS")).collect();
    assert!(!errors.is_empty() && errors.iter().all(|line| *line.stream == *deaf.id));
}

#[test]
fn a_journal_tells_which_container_exited_on_its_instance() {
    let world = world(Scenario::Story);
    let failed = world.tasks.values().find(|t| t.ending.as_ref().is_some_and(|e| e.exit_code == Some(1))).unwrap();
    let instance = failed.instance.clone().unwrap();
    let at = failed.execution_stopped_at.unwrap().as_millisecond();
    let lines = world.log_lines("/fleet/harbor/system", &|name| name == instance, at, at, 10, None);
    let told = |line: &LogLine| line.message.contains(&failed.id) && line.message.contains("exitCode=1");
    assert!(lines.iter().any(told), "{lines:?}");
}

#[test]
fn what_callers_put_is_read_in_one_order_with_what_services_write() {
    let mut world = world(Scenario::Five);
    let stream = world.log_groups["/ecs/harbor/catalog"].streams.keys().next().unwrap().clone();
    let at = now() - HOUR;
    for message in ["one", "two", "three"] {
        let group = world.log_groups.get_mut("/ecs/harbor/catalog").unwrap();
        group.streams.get_mut(&stream).unwrap().put(at, at + 1, message.into());
    }
    let lines = read(&world, "/ecs/harbor/catalog", at - 60_000, at + 60_000);
    let put: Vec<&str> = lines.iter().filter(|l| l.ingested_at == at + 1).map(|l| l.message.as_str()).collect();
    assert_eq!(put, ["one", "two", "three"]);
    assert!(lines.len() > 10 && lines.is_sorted_by(|a, b| a.id < b.id));
}

#[test]
fn streams_have_the_rates_and_the_variety_of_real_ones() {
    let world = world(Scenario::Story);
    let mut all = String::new();
    for service in ["checkout", "catalog", "search", "payments-api", "image-resizer", "mailer", "log-router"] {
        let group = format!("/ecs/harbor/{service}");
        let streams = world.log_groups[&group].streams.len();
        let lines = read(&world, &group, now() - 2 * HOUR, now() - HOUR);
        let rate = 2.0 * lines.len() as f64 / 3_600.0 / streams as f64;
        assert!((0.05..8.0).contains(&rate), "{service}: {rate} lines a second");
        all.extend(lines.iter().flat_map(|line| [line.message.as_str(), "\n"]));
    }
    for part in
        ["\u{1b}[", "ELB-HealthChecker", "Caused by:", "goroutine 1", "\"level\":\"error\"", "level=warn", "größe"]
    {
        assert!(all.contains(part), "nowhere {part:?}");
    }
}
