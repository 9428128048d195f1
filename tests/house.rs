//! The rules of the house that a compiler does not keep: which part may know which.

use std::fs;
use std::path::{Path, PathBuf};

/// What a part may import of ours, by the first segment of the path. A longer path wins over a shorter one.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("document", &[]),
    ("fleet", &["aws_words"]),
    ("actions", &["fleet", "text"]),
    ("aws", &["actions", "fleet", "logs", "text"]),
    ("logs", &["fleet", "text"]),
    ("keymap", &["document"]),
    ("theme", &["document"]),
    ("config", &["actions", "document", "fleet", "logs", "theme", "runtime"]),
    ("app", &["actions", "fleet", "keymap", "logs", "text"]),
    ("ui", &["actions", "app", "fleet", "keymap", "logs", "theme"]),
    ("runtime", &["actions", "app", "aws", "config", "fleet", "keymap", "logs", "text", "theme", "ui"]),
    ("sim", &[]),
    (
        "cli",
        &[
            "actions", "app", "aws", "config", "document", "fleet", "keymap", "logs", "runtime", "sim", "text",
            "theme", "ui",
        ],
    ),
    ("lib", &[]),
    ("main", &["cli"]),
];

/// Crates of the outside that a part must not name: the pure parts stay pure.
const MUST_NOT_NAME: &[(&str, &[&str])] = &[
    ("fleet", &["aws_", "tokio", "crossterm", "ratatui", "hyper", "clap"]),
    ("actions", &["aws_", "tokio", "crossterm", "ratatui", "hyper", "clap"]),
    ("app", &["aws_", "tokio", "crossterm", "ratatui", "hyper", "clap"]),
    ("logs", &["aws_", "tokio", "crossterm", "ratatui", "hyper", "clap"]),
    ("keymap", &["aws_", "tokio", "crossterm", "ratatui", "hyper", "clap"]),
    ("text", &["aws_", "tokio", "crossterm", "ratatui", "hyper", "clap"]),
    ("ui", &["aws_", "tokio", "crossterm", "hyper", "clap"]),
    ("aws", &["crossterm", "ratatui", "clap"]),
    // Handlers and the world answer plain values: no protocol, no SDK type.
    ("sim/services", &["aws_", "tokio", "hyper", "http", "crossterm", "ratatui"]),
    ("sim/runbook", &["aws_", "tokio", "hyper", "http", "crossterm", "ratatui"]),
    ("sim/world", &["aws_", "tokio", "hyper", "http", "crossterm", "ratatui"]),
    ("sim/wire", &["aws_", "crossterm", "ratatui"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("sources can be listed") {
        let path = entry.expect("sources can be listed").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code of a file: comments, strings and characters blanked, so that a path in prose counts for nothing.
fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("r#\"") {
            rest.find("\"#").map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            string_length(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\''") {
            rest[1..].find('\'').map_or(1, |end| end + 2)
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        out.push(' ');
        rest = &rest[skipped..];
    }
    out
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// First segments after `crate::`, those in `crate::{a::…, b::…}` included.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(members(group)),
            None => found.push(word(rest)),
        }
    }
    found
}

/// First segments of the members of a braced list, whatever is nested in them.
fn members(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut found = vec![word(group.trim_start())];
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => found.push(word(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// Whether a chain of `super::` leaves the part: its imports could not be seen by their names then.
fn leaves_by_super(module: &str, code: &str) -> bool {
    let depth = module.split('/').filter(|name| *name != "mod").count();
    // A module inside the file, such as its tests, is one deeper.
    let depth = if code.contains("mod tests {") { depth + 1 } else { depth };
    code.contains(&"super::".repeat(depth))
}

/// `src/fleet/policy/mod.rs` gives `fleet/policy/mod`.
fn module(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let inside = path.strip_prefix(root).expect("sources are in src");
    inside.with_extension("").to_string_lossy().replace('\\', "/")
}

fn names_crate(code: &str, prefix: &str) -> bool {
    code.match_indices(prefix).any(|(at, _)| {
        let starts =
            !code[..at].chars().next_back().is_some_and(|letter| letter.is_alphanumeric() || "_:.".contains(letter));
        let name = word(&code[at..]);
        let whole = prefix.ends_with('_') || name == prefix;
        starts && whole && code[at + name.len()..].starts_with("::")
    })
}

#[test]
fn arrows_point_one_way() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut wrong = Vec::new();
    for path in &files {
        let module = module(path);
        let part = module.split('/').next().unwrap_or_default();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == part) else {
            wrong.push(format!("src/{module}.rs: no rule says what {part} may import"));
            continue;
        };
        let code = code(&fs::read_to_string(path).expect("sources can be read"));
        if leaves_by_super(&module, &code) {
            wrong.push(format!("src/{module}.rs leaves {part} by super::"));
        }
        for name in imports(&code) {
            if name != part && !allowed.contains(&name.as_str()) {
                wrong.push(format!("src/{module}.rs imports {name}"));
            }
        }
        for (place, crates) in MUST_NOT_NAME.iter().filter(|(place, _)| module.starts_with(place)) {
            for name in crates.iter().filter(|name| names_crate(&code, name)) {
                wrong.push(format!("src/{module}.rs names {name}, which {place} must not know"));
            }
        }
    }
    assert!(files.len() > 20, "the sources were not found");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_forbidden_arrow_is_found_however_it_is_written() {
    assert_eq!(imports("use crate::aws::Aws;"), ["aws"]);
    assert_eq!(imports("use crate::{fleet::view::{View, Fleet}, aws, ui::draw};"), ["fleet", "aws", "ui"]);
    assert_eq!(imports("fn f() { crate::sim::call() }"), ["sim"]);
    assert_eq!(imports(&code("// crate::aws\nlet a = \"crate::ui\"; let b = '\"'; crate::app::x()")), ["app"]);
    assert!(leaves_by_super("fleet/policy/mod", "use super::super::aws;"));
    assert!(!leaves_by_super("fleet/policy/rule", "use super::super::view;"));
    assert!(names_crate("let x = tokio::spawn(y);", "tokio"));
    assert!(names_crate("use aws_sdk_ecs::Client;", "aws_"));
    assert!(!names_crate("let my_tokio = 1; crate::tokio::x()", "tokio"));
}

/// Operations as IAM names them that a file holds between quotes, such as `"ecs:ListTasks"`.
fn operations(text: &str) -> Vec<String> {
    const SERVICES: [&str; 10] =
        ["autoscaling", "cloudwatch", "ec2", "ecs", "elasticloadbalancing", "iam", "logs", "scheduler", "ssm", "sts"];
    let quoted = text.split('"').skip(1).step_by(2);
    let is = |word: &&str| {
        word.split_once(':').is_some_and(|(service, name)| {
            let letters = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(char::is_alphanumeric);
            SERVICES.contains(&service) && letters
        })
    };
    quoted.filter(is).map(str::to_owned).collect()
}

#[test]
fn what_is_permitted_is_what_is_called() {
    use quarterdeck::aws::permissions::{ACTS, READS};
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws"), &mut files);
    let apart = |path: &&PathBuf| {
        let module = module(path);
        module == "aws/permissions" || module.starts_with("aws/tests") || module == "aws/error"
    };
    let texts = files.iter().filter(|path| !apart(path)).map(|path| fs::read_to_string(path).expect("it can be read"));
    let mut called: Vec<String> = texts.flat_map(|text| operations(&text)).collect();
    called.sort();
    called.dedup();
    let mut permitted: Vec<String> = READS.iter().chain(ACTS).map(|name| (*name).to_owned()).collect();
    permitted.sort();
    assert!(called.len() > 30, "the calls were not found");
    assert_eq!(called, permitted);
    assert_eq!(
        ACTS,
        ["ssm:SendAutomationSignal", "ssm:StartAutomationExecution", "ssm:StopAutomationExecution"],
        "nothing else changes anything"
    );
}
