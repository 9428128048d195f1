//! What the viewer asks for, and what becomes of the answers.

use super::*;

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
fn the_same_thing_is_opened_anew_from_the_present() {
    let mut stage = opened((100, 30));
    stage.press("t").type_text("6h").press("enter");
    let (number, ..) = asked(&stage);
    stage.press("[ l");
    let (again, _, since, until) = asked(&stage);
    assert!(again > number);
    assert_eq!((since, until), (now() - 900_000, None));
}

fn tailed(stage: &Stage) -> Vec<bool> {
    let turned = |effect: &Effect| match effect {
        Effect::TailLive(on) => Some(*on),
        _ => None,
    };
    stage.effects.iter().filter_map(turned).collect()
}

#[test]
fn live_tail_is_asked_for_and_runs_while_its_lines_are_looked_at() {
    let mut stage = opened((100, 30));
    bring(&mut stage, numbered(10), standing());
    assert!(tailed(&stage).is_empty(), "it costs by the minute: nobody asked");
    stage.press("L");
    assert!(stage.text().contains("AWS bills it"), "{}", stage.text());
    let on = LiveStanding { asked: true, on: true, ..LiveStanding::default() };
    bring(&mut stage, Vec::new(), Standing { live: on.clone(), ..standing() });
    assert!(stage.text().contains("following live"), "{}", stage.text());
    stage.press("1");
    assert_eq!(tailed(&stage), [true, false], "nobody looks");
    stage.press("[");
    assert_eq!(tailed(&stage), [true, false, true]);
    let told = LiveStanding { sampled: true, timed_out: 1, broken: 2, ..on };
    bring(&mut stage, Vec::new(), Standing { live: told, ..standing() });
    let frame = stage.text();
    for said in ["left lines out", "1 Live Tail session ended after 3 h", "2 Live Tail sessions broke"] {
        assert!(frame.contains(said), "{said}\n{frame}");
    }
    stage.press("L");
    assert_eq!(tailed(&stage), [true, false, true, false]);
}

#[test]
fn live_tail_that_is_denied_is_said_to_be_while_reading_goes_on() {
    let mut stage = opened((100, 30));
    stage.press("L");
    let failure = Failure {
        kind: FailureKind::Denied,
        operation: "logs:StartLiveTail".into(),
        message: "not authorized".into(),
        hint: None,
        request_id: None,
    };
    let live = LiveStanding { asked: true, failure: Some(Box::new(failure)), ..LiveStanding::default() };
    bring(&mut stage, numbered(3), Standing { live, ..standing() });
    let frame = stage.text();
    assert!(frame.contains("live 0/1") && frame.contains("Live Tail is denied, lines come by reading"), "{frame}");
}

#[test]
fn live_tail_is_not_asked_for_a_time_that_is_over_and_ends_with_it() {
    let mut stage = opened((100, 30));
    stage.press("L t").type_text("6h").press("enter L");
    assert_eq!(tailed(&stage), [true], "all reading ended when another time was gone to");
    assert!(stage.text().contains("follow that first"), "{}", stage.text());
}

#[test]
fn nothing_is_counted_that_was_not_read_and_a_failure_is_said_in_full() {
    let mut stage = opened((100, 30));
    assert!(!stage.text().contains("0 lines"), "{}", stage.text());
    let failure = Failure {
        kind: FailureKind::Denied,
        operation: "logs:FilterLogEvents".into(),
        message: "not authorized".into(),
        hint: Some("the role needs logs:FilterLogEvents".into()),
        request_id: None,
    };
    bring(&mut stage, Vec::new(), Standing { failure: Some(failure), ..Standing::default() });
    let frame = stage.text();
    assert!(frame.contains("is denied") && frame.contains("the role needs logs:FilterLogEvents"), "{frame}");
    assert!(!frame.contains("Reading from") && !frame.contains("0 lines"), "{frame}");
    bring(&mut stage, Vec::new(), standing());
    assert!(stage.text().contains("Nothing was written from"), "{}", stage.text());
}

#[test]
fn lines_that_come_very_late_let_one_expect_that_others_come_too_late() {
    let mut stage = opened((120, 30));
    let late = |minutes: i64| {
        let event = arrival(800_000, "late");
        Arrival { ingested: event.time + minutes * 60_000, ..event }
    };
    bring(&mut stage, vec![late(5)], standing());
    assert!(!stage.text().contains("may be missed"));
    bring(&mut stage, vec![late(10)], standing());
    assert!(stage.text().contains("lines come 10m late: later ones may be missed"), "{}", stage.text());
    stage.press("t").type_text("6h").press("enter");
    bring(&mut stage, vec![late(10)], standing());
    assert!(!stage.text().contains("may be missed"), "a time that is over is read whole");
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
