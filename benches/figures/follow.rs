//! `logs --follow` beside `aws logs tail` and awslogs, on the same simulated AWS: from the start to the last of 200,000 events.
//!
//! Quarterdeck alone keeps to a part of AWS's lowest request rate, so that whoever else reads that account's logs can go on: a quarter of
//! it where it follows, more where it ends. The CPU that each program took says what it costs apart from that.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use quarterdeck::sim::Sim;
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::options::{Options, Scenario};
use serde_json::{Value, json};

use super::corpus;
use super::idle::{cpu_ticks, ticks_a_second};
use super::table::{Line, median};

const EVENTS: usize = 200_000;
/// Events of one PutLogEvents: 1 MiB is as much as it takes.
const BATCH: usize = 2_000;
const RUNS: usize = 3;
const GROUP: &str = "/shop/web";
const STREAMS: usize = 4;
/// A program that is slower is not waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// awslogs and what it needs, pinned.
const PEERS: &str = include_str!("peers.txt");

/// Measures.
pub fn measure() -> Vec<Line> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Without AWS's request rates, by which all of them would be equally slow.
    let options = Options { scenario: Scenario::Bare, limits: false, ..Options::default() };
    let server = runtime.block_on(Sim::new(options, Clock::system()).listen("127.0.0.1:0".parse().unwrap())).unwrap();
    let url = server.url();
    fill(&url);
    let own = ["logs", GROUP, "--follow", "--since", "1h", "--region", "eu-west-1", "--endpoint-url", &url];
    let once = own.map(|word| if word == "--follow" { "--no-color" } else { word });
    let tail = ["logs", "tail", GROUP, "--follow", "--since", "1h", "--format", "short", "--endpoint-url", &url];
    let awslogs = ["get", GROUP, "ALL", "--watch", "--start", "1h", "--aws-endpoint-url", &url];
    vec![
        told("quarterdeck logs --follow", Ok(rate(env!("CARGO_BIN_EXE_quarterdeck").as_ref(), &own))),
        told("quarterdeck logs", Ok(rate(env!("CARGO_BIN_EXE_quarterdeck").as_ref(), &once))),
        told("aws logs tail --follow", aws().map(|aws| rate(&aws, &tail))),
        told("awslogs get --watch", installed().map(|home| rate(&home.join("bin/awslogs"), &awslogs))),
    ]
}

/// The AWS CLI whose second version knows how to tail; PyPI has the first one alone, Debian calls it `awscli`.
fn aws() -> Result<PathBuf, String> {
    let second = |program: &&str| {
        let output = Command::new(program).arg("--version").output();
        output.is_ok_and(|output| output.stdout.starts_with(b"aws-cli/2"))
    };
    let found = ["aws", "/usr/bin/aws"].into_iter().find(second);
    found.map(PathBuf::from).ok_or_else(|| "not measured (no AWS CLI 2)".to_owned())
}

fn told(name: &str, rate: Result<Option<Rate>, String>) -> Line {
    let measured = match rate {
        Ok(Some((rate, cpu))) => format!("{rate:.0} events/s, {cpu:.1} s of CPU"),
        Ok(None) => format!("did not print {EVENTS} events within {} s", PATIENCE.as_secs()),
        Err(why) => why,
    };
    Line::told(format!("{EVENTS} events: {name}"), "", measured)
}

/// Events of the last half hour in several streams, put as an agent does.
fn fill(url: &str) {
    call(url, "CreateLogGroup", &json!({ "logGroupName": GROUP }));
    let streams: Vec<String> = (0..STREAMS).map(|number| format!("task/{number}")).collect();
    for stream in &streams {
        call(url, "CreateLogStream", &json!({ "logGroupName": GROUP, "logStreamName": stream }));
    }
    let text = fs::read_to_string(corpus::path(EVENTS)).expect("the corpus was written");
    let lines: Vec<&str> = text.lines().collect();
    let first = Timestamp::now().as_millisecond() - 30 * 60_000;
    for (number, batch) in lines.chunks(BATCH).enumerate() {
        let time = |at: usize| first + (number * BATCH + at) as i64 * 8;
        let events: Vec<Value> =
            batch.iter().enumerate().map(|(at, text)| json!({ "timestamp": time(at), "message": text })).collect();
        let stream = &streams[number % STREAMS];
        call(url, "PutLogEvents", &json!({ "logGroupName": GROUP, "logStreamName": stream, "logEvents": events }));
    }
}

/// Calls have to carry a signature; the simulated AWS verifies none.
fn call(url: &str, operation: &str, input: &Value) {
    let body = input.to_string();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: logs.eu-west-1.amazonaws.com\r\nConnection: close\r\n\
         Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Logs_20140328.{operation}\r\n\
         X-Amz-Date: 20260301T120000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=any/20260301/eu-west-1/logs/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=00\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{operation}: {answer}");
}

/// Events a second from the start to the last one printed, start of the program included, and seconds of CPU.
type Rate = (f64, f64);

fn rate(program: &Path, arguments: &[&str]) -> Option<Rate> {
    let runs: Option<Vec<(f64, f64)>> = (0..RUNS).map(|_| run(program, arguments)).collect();
    let (seconds, cpu): (Vec<f64>, Vec<f64>) = runs?.into_iter().unzip();
    Some((EVENTS as f64 / median(seconds), median(cpu)))
}

/// Seconds from the start to the last event, and of CPU.
fn run(program: &Path, arguments: &[&str]) -> Option<(f64, f64)> {
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .envs([("AWS_ACCESS_KEY_ID", "any"), ("AWS_SECRET_ACCESS_KEY", "any"), ("AWS_DEFAULT_REGION", "eu-west-1")])
        .envs([("AWS_CONFIG_FILE", "/nonexistent"), ("XDG_CONFIG_HOME", "/nonexistent")])
        .env_remove("AWS_PROFILE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let printed = BufReader::new(child.stdout.take()?);
    let (tell, told) = std::sync::mpsc::channel();
    // Comes back with its end of the pipe, so that the program is not ended by a closed one before it is looked at.
    let reader = std::thread::spawn(move || {
        let mut lines = printed.split(b'\n');
        let count = lines.by_ref().take(EVENTS).filter(Result::is_ok).count();
        let _ = tell.send((count == EVENTS).then(|| started.elapsed().as_secs_f64()));
        lines
    });
    let seconds = told.recv_timeout(PATIENCE).ok().flatten();
    let cpu = cpu_ticks(child.id()) as f64 / ticks_a_second();
    let _ = child.kill();
    let _ = child.wait();
    let _ = reader.join();
    Some((seconds?, cpu))
}

/// The folder that awslogs is installed in, once for each list of versions.
fn installed() -> Result<PathBuf, String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    let list = home.join("peers.txt");
    if fs::read_to_string(&list).is_ok_and(|kept| kept == PEERS) {
        return Ok(home);
    }
    let _ = fs::remove_dir_all(&home);
    let wanted = home.with_extension("txt");
    fs::create_dir_all(&home).and_then(|()| fs::write(&wanted, PEERS)).map_err(|error| error.to_string())?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "-r"];
    for command in [
        Command::new("python3").args(["-m", "venv"]).arg(&home),
        Command::new(home.join("bin/python")).args(pip).arg(&wanted),
    ] {
        let done = command.status().map_err(|error| format!("not measured ({error})"))?;
        done.success().then_some(()).ok_or("not measured (could not be installed)")?;
    }
    fs::rename(wanted, list).map_err(|error| error.to_string())?;
    Ok(home)
}
