//! A log of a known shape: the same bytes each time, as services of a fleet write them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Lines of the full corpus: about 1 GB.
pub const LINES: usize = 5_200_000;
const SEED: u64 = 0x0051_0A27_E2DE_C0DE;
const PATHS: [&str; 6] =
    ["/api/v1/orders", "/api/v1/cart/items", "/health", "/api/v2/users/profile", "/login", "/static/app.js"];
const CLASSES: [&str; 4] = ["OrderService", "PaymentGateway", "SessionStore", "InventoryClient"];

/// The corpus below `target/`, written if it is not there yet.
pub fn path(lines: usize) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    let path = target.join(format!("corpus-{lines}.log"));
    if !path.exists() {
        std::fs::create_dir_all(&target).unwrap();
        let part = path.with_extension("part");
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&part).unwrap());
        write(&mut out, lines);
        out.flush().unwrap();
        std::fs::rename(part, &path).unwrap();
    }
    path
}

fn write(out: &mut impl Write, lines: usize) {
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut written = 0;
    while written < lines {
        let stamp = format!(
            "2026-11-24T{:02}:{:02}:{:02}.{:03}Z",
            written / 360_000 % 24,
            written / 6_000 % 60,
            written / 100 % 60,
            written % 1_000
        );
        let left = lines - written;
        written += match random.u8(..100) {
            0..40 => json(out, &mut random, &stamp),
            40..65 => logfmt(out, &mut random, &stamp),
            65..98 => plain(out, &mut random, &stamp),
            _ => trace(out, &mut random, &stamp, left),
        };
    }
}

fn level(random: &mut fastrand::Rng) -> &'static str {
    match random.u8(..100) {
        0..3 => "ERROR",
        3..10 => "WARN",
        10..85 => "INFO",
        _ => "DEBUG",
    }
}

fn status(random: &mut fastrand::Rng) -> u16 {
    match random.u16(..1_000) {
        0..4 => 503,
        4..12 => 500,
        12..50 => 404,
        _ => 200,
    }
}

fn pick<'a>(random: &mut fastrand::Rng, from: &[&'a str]) -> &'a str {
    from[random.usize(..from.len())]
}

fn json(out: &mut impl Write, random: &mut fastrand::Rng, stamp: &str) -> usize {
    let (level, path, status) = (level(random), pick(random, &PATHS), status(random));
    let (ms, trace, user) = (random.u16(1..900), random.u64(..), random.u32(..1_000_000));
    writeln!(out, r#"{{"ts":"{stamp}","level":"{level}","service":"checkout","msg":"request finished","path":"{path}","status":{status},"ms":{ms},"trace":"{trace:016x}","user":"u-{user:06}","bytes":{}}}"#, random.u32(..90_000)).unwrap();
    1
}

fn logfmt(out: &mut impl Write, random: &mut fastrand::Rng, stamp: &str) -> usize {
    let (level, path, status) = (level(random).to_lowercase(), pick(random, &PATHS), status(random));
    let (ms, trace) = (random.u16(1..900), random.u64(..));
    writeln!(out, r#"ts={stamp} level={level} service=gateway msg="upstream answered" method=GET path={path} status={status} duration={ms}ms trace={trace:016x} upstream=10.0.{}.{}:8080 retries=0 region=eu-central-1"#, random.u8(..), random.u8(..)).unwrap();
    1
}

fn plain(out: &mut impl Write, random: &mut fastrand::Rng, stamp: &str) -> usize {
    let (level, class) = (level(random), pick(random, &CLASSES));
    let what = if random.u16(..2_000) == 0 {
        "Connection reset by peer while reading from"
    } else {
        "Loaded the page of results in its own time from"
    };
    writeln!(out, "{stamp} {level:<5} [worker-{}] com.example.shop.{class} - {what} shard {} of partition {} (attempt {}, {} rows, session {:016x}, cache warm, nothing to retry)", random.u8(..32), random.u16(..512), random.u16(..64), random.u8(1..4), random.u32(..10_000), random.u64(..)).unwrap();
    1
}

fn trace(out: &mut impl Write, random: &mut fastrand::Rng, stamp: &str, left: usize) -> usize {
    writeln!(out, "{stamp} ERROR [worker-{}] com.example.shop.PaymentGateway - the card was refused by the acquirer after all attempts: java.lang.IllegalStateException: PaymentDeclined for order {:016x}", random.u8(..32), random.u64(..)).unwrap();
    let frames = usize::from(random.u8(3..9)).min(left - 1);
    for _ in 0..frames {
        let class = pick(random, &CLASSES);
        writeln!(out, "\tat com.example.shop.internal.pipeline.{class}$$EnhancerBySpringCGLIB$${:08x}.invokeWithinTransaction({class}.java:{}) ~[shop-core-4.12.{}.jar!/:na]", random.u32(..), random.u16(1..900), random.u8(..40)).unwrap();
    }
    1 + frames
}
