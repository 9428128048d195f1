//! nginx: an access log in the combined format, with the time that a request took, and errors.

use fastrand::Rng;

use super::request::{Outcome, Request};
use super::{Script, Speaker, clock};

pub(super) fn start(from: i64) -> Script {
    let at = |after: i64| clock(from + after, "%Y/%m/%d %H:%M:%S");
    vec![
        (20, "/docker-entrypoint.sh: Configuration complete; ready for start up".into()),
        (60, format!("{} [notice] 1#1: using the \"epoll\" event method", at(60))),
        (61, format!("{} [notice] 1#1: nginx/1.27.2", at(61))),
        (62, format!("{} [notice] 1#1: OS: Linux 6.1.112-124.190.amzn2023.x86_64", at(62))),
        (64, format!("{} [notice] 1#1: start worker processes", at(64))),
        (65, format!("{} [notice] 1#1: start worker process 29", at(65))),
        (65, format!("{} [notice] 1#1: start worker process 30", at(65))),
    ]
}

pub(super) fn stop(told: i64) -> Script {
    let at = |after: i64| clock(told + after, "%Y/%m/%d %H:%M:%S");
    vec![
        (10, format!("{} [notice] 1#1: signal 15 (SIGTERM) received, exiting", at(10))),
        (30, format!("{} [notice] 29#29: exiting", at(30))),
        (31, format!("{} [notice] 30#30: exiting", at(31))),
        (800, format!("{} [notice] 1#1: exit", at(800))),
    ]
}

pub(super) fn last_words(speaker: &Speaker<'_>, exit: i64) -> Script {
    let at = clock(exit - 40, "%Y/%m/%d %H:%M:%S");
    let service = speaker.service;
    vec![(
        40,
        format!(
            "{at} [emerg] 1#1: host not found in upstream \"{service}-origin.internal\" in \
             /etc/nginx/conf.d/{service}.conf:14\nnginx: [emerg] host not found in upstream \
             \"{service}-origin.internal\" in /etc/nginx/conf.d/{service}.conf:14"
        ),
    )]
}

pub(super) fn work(speaker: &Speaker<'_>, rng: &mut Rng, at: i64, request: &Request) -> Vec<String> {
    let Request { method, path, status, took, bytes, agent, client, .. } = request;
    let seconds = took / 1000.0;
    let when = clock(at, "%d/%b/%Y:%H:%M:%S +0000");
    let line =
        format!("{client} - - [{when}] \"{method} {path} HTTP/1.1\" {status} {bytes} \"-\" \"{agent}\" {seconds:.3}");
    if request.outcome != Outcome::Failed {
        return vec![line];
    }
    let when = clock(at, "%Y/%m/%d %H:%M:%S");
    let connection = rng.u32(10_000..999_999);
    let error = format!(
        "{when} [error] 29#29: *{connection} upstream timed out (110: Operation timed out) while reading response \
         header \
         from upstream, client: {client}, server: _, request: \"{method} {path} HTTP/1.1\", upstream: \
         \"http://{}-origin.internal:8080{path}\"",
        speaker.service
    );
    vec![error, line]
}
