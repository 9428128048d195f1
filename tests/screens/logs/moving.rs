//! Where the cursor is and stays, what is shown and what is hidden.

use super::*;

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
    stage.press("C").type_text("1 3").press("enter g g");
    assert!(line_of(&mut stage, "line 29 ").is_some() && line_of(&mut stage, "line 33 ").is_some());
    assert!(line_of(&mut stage, "line 28 ").is_none() && line_of(&mut stage, "line 34 ").is_none());
    assert!(stage.text().contains("1 before 3 after"), "{}", stage.text());
    stage.press("- - - d");
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

/// Agents that send each line of a trace as an event of its own, from two tasks at once.
#[test]
fn a_trace_that_others_write_into_is_shown_whole_under_a_filter() {
    let mut stage = opened((100, 30));
    let mut events = numbered(4);
    let line = |n: i64, stream: &str, text: &str| Arrival { stream: stream.into(), ..arrival(3_500 - n, text) };
    for n in 0..6 {
        let text = if n == 0 { "ERROR it broke".to_owned() } else { format!("    at frame {n}") };
        events.push(line(n * 10, "ecs/web/7f", &text));
        events.push(line(n * 10 + 1, "ecs/web/other", &format!("request {n} served")));
    }
    events.sort_by_key(|event| event.time);
    bring(&mut stage, events, standing());
    stage.press("/").type_text("broke").press("enter");
    let shown = |stage: &mut Stage| {
        let frame = stage.text();
        (frame.matches("at frame").count(), frame.matches("served").count())
    };
    assert_eq!(shown(&mut stage), (5, 0), "{}", stage.text());
    stage.press("g g");
    assert_eq!(under_cursor(&stage), "ERROR it broke");
    stage.press("j j j");
    assert_eq!(under_cursor(&stage), "    at frame 3");
    stage.press("k k k k");
    assert_eq!(under_cursor(&stage), "ERROR it broke");
    stage.press("G");
    assert_eq!(under_cursor(&stage), "    at frame 5");
    stage.press("C").type_text("0 1").press("enter g g");
    assert_eq!(shown(&mut stage), (5, 1), "{}", stage.text());
    stage.press("esc");
    assert_eq!(shown(&mut stage), (5, 6), "{}", stage.text());
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

/// Bars that all change with every line dance, and hide what is new.
#[test]
fn a_new_line_makes_its_own_bar_grow_and_no_other() {
    let mut stage = opened((200, 50));
    let bars = |stage: &mut Stage| -> Vec<char> {
        let text = stage.text();
        let of_bars = |line: &&str| line.contains(|c| ('▁'..='█').contains(&c));
        text.lines().filter(of_bars).flat_map(str::chars).collect()
    };
    let burst = (1..60).map(|n| arrival(700_000 - n, "the highest bar"));
    let ticks = (100..1_100).map(|n| arrival(1_200_000 - n * 1_000, "tick"));
    bring(&mut stage, burst.chain(ticks).collect(), standing());
    let mut before = bars(stage.wait(1));
    assert!(before.iter().filter(|c| ('▁'..='█').contains(*c)).count() > 100);
    for n in 1_100..1_118 {
        bring(&mut stage, vec![arrival(1_200_000 - n * 1_000, "tick")], standing());
        let after = bars(stage.wait(n - 1_000));
        let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
        assert!(changed <= 2, "{changed} columns after line {n}");
        before = after;
    }
}
