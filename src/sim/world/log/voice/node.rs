//! Node.js: JSON, one object an event, stacks inside of it.

use fastrand::Rng;
use serde_json::{Value, json};

use super::request::{Outcome, Request};
use super::{Script, Speaker, iso, word};

fn line(speaker: &Speaker<'_>, at: i64, level: &str, text: &str, more: Value) -> String {
    let mut all =
        json!({ "level": level, "time": iso(at), "msg": text, "service": speaker.service, "task": speaker.short() });
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    all.to_string()
}

pub(super) fn start(speaker: &Speaker<'_>, from: i64) -> Script {
    let say = |after: i64, text: &str, more: Value| (after, line(speaker, from + after, "info", text, more));
    vec![
        say(180, "starting", json!({ "version": speaker.version(), "commit": speaker.commit(), "node": "v22.11.0" })),
        say(
            195,
            "configuration",
            json!({ "env": "production", "log_level": "info", "db": { "pool": 10, "tls": true } }),
        ),
        say(640, "connected to redis", json!({ "duration_ms": 38.2 })),
        say(820, "listening", json!({ "port": speaker.port })),
    ]
}

pub(super) fn stop(speaker: &Speaker<'_>, told: i64) -> Script {
    let say = |after: i64, text: &str, more: Value| (after, line(speaker, told + after, "info", text, more));
    vec![
        say(8, "SIGTERM: no longer taking requests", json!({ "in_flight": 3 })),
        say(640, "stopped", json!({ "in_flight": 0, "exit_code": 0 })),
    ]
}

pub(super) fn last_words(speaker: &Speaker<'_>, exit: i64) -> Script {
    let key = format!("{}_DB_URL", speaker.service.to_uppercase().replace('-', "_"));
    let stack = format!(
        "Error: {key} is not set\n    at required (/app/dist/config.js:31:11)\n    at load \
         (/app/dist/config.js:58:14)\n    at \
         Object.<anonymous> (/app/dist/server.js:12:16)\n    at Module._compile (node:internal/modules/cjs/loader:1546:14)"
    );
    let more =
        json!({ "err": { "type": "Error", "message": format!("{key} is not set"), "stack": stack }, "exit_code": 1 });
    vec![(50, line(speaker, exit - 50, "fatal", "cannot start", more))]
}

pub(super) fn work(speaker: &Speaker<'_>, rng: &mut Rng, at: i64, request: &Request) -> Vec<String> {
    let Request { method, path, status, took, bytes, trace, .. } = request;
    let took = (took * 10.0).round() / 10.0;
    if request.check {
        let level = if *status == 200 { "debug" } else { "warn" };
        let more = json!({ "method": method, "path": path, "status": status, "duration_ms": took });
        return vec![line(speaker, at, level, "health check", more)];
    }
    let mut more = json!({ "method": method, "path": path, "status": status, "duration_ms": took, "bytes": bytes, "trace_id": trace });
    let (level, text) = match request.outcome {
        Outcome::Fine => ("info", "request completed"),
        Outcome::Odd => {
            more["customer"] = word(rng, &["Zoë Müller", "佐藤 花子", "Łukasz Żak", "Ann O'Brien", "Αθηνά Π."]).into();
            (
                "warn",
                word(
                    rng,
                    &["slow upstream", "stale cache used", "rate limited by provider", "price differs from cart"],
                ),
            )
        }
        Outcome::Failed => {
            more["err"] = failure(rng);
            ("error", "request failed")
        }
    };
    vec![line(speaker, at, level, text, more)]
}

fn failure(rng: &mut Rng) -> Value {
    let (kind, text, place) = match rng.u32(..3) {
        0 => ("TypeError", "Cannot read properties of undefined (reading 'amount')", "/app/dist/prices.js:77:31"),
        1 => (
            "ConnectTimeoutError",
            "Connect Timeout Error (attempted address: 10.40.66.12:5432)",
            "/app/dist/db.js:24:9",
        ),
        _ => ("ResponseError", "ledger answered 503", "/app/dist/ledger.js:112:13"),
    };
    let stack = format!(
        "{kind}: {text}\n    at {place}\n    at process.processTicksAndRejections \
         (node:internal/process/task_queues:105:5)\n    \
         at async handle (/app/dist/server.js:88:18)"
    );
    json!({ "type": kind, "message": text, "stack": stack })
}
