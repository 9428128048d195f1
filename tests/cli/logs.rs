//! `quarterdeck logs` as scripts and people run it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use jiff::Timestamp;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use quarterdeck::sim::Sim;
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::http::Server;
use quarterdeck::sim::options::{Options, Scenario};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::process::wait_until;
use crate::writer::{Line, Writer, seeded};

const GROUP: &str = "/shop/web";

/// A simulated account on a port, by the clock of this machine.
struct Account {
    sim: Sim,
    server: Server,
    _runtime: Runtime,
}

impl Account {
    fn new(scenario: Scenario) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = Options { scenario, limits: false, ..Options::default() };
        let sim = Sim::new(options, Clock::system());
        let server = runtime.block_on(sim.listen("127.0.0.1:0".parse().unwrap())).unwrap();
        Self { sim, server, _runtime: runtime }
    }

    fn writer(&self) -> Writer {
        Writer::new(&self.server.url(), GROUP)
    }

    fn fault(&self, rule: &str) {
        self.sim.set_faults(vec![rule.parse().unwrap()]);
    }

    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let url = self.server.url();
        let fixed = ["logs", "--cluster", "harbor", "--region", "eu-west-1", "--endpoint-url", &url];
        fixed.iter().chain(more).map(|word| (*word).to_owned()).collect()
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quarterdeck"));
        command.args(self.arguments(more)).env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any");
        command.env_remove("NO_COLOR");
        command
    }

    fn run(&self, more: &[&str]) -> Output {
        self.command(more).output().expect("quarterdeck starts")
    }

    /// What it prints; it has to succeed.
    fn printed(&self, more: &[&str]) -> String {
        let output = self.run(more);
        assert_eq!(output.status.code(), Some(0), "{more:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }
}

fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

fn put(writer: &mut Writer, stream: &str, messages: &[&str]) {
    let start = now() - 60_000;
    let events: Vec<(i64, String)> = (start..).zip(messages.iter().map(|m| (*m).to_owned())).collect();
    writer.put(stream, &events);
}

/// The words of each line after its time.
fn after_time(printed: &str) -> Vec<String> {
    printed.lines().map(|line| line.split_once(' ').map(|(_, rest)| rest.to_owned()).unwrap_or_default()).collect()
}

#[test]
fn lines_of_several_groups_come_in_the_order_of_time_with_their_sources() {
    let account = Account::new(Scenario::Bare);
    let mut web = account.writer();
    let mut api = Writer::new(&account.server.url(), "/shop/a");
    let start = now() - 60_000;
    let each =
        |odd: i64| (0..40).map(|n| (start + 2 * n + odd, format!("ERROR n={}", 2 * n + odd))).collect::<Vec<_>>();
    web.put("s", &each(0));
    api.put("s", &each(1));
    let printed = account.printed(&[GROUP, "/shop/a", "--page", "7"]);
    let wanted: Vec<String> =
        (0..80).map(|n| format!("{} ERROR ERROR n={n}", if n % 2 == 0 { GROUP } else { "/shop/a  " })).collect();
    assert_eq!(after_time(&printed), wanted);
    assert!(printed.lines().all(|line| line.get(10..11) == Some("T") && line.get(23..24) == Some("Z")));
}

#[test]
fn filters_context_and_several_lines() {
    let account = Account::new(Scenario::Bare);
    let mut writer = account.writer();
    put(&mut writer, "s", &["one", "two\n  at x\n", "three", "four", "Five ERROR: bad", "six", "seven"]);
    let words = |more: &[&str]| {
        let all: Vec<&str> = [GROUP].iter().chain(more).copied().collect();
        let printed = account.printed(&all);
        printed.lines().map(|line| line.split_whitespace().last().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(words(&["--filter", "^(ONE|  AT)"]), Vec::<String>::new(), "capitals count where one is spelled");
    assert_eq!(words(&["--filter", "^(one|  at)"]), ["one", "two", "x"]);
    assert_eq!(words(&["--filter", "f", "--exclude", "bad", "--exclude", "zzz"]), ["four"]);
    assert_eq!(words(&["--query", "level>=warn | three"]), ["three", "bad"]);
    assert_eq!(words(&["--filter", "bad", "-C", "1"]), ["four", "bad", "six"]);
    assert_eq!(words(&["--filter", "one|bad", "-A", "1"]), ["one", "two", "x", "--", "bad", "six"]);
    assert_eq!(words(&["--filter", "one|bad", "-B", "1"]), ["one", "--", "four", "bad"]);
    let printed = account.printed(&[GROUP, "--filter", "two"]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[0].find("two").unwrap() + 2, lines[1].find("at x").unwrap(), "{printed}");
    let colored = account.printed(&[GROUP, "--filter", "bad", "--color"]);
    assert!(colored.contains("\u{1b}[1;31mERROR") && colored.contains("\u{1b}[1;7mbad\u{1b}[0m"), "{colored:?}");
    assert!(!account.printed(&[GROUP]).contains('\u{1b}'));
}

#[test]
fn colours_of_the_writer_are_no_part_of_the_text() {
    let account = Account::new(Scenario::Bare);
    let mut writer = account.writer();
    put(&mut writer, "s", &["\u{1b}[31mERR\u{1b}[1mOR\u{1b}[0m of db", "\u{1b}[2Jother"]);
    let printed = account.printed(&[GROUP, "--filter", "^ERROR of"]);
    assert!(printed.ends_with(" ERROR ERROR of db\n"), "{printed}");
    assert!(account.printed(&[GROUP]).ends_with("␛[2Jother\n"), "what is no colour stays visible");
    let object: Value = serde_json::from_str(&account.printed(&[GROUP, "--filter", "ERROR", "--json"])).unwrap();
    assert_eq!((&object["message"], &object["level"]), (&"␛[31mERR␛[1mOR␛[0m of db".into(), &"error".into()));
}

#[test]
fn json_has_every_member() {
    let account = Account::new(Scenario::Bare);
    let mut writer = account.writer();
    put(&mut writer, "web/1", &["level=warn a=\u{1b}[1m\nb"]);
    let printed = account.printed(&[GROUP, "--json"]);
    let event: Value = serde_json::from_str(&printed).unwrap();
    let ((stream, time, _), _) = writer.ledger.first_key_value().unwrap();
    assert_eq!(event["time"].as_str().unwrap().parse::<Timestamp>().unwrap().as_millisecond(), *time);
    assert!(event["ingested"].as_str().unwrap().parse::<Timestamp>().unwrap().as_millisecond() >= *time);
    assert_eq!((event["group"].as_str(), event["source"].as_str()), (Some(GROUP), Some(GROUP)));
    assert_eq!((event["stream"].as_str(), event["level"].as_str()), (Some(stream.as_str()), Some("warn")));
    assert_eq!(event["id"].as_str().unwrap().len(), 56);
    assert_eq!(event["message"], "level=warn a=␛[1m\nb");
    assert_eq!(event.as_object().unwrap().len(), 9, "and that it is late: {event}");
}

/// Whether a terminal would take it for more than text.
fn controls(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.split_once('m') {
        Some((code, rest)) if code.chars().all(|c| c.is_ascii_digit() || c == ';') => text + rest,
        _ => text + "\u{1b}[" + part,
    })
}

#[test]
fn no_control_gets_out_but_by_raw() {
    let mut random = seeded("controls");
    let account = Account::new(Scenario::Bare);
    let mut writer = account.writer();
    let nasty = [
        "\u{1b}[2J",
        "\u{1b}]52;c;aGk=\u{7}",
        "\u{9b}31m",
        "\u{202E}",
        "\r",
        "\0",
        "\u{7f}",
        "\u{200b}",
        "\t",
        "\n",
        "\r\n",
        "\u{2028}",
        "\u{85}",
    ];
    let mut messages: Vec<String> = Vec::new();
    for _ in 0..300 {
        let parts = (0..random.usize(1..30)).map(|_| match random.u8(..3) {
            0 => nasty[random.usize(..nasty.len())].to_owned(),
            1 => random.char(..).to_string(),
            _ => char::from(random.u8(..128)).to_string(),
        });
        messages.push(parts.collect());
    }
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    put(&mut writer, "s\u{1b}[31m\u{202E}", &messages);
    for more in [&["--filter", "."][..], &["--json"], &[]] {
        let all: Vec<&str> = [GROUP].iter().chain(more).copied().collect();
        let printed = account.printed(&all);
        assert!(
            !printed.is_empty() && !printed.chars().any(controls),
            "{more:?}: {:?}",
            printed.chars().find(|c| controls(*c))
        );
    }
    let objects = account.printed(&[GROUP, "--json"]);
    assert_eq!(objects.lines().count(), messages.len());
    for line in objects.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let texts = event.as_object().unwrap().values().filter_map(Value::as_str);
        assert!(!texts.flat_map(str::chars).any(controls), "{event}");
    }
    let colored = account.printed(&[GROUP, "--color", "--filter", "[a-m]+"]);
    let plain = without_colors(&colored);
    assert!(colored.len() > plain.len() && !plain.chars().any(controls), "{:?}", plain.chars().find(|c| controls(*c)));

    let raw = account.run(&[GROUP, "--raw"]);
    let ended = |message: &str| if message.ends_with('\n') { message.to_owned() } else { format!("{message}\n") };
    let wanted: String = messages.iter().map(|message| ended(message)).collect();
    assert_eq!((String::from_utf8(raw.stdout).unwrap(), raw.status.code()), (wanted, Some(0)));
}

#[test]
fn raw_refuses_a_terminal() {
    let account = Account::new(Scenario::Bare);
    put(&mut account.writer(), "s", &["\u{1b}[2J"]);
    let pty = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_quarterdeck"));
    command.args(account.arguments(&[GROUP, "--raw"]));
    command.env("AWS_ACCESS_KEY_ID", "any");
    command.env("AWS_SECRET_ACCESS_KEY", "any");
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut said = String::new();
    // Reading the end of a terminal whose program has ended is an error on Linux.
    let _ = pty.master.try_clone_reader().unwrap().read_to_string(&mut said);
    assert_eq!(child.wait().unwrap().exit_code(), 2);
    assert!(said.contains("--raw prints control characters") && !said.contains("\u{1b}[2J"), "{said:?}");
}

#[test]
fn exit_codes_say_whether_all_was_printed() {
    let account = Account::new(Scenario::Bare);
    let mut writer = account.writer();
    put(&mut writer, "s", &["one"]);
    let told = |more: &[&str]| {
        let output = account.run(more);
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let counted = "quarterdeck: 1 events, 0 late, 0 repeats suppressed, 0 throttled, 0 failed requests, 0 gaps\n";
    assert_eq!(told(&[GROUP]), (0, counted.to_owned()));
    let (code, said) = told(&["/absent"]);
    assert_eq!(code, 1);
    assert!(said.contains("/absent: logs:FilterLogEvents: ResourceNotFoundException"), "{said}");
    for (more, why) in [
        (&[GROUP, "--filter", "("][..], "--filter"),
        (&[GROUP, "--since", "soon"], "is no time"),
        (&[GROUP, "--since", "1m", "--until", "2m"], "lies before"),
        (&["service/"], "a name is missing"),
        (&["service/absent"], "Cluster not found"),
        (&[GROUP, "--position", "x"], "--follow"),
    ] {
        let (code, said) = told(more);
        assert!(code == 2 && said.contains(why), "{more:?}: {code} {said}");
    }
    account.fault("deny:logs.FilterLogEvents");
    for more in [&[GROUP][..], &[GROUP, "--follow"]] {
        let (code, said) = told(more);
        assert!(code == 1 && said.contains("the role needs logs:FilterLogEvents"), "{more:?}: {code} {said}");
    }
}

#[test]
fn faults_on_the_way_cost_no_line_and_no_order() {
    let account = Account::new(Scenario::Bare);
    let folder = tempfile::tempdir().unwrap();
    let mut writer = account.writer();
    for stream in ["a", "b"] {
        let words: Vec<String> = (0..300).map(|n| format!("{stream} {n}")).collect();
        put(&mut writer, stream, &words.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let kinds = ["throttle", "error", "reset", "truncated", "garbage"];
    account.sim.set_faults(kinds.iter().map(|kind| format!("{kind}:logs@0.08").parse().unwrap()).collect());
    let output = account.run(&[GROUP, "--json", "--page", "50"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    std::fs::write(folder.path().join("out"), &output.stdout).unwrap();
    assert_eq!(lines(folder.path(), &["out"]), writer.ledger);
    let times = String::from_utf8(output.stdout).unwrap();
    let times: Vec<&str> = times.lines().map(|line| line.split("\"ingested\"").next().unwrap()).collect();
    assert!(times.is_sorted());
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let account = Account::new(Scenario::Bare);
    let mut writer = account.writer();
    let many: Vec<String> = (0..5_000).map(|n| format!("{n} {}", "x".repeat(100))).collect();
    put(&mut writer, "s", &many.iter().map(String::as_str).collect::<Vec<_>>());
    let mut child = account.command(&[GROUP]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains(" 0 xxx"), "{first}");
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()), (Some(0), String::new()));
}

/// A `--follow` that writes to a file.
struct Follower {
    child: Child,
}

impl Follower {
    fn start(account: &Account, folder: &Path, name: &str, more: &[&str]) -> Self {
        let file = |name: String| std::fs::File::create(folder.join(name)).unwrap();
        let all: Vec<&str> = [GROUP, "--follow", "--json"].iter().chain(more).copied().collect();
        let mut command = account.command(&all);
        command.stdout(file(name.to_owned())).stderr(file(format!("{name}.err")));
        Self { child: command.spawn().unwrap() }
    }

    fn end(mut self, signal: Signal) -> Option<i32> {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What stands in the files, a last line that is not whole left out.
fn lines(folder: &Path, names: &[&str]) -> BTreeMap<Line, u32> {
    let mut lines = BTreeMap::new();
    for name in names {
        let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let event: Value = serde_json::from_str(line).unwrap();
            let time: Timestamp = event["time"].as_str().unwrap().parse().unwrap();
            let text = |member: &str| event[member].as_str().unwrap().to_owned();
            *lines.entry((text("stream"), time.as_millisecond(), text("message"))).or_default() += 1;
        }
    }
    lines
}

#[test]
fn following_prints_what_comes_and_its_counters_at_the_end() {
    let account = Account::new(Scenario::Bare);
    let folder = tempfile::tempdir().unwrap();
    let mut writer = account.writer();
    put(&mut writer, "s", &["before"]);
    let follower = Follower::start(&account, folder.path(), "out", &[]);
    wait_until("the first line", || lines(folder.path(), &["out"]) == writer.ledger);
    writer.put("t", &[(now(), "after".to_owned()), (now() - 20_000, "late".to_owned())]);
    wait_until("the others", || lines(folder.path(), &["out"]) == writer.ledger);
    assert_eq!(follower.end(Signal::SIGINT), Some(0));
    let said = std::fs::read_to_string(folder.path().join("out.err")).unwrap();
    assert!(said.starts_with("quarterdeck: 3 events, ") && said.ends_with(" 0 gaps\n"), "{said}");
    let late = std::fs::read_to_string(folder.path().join("out")).unwrap();
    let late: Vec<Value> = late.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(late.iter().find(|event| event["message"] == "late").unwrap()["late"], true);
}

#[test]
fn live_tail_and_reading_together_print_each_event_once() {
    let account = Account::new(Scenario::Bare);
    let folder = tempfile::tempdir().unwrap();
    let mut writer = account.writer();
    put(&mut writer, "s", &["before"]);
    let follower = Follower::start(&account, folder.path(), "out", &["--live"]);
    let started = || account.sim.calls().iter().any(|call| call.operation == "StartLiveTail");
    wait_until("Live Tail", started);
    let out = || std::fs::read_to_string(folder.path().join("out")).unwrap();
    // Live Tail gives no ids: by that it is told which of the two ways a line came. Equal lines stay as many as there are.
    let live = || out().lines().filter(|line| line.contains("\"id\":null")).count();
    for turn in 0..1_000 {
        writer.put("s", &vec![(now() / 1_000 * 1_000, format!("turn {}", turn / 2)); 3]);
        wait_until("each line once", || lines(folder.path(), &["out"]) == writer.ledger);
        if live() > 20 {
            break;
        }
    }
    assert!(live() > 20, "all of it was read");
    // Reading comes by again.
    let reads = || account.sim.calls().iter().filter(|call| call.operation == "FilterLogEvents").count();
    let before = reads();
    wait_until("two more reads", || reads() >= before + 2);
    assert_eq!(follower.end(Signal::SIGINT), Some(0));
    assert_eq!(lines(folder.path(), &["out"]), writer.ledger);
}

#[test]
fn where_live_tail_is_denied_reading_goes_on() {
    let account = Account::new(Scenario::Bare);
    let folder = tempfile::tempdir().unwrap();
    let mut writer = account.writer();
    account.fault("deny:logs.StartLiveTail");
    let follower = Follower::start(&account, folder.path(), "out", &["--live"]);
    put(&mut writer, "s", &["line"]);
    wait_until("the line", || lines(folder.path(), &["out"]) == writer.ledger);
    let said = || std::fs::read_to_string(folder.path().join("out.err")).unwrap();
    wait_until("the reason", || said().contains("the role needs logs:StartLiveTail"));
    assert_eq!(follower.end(Signal::SIGINT), Some(0), "nothing is missing: {}", said());
}

#[test]
fn a_restart_from_a_position_loses_and_repeats_nothing() {
    let mut random = seeded("position");
    let account = Account::new(Scenario::Bare);
    let folder = tempfile::tempdir().unwrap();
    let position = folder.path().join("position");
    let position = position.to_str().unwrap();
    let mut writer = account.writer();
    let mut names = Vec::new();
    for (turn, signal) in [Signal::SIGTERM, Signal::SIGKILL, Signal::SIGINT, Signal::SIGTERM].into_iter().enumerate() {
        let mut write = |n: usize| {
            let events = (0..n).map(|_| (now() / 200 * 200 - random.i64(0..2) * 15_000, format!("turn {turn}")));
            let events: Vec<(i64, String)> = events.collect();
            writer.put(&format!("s{}", turn % 3), &events);
        };
        // Written while nobody follows, then while somebody does.
        write(30);
        names.push(format!("out{turn}"));
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let follower = Follower::start(&account, folder.path(), known[turn], &["--position", position, "--page", "40"]);
        write(20);
        let ledger = writer.ledger.clone();
        wait_until("all lines", || lines(folder.path(), &known) == ledger);
        // After SIGKILL all that counts is what was noted; it is noted right after it is printed.
        let noted = || {
            std::fs::read_to_string(position).unwrap_or_default().lines().filter(|line| line.starts_with("e ")).count()
        };
        wait_until("the position", || noted() == ledger.values().sum::<u32>() as usize);
        let code = follower.end(signal);
        assert_eq!(code, (signal != Signal::SIGKILL).then_some(0));
    }
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(lines(folder.path(), &known), writer.ledger);
}

#[test]
fn what_belongs_to_a_fleet_is_found_in_it() {
    let account = Account::new(Scenario::Five);
    // A task that runs, its service, its instance, and the stream that it writes to.
    let (service, task, instance, group, container) = account.sim.with_world(|world| {
        let running = |task: &&quarterdeck::sim::world::task::Task| task.instance.is_some() && task.service.is_some();
        let task = world.tasks.values().find(running).expect("a task runs");
        let definition = &world.task_definitions[&task.definition];
        let container = &definition.containers[0];
        let host = task.instance.clone().unwrap();
        (
            task.service.clone().unwrap(),
            task.id.clone(),
            host,
            container.log_group.clone().unwrap(),
            container.name.clone(),
        )
    });
    let mut writer = Writer::of_existing(&account.server.url(), &group);
    let stream = format!("{container}/{container}/{task}");
    writer.put(&stream, &[(now() - 1_000, "mark of its own".to_owned())]);
    let named = [format!("service/{service}"), format!("task/{task}"), format!("instance/{instance}")];
    for what in named.iter().map(String::as_str).map(Some).chain([None]) {
        let all: Vec<&str> = what.into_iter().chain(["--filter", "mark of its own"]).collect();
        let printed = account.printed(&all);
        let label = after_time(&printed).concat();
        assert!(printed.lines().count() == 1 && label.starts_with(&service), "{what:?}: {printed}");
    }
    let output = account.run(&["service/absent"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("service absent is not among the services"), "{said}");
}
