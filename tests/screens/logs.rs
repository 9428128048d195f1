//! The log viewer: what it asks for, what it shows, where the cursor stays.

use quarterdeck::app::logs::Logs;
use quarterdeck::app::{Asking, Effect, Msg, Place, Screen};
use quarterdeck::fleet::feed::{Feed, Origin, Streams};
use quarterdeck::fleet::finding::Subject;
use quarterdeck::fleet::reading::{Failure, FailureKind, Panel};
use quarterdeck::fleet::snapshot::{PanelRead, Rows};
use quarterdeck::logs::batch::{Arrival, Batch, Standing};
use quarterdeck::logs::event::Gap;
use quarterdeck::logs::search::Search;
use quarterdeck::logs::tail::Counters;

use crate::fixture::{self, Story};
use crate::shots::{SIZES, shoot};
use crate::stage::Stage;

/// Milliseconds of the fixture's present.
fn now() -> i64 {
    fixture::now().as_millisecond()
}

/// On the lines of one service of a fleet to which nothing happens that would stand between them.
fn opened(size: (u16, u16)) -> Stage {
    let mut stage = Stage::new(size.0, size.1);
    let quiet = |read: &PanelRead| !matches!(read.panel, Panel::ContainerInstances | Panel::Alarms);
    stage.land(fixture::reads(Story::Troubled).into_iter().filter(quiet).collect()).press("3 l");
    stage
}

fn logs(stage: &Stage) -> &Logs {
    stage.model.logs().unwrap()
}

/// Number and feeds of the last reading that was asked for.
fn asked(stage: &Stage) -> (u64, Vec<Feed>, i64, Option<i64>) {
    let read = stage.effects.iter().rev().find_map(|effect| match effect {
        Effect::ReadLogs { number, feeds, since, until } => Some((*number, feeds.clone(), *since, *until)),
        _ => None,
    });
    read.unwrap()
}

fn arrival(ago: i64, message: &str) -> Arrival {
    let time = now() - ago;
    Arrival {
        stream: "ecs/web/7f".into(),
        time,
        ingested: time + 1_500,
        id: format!("{time}"),
        message: message.into(),
    }
}

fn standing() -> Standing {
    Standing { caught_up: true, lag: 2_000, ..Standing::default() }
}

fn bring(stage: &mut Stage, events: Vec<Arrival>, standing: Standing) {
    let number = asked(stage).0;
    let batch = Batch { feed: 0, events, gaps: Vec::new(), standing };
    stage.send(Msg::LogsRead { number, batch });
    stage.draw();
}

/// So many lines, a second apart, the last one a second ago.
fn numbered(count: i64) -> Vec<Arrival> {
    (0..count).map(|n| arrival((count - n) * 1_000, &format!("line {n} of a quiet hour"))).collect()
}

fn under_cursor(stage: &Stage) -> String {
    let logs = logs(stage);
    logs.store().row(logs.cursor().unwrap()).unwrap().text.to_owned()
}

/// The screen line on which a text stands.
fn line_of(stage: &mut Stage, text: &str) -> Option<usize> {
    stage.text().lines().position(|line| line.contains(text))
}

