#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::SignedDuration;

use super::*;
use crate::actions::catalogue::Action;
use crate::document::Source;
use crate::fleet::reading::Panel;
use crate::logs::insights::SavedQuery;

type Variables = &'static [(&'static str, &'static str)];

/// Settings of a file in `/c/config.toml`, for a user whose home is `/home/ada`.
fn settings(text: &str, variables: Variables, flags: Flags) -> Result<Settings, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, text).unwrap();
    let known = [("HOME", "/home/ada")];
    let lookup = |name: &str| {
        known.iter().chain(variables).find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    load(Flags { config: Some(path), ..flags }, lookup)
}

/// The files of a corpus with what each expects: its lines that begin with `#! `.
fn corpus(kind: &str) -> Vec<(String, String, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/config").join(kind);
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let expected = text.lines().filter_map(|line| line.strip_prefix("#! ")).map(str::to_owned).collect();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), text, expected)
        })
        .collect();
    cases.sort();
    assert!(cases.len() > 15, "the corpus is there");
    cases
}

/// Everything that a file can set, in words.
fn queries(settings: &Settings) -> String {
    let said = |query: &SavedQuery| format!("{}: {} ({:?})", query.name, query.text, query.language);
    settings.queries().iter().map(said).collect::<Vec<_>>().join(", ")
}

