//! How writers speak: one module per way of logging, each a pure function of the speaker, the occasion and a seed.

mod access;
mod go;
mod host;
mod java;
mod node;
mod python;
mod request;
mod router;

use fastrand::Rng;
use jiff::Timestamp;

use super::chance::{mixed, named};
use super::writer::{Fate, Writer};
use request::Request;

/// A way of logging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// A web server's access log.
    Access,
    /// Go with logfmt; panics come line by line.
    Go,
    /// An instance: kernel, systemd and the ECS agent.
    Host,
    /// Java in plain text; a stack trace is one event.
    Java,
    /// Node.js in JSON.
    Node,
    /// Python in plain text; a traceback is one event.
    Python,
    /// Fluent Bit in colours.
    Router,
}

/// What a writer speaks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Its work, in a minute in which much may go wrong.
    Work {
        /// Whether this is such a minute.
        troubled: bool,
    },
    /// A health check of the load balancer.
    Check {
        /// Whether it passes.
        passes: bool,
    },
    /// Its agent cannot reach ECS.
    Deaf,
}

/// Words, and how many milliseconds after an event (or before it) they come.
pub(super) type Script = Vec<(i64, String)>;

/// Who speaks.
#[derive(Debug, Clone)]
pub(super) struct Speaker<'a> {
    /// The container's name, which is the service's; an instance's id for its journal.
    pub service: &'a str,
    /// Task id; an instance's id for its journal.
    pub task: &'a str,
    /// The world's seed.
    pub seed: u64,
    /// Revision of the task definition.
    revision: u32,
    port: u16,
    voice: Voice,
    speed: f64,
}

impl<'a> Speaker<'a> {
    /// Who writes the stream of that name.
    pub(super) fn new(stream: &'a str, writer: Option<&Writer>, seed: u64, speed: f64) -> Self {
        let (rest, task) = stream.rsplit_once('/').unwrap_or((stream, stream));
        let service = rest.rsplit_once('/').map_or(rest, |(_, container)| container);
        let (revision, port) = writer.map_or((0, 0), |w| (w.revision, w.port));
        let voice = writer.map_or(Voice::Access, |w| w.voice);
        Self { service, task, seed, revision, port, voice, speed }
    }

    /// So many milliseconds at speed 1, at the world's speed.
    pub(super) fn paced(&self, milliseconds: i64) -> i64 {
        (milliseconds as f64 / self.speed) as i64
    }

    /// What there is to say on an occasion: mostly one event.
    pub(super) fn speak(&self, occasion: Occasion, seed: u64, at: i64) -> Vec<String> {
        let mut rng = Rng::with_seed(seed);
        let request = match occasion {
            Occasion::Deaf => return host::deaf(self, &mut rng, at),
            Occasion::Check { passes } => Request::check(&mut rng, passes),
            Occasion::Work { troubled } => Request::new(self, &mut rng, at, troubled),
        };
        match self.voice {
            Voice::Access => access::work(self, &mut rng, at, &request),
            Voice::Go => go::work(self, &mut rng, at, &request),
            Voice::Host => host::work(self, &mut rng, at),
            Voice::Java => java::work(self, &mut rng, at, &request),
            Voice::Node => node::work(self, &mut rng, at, &request),
            Voice::Python => python::work(self, &mut rng, at, &request),
            Voice::Router => router::work(self, &mut rng, at),
        }
    }

    /// Such as `r7`.
    fn version(&self) -> String {
        format!("r{}", self.revision)
    }

    /// The first digits of the commit that the revision was built from.
    fn commit(&self) -> String {
        let hash = mixed(named(self.seed, self.service), u64::from(self.revision));
        format!("{hash:016x}").get(..7).unwrap_or_default().to_owned()
    }

    /// The first digits of the task's id.
    fn short(&self) -> &'a str {
        self.task.get(..8).unwrap_or(self.task)
    }
}

impl Voice {
    /// The voice of a container, by its name; one that nobody knows has a voice all the same.
    pub(super) fn of(container: &str) -> Self {
        const KNOWN: [(&str, Voice); 9] = [
            ("checkout", Voice::Java),
            ("catalog", Voice::Node),
            ("log-router", Voice::Router),
            ("search", Voice::Go),
            ("payments-api", Voice::Node),
            ("image-resizer", Voice::Access),
            ("recommendations", Voice::Python),
            ("mailer", Voice::Python),
            ("ledger-backfill", Voice::Go),
        ];
        const ANY: [Voice; 5] = [Voice::Access, Voice::Go, Voice::Java, Voice::Node, Voice::Python];
        let known = KNOWN.iter().find(|(name, _)| container.starts_with(name)).map(|(_, voice)| *voice);
        known.or(ANY.get(named(0, container) as usize % ANY.len()).copied()).unwrap_or(Voice::Access)
    }

    /// Lines a second that a container writes on a usual day, health checks apart.
    pub(super) fn rate(self, service: u64) -> f64 {
        // Some services of a kind have more to do than others.
        let share = 0.6 + (service % 100) as f64 / 125.0;
        share
            * match self {
                Self::Access => 2.5,
                Self::Go => 2.0,
                Self::Host => 0.04,
                Self::Java => 1.5,
                Self::Node => 3.0,
                Self::Python => 0.8,
                Self::Router => 0.25,
            }
    }

