//! What holds on every screen, in every state and size.

use quarterdeck::app::{HitTarget, Msg};
use quarterdeck::keymap::parse_sequence;

use crate::fixture::{self, Story};
use crate::shots::{LISTS, SIZES, STATES, stage};
use crate::stage::Stage;

/// Runs `check` over every list in every state and size.
fn everywhere(check: impl Fn(&str, &mut Stage)) {
    for (list, key) in LISTS {
        for state in STATES {
            for size in SIZES {
                let name = format!("{list} {state} {}x{}", size.0, size.1);
                check(&name, stage(state, size).press(key));
            }
        }
    }
}

#[test]
fn a_frame_of_any_size_is_drawn() {
    for (width, height) in [(0, 0), (1, 1), (59, 16), (60, 16), (61, 200), (300, 17)] {
        for keys in ["1", "2", "3", "4", "5", "7", "T", "7 enter", "2 enter", "1 enter", "?", ":", "g", "2 /", "f"] {
            let text = Stage::new(width, height).land(fixture::reads(Story::Troubled)).press(keys).text();
            assert!(text.lines().count() <= usize::from(height), "{width}x{height} {keys}");
            if width < 60 || height < 16 {
                assert!(!text.contains("prod"), "{width}x{height} {keys}\n{text}");
            }
        }
    }
}

/// In a table an id is whole or not there.
#[test]
fn no_id_is_clipped() {
    everywhere(|name, stage| {
        let text = stage.text();
        for word in text.split(|c: char| c.is_whitespace() || "()│,".contains(c)) {
            let whole = match word {
                word if word.starts_with("i-0") => word.len() == 19,
                word if word.starts_with("ami-0") => word.len() == 21,
                _ => true,
            };
            assert!(whole || !in_first_column(&text, word), "{name}: {word}\n{text}");
        }
    });
}

/// Whether a word is the first one of a row: what names it.
fn in_first_column(text: &str, word: &str) -> bool {
    text.lines().any(|line| line.trim_start_matches([' ', '●', '▲', '○']).starts_with(word))
}

/// Between two columns there is a gap on every row.
#[test]
fn columns_are_aligned() {
    everywhere(|name, stage| {
        let buffer = stage.draw();
        let hits = &stage.layout.hits;
        let Some(rows) = hits.iter().find(|hit| matches!(hit.target, HitTarget::Rows { .. })) else { return };
        let columns: Vec<_> =
            hits.iter().filter(|hit| matches!(hit.target, HitTarget::Column(_))).map(|hit| hit.area).collect();
        assert!(columns.len() >= 3, "{name}: {columns:?}");
        for pair in columns.windows(2) {
            let gap = pair[0].x + pair[0].width..pair[1].x;
            assert!(!gap.is_empty(), "{name}: {pair:?}");
            for y in rows.area.y..rows.area.y + rows.area.height {
                for x in gap.clone() {
                    assert_eq!(buffer[(x, y)].symbol(), " ", "{name}: ({x}, {y})\n{}", crate::stage::text(&buffer));
                }
            }
        }
        let last = columns.last().unwrap();
        assert!(last.x + last.width <= rows.area.x + rows.area.width, "{name}: the last column leaves the table");
    });
}

/// A list says something below its title, whatever its state.
#[test]
fn no_panel_is_blank() {
    everywhere(|name, stage| {
        let text = stage.text();
        let titles = [
            "─ Findings",
            "─ Instances",
            "─ Services",
            "─ Targets",
            "─ Alarms",
            "─ Tasks",
            "─ Logs",
            "─ Automation",
            "─ AMIs",
        ];
        let lines: Vec<&str> = text.lines().collect();
        let mut seen = 0;
        for (n, line) in lines.iter().enumerate().filter(|(_, line)| titles.iter().any(|title| line.contains(title))) {
            seen += 1;
            let below = lines.iter().skip(n + 1).take(3).any(|line| line.chars().any(char::is_alphanumeric));
            assert!(below, "{name}: nothing below {line}\n{text}");
        }
        assert!(seen > 0, "{name}\n{text}");
    });
}

/// What was never read shows no digit, no word that sounds healthy, and no live stamp.
#[test]
fn what_was_not_read_is_not_shown() {
    for (_, key) in LISTS {
        for state in ["loading", "denied"] {
            for size in SIZES {
                let text = stage(state, size).press(key).text();
                // Not counts: the Region, the meter of calls, the names of EC2, and the label of what is ill.
                let known = ["eu-west-1", "48 calls/min", "EC2", "ec2", "unhealthy"];
                let said = known.iter().fold(text.clone(), |said, word| said.replace(word, ""));
                assert!(!said.contains(|c: char| c.is_ascii_digit()), "{state} {key}\n{text}");
                for word in ["live", "all right", "healthy", "There are no", "running", "OK", "ACTIVE"] {
                    assert!(!said.contains(word), "{state} {key}: {word}\n{text}");
                }
            }
        }
    }
}

/// States look different from one another, on every screen.
#[test]
fn no_two_states_look_alike() {
    for (list, key) in LISTS {
        let texts = STATES.map(|state| stage(state, (80, 24)).press(key).text());
        for (n, text) in texts.iter().enumerate() {
            for (m, other) in texts.iter().enumerate().skip(n + 1) {
                assert_ne!(text, other, "{list}: {} and {}", STATES[n], STATES[m]);
            }
        }
    }
}

/// Drawing the same model twice gives the same frame, and what the frame says of itself changes nothing.
#[test]
fn drawing_changes_nothing() {
    everywhere(|name, stage| {
        let (revision, first) = (stage.model.revision(), stage.draw());
        assert_eq!(stage.draw(), first, "{name}");
        assert_eq!(stage.model.revision(), revision, "{name}");
    });
}

/// Whatever is pressed, in whatever order, a frame comes out.
#[test]
fn any_keys_leave_a_console_that_draws() {
    let keys = "j k G enter esc / a backspace : x tab enter ? q s S space U n N p [ ] h l y f r 1 2 3 4 5 7 T x ctrl-d ctrl-u pgdn home end g i g s g k g t g a g e";
    let keys = parse_sequence(keys).unwrap();
    let seed = 20_260_310;
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for state in STATES {
        let mut stage = stage(state, (100, 30));
        for _ in 0..400 {
            let key = keys[random.usize(..keys.len())];
            stage.send(Msg::Key(key));
            let text = stage.text();
            assert!(text.contains("prod"), "{state}: {key}\n{text}");
        }
    }
}
