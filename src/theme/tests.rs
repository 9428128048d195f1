#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::*;

fn built_in(name: &str) -> Theme {
    Theme::load(name, |_| None).unwrap()
}

/// Roles that frame or fill rather than say something.
const NOT_TEXT: [Role; 2] = [Role::Border, Role::BarFill];

/// WCAG 2, level AA, for text of ordinary size.
const LEGIBLE: f64 = 4.5;

#[test]
fn all_text_is_legible_wherever_it_may_stand() {
    for (name, _) in BUILT_IN {
        let theme = built_in(name);
        let ground = |role: Role| theme.style(role).bg.and_then(Rgb::shown).unwrap();
        let grounds = [
            ("the background", theme.background()),
            ("a selected row", ground(Role::Selected)),
            ("an unfocused row", ground(Role::SelectedUnfocused)),
            ("an overlay", ground(Role::Overlay)),
            ("a bar", ground(Role::BarTrack)),
        ];
        for (role, role_name) in Role::all().filter(|(role, _)| !NOT_TEXT.contains(role)) {
            let style = theme.style(role);
            let text = style.fg.and_then(Rgb::shown).unwrap_or(theme.foreground());
            let own = style.bg.and_then(Rgb::shown).map(|own| ("its own ground", own));
            for (place, ground) in own.map_or_else(|| grounds.to_vec(), |own| vec![own]) {
                let contrast = text.contrast(ground);
                assert!(contrast >= LEGIBLE, "{name}: {role_name} on {place} has {contrast:.2}");
            }
        }
    }
}

#[test]
fn bars_and_the_row_under_the_cursor_can_be_seen() {
    for (name, _) in BUILT_IN {
        let theme = built_in(name);
        let track = theme.style(Role::BarTrack).bg.and_then(Rgb::shown).unwrap();
        let fill = theme.style(Role::BarFill).fg.and_then(Rgb::shown).unwrap();
        assert!(fill.contrast(track) >= 3.0, "{name}: {:.2}", fill.contrast(track));
        let selected = theme.style(Role::Selected).bg.and_then(Rgb::shown).unwrap();
        assert!(selected.contrast(theme.background()) >= 1.2, "{name}: {:.2}", selected.contrast(theme.background()));
    }
}

#[test]
fn fewer_colours_still_tell_the_severities_apart() {
    for (name, _) in BUILT_IN {
        for depth in [Depth::Ansi, Depth::Indexed, Depth::Truecolor] {
            let theme = fit(&built_in(name), depth);
            let colors =
                [Role::Info, Role::Warning, Role::Critical, Role::Good].map(|role| theme.style(role).fg.unwrap());
            for (place, color) in colors.iter().enumerate() {
                assert!(!colors[place + 1..].contains(color), "{name} {depth:?}: {colors:?}");
            }
        }
    }
}

#[test]
fn each_depth_uses_only_its_own_colours() {
    for (name, _) in BUILT_IN {
        for (role, role_name) in Role::all() {
            for color in [|style: Style| style.fg, |style: Style| style.bg] {
                let at = |depth| color(fit(&built_in(name), depth).style(role));
                assert!(matches!(at(Depth::Truecolor), None | Some(Color::Reset | Color::Rgb(..))), "{role_name}");
                assert!(matches!(at(Depth::Indexed), None | Some(Color::Reset | Color::Indexed(16..))), "{role_name}");
                assert!(!matches!(at(Depth::Ansi), Some(Color::Rgb(..) | Color::Indexed(_))), "{role_name}");
                assert_eq!(at(Depth::None), None, "{role_name}");
            }
        }
    }
}

#[test]
fn without_colours_the_cursor_is_reversed() {
    let theme = fit(&built_in("dark"), Depth::None);
    assert!(theme.style(Role::Selected).add_modifier.contains(Modifier::REVERSED));
    assert!(theme.style(Role::Critical).add_modifier.contains(Modifier::BOLD));
    assert!(!theme.style(Role::BarTrack).add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn a_theme_may_start_from_another_and_repaint_its_palette() {
    let text = "base = \"dark\"\n[palette]\nsky = \"#ff00ff\"\n[role]\nwarning = { fg = \"sky\" }\n";
    let theme =
        Theme::load("mine", |name| (name == "mine").then(|| ("mine.toml".to_owned(), text.to_owned()))).unwrap();
    assert_eq!(theme.style(Role::Accent).fg, Some(Color::Rgb(255, 0, 255)));
    assert_eq!(theme.style(Role::Warning).fg, Some(Color::Rgb(255, 0, 255)));
    assert_eq!(theme.style(Role::Critical), built_in("dark").style(Role::Critical));
    assert_eq!(theme.background(), built_in("dark").background());
}

#[test]
fn every_mistake_says_its_line_and_what_is_allowed() {
    let text = "base = \"dark\"\nbackgroud = \"#000000\"\n[palette]\nsky = \"blue\"\nsea = [\"#000000\", \"teal\"]\n[role]\n\
                warnning = { fg = \"sky\" }\ninfo = { fg = \"skye\" }\ngood = { fg = \"sky\", modifiers = [\"blod\"] }\ntext = { color = \"sky\" }\n";
    let mistakes = Theme::parse("mine", "mine.toml", text).unwrap_err().to_string();
    for said in [
        "mine.toml:2: unexpected \"backgroud\"; did you mean \"background\"?",
        "mine.toml:4: sky must be \"#rrggbb\"",
        "mine.toml:5: unknown ANSI colour \"teal\"",
        "mine.toml:7: unknown role \"warnning\"; did you mean \"warning\"?",
        "mine.toml:8: unknown colour \"skye\"; did you mean \"sky\"?",
        "mine.toml:9: unknown modifier \"blod\"; did you mean \"bold\"?",
        "mine.toml:10: \"color\" does not fit",
    ] {
        assert!(mistakes.contains(said), "{said}\nnot in\n{mistakes}");
    }
    assert_eq!(mistakes.lines().count(), 7, "{mistakes}");
}

#[test]
fn what_is_missing_is_asked_for() {
    let mistakes = Theme::parse("mine", "mine.toml", "[role]\ntext = { fg = \"default\" }\n").unwrap_err();
    assert_eq!(mistakes.0.len(), Role::COUNT - 1 + 2);
    assert!(Theme::load("sepia", |_| None).unwrap_err().to_string().contains("no theme \"sepia\""));
    assert!(
        Theme::parse("mine", "mine.toml", "base = \"sepia\"\n")
            .unwrap_err()
            .to_string()
            .contains("\"dark\" or \"light\"")
    );
}
