//! An instance: what its kernel, systemd and the ECS agent leave in the journal.

use fastrand::Rng;

use super::{Script, Speaker, clock, iso, word};

fn line(speaker: &Speaker<'_>, at: i64, unit: &str, text: &str) -> String {
    format!("{} {} {unit}: {text}", clock(at, "%b %d %H:%M:%S"), speaker.task)
}

fn agent(speaker: &Speaker<'_>, at: i64, level: &str, text: &str) -> String {
    agent_with(speaker, at, level, text, "")
}

/// What the agent says, with further fields.
fn agent_with(speaker: &Speaker<'_>, at: i64, level: &str, text: &str, fields: &str) -> String {
    line(speaker, at, "ecs-agent[1894]", &format!("level={level} time={} msg=\"{text}\"{fields}", iso(at)))
}

pub(super) fn start(speaker: &Speaker<'_>, from: i64) -> Script {
    let say = |after: i64, unit: &str, text: &str| (after, line(speaker, from + after, unit, text));
    vec![
        say(0, "kernel", "Linux version 6.1.112-124.190.amzn2023.x86_64 (mockbuild@ip-10-0-36-148)"),
        say(900, "systemd[1]", "Reached target network-online.target - Network is Online."),
        say(2_300, "cloud-init[1611]", "Cloud-init v. 22.2.2 running 'modules:config'. Up 11.42 seconds."),
        say(3_000, "systemd[1]", "Started docker.service - Docker Application Container Engine."),
        say(3_400, "amazon-ecs-init[1851]", "level=info msg=\"pre-start\""),
        (5_200, agent(speaker, from + 5_200, "info", "Loading configuration")),
        (5_900, agent(speaker, from + 5_900, "info", "Amazon ECS agent starting agentVersion=1.103.1 commit=7a8a4e2b")),
        (7_800, agent(speaker, from + 7_800, "info", "Registered container instance with cluster!")),
        (8_300, agent(speaker, from + 8_300, "info", "Connected to ACS endpoint")),
    ]
}

pub(super) fn stop(speaker: &Speaker<'_>, told: i64) -> Script {
    let say = |after: i64, unit: &str, text: &str| (after, line(speaker, told + after, unit, text));
    vec![
        say(0, "systemd-logind[1502]", "Power key pressed short."),
        say(40, "systemd-logind[1502]", "System is powering down."),
        say(120, "systemd[1]", "Stopping ecs.service - Amazon Elastic Container Service - container agent..."),
        say(1_900, "systemd[1]", "Stopped ecs.service - Amazon Elastic Container Service - container agent."),
        say(2_800, "systemd[1]", "Reached target poweroff.target - System Power Off."),
    ]
}

/// A container has exited; at 137 the kernel has killed it for its memory.
pub(super) fn exited(speaker: &Speaker<'_>, at: i64, task_arn: &str, container: &str, code: i32) -> Vec<String> {
    let killed = format!(
        "Memory cgroup out of memory: Killed process 21877 ({container}) total-vm:4194304kB, anon-rss:3145216kB"
    );
    let fields = format!(" task={task_arn} container={container} exitCode={code}");
    let kernel = (code == 137).then(|| line(speaker, at, "kernel", &killed));
    kernel.into_iter().chain([agent_with(speaker, at, "info", "Container exited", &fields)]).collect()
}

/// The agent cannot reach ECS.
pub(super) fn deaf(speaker: &Speaker<'_>, rng: &mut Rng, at: i64) -> Vec<String> {
    let wait = rng.u32(20..60);
    vec![
        agent(
            speaker,
            at,
            "error",
            "Unable to open ACS endpoint: websocket client: unable to dial: dial tcp: i/o timeout",
        ),
        agent(speaker, at, "warn", &format!("Error connecting to ACS; will retry in {wait}s")),
    ]
}

pub(super) fn work(speaker: &Speaker<'_>, rng: &mut Rng, at: i64) -> Vec<String> {
    let text = match rng.u32(..200) {
        0 => return vec![line(speaker, at, "kernel", "oom_kill_process: 14 callbacks suppressed")],
        1..20 => {
            let text = "Selected source 169.254.169.123";
            return vec![line(speaker, at, "chronyd[1523]", text)];
        }
        20..50 => {
            let name = word(rng, &["fstrim", "systemd-tmpfiles-clean", "update-motd", "refresh-policy-routes@ens5"]);
            return vec![line(speaker, at, "systemd[1]", &format!("{name}.service: Deactivated successfully."))];
        }
        50..110 => "Event stream DeregisterContainerInstance stopped: no listener".to_owned(),
        110..112 => return vec![agent(speaker, at, "warn", "Could not get docker stats: context deadline exceeded")],
        _ => format!("TCS metric publisher sent {} task metrics", rng.u32(4..22)),
    };
    vec![agent(speaker, at, "info", &text)]
}
