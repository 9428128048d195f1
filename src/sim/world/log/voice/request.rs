//! What services log about: requests that they serve.

use fastrand::Rng;

use super::super::chance::{mixed, one_in};
use super::{Speaker, word};

/// How a request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// As it should.
    Fine,
    /// With something that somebody should look at some day.
    Odd,
    /// With an error.
    Failed,
}

/// A request to a service.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// `GET` or another.
    pub method: &'static str,
    /// Path with query.
    pub path: String,
    /// HTTP status.
    pub status: u16,
    /// Milliseconds that it took.
    pub took: f64,
    /// Bytes of the answer.
    pub bytes: u32,
    /// 32 hexadecimal digits. Services that are busy at the same moment share some.
    pub trace: String,
    /// What the client calls itself.
    pub agent: &'static str,
    /// Who asks.
    pub client: String,
    /// How it went.
    pub outcome: Outcome,
    /// Whether it is a health check.
    pub check: bool,
}

const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "okhttp/4.12.0",
    "curl/8.5.0",
];

/// What people look for, in the scripts that they write in.
const TERMS: [&str; 10] = [
    "red+shoes",
    "größe+42",
    "靴",
    "кроссовки",
    "crème+brûlée",
    "usb-c+cable",
    "حذاء",
    "jalapeño",
    "スニーカー",
    "🎁+gift",
];

/// What somebody sends who hopes that it is read in a terminal: clears it, renames its window, turns text around.
const HOSTILE: [&str; 4] =
    ["\u{1b}[2J\u{1b}[H", "\u{1b}]0;owned\u{7}", "invoice\u{202e}fdp.exe", "\u{1b}[31;5mFATAL\u{1b}[0m\u{8}\u{8}"];

impl Request {
    /// A health check of a load balancer.
    pub(super) fn check(rng: &mut Rng, passes: bool) -> Self {
        Self {
            method: "GET",
            path: "/healthz".into(),
            status: if passes { 200 } else { 503 },
            took: 0.3 + rng.f64(),
            bytes: if passes { 2 } else { 87 },
            trace: String::new(),
            agent: "ELB-HealthChecker/2.0",
            client: format!("10.40.{}.{}", [12, 76, 140][rng.usize(..3)], rng.u32(10..250)),
            outcome: if passes { Outcome::Fine } else { Outcome::Odd },
            check: true,
        }
    }

    /// A request at a moment; in a troubled minute one in five fails.
    pub(super) fn new(speaker: &Speaker<'_>, rng: &mut Rng, at: i64, troubled: bool) -> Self {
        let outcome = match rng.u32(..1_000) {
            0..4 => Outcome::Failed,
            4..24 => Outcome::Odd,
            24..224 if troubled => Outcome::Failed,
            _ => Outcome::Fine,
        };
        let (method, path) = route(speaker.service, rng);
        let status = status(rng, method, outcome);
        let usual = 6.0 + 60.0 * rng.f64() * rng.f64() * rng.f64();
        let slow = if outcome == Outcome::Fine { 1.0 } else { 15.0 + 40.0 * rng.f64() };
        let client = format!("{}.{}.{}.{}", rng.u32(11..223), rng.u32(..256), rng.u32(..256), rng.u32(1..255));
        let agent = word(rng, &AGENTS);
        let (took, bytes) = ((usual * slow * 10.0).round() / 10.0, rng.u32(180..46_000));
        Self {
            method,
            path,
            status,
            took,
            bytes,
            trace: trace(speaker.seed, rng, at),
            agent,
            client,
            outcome,
            check: false,
        }
    }
}

fn status(rng: &mut Rng, method: &str, outcome: Outcome) -> u16 {
    match outcome {
        Outcome::Failed => [500, 500, 502, 503, 504][rng.usize(..5)],
        Outcome::Odd => [200, 404, 409, 429][rng.usize(..4)],
        Outcome::Fine if method == "POST" => [200, 201, 202][rng.usize(..3)],
        Outcome::Fine => match rng.u32(..40) {
            0 => 404,
            1..5 => 304,
            _ => 200,
        },
    }
}

/// The fleet handles a handful of traces at a time, so that one shows up in several groups.
fn trace(seed: u64, rng: &mut Rng, at: i64) -> String {
    let window = mixed(seed, at.div_euclid(2_000).cast_unsigned());
    let one = mixed(window, rng.u64(..12));
    format!("{one:016x}{:016x}", mixed(one, 1))
}

fn route(service: &str, rng: &mut Rng) -> (&'static str, String) {
    if one_in(rng, 6_000) {
        return ("GET", format!("/?q={}", word(rng, &HOSTILE)));
    }
    let id = rng.u32(1_000..999_999);
    let kind = ["checkout", "catalog", "search", "payments", "image", "recommendations"];
    match kind.into_iter().find(|kind| service.starts_with(kind)).unwrap_or_default() {
        "checkout" => match rng.u32(..4) {
            0 => ("POST", format!("/v1/carts/{id}/checkout")),
            1 => ("PUT", format!("/v1/carts/{id}/items")),
            _ => ("GET", format!("/v1/carts/{id}")),
        },
        "catalog" => ("GET", format!("/v2/products/{id}{}", ["", "/stock", "/reviews?page=2"][rng.usize(..3)])),
        "search" => ("GET", format!("/search?q={}&page={}", word(rng, &TERMS), rng.u32(1..6))),
        "payments" => match rng.u32(..3) {
            0 => ("POST", "/v1/authorisations".into()),
            1 => ("POST", format!("/v1/authorisations/{id}/capture")),
            _ => ("GET", format!("/v1/authorisations/{id}")),
        },
        "image" => ("GET", format!("/r/{}x{}/{id}.webp", [160, 320, 640, 1280][rng.usize(..4)], rng.u32(1..5) * 120)),
        "recommendations" => ("GET", format!("/recommendations/{id}?n={}", rng.u32(4..25))),
        _ => match rng.u32(..3) {
            0 => ("POST", "/api/jobs".into()),
            _ => ("GET", format!("/api/items/{id}")),
        },
    }
}
