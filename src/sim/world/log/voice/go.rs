//! Go: logfmt, and panics that come as one event for each line.

use fastrand::Rng;

use super::super::chance::one_in;
use super::request::{Outcome, Request};
use super::{Script, Speaker, iso, word};

fn line(at: i64, level: &str, text: &str, rest: &str) -> String {
    format!("time={} level={level} msg=\"{text}\" {rest}", iso(at))
}

pub(super) fn start(speaker: &Speaker<'_>, from: i64) -> Script {
    let Speaker { service, port, .. } = speaker;
    let (version, commit) = (speaker.version(), speaker.commit());
    let say = |after: i64, text: &str, rest: String| (after, line(from + after, "info", text, &rest));
    vec![
        say(15, "starting", format!("service={service} version={version} commit={commit} go=go1.23.3 pid=1")),
        say(18, "configuration read", "source=env keys=23 log_level=info shutdown_grace=25s".into()),
        say(240, "connected", format!("component=postgres host={service}-db.internal:5432 pool_max=20")),
        say(610, "listening", format!("addr=:{port} tls=false")),
    ]
}

pub(super) fn stop(speaker: &Speaker<'_>, told: i64) -> Script {
    let say = |after: i64, text: &str, rest: &str| (after, line(told + after, "info", text, rest));
    vec![
        say(5, "shutting down", "signal=SIGTERM grace=25s"),
        say(12, "listener closed", &format!("addr=:{}", speaker.port)),
        say(870, "bye", "in_flight=0"),
    ]
}

pub(super) fn last_words(speaker: &Speaker<'_>, exit: i64) -> Script {
    let key = format!("{}_BUCKET", speaker.service.to_uppercase().replace('-', "_"));
    let text = format!("cannot start: {key} is not set");
    let fatal = line(exit - 60, "fatal", &text, &format!("version={} exit_code=1", speaker.version()));
    let first = format!("panic: config: missing key \"{key}\"");
    let trace = panic_trace(speaker.service, &first, "config.MustString", "internal/config/config.go:88");
    trace.into_iter().map(|text| (60, text)).chain([(55, fatal)]).collect()
}

fn panic_trace(service: &str, first: &str, function: &str, place: &str) -> Vec<String> {
    let module = format!("git.harbor.example/{service}");
    [
        first.to_owned(),
        String::new(),
        "goroutine 1 [running]:".to_owned(),
        format!("{module}/{function}({{0x9f3c21, 0xd}})"),
        format!("\t/src/{place} +0x1a5"),
        format!("{module}/cmd/server.run({{0xbd1b60, 0xc000122000}})"),
        "\t/src/cmd/server/main.go:61 +0x2f4".to_owned(),
        "main.main()".to_owned(),
        "\t/src/cmd/server/main.go:24 +0x39".to_owned(),
    ]
    // The service refuses events without text.
    .map(|text| if text.is_empty() { " ".to_owned() } else { text })
    .to_vec()
}

pub(super) fn work(speaker: &Speaker<'_>, rng: &mut Rng, at: i64, request: &Request) -> Vec<String> {
    if speaker.port == 0 {
        return batch(rng, at, request);
    }
    let Request { method, path, status, took, bytes, trace, .. } = request;
    let path = path.escape_debug();
    let rest = format!("method={method} path=\"{path}\" status={status} duration_ms={took:.1} bytes={bytes}");
    if request.check {
        return vec![line(at, if *status == 200 { "debug" } else { "warn" }, "health", &rest)];
    }
    let rest = format!("{rest} trace_id={trace}");
    match request.outcome {
        Outcome::Fine => vec![line(at, "info", "request", &rest)],
        Outcome::Odd => {
            let text = word(rng, &["slow query", "cache miss storm", "shard is behind", "retrying after timeout"]);
            vec![line(at, "warn", text, &rest)]
        }
        Outcome::Failed if one_in(rng, 3) => {
            let first = "panic: runtime error: index out of range [7] with length 7 [recovered]";
            let mut lines = panic_trace(speaker.service, first, "rank.(*Scorer).top", "internal/rank/scorer.go:212");
            lines.push(line(at, "error", "request failed", &format!("{rest} err=\"panic: index out of range\"")));
            lines
        }
        Outcome::Failed => {
            let cause = word(rng, &["context deadline exceeded", "connection reset by peer", "i/o timeout"]);
            vec![line(at, "error", "request failed", &format!("{rest} err=\"shard 3: {cause}\""))]
        }
    }
}

/// Work that nobody asks for over HTTP.
fn batch(rng: &mut Rng, at: i64, request: &Request) -> Vec<String> {
    let (first, count) = (rng.u32(1_000_000..9_999_999), rng.u32(50..500));
    let rest = format!("from={first} rows={count} duration_ms={:.1} trace_id={}", request.took, request.trace);
    vec![match request.outcome {
        Outcome::Fine => line(at, "info", "batch written", &rest),
        Outcome::Odd => line(at, "warn", "batch took long", &rest),
        Outcome::Failed => {
            line(at, "error", "batch failed, will be tried again", &format!("{rest} err=\"deadlock detected\""))
        }
    }]
}
