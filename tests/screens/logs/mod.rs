//! The log viewer: what it shows.

mod moving;
mod reading;

use quarterdeck::app::logs::Logs;
use quarterdeck::app::{Asking, Effect, Msg, Place, Screen};
use quarterdeck::fleet::feed::{Feed, Origin, Streams};
use quarterdeck::fleet::finding::Subject;
use quarterdeck::fleet::reading::{Failure, FailureKind, Panel};
use quarterdeck::fleet::snapshot::{PanelRead, Rows};
use quarterdeck::logs::batch::{Arrival, Batch, Standing};
use quarterdeck::logs::counters::Counters;
use quarterdeck::logs::event::Gap;
use quarterdeck::logs::live::LiveStanding;
use quarterdeck::logs::search::Search;
use quarterdeck::theme::{Role, Theme};
use ratatui::style::Modifier;

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
fn the_colours_of_a_line_are_kept_where_it_is_not_dimmed_cut_or_searched_for() {
    let mut stage = opened((100, 30));
    let text = "\u{1b}[32mGET\u{1b}[0m /cart \u{1b}[1;34m200\u{1b}[0m took 12 ms";
    bring(&mut stage, vec![arrival(2_000, text), arrival(1_000, "last")], standing());
    let theme = Theme::load("dark", |_| None).unwrap();
    let color = |role: Role| theme.style(role).fg.unwrap();
    let look = |stage: &mut Stage, word: &str| {
        let frame = stage.draw();
        let cells = frame.content.chunks(100).find_map(|line| {
            let said: String = line.iter().map(|cell| cell.symbol()).collect();
            let at = said.contains("12 ms").then(|| said.find(word)).flatten()?;
            Some(line[said[..at].chars().count()].clone())
        });
        let cell = cells.unwrap_or_else(|| unreachable!("{word} is shown"));
        (cell.fg, cell.modifier.contains(Modifier::BOLD))
    };
    assert_eq!(look(&mut stage, "GET"), (color(Role::InkGreen), false));
    assert_eq!(look(&mut stage, "200"), (color(Role::InkBlue), true));
    assert_eq!(look(&mut stage, "took").0, color(Role::Text));
    stage.press("right");
    assert_eq!(look(&mut stage, "12 ms").0, color(Role::Text));
    stage.press("left h").type_text("GET /cart").press("enter j");
    assert_eq!(look(&mut stage, "GET").0, color(Role::Highlight1));
    stage.press("k v y");
    assert!(matches!(stage.effects.last(), Some(Effect::Copy(text)) if text.ends_with("GET /cart 200 took 12 ms")));
    stage.press("U / ").type_text("last").press("enter d");
    assert_eq!(look(&mut stage, "GET").0, color(Role::Muted), "it steps back");
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