fn facts(settings: &Settings) -> BTreeMap<String, String> {
    let fleet = settings.first_fleet();
    let policy = settings.policy(&fleet);
    let intervals = settings.intervals();
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let span = |duration: SignedDuration| format!("{duration:#}");
    let beside = settings.path.as_deref().and_then(Path::parent).unwrap().display().to_string();
    let moved = |path: String| path.replace(&beside, "/c");
    let mut facts = BTreeMap::from(
        [
            ("name", or_none(fleet.name.clone())),
            ("cluster", or_none(fleet.cluster.value.clone())),
            ("region", or_none(fleet.region.value.clone())),
            ("profile", or_none(fleet.profile.value.clone())),
            ("endpoint_url", or_none(fleet.endpoint_url.value.clone())),
            ("ami_parameter", or_none(fleet.extras().ami_parameter)),
            ("auto_scaling_groups", fleet.extras().groups.join(",")),
            ("alarms", policy.alarm_names.join(",")),
            ("log_groups", fleet.extras().log_groups.join(",")),
            ("read_only", fleet.read_only.value.to_string()),
            ("runbook.drain", fleet.names.of(Action::Drain).to_owned()),
            ("runbook.recycle", fleet.names.of(Action::Recycle).to_owned()),
            ("runbook.silence", fleet.names.of(Action::Silence).to_owned()),
            ("runbooks.also", fleet.runbooks.join(",")),
            ("first_load_share", settings.first_load_share.value.to_string()),
            ("refresh_share", settings.refresh_share.value.to_string()),
            ("logs_memory", settings.logs_memory.value.to_string()),
            ("logs_since", span(settings.logs_since.value)),
            ("queries", queries(settings)),
            ("theme", moved(settings.ui.theme.value.clone())),
            ("ascii", settings.ui.ascii.value.to_string()),
            ("mouse", settings.ui.mouse.value.to_string()),
            ("keymap", or_none(settings.ui.keymap.value.as_ref().map(|path| moved(path.display().to_string())))),
            ("policy.max_age", span(policy.max_age)),
            ("policy.max_drain", span(policy.max_drain)),
            ("policy.join_within", span(policy.join_within)),
            ("policy.max_terminating_wait", span(policy.max_terminating_wait)),
            ("policy.patience", span(policy.patience)),
            ("policy.rollout_grace", span(policy.rollout_grace)),
            ("policy.place_within", span(policy.place_within)),
            ("policy.recent", span(policy.recent)),
            ("policy.max_no_data", span(policy.max_no_data)),
            ("policy.max_builds_behind", policy.max_builds_behind.to_string()),
            ("policy.max_days_behind", policy.max_days_behind.to_string()),
            ("policy.critical_below_percent", policy.critical_below_percent.to_string()),
            ("policy.failing_tasks", policy.failing_tasks.to_string()),
            ("policy.flapping_changes", policy.flapping_changes.to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    for panel in Panel::ALL {
        let every = format!("{} {}", span(intervals.of(panel, true)), span(intervals.of(panel, false)));
        facts.insert(format!("every.{}", panel.name()), every);
    }
    facts
}

#[test]
fn valid_files_set_what_they_say() {
    for (name, text, expected) in corpus("valid") {
        let settings = settings(&text, &[], Flags::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let facts = facts(&settings);
        assert!(!expected.is_empty(), "{name} expects nothing");
        for line in expected {
            let (key, value) = line.split_once(" =").unwrap();
            assert_eq!(facts.get(key).map(String::as_str), Some(value.trim_start()), "{name}: {key}");
        }
    }
}

#[test]
fn invalid_files_say_where_and_what_is_allowed() {
    for (name, text, expected) in corpus("invalid") {
        let said = match super::file::read(Source { file: "config.toml", text: &text }) {
            Ok(_) => panic!("{name} was taken"),
            Err(mistakes) => mistakes.to_string(),
        };
        let expected: Vec<String> = expected.iter().map(|line| format!("config.toml:{line}")).collect();
        assert_eq!(said, expected.join("\n"), "{name}");
    }
}

const SAMPLE: &str = include_str!("sample.toml");

#[test]
fn the_sample_says_what_holds_anyway() {
    let sample = settings(SAMPLE, &[], Flags::default()).unwrap();
    assert_eq!(facts(&sample), facts(&settings("", &[], Flags::default()).unwrap()));
}

/// The sample with its examples taken out of their comments: those that read `# key = value` or `# [table]`.
#[test]
fn the_sample_leaves_nothing_out_and_its_examples_are_right() {
    let is_code =
        |line: &str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let uncommented = |line: &'static str| line.strip_prefix("# ").filter(|code| is_code(code)).unwrap_or(line);
    let text: Vec<&str> = SAMPLE.lines().map(uncommented).collect();
    let whole = settings(&text.join("\n"), &[], Flags::default()).unwrap();
    let shared = [
        whole.first_load_share.from.clone(),
        whole.refresh_share.from.clone(),
        whole.logs_memory.from.clone(),
        whole.logs_since.from.clone(),
    ];
    let ui = [
        whole.ui.theme.from.clone(),
        whole.ui.ascii.from.clone(),
        whole.ui.mouse.from.clone(),
        whole.ui.keymap.from.clone(),
    ];
    let fleet = whole.first_fleet();
    let fleet = [
        fleet.cluster.from,
        fleet.region.from,
        fleet.profile.from,
        fleet.endpoint_url.from,
        fleet.ami_parameter.from,
        fleet.auto_scaling_groups.from,
        fleet.alarms.from,
        fleet.log_groups.from,
        fleet.read_only.from,
    ];
    for origin in shared.into_iter().chain(ui).chain(fleet) {
        assert!(matches!(origin, Origin::File { .. }), "{origin}");
    }
    assert_eq!(whole.file.thresholds.keys().count(), super::thresholds::names().len());
    assert_eq!(whole.file.intervals.len(), Panel::ALL.len());
    assert_eq!(whole.queries().len(), 1);
}

#[test]
fn text_that_is_no_toml_is_placed() {
    for (text, line) in [
        ("[fleet.main\n", 1),
        ("\n[ui]\ntheme = dark\n", 3),
        ("[ui]\n[ui]\n", 2),
        ("[ui]\nascii = true\nascii = true\n", 3),
    ] {
        let said = settings(text, &[], Flags::default()).unwrap_err().to_string();
        assert!(said.contains(&format!("config.toml:{line}: ")), "{said}");
    }
}

#[test]
fn later_layers_win_and_say_who_they_are() {
    let text = "[fleet.main]\nregion = \"eu-west-1\"\n[ui]\ntheme = \"light\"\nascii = true\n";
    let none = settings("", &[], Flags::default()).unwrap();
    assert_eq!(none.ui.theme, Setting { value: "dark".to_owned(), from: Origin::Default });
    let file = settings(text, &[], Flags::default()).unwrap();
    assert!(matches!(&file.ui.theme.from, Origin::File { line: 4, .. }), "{:?}", file.ui.theme);
    let variables: Variables =
        &[("QUARTERDECK_THEME", "night"), ("QUARTERDECK_ASCII", "off"), ("QUARTERDECK_MOUSE", "")];
    let environment = settings(text, variables, Flags::default()).unwrap();
    assert_eq!(
        environment.ui.theme,
        Setting { value: "night".to_owned(), from: Origin::Environment("QUARTERDECK_THEME") }
    );
    assert!(!environment.ui.ascii.value);
    assert_eq!(environment.ui.mouse.from, Origin::Default);
    let flags = Flags { theme: Some("dark".to_owned()), ascii: true, ..Flags::default() };
    let flags = settings(text, variables, flags).unwrap();
    assert_eq!(flags.ui.theme.from.to_string(), "--theme");
    assert_eq!(flags.ui.ascii, Setting { value: true, from: Origin::Flag("--ascii") });
}

#[test]
fn a_variable_that_makes_no_sense_is_named() {
    let said = settings("", &[("QUARTERDECK_ASCII", "maybe")], Flags::default()).unwrap_err().to_string();
    assert_eq!(said, "QUARTERDECK_ASCII must be true or false");
}

#[test]
fn aws_variables_count_where_the_fleet_says_nothing() {
    let variables: Variables = &[
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-west-2"),
        ("AWS_PROFILE", "dev"),
        ("AWS_ENDPOINT_URL", ""),
    ];
    let text = "[fleet.prod]\nprofile = \"prod\"\n";
    let settings = settings(text, variables, Flags::default()).unwrap();
    let fleet = settings.first_fleet();
    assert_eq!(fleet.region, Setting { value: Some("us-east-1".to_owned()), from: Origin::Aws("AWS_REGION") });
    assert_eq!(
        fleet.profile.value.as_deref(),
        Some("prod"),
        "another account's fleet must not be shown under its name"
    );
    assert_eq!(fleet.endpoint_url, Setting::default(None));
    let other = settings.fleet(Some("elsewhere"));
    assert_eq!((other.name, other.profile.value.as_deref()), (None, Some("dev")));
}

#[test]
fn flags_and_variables_name_a_fleet_or_a_cluster() {
    let text = "default_fleet = \"a\"\n[fleet.a]\ncluster = \"alpha\"\n[fleet.b]\ncluster = \"beta\"\n";
    let cluster = |variables, flag: Option<&str>| {
        let flags = Flags { cluster: flag.map(str::to_owned), ..Flags::default() };
        let fleet = settings(text, variables, flags).unwrap().first_fleet();
        (fleet.name, fleet.cluster.value.unwrap(), fleet.cluster.from)
    };
    let (name, value, from) = cluster(&[], None);
    assert_eq!((name.as_deref(), value.as_str()), (Some("a"), "alpha"));
    assert!(matches!(from, Origin::File { line: 3, .. }));
    assert_eq!(cluster(&[("QUARTERDECK_CLUSTER", "b")], None).1, "beta");
    let named = cluster(&[("QUARTERDECK_CLUSTER", "b")], Some("gamma"));
    assert_eq!(named, (None, "gamma".to_owned(), Origin::Flag("--cluster")));
    let fleets: Vec<String> = settings(text, &[], Flags::default()).unwrap().fleets().map(str::to_owned).collect();
    assert_eq!(fleets, ["a", "b"]);
}

#[test]
fn nothing_allows_again_what_was_forbidden() {
    let read_only = |text, variables, flag| {
        let flags = Flags { read_only: flag, ..Flags::default() };
        settings(text, variables, flags).unwrap().first_fleet().read_only
    };
    let forbidden = "[fleet.main]\nread_only = true\n";
    let off: Variables = &[("QUARTERDECK_READ_ONLY", "0")];
    let on: Variables = &[("QUARTERDECK_READ_ONLY", "1")];
    assert!(read_only(forbidden, off, false).value);
    assert!(read_only("", on, false).value);
    assert_eq!(read_only("[fleet.main]\nread_only = false\n", &[], true).from, Origin::Flag("--read-only"));
    assert!(!read_only("", off, false).value);
}

#[test]
fn a_fleet_that_is_read_only_is_so_however_one_comes_to_its_cluster() {
    let text = "[fleet.main]\nread_only = true\ncluster = \"prod\"\n[fleet.play]\ncluster = \"dev\"\n[fleet.edge]\nread_only = true\n";
    let settings = settings(text, &[], Flags::default()).unwrap();
    assert_eq!(settings.guarded(), ["edge", "prod"]);
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let flags = Flags { config: Some("/nowhere/config.toml".into()), ..Flags::default() };
    assert!(
        matches!(load(flags, |_| None), Err(ConfigError::Unreadable(path, _)) if path == Path::new("/nowhere/config.toml"))
    );
    let variable = |name: &str| (name == "QUARTERDECK_CONFIG").then(|| "/nowhere/else.toml".to_owned());
    assert!(load(Flags::default(), variable).is_err());
    let home = |name: &str| (name == "HOME").then(|| "/nowhere".to_owned());
    assert_eq!(load(Flags::default(), home).unwrap().path, None);
}

#[test]
fn the_users_own_files_are_found() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("quarterdeck");
    fs::create_dir_all(folder.join("themes")).unwrap();
    let lookup = |name: &str| (name == "XDG_CONFIG_HOME").then(|| home.path().display().to_string());
    let bare = load(Flags::default(), lookup).unwrap();
    assert_eq!((bare.path.clone(), bare.keymap().unwrap()), (None, None));
    assert_eq!(bare.theme().unwrap().name(), "dark");

    fs::write(folder.join("config.toml"), "[ui]\ntheme = \"night\"\n").unwrap();
    fs::write(folder.join("keymap.toml"), "[global]\n").unwrap();
    let missing = load(Flags::default(), lookup).unwrap();
    assert!(missing.theme().unwrap_err().to_string().contains("no theme \"night\""));

    fs::write(folder.join("themes/night.toml"), "base = \"dark\"\n").unwrap();
    let found = load(Flags::default(), lookup).unwrap();
    assert_eq!(found.theme().unwrap().name(), "night");
    assert_eq!(found.keymap().unwrap().unwrap().1, "[global]\n");
    let by_path = Flags { theme: Some(folder.join("themes/nothing.toml").display().to_string()), ..Flags::default() };
    assert!(matches!(load(by_path, lookup).unwrap().theme(), Err(ConfigError::Unreadable(..))));
}

#[test]
fn a_light_background_calls_for_the_light_theme() {
    let theme = |variables| settings("", variables, Flags::default()).unwrap().ui.theme.value;
    assert_eq!(theme(&[("COLORFGBG", "0;15")]), "light");
    assert_eq!(theme(&[("COLORFGBG", "15;default;0")]), "dark");
    assert_eq!(theme(&[("COLORFGBG", "0;15"), ("QUARTERDECK_THEME", "dark")]), "dark");
}
