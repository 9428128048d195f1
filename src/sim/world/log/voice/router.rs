//! Fluent Bit, which colours what it says even where no terminal is.

use fastrand::Rng;

use super::{Script, Speaker, clock};

fn line(at: i64, level: &str, text: &str) -> String {
    let colour = match level {
        "error" => 91,
        "warn" => 93,
        _ => 92,
    };
    format!(
        "\u{1b}[1m[\u{1b}[0m{}\u{1b}[1m]\u{1b}[0m [\u{1b}[{colour}m{level:>5}\u{1b}[0m] {text}",
        clock(at, "%Y/%m/%d %H:%M:%S")
    )
}

pub(super) fn start(from: i64) -> Script {
    vec![
        (
            30,
            "\u{1b}[1mFluent Bit v3.1.9\u{1b}[0m\n* \u{1b}[1m\u{1b}[93mCopyright (C) 2015-2024 The Fluent Bit \
             Authors\u{1b}[0m"
                .into(),
        ),
        (45, line(from + 45, "info", "[fluent bit] version=3.1.9, commit=, pid=1")),
        (48, line(from + 48, "info", "[storage] ver=1.5.2, type=memory, sync=normal, checksum=off, max_chunks_up=128")),
        (70, line(from + 70, "info", "[input:forward:unix] listening on unix:///var/run/fluent.sock")),
        (95, line(from + 95, "info", "[output:s3:archive] Using upload size 50000000 bytes")),
    ]
}

pub(super) fn stop(told: i64) -> Script {
    vec![
        (4, line(told + 4, "warn", "[engine] service will shutdown in max 5 seconds")),
        (990, line(told + 990, "info", "[engine] service has stopped (0 pending tasks)")),
    ]
}

pub(super) fn work(speaker: &Speaker<'_>, rng: &mut Rng, at: i64) -> Vec<String> {
    let chunk = format!("1-{}.{}.flb", at / 1000, rng.u32(100_000_000..999_999_999));
    let text = match rng.u32(..200) {
        0 => ("error", format!("[output:s3:archive] PutObject API responded with error='SlowDown', chunk {chunk}")),
        1..5 => (
            "warn",
            format!("[engine] failed to flush chunk '{chunk}', retry in {} seconds: task_id=7", rng.u32(5..12)),
        ),
        5..60 => ("info", format!("[input:forward:unix] {} records from {}", rng.u32(10..4_000), speaker.short())),
        _ => ("info", format!("[output:s3:archive] Successfully uploaded object /fleet/{chunk}.gz")),
    };
    vec![line(at, text.0, &text.1)]
}