    /// Milliseconds from the start until work begins.
    pub(super) fn ready_after(self) -> i64 {
        match self {
            Self::Java => 9_400,
            Self::Python => 4_200,
            Self::Host => 30_000,
            Self::Access | Self::Go | Self::Node | Self::Router => 1_500,
        }
    }

    /// What is said at the start.
    pub(super) fn start(self, speaker: &Speaker<'_>, from: i64, fate: Fate) -> Script {
        let mut script = match self {
            Self::Access => access::start(from),
            Self::Go => go::start(speaker, from),
            Self::Host => host::start(speaker, from),
            Self::Java => java::start(speaker, from),
            Self::Node => node::start(speaker, from),
            Self::Python => python::start(speaker, from, fate),
            Self::Router => router::start(from),
        };
        if matches!(fate, Fate::Exits { code, .. } if code != 137) {
            // It does not get as far as saying that it is ready.
            let ready = match self {
                Self::Java => 2,
                Self::Go | Self::Node => 1,
                _ => 0,
            };
            script.truncate(script.len().saturating_sub(ready));
        }
        script
    }

    /// What is said before an exit with this code, with the milliseconds before it. Whoever is killed says nothing.
    pub(super) fn last_words(self, speaker: &Speaker<'_>, exit: i64, code: i32) -> Script {
        if code == 137 {
            return Vec::new();
        }
        match self {
            Self::Go => go::last_words(speaker, exit),
            Self::Java => java::last_words(speaker, exit),
            Self::Node => node::last_words(speaker, exit),
            Self::Python => python::last_words(speaker, exit),
            Self::Access | Self::Host | Self::Router => access::last_words(speaker, exit),
        }
    }

    /// What is said when told to stop.
    pub(super) fn stop(self, speaker: &Speaker<'_>, told: i64) -> Script {
        match self {
            Self::Access => access::stop(told),
            Self::Go => go::stop(speaker, told),
            Self::Host => host::stop(speaker, told),
            Self::Java => java::stop(speaker, told),
            Self::Node => node::stop(speaker, told),
            Self::Python => python::stop(speaker, told),
            Self::Router => router::stop(told),
        }
    }
}

/// What an instance's journal says of a container that has exited.
pub(super) fn exited(instance: &str, at: i64, task_arn: &str, container: &str, code: i32) -> Vec<String> {
    host::exited(&Speaker::new(instance, None, 0, 1.0), at, task_arn, container, code)
}

/// A moment in a format of `strftime`.
fn clock(at: i64, format: &str) -> String {
    Timestamp::from_millisecond(at).map(|at| at.strftime(format).to_string()).unwrap_or_default()
}

/// `2026-11-24T04:00:10.123Z`.
fn iso(at: i64) -> String {
    clock(at, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// One of several.
fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> Option<&'a T> {
    from.get(rng.usize(..from.len().max(1)))
}

/// One of several words.
fn word<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    pick(rng, from).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOICES: [(&str, Voice); 7] = [
        ("image-resizer", Voice::Access),
        ("search", Voice::Go),
        ("i-1", Voice::Host),
        ("checkout", Voice::Java),
        ("catalog", Voice::Node),
        ("recommendations", Voice::Python),
        ("log-router", Voice::Router),
    ];

    fn said(service: &'static str, voice: Voice, seeds: u64) -> String {
        let speaker = Speaker { service, voice, port: 8080, ..Speaker::new("p/c/0123456789abcdef", None, 1, 1.0) };
        let work = Occasion::Work { troubled: false };
        (0..seeds).flat_map(|seed| speaker.speak(work, seed, 1_795_000_000_000)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn everybody_has_something_to_say_and_never_nothing() {
        for (service, voice) in VOICES {
            let speaker = Speaker { voice, ..Speaker::new(service, None, 1, 1.0) };
            let start = voice.start(&speaker, 1_000, Fate::Works);
            let scripts = [start, voice.last_words(&speaker, 90_000, 1), voice.stop(&speaker, 90_000)];
            assert!(scripts.iter().all(|script| !script.is_empty() && script.iter().all(|(_, text)| !text.is_empty())));
            for occasion in [Occasion::Work { troubled: true }, Occasion::Check { passes: false }, Occasion::Deaf] {
                let lines = (0..200).flat_map(|seed| speaker.speak(occasion, seed, 1_795_000_000_000));
                assert!(lines.inspect(|line| assert!(!line.is_empty(), "{voice:?}")).count() >= 200);
            }
        }
    }

    #[test]
    fn some_lines_are_hostile_to_a_terminal_and_few_are() {
        let lines = said("image-resizer", Voice::Access, 60_000);
        for hostile in ["\u{1b}[2J", "\u{1b}]0;", "\u{202e}"] {
            let count = lines.matches(hostile).count();
            assert!((1..40).contains(&count), "{hostile:?}: {count}");
        }
    }

    #[test]
    fn a_json_line_is_json_and_has_what_is_searched_for() {
        for line in said("catalog", Voice::Node, 500).lines() {
            let read: serde_json::Value = serde_json::from_str(line).expect(line);
            for member in ["level", "msg", "status", "duration_ms", "path", "trace_id", "time"] {
                assert!(read.get(member).is_some(), "{member} in {line}");
            }
        }
    }
}
