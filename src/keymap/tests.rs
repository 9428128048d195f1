#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::*;

const COMMANDS: [&str; 5] = ["cursor.top", "cursor.down", "go.instances", "app.quit", "row.open"];

fn keymap(default: &str, user: Option<&str>) -> Result<Keymap, Mistakes> {
    Keymap::load(default, user.map(|text| ("mine.toml", text)), &COMMANDS)
}

fn press<'k>(keymap: &'k Keymap, contexts: &[Context], keys: &str) -> Resolution<'k> {
    let mut keys = parse_sequence(keys).unwrap();
    let last = keys.pop().unwrap();
    keymap.resolve(contexts, &keys, last)
}

/// Every command that the shipped file names.
fn shipped_commands() -> Vec<String> {
    let table: toml::Table = DEFAULT.parse().unwrap();
    let lines = table.values().filter_map(toml::Value::as_table).flat_map(toml::Table::values);
    lines.filter_map(toml::Value::as_str).map(str::to_owned).collect()
}

fn shipped() -> Keymap {
    let commands = shipped_commands();
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    Keymap::load(DEFAULT, None, &commands).unwrap()
}

#[test]
fn the_shipped_keymap_answers_the_keys_that_hands_know() {
    let keymap = shipped();
    let table = [Context::Instances, Context::Table, Context::Motion, Context::Global];
    for (keys, command) in [
        ("j", "cursor.down"),
        ("up", "cursor.up"),
        ("g g", "cursor.top"),
        ("G", "cursor.bottom"),
        ("ctrl-d", "cursor.half_page_down"),
        ("pgup", "cursor.page_up"),
        ("home", "cursor.top"),
        ("/", "filter.start"),
        (":", "palette.open"),
        ("?", "help.toggle"),
        ("esc", "view.back"),
        ("enter", "row.open"),
        ("q", "app.quit"),
        ("ctrl-c", "app.quit"),
        ("2", "screen.instances"),
        ("shift-tab", "screen.previous"),
        ("s", "sort.next"),
        ("S", "sort.reverse"),
        ("[", "history.back"),
        ("ctrl-r", "refresh.now"),
        ("y", "row.copy"),
        ("space", "mark.toggle"),
    ] {
        assert_eq!(press(&keymap, &table, keys), Resolution::Command(command), "{keys}");
    }
}

#[test]
fn while_typing_letters_are_letters() {
    let keymap = shipped();
    for context in [Context::Filter, Context::Command] {
        for typed in (' '..='~').map(|c| Key::plain(Code::Char(c))) {
            assert_eq!(keymap.resolve(&[context, Context::Input], &[], typed), Resolution::None, "{typed}");
        }
    }
}

#[test]
fn a_sequence_shows_how_it_may_go_on() {
    let keymap = keymap("[motion]\n\"g g\" = \"cursor.top\"\n[table]\n\"g i\" = \"go.instances\"\n", None).unwrap();
    let contexts = [Context::Table, Context::Motion];
    let pending = vec![("i".parse().unwrap(), "go.instances"), ("g".parse().unwrap(), "cursor.top")];
    assert_eq!(press(&keymap, &contexts, "g"), Resolution::Pending(pending));
    assert_eq!(press(&keymap, &contexts, "g g"), Resolution::Command("cursor.top"));
    assert_eq!(press(&keymap, &contexts, "g x"), Resolution::None);
}

#[test]
fn the_most_specific_context_decides() {
    let text =
        "[global]\n\"g\" = \"app.quit\"\n\"x\" = \"app.quit\"\n[table]\n\"g g\" = \"cursor.top\"\n\"x\" = \"unbind\"\n";
    let keymap = keymap(text, None).unwrap();
    let contexts = [Context::Table, Context::Global];
    assert!(matches!(press(&keymap, &contexts, "g"), Resolution::Pending(next) if next.len() == 1));
    assert_eq!(press(&keymap, &contexts, "x"), Resolution::None);
    assert_eq!(press(&keymap, &[Context::Global], "x"), Resolution::Command("app.quit"));
}

#[test]
fn the_users_file_replaces_adds_and_unbinds() {
    let default = "[global]\n\"q\" = \"app.quit\"\n\"j\" = \"cursor.down\"\n";
    let user = "[global]\n\"q\" = \"unbind\"\n\"j\" = \"row.open\"\n\"f10\" = \"app.quit\"\n";
    let keymap = keymap(default, Some(user)).unwrap();
    let global = [Context::Global];
    assert_eq!(press(&keymap, &global, "q"), Resolution::None);
    assert_eq!(press(&keymap, &global, "j"), Resolution::Command("row.open"));
    assert_eq!(keymap.keys_for(Context::Global, "app.quit"), ["f10"]);
}

#[test]
fn every_mistake_is_reported_with_its_line() {
    let user =
        "stray = 1\n[globl]\n\"q\" = \"app.quit\"\n[table]\n\"gg\" = \"cursor.top\"\n\"x\" = \"row.opne\"\n\"y\" = 1\n";
    let mistakes = keymap("", Some(user)).unwrap_err().to_string();
    for said in [
        "mine.toml:1: \"stray\" stands outside a context",
        "mine.toml:2: unknown context [globl]; did you mean \"global\"?",
        "mine.toml:5: unknown key \"gg\"",
        "mine.toml:6: unknown command \"row.opne\"; did you mean \"row.open\"?",
        "mine.toml:7: \"y\" needs the name of a command in quotes",
    ] {
        assert!(mistakes.contains(said), "{said}\nnot in\n{mistakes}");
    }
    assert_eq!(mistakes.lines().count(), 5, "{mistakes}");
}

#[test]
fn keys_that_could_never_be_finished_are_reported() {
    let default = "[table]\n\"g g\" = \"cursor.top\"\n";
    let mistakes = keymap(default, Some("[table]\n\"g\" = \"row.open\"\n")).unwrap_err().to_string();
    assert_eq!(
        mistakes,
        "mine.toml:2: \"g\" in [table] is also the beginning of \"g g\" (keymap.toml (shipped):2); unbind one of them"
    );
    assert!(keymap(default, Some("[table]\n\"g\" = \"row.open\"\n\"g g\" = \"unbind\"\n")).is_ok());
}

#[test]
fn the_same_keys_twice_in_one_file_are_reported() {
    let mistakes = keymap("[table]\n\"g g\" = \"cursor.top\"\n\"g  g\" = \"row.open\"\n", None).unwrap_err();
    assert_eq!(mistakes.to_string(), "keymap.toml (shipped):3: \"g g\" is bound twice in [table]");
}

#[test]
fn the_reference_is_a_table_for_each_context() {
    let keymap =
        keymap("[global]\n\"q\" = \"app.quit\"\n\"ctrl-c\" = \"app.quit\"\n\"|\" = \"row.open\"\n", None).unwrap();
    let table = reference(&keymap, |command| (command == "app.quit").then_some("Quit"));
    assert_eq!(
        table,
        "### `[global]`\n\n| Keys | Command | |\n| --- | --- | --- |\n| `q` `ctrl-c` | `app.quit` | Quit |\n| `\\|` | `row.open` |  |\n"
    );
}