/// Lines of every kind: what a viewer has to show well.
fn varied() -> Vec<Arrival> {
    let mut late = arrival(93_000, r#"{"level":"info","msg":"sent in again by the agent","attempt":2}"#);
    late.ingested = late.time + 61_000;
    vec![
        late,
        arrival(92_000, "INFO  listening on :8080, version 2.14.1"),
        arrival(61_000, r#"{"level":"info","msg":"GET /cart","status":200,"duration_ms":12,"trace_id":"1-65f1"}"#),
        arrival(60_000, r#"{"level":"warn","msg":"slow query","duration_ms":1840,"db":{"host":"ledger","rows":412}}"#),
        arrival(45_000, "level=debug msg=\"cache refreshed\" entries=1204 took=3ms"),
        arrival(31_000, "GET /health 200 1ms"),
        arrival(
            30_000,
            "ERROR checkout failed: card declined\n\tat com.shop.Pay.charge(Pay.java:88)\n\tat com.shop.Cart.buy(Cart.java:31)\nCaused by: java.io.IOException: timeout",
        ),
        arrival(20_000, "\u{1b}[31mred\u{1b}[0m and a bell \u{7} and \u{202e}backwards"),
        arrival(12_000, "prix payé : 12 € — 価格は十分です"),
        arrival(3_000, &format!("INFO a very long line {}", "that goes on and on ".repeat(14))),
        arrival(1_000, "FATAL giving up"),
    ]
}

/// Lines of every kind, of a fleet to which things happen.
fn shown(size: (u16, u16)) -> Stage {
    let mut stage = Stage::new(size.0, size.1);
    stage.land(fixture::reads(Story::Troubled)).press("3 l");
    let counters = Counters { late: 1, repeats: 12, ..Counters::default() };
    bring(&mut stage, varied(), Standing { counters, ..standing() });
    stage
}

#[test]
fn screens() {
    for size in SIZES {
        let name = |what: &str| format!("logs-{what}-{}x{}", size.0, size.1);
        shoot(&name("following"), &mut shown(size));
        shoot(&name("inspect"), shown(size).press("k k k k enter"));
        shoot(&name("filter"), shown(size).press("/").type_text("level>=warn").press("enter"));
        shoot(
            &name("dimmed"),
            shown(size).press("/").type_text("level>=warn").press("enter d h").type_text("ms").press("enter"),
        );
        shoot(&name("wrapped"), shown(size).press("w k k v k"));
        shoot(&name("loading"), &mut opened(size));
    }
}

#[test]
fn trouble_is_said_so() {
    for size in SIZES {
        let mut stage = shown(size);
        let failure = Failure {
            kind: FailureKind::Denied,
            operation: "logs:FilterLogEvents".into(),
            message: "not authorized to perform logs:FilterLogEvents".into(),
            hint: None,
            request_id: None,
        };
        let number = asked(&stage).0;
        let gaps = vec![Gap { from: now() - 50_000, to: now() - 40_000, why: "AWS repeated a page token".into() }];
        let counters = Counters { gaps: 1, throttled: 4, ..Counters::default() };
        let standing = Standing { failure: Some(failure), lag: 400_000, counters, ..standing() };
        stage.send(Msg::LogsRead { number, batch: Batch { feed: 0, events: Vec::new(), gaps, standing } });
        shoot(&format!("logs-trouble-{}x{}", size.0, size.1), &mut stage);
    }
}

#[test]
fn lists_of_groups_and_lines_without_a_source() {
    let mut stage = Stage::new(120, 40);
    stage.land(fixture::reads(Story::Troubled)).press("6");
    assert_eq!(*stage.model.place(), Place::List(Screen::Logs));
    stage.press("enter");
    assert!(matches!(stage.model.place(), Place::Logs(subjects) if matches!(subjects[..], [Subject::LogGroup(_)])));
    let (_, feeds, _, _) = asked(&stage);
    assert!(matches!(&feeds[0].origin, Origin::Group { streams: Streams::All, .. }), "{feeds:?}");
    // Marked rows are read together.
    stage.press("esc space space l");
    assert_eq!(asked(&stage).1.len(), 2);
}

#[test]
fn what_is_read_follows_from_what_is_known_of_the_fleet() {
    let mut stage = Stage::new(120, 40);
    let mut reads = fixture::reads(Story::Troubled);
    let definitions = reads.iter().position(|read| read.panel.name() == "task_definitions").unwrap();
    let definitions = reads.remove(definitions);
    stage.land(reads).press("3 l");
    assert!(!stage.effects.iter().any(|effect| matches!(effect, Effect::ReadLogs { .. })), "nothing is known to read");
    assert!(stage.text().contains("is not read"), "{}", stage.text());
    stage.land(vec![definitions]);
    let (_, feeds, since, until) = asked(&stage);
    assert_eq!((feeds.len(), since, until), (1, now() - 900_000, None));
    let count = |stage: &Stage| stage.effects.iter().filter(|e| matches!(e, Effect::ReadLogs { .. })).count();
    stage.land(fixture::reads(Story::Troubled));
    assert_eq!(count(&stage), 1, "what is being read is not asked for again");
}

#[test]
fn following_and_reading_never_fight() {
    let mut stage = opened((100, 30));
    bring(&mut stage, numbered(100), standing());
    assert!(logs(&stage).follows());
    assert_eq!(under_cursor(&stage), "line 99 of a quiet hour");
    stage.press("k k k");
    assert!(!logs(&stage).follows(), "whoever goes up reads");
    let (held, at) = (under_cursor(&stage), line_of(&mut stage, "line 96 of"));
    bring(&mut stage, vec![arrival(0, "a new one"), arrival(50_500, "a late one")], standing());
    assert_eq!((under_cursor(&stage), line_of(&mut stage, "line 96 of")), (held, at), "a line keeps its place");
    stage.press("G");
    assert!(logs(&stage).follows());
    assert_eq!(under_cursor(&stage), "a new one");
    bring(&mut stage, vec![arrival(-1_000, "the newest")], standing());
    assert_eq!(under_cursor(&stage), "the newest");
    stage.press("space");
    bring(&mut stage, vec![arrival(-2_000, "unseen")], standing());
    assert_eq!(under_cursor(&stage), "the newest", "paused");
    stage.press("j");
    assert!(logs(&stage).follows(), "at the end, going down means to follow");
}

#[test]
fn going_up_at_the_top_reads_what_was_before_and_each_time_more() {
    let mut stage = opened((100, 30));
    bring(&mut stage, numbered(10), standing());
    let first = asked(&stage);
    stage.press("g g k");
    let older = asked(&stage);
    assert_eq!((older.2, older.3), (first.2 - 900_000, Some(first.2 - 1)));
    stage.press("k k");
    assert_eq!(asked(&stage).0, older.0, "one step into the past at a time");
    bring(&mut stage, vec![arrival(1_000_000, "from before")], Standing { done: true, ..standing() });
    assert_eq!(under_cursor(&stage), "line 0 of a quiet hour", "the cursor stays where it was");
    stage.press("k k");
    let third = asked(&stage);
    assert_eq!((third.2, third.3), (older.2 - 1_800_000, Some(older.2 - 1)));
    assert!(logs(&stage).is_live(), "what is followed is followed on");
}

#[test]
fn answers_to_another_reading_are_dropped() {
    let mut stage = opened((100, 30));
    let (number, ..) = asked(&stage);
    stage.press("esc j l");
    let batch = Batch { feed: 0, events: numbered(3), gaps: Vec::new(), standing: standing() };
    stage.send(Msg::LogsRead { number, batch });
    assert!(
        logs(&stage).store().is_empty() || logs(&stage).store().rows_from(0).all(|row| !row.text.contains("quiet"))
    );
    assert!(stage.effects.contains(&Effect::StopLogs));
}

#[test]
fn a_filter_shows_its_lines_alone_with_their_context_or_dims_the_rest() {
    let mut stage = opened((100, 30));
    let mut events = numbered(60);
    events[30].message = "line 30 ERROR it broke".into();
    bring(&mut stage, events, standing());
    stage.press("/").type_text("broke");
    assert_eq!(stage.model.asking(), Some((Asking::Lines, None)));
    assert!(line_of(&mut stage, "line 29").is_none() && line_of(&mut stage, "line 30").is_some());
    stage.press("enter g g + +");
    assert!(line_of(&mut stage, "line 28 ").is_some() && line_of(&mut stage, "line 32 ").is_some());
    assert!(line_of(&mut stage, "line 27 ").is_none() && line_of(&mut stage, "line 33 ").is_none());
    stage.press("- - d");
    assert!(line_of(&mut stage, "line 33 ").is_some(), "dimmed, not hidden\n{}", stage.text());
    // Lines that come pass through it too.
    stage.press("d");
    bring(&mut stage, vec![arrival(0, "it broke again"), arrival(0, "all is well")], standing());
    assert!(line_of(&mut stage, "broke again").is_some() && line_of(&mut stage, "all is well").is_none());
    stage.press("esc G");
    assert!(line_of(&mut stage, "all is well").is_some());
}

#[test]
fn a_query_that_cannot_be_understood_keeps_the_last_one() {
    let mut stage = shown((100, 30));
    stage.press("/").type_text("level>=warn");
    let before = logs(&stage).filter().unwrap().view().len();
    stage.type_text(" ~(");
    assert!(matches!(stage.model.asking(), Some((Asking::Lines, Some(_)))));
    assert_eq!(logs(&stage).filter().unwrap().view().len(), before);
    assert!(stage.text().contains("column"), "{}", stage.text());
    stage.press("enter");
    assert!(stage.model.asking().is_some(), "there is something to mend");
}

#[test]
fn seeking_goes_to_highlights_and_without_any_to_errors() {
    let mut stage = opened((100, 30));
    let mut events = numbered(60);
    for n in [5, 40] {
        events[n].message = format!("ERROR number {n}");
    }
    bring(&mut stage, events, standing());
    stage.press("N");
    assert_eq!(under_cursor(&stage), "ERROR number 40");
    stage.press("N N");
    assert_eq!(under_cursor(&stage), "ERROR number 5", "there is none above");
    assert!(stage.text().contains("No error above"));
    stage.press("h").type_text("~line.2[0-9].of").press("enter");
    assert_eq!(under_cursor(&stage), "line 20 of a quiet hour");
    stage.press("h").type_text("17").press("enter g g n");
    assert_eq!(under_cursor(&stage), "line 17 of a quiet hour");
    stage.press("n");
    assert_eq!(under_cursor(&stage), "line 20 of a quiet hour");
}

#[test]
fn a_time_is_gone_to_in_memory_or_by_reading_around_it() {
    let mut stage = opened((100, 30));
    bring(&mut stage, numbered(100), standing());
    stage.press("t").type_text("14:29:00").press("enter");
    assert_eq!(under_cursor(&stage), "line 40 of a quiet hour");
    let (number, ..) = asked(&stage);
    stage.press("t").type_text("6h").press("enter");
    let (other, _, since, until) = asked(&stage);
    assert!(other > number && stage.effects.contains(&Effect::StopLogs));
    let meant = now() - 6 * 3_600_000;
    assert!(since < meant && until.is_some_and(|until| until > meant), "{since} {until:?}");
    bring(
        &mut stage,
        vec![arrival(6 * 3_600_000 + 1_000, "before"), arrival(6 * 3_600_000 - 1_000, "after")],
        standing(),
    );
    assert_eq!(under_cursor(&stage), "after");
    stage.press("t").type_text("soon").press("enter");
    assert!(stage.model.asking().is_some_and(|(_, wrong)| wrong.is_some()));
}

#[test]
fn an_alarms_lines_begin_before_it_fired() {
    let mut stage = Stage::new(120, 40);
    stage.land(fixture::reads(Story::Troubled)).press("5 l");
    let Place::Logs(subjects) = stage.model.place().clone() else { unreachable!("{:?}", stage.model.place()) };
    let [Subject::Alarm(name)] = &subjects[..] else { unreachable!("{subjects:?}") };
    let alarm = stage.model.fleet().snapshot().alarms.rows.iter().find(|alarm| alarm.name == *name).unwrap();
    let since = alarm.since.unwrap().as_millisecond();
    assert!(logs(&stage).span().0 <= since - 600_000, "{:?} {since}", logs(&stage).span());
}

#[test]
fn a_selection_is_copied_and_what_is_shown_is_saved() {
    let mut stage = opened((100, 30));
    bring(&mut stage, numbered(10), standing());
    stage.press("k v k k y");
    let Some(Effect::Copy(text)) = stage.effects.last() else { unreachable!("{:?}", stage.effects.last()) };
    assert_eq!(text.lines().count(), 3);
    assert!(text.lines().next().unwrap().ends_with("line 6 of a quiet hour"), "{text}");
    stage.press("/").type_text("~line.[12].of").press("enter S").press("ctrl-u").type_text("out.txt").press("enter");
    let Some(Effect::Save { path, text }) = stage.effects.last() else { unreachable!("{:?}", stage.effects.last()) };
    assert_eq!((path.as_str(), text.lines().count()), ("out.txt", 2));
    stage.press("o");
    assert!(matches!(stage.effects.last(), Some(Effect::Show { editor: false, .. })));
}

#[test]
fn bookmarks_are_gone_round() {
    let mut stage = opened((100, 30));
    bring(&mut stage, numbered(50), standing());
    stage.press("g g b j j j b B");
    assert_eq!(under_cursor(&stage), "line 0 of a quiet hour");
    stage.press("B");
    assert_eq!(under_cursor(&stage), "line 3 of a quiet hour");
    stage.press("b B");
    assert_eq!(under_cursor(&stage), "line 0 of a quiet hour");
}

#[test]
fn a_search_of_much_text_runs_elsewhere_and_is_dropped_with_its_filter() {
    let mut stage = opened((100, 30));
    let long = "x".repeat(4_000);
    let events = (0..1_500_i64).map(|n| arrival(1_500 - n, &format!("{n} {long}"))).collect();
    bring(&mut stage, events, standing());
    stage.press("/").type_text("1234");
    let Some(Effect::SearchLogs(number)) = stage.effects.last().cloned() else { unreachable!("a search of 6 MB") };
    assert_eq!(logs(&stage).filter().unwrap().view().len(), 0);
    let (lens, near) = logs(&stage).search(number).unwrap();
    let mut search = Search::start(logs(&stage).store().snapshot(), lens.view().query().clone(), true, near, 2);
    while !search.ended() {
        let found: Vec<_> = search.wait(std::time::Duration::from_secs(5)).into_iter().collect();
        let ended = search.ended();
        stage.send(Msg::LogsFound { number, found, ended });
    }
    assert_eq!(logs(&stage).filter().unwrap().view().len(), 1);
    stage.press("esc");
    assert!(logs(&stage).search(number).is_none());
}

#[test]
fn hostile_lines_leave_no_control_character_anywhere() {
    let mut stage = shown((120, 40));
    stage.press("enter v g g y");
    let Some(Effect::Copy(text)) = stage.effects.last().cloned() else { unreachable!("copied") };
    let frame = stage.text();
    for text in [&text, &frame] {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        assert!(!text.contains('\u{202e}'));
    }
}

#[test]
fn lines_that_left_memory_take_the_cursor_along() {
    let mut stage = Stage::with_memory(100, 30, 400_000);
    stage.land(fixture::reads(Story::Troubled)).press("3 l");
    bring(&mut stage, numbered(100), standing());
    stage.press("g g");
    for round in 0..40 {
        let events = (0..100).map(|n| arrival(-(round * 100 + n), &"y".repeat(200))).collect();
        bring(&mut stage, events, standing());
    }
    assert!(logs(&stage).store().counts().dropped > 0);
    let cursor = logs(&stage).cursor().unwrap();
    assert!(logs(&stage).store().row(cursor).is_some());
    assert!(stage.text().contains("dropped for want of memory"), "{}", stage.text());
}

#[test]
fn an_events_id_is_read_again_when_it_is_looked_at() {
    let mut stage = shown((140, 40));
    stage.press("k k k k k k k enter");
    let Some(Effect::ReadEventIds { number, group, stream: name, time }) = stage.effects.last().cloned() else {
        unreachable!("{:?}", stage.effects.last())
    };
    assert_eq!((group.as_str(), name.as_str(), time), ("/ecs/search", "ecs/web/7f", now() - 30_000));
    assert!(stage.text().contains("reading it"));
    let events = vec![
        ("31".to_owned(), "another of the same moment".to_owned()),
        ("32".to_owned(), "ERROR checkout failed: card declined\n\tat com.shop.Pay.charge(Pay.java:88)".to_owned()),
    ];
    stage.send(Msg::EventIdsRead { number, outcome: Ok(events) });
    assert!(stage.text().contains("event id  32"), "{}", stage.text());
}

#[test]
fn what_a_filter_hid_is_where_it_was_when_it_is_shown_again() {
    let mut stage = opened((100, 30));
    bring(&mut stage, numbered(200), standing());
    stage.press("t").type_text("14:28:20").press("enter");
    let held = under_cursor(&stage);
    stage.press("/").type_text("nothing says this");
    assert!(stage.text().contains("None of the 200 lines"), "{}", stage.text());
    stage.press("ctrl-u").type_text("line 1 of").press("enter esc");
    assert_eq!(under_cursor(&stage), held);
    // Once it was moved, it stays where it was moved to.
    stage.press("/").type_text("line 1 of").press("enter g g esc");
    assert_eq!(under_cursor(&stage), "line 1 of a quiet hour");
}

#[test]
fn a_time_whose_lines_are_on_their_way_is_gone_to_when_they_come() {
    let mut stage = opened((100, 30));
    stage.press("t").type_text("5m").press("enter");
    bring(&mut stage, numbered(400), standing());
    assert_eq!(under_cursor(&stage), "line 100 of a quiet hour");
    assert!(!logs(&stage).follows());
}

#[test]
fn what_left_memory_is_not_said_to_be_there() {
    let mut stage = Stage::with_memory(100, 30, 400_000);
    stage.land(fixture::reads(Story::Healthy)).press("3 l");
    let (first, ..) = asked(&stage);
    for round in 0..40 {
        let events = (0..100).map(|n| arrival(800_000 - (round * 100 + n) * 100, &"y".repeat(200))).collect();
        bring(&mut stage, events, standing());
    }
    let store = logs(&stage).store();
    let oldest = store.row(store.at(0).unwrap()).unwrap().time;
    assert!(store.counts().dropped > 0);
    assert_eq!(logs(&stage).span().0, oldest);
    stage.press("g g k");
    assert_eq!(asked(&stage).0, first, "there is no room for what was before");
    assert!(stage.text().contains("Memory is full"), "{}", stage.text());
    stage.press("t").type_text("13m").press("enter");
    assert!(asked(&stage).0 > first, "what left has to be read again");
}

#[test]
fn going_down_at_the_end_of_a_past_time_reads_on() {
    let mut stage = opened((100, 30));
    stage.press("t").type_text("6h").press("enter");
    let (number, _, _, until) = asked(&stage);
    bring(&mut stage, vec![arrival(6 * 3_600_000, "then")], standing());
    stage.press("j");
    assert_eq!(asked(&stage).0, number, "not before that time is read");
    bring(&mut stage, Vec::new(), Standing { done: true, ..standing() });
    stage.press("j");
    let (next, _, since, _) = asked(&stage);
    assert!(next > number);
    assert_eq!(since, until.unwrap() + 1);
}

#[test]
fn another_window_is_drawn_again_until_it_is_right() {
    let mut stage = opened((100, 30));
    bring(&mut stage, numbered(200), standing());
    stage.press("k");
    stage.send(Msg::Resized { width: 100, height: 50 });
    let before = stage.model.revision();
    stage.draw();
    assert!(stage.model.revision() > before, "the first frame was laid out for the window before");
    let settled = stage.model.revision();
    assert!(stage.text().contains("line 198 of") && stage.text().contains("line 160 of"), "{}", stage.text());
    assert_eq!(stage.model.revision(), settled);
}

#[test]
fn an_event_that_is_not_wanted_goes_with_all_of_its_lines() {
    let mut stage = opened((100, 30));
    let mut events = numbered(10);
    events[4].message = "ERROR it timed out\n    at one\n    at two".into();
    bring(&mut stage, events, standing());
    stage.press("/").type_text("-timed").press("enter");
    assert!(line_of(&mut stage, "at one").is_none(), "{}", stage.text());
    assert!(line_of(&mut stage, "line 3 of").is_some() && line_of(&mut stage, "line 5 of").is_some());
    stage.press("esc /").type_text("timed").press("enter");
    assert!(line_of(&mut stage, "at one").is_some() && line_of(&mut stage, "at two").is_some());
}

#[test]
fn a_quiet_minute_does_not_hold_the_cursor() {
    let mut stage = opened((100, 30));
    let mut events = numbered(3);
    events.push(arrival(800_000, "long before"));
    bring(&mut stage, events, standing());
    stage.press("k k");
    assert_eq!(under_cursor(&stage), "line 0 of a quiet hour");
    stage.press("(");
    assert_eq!(under_cursor(&stage), "long before");
    stage.press(")");
    assert_eq!(under_cursor(&stage), "line 0 of a quiet hour");
}

#[test]
fn the_same_thing_is_opened_anew_from_the_present() {
    let mut stage = opened((100, 30));
    stage.press("t").type_text("6h").press("enter");
    let (number, ..) = asked(&stage);
    stage.press("[ l");
    let (again, _, since, until) = asked(&stage);
    assert!(again > number);
    assert_eq!((since, until), (now() - 900_000, None));
}

/// A deployment that drops its stream prefix: the group is read whole then, and what both readings bring is shown once.
#[test]
fn a_wider_selection_that_comes_later_brings_what_is_new_in_it_alone() {
    let mut stage = opened((100, 30));
    let (first, feeds, ..) = asked(&stage);
    assert!(
        matches!(&feeds[0].origin, Origin::Group { streams: Streams::Prefix(prefix), .. } if prefix.starts_with("ecs/"))
    );
    let named = |stream: &str, ago: i64, message: &str| Arrival { stream: stream.into(), ..arrival(ago, message) };
    let bring = |stage: &mut Stage, number: u64, events: Vec<Arrival>| {
        stage.send(Msg::LogsRead { number, batch: Batch { feed: 0, events, gaps: Vec::new(), standing: standing() } });
    };
    let Origin::Group { streams: Streams::Prefix(prefix), .. } = &feeds[0].origin else { unreachable!("by prefix") };
    let old = format!("{prefix}7f");
    bring(&mut stage, first, vec![named(&old, 5_000, "of the old revision")]);
    let mut reads = fixture::reads(Story::Troubled);
    let definitions = reads.iter_mut().find(|read| read.panel == Panel::TaskDefinitions).unwrap();
    if let Rows::TaskDefinitions(rows) = &mut definitions.outcome.as_mut().unwrap().0 {
        rows.iter_mut().flat_map(|row| &mut row.containers).for_each(|container| container.log_stream_prefix = None);
    }
    stage.land(vec![reads.into_iter().find(|read| read.panel == Panel::TaskDefinitions).unwrap()]);
    let (second, feeds, ..) = asked(&stage);
    assert!(second > first && matches!(&feeds[0].origin, Origin::Group { streams: Streams::All, .. }), "{feeds:?}");
    let both = vec![named(&old, 5_000, "of the old revision"), named("3c1d", 4_000, "of the new revision")];
    bring(&mut stage, second, both);
    let texts: Vec<String> = logs(&stage).store().rows_from(0).map(|row| row.text.to_owned()).collect();
    assert_eq!(texts, ["of the old revision", "of the new revision"]);
}
