//! Python: plain text with levels, sometimes in colours; a traceback is one event.

use fastrand::Rng;

use super::super::chance::one_in;
use super::super::writer::Fate;
use super::request::{Outcome, Request};
use super::{Script, Speaker, clock, word};

fn line(at: i64, level: &str, logger: &str, text: &str) -> String {
    format!("{} {level:<8} {logger} {text}", clock(at, "%Y-%m-%d %H:%M:%S,%3f"))
}

/// `log-router` gives `log_router`.
fn package(service: &str) -> String {
    service.replace('-', "_")
}

pub(super) fn start(speaker: &Speaker<'_>, from: i64, fate: Fate) -> Script {
    let package = package(speaker.service);
    let (version, commit, port) = (speaker.version(), speaker.commit(), speaker.port);
    let boot = format!("{package}.boot");
    let say = |after: i64, logger: &str, text: String| (after, line(from + after, "INFO", logger, &text));
    let mut script = vec![
        say(310, &boot, format!("{package} {version} ({commit}), Python 3.12.7, environment=production")),
        say(330, &boot, "settings: workers=4 timeout=30s log_level=info region=eu-west-1".into()),
    ];
    if matches!(fate, Fate::Exits { code, .. } if code != 137) {
        for (shard, after) in [(1, 3_100), (2, 6_400), (3, 9_800), (4, 13_200)] {
            let text = format!("shard {shard}/4 loaded ({} MiB)", 180 + shard * 7);
            script.push(say(after, &format!("{package}.model"), text));
        }
        return script;
    }
    script.push(say(3_600, &format!("{package}.model"), "ready (4 shards, 806 MiB)".into()));
    script.push(say(4_000, "gunicorn.error", format!("Listening at: http://0.0.0.0:{port} (1)")));
    script
}

pub(super) fn stop(_: &Speaker<'_>, told: i64) -> Script {
    let say = |after: i64, text: &str| (after, line(told + after, "INFO", "gunicorn.error", text));
    vec![say(15, "Handling signal: term"), say(40, "Worker exiting (pid: 8)"), say(900, "Shutting down: Master")]
}

/// Why it exits: the revision needs a setting that its task definition does not have.
pub(super) fn last_words(speaker: &Speaker<'_>, exit: i64) -> Script {
    let (package, revision) = (package(speaker.service), speaker.revision);
    let key = if package.starts_with("recommendations") { "FEATURE_STORE_URL" } else { "DATABASE_URL" };
    let boot = format!("{package}.boot");
    let trace = format!(
        "cannot read the settings\nTraceback (most recent call last):\n  File \"/app/{package}/settings.py\", line \
         118, in \
         from_environment\n    url=environment[\"{key}\"],\n        ~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^\n  File \
         \"<frozen os>\", \
         line 714, in __getitem__\nKeyError: '{key}'\n\nThe above exception was the direct cause of the following \
         exception:\n\nTraceback (most recent call last):\n  File \"/app/{package}/__main__.py\", line 41, in \
         main\n    \
         settings = Settings.from_environment(os.environ)\n               \
         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/app/{package}/settings.py\", line 121, in \
         from_environment\n    \
         raise MissingSetting(key) from error\n{package}.settings.MissingSetting: {key} is not set (required since \
         r{revision})"
    );
    let fatal =
        format!("cannot start: {key} is not set in this task definition (revision {revision}); exiting with code 1");
    vec![(120, line(exit - 120, "ERROR", &boot, &trace)), (60, line(exit - 60, "FATAL", &boot, &fatal))]
}

pub(super) fn work(speaker: &Speaker<'_>, rng: &mut Rng, at: i64, request: &Request) -> Vec<String> {
    let package = package(speaker.service);
    if speaker.port == 0 {
        return letters(&package, rng, at, request);
    }
    let Request { method, path, status, took, trace, .. } = request;
    let logger = format!("{package}.web");
    if request.check {
        let level = if *status == 200 { "INFO" } else { "WARNING" };
        let text = if *status == 200 { "ok" } else { "not ready: feature store has not answered for 30 s" };
        return vec![line(at, level, &logger, &format!("GET /healthz {status} {text}"))];
    }
    let text = format!("{method} {path} {status} {took:.1}ms trace={trace}");
    match request.outcome {
        Outcome::Fine => vec![line(at, "INFO", &logger, &text)],
        Outcome::Odd => vec![line(at, "WARNING", &logger, &format!("falling back to bestsellers; {text}"))],
        Outcome::Failed => {
            let text = format!(
                "{text}\nTraceback (most recent call last):\n  File \"/app/{package}/web.py\", line 203, in \
                 handle\n    rows = \
                 await self.store.features(customer, timeout=0.5)\n  File \"/app/{package}/store.py\", line 77, in \
                 features\n    async with asyncio.timeout(timeout):\nTimeoutError"
            );
            vec![line(at, "ERROR", &logger, &text)]
        }
    }
}

/// Letters that are sent, their levels in colours.
fn letters(package: &str, rng: &mut Rng, at: i64, request: &Request) -> Vec<String> {
    let subjects = [
        "Your order is on its way",
        "Deine Bestellung wurde versandt – schöne Grüße",
        "ご注文の確認",
        "Ваш заказ принят",
        "Tu código de acceso",
        "🎉 Welcome to the harbor",
        "Rappel : votre panier vous attend",
    ];
    let (subject, trace) = (word(rng, &subjects), &request.trace);
    let (colour, level, text) = match request.outcome {
        Outcome::Fine => ("32", "INFO", format!("sent \"{subject}\" in {:.0}ms", request.took)),
        Outcome::Odd => ("33", "WARNING", format!("greylisted, will be tried again in 5 min: \"{subject}\"")),
        Outcome::Failed => (
            "31",
            "ERROR",
            "smtp: 451 4.3.0 Temporary lookup failure\n  File \"/app/mailer/smtp.py\", line 88, in deliver".into(),
        ),
    };
    let when = clock(at, "%H:%M:%S.%3f");
    let id = rng.u32(10_000..99_999);
    if one_in(rng, 4) {
        return vec![format!("{when} {level:<7} {package}.queue depth={} oldest={}s", rng.u32(..40), rng.u32(..20))];
    }
    vec![format!("{when} \u{1b}[{colour}m{level:<7}\u{1b}[0m {package}.smtp [{id}] {text} trace={trace}")]
}
