//! What an instance wrote to its serial console.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::page::{compact, seconds, text};
use super::all_known;
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;

/// Seconds after the launch at which EC2 has posted what was written until then.
const POSTED: f64 = 240.0;

/// Bytes that EC2 keeps of a console.
const KEPT: usize = 65_536;

/// `GetConsoleOutput`: what was posted shortly after the start, or with `Latest` what there is by now, which instances on
/// Nitro support; the last 64 KB of it
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-console.html#instance-console-console-output>).
pub(super) fn output(world: &World, call: &Call<'_>) -> Answer {
    let id = text(call.input, "InstanceId").unwrap_or_default();
    if !id.starts_with("i-") {
        return Err(Fault::new("InvalidInstanceID.Malformed", format!("Invalid id: \"{id}\"")));
    }
    all_known("InvalidInstanceID.NotFound", "instance ID", &[id], |id| world.instances.contains_key(id))?;
    let Some(instance) = world.instances.get(id) else { return Ok(json!({})) };
    // A console falls silent with its machine.
    let until = instance.terminated_at.unwrap_or(world.now);
    let elapsed = until.duration_since(instance.launched_at).as_secs_f64();
    let latest = call.input.get("Latest").and_then(Value::as_bool) == Some(true);
    let shown = if latest { elapsed } else { elapsed.min(POSTED) };
    let there = latest || elapsed >= POSTED;
    let written = world.console_text(instance, shown);
    let from = written.len().saturating_sub(KEPT);
    let posted_at = instance.launched_at + jiff::SignedDuration::from_secs_f64(shown);
    let output = there.then(|| STANDARD.encode(written.as_bytes().get(from..).unwrap_or_default()));
    Ok(compact(json!({ "InstanceId": id, "Timestamp": seconds(posted_at), "Output": output })))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::sim::options::{Options, Scenario};
    use crate::sim::world::instance::Check;

    fn ask(world: &World, input: Value) -> Answer {
        let input = input.as_object().cloned().unwrap();
        output(world, &Call { operation: "GetConsoleOutput", input: &input, now: world.now, region: "eu-west-1" })
    }

    fn told(answer: &Value) -> String {
        String::from_utf8(STANDARD.decode(answer["Output"].as_str().unwrap()).unwrap()).unwrap()
    }

    fn world(scenario: Scenario) -> World {
        let options = Options { scenario, instances: Some(120), ..Options::default() };
        World::new(&options, "2026-11-24T04:00:10Z".parse::<Timestamp>().unwrap())
    }

    #[test]
    fn an_instance_that_never_joined_says_why() {
        let world = world(Scenario::Scale);
        let mut causes = std::collections::BTreeSet::new();
        for instance in world.instances.values() {
            let written = told(&ask(&world, json!({ "InstanceId": instance.id, "Latest": true })).unwrap());
            assert!(written.starts_with("[    0.000000] Linux version") && written.ends_with("\r\n"));
            if matches!(instance.instance_check, Check::Impaired(_)) {
                let cause =
                    ["log mount failed", "Network is unreachable", "Unable to register as a container instance"];
                causes.insert(cause.into_iter().find(|cause| written.contains(cause)).unwrap());
                assert!(!written.contains("Reached target \u{1b}[0;1;39mmulti-user"));
            } else {
                assert!(!written.contains("FAILED"), "{written}");
            }
        }
        assert!(!causes.is_empty());
    }

    #[test]
    fn what_is_new_is_there_only_for_those_who_ask_for_the_latest() {
        let mut world = world(Scenario::Healthy);
        let id = world.instances.values().max_by_key(|i| i.launched_at).unwrap().id.clone();
        let launched = world.instances[&id].launched_at;
        world.now = launched + SignedDuration::from_secs(20);
        let posted = ask(&world, json!({ "InstanceId": id })).unwrap();
        assert!(posted.get("Output").is_none() && posted.get("Timestamp").is_some());
        let latest = told(&ask(&world, json!({ "InstanceId": id, "Latest": true })).unwrap());
        assert!(latest.contains("docker.service") && !latest.contains("ecs.service"), "{latest}");
        world.now = launched + SignedDuration::from_mins(30);
        let posted = told(&ask(&world, json!({ "InstanceId": id })).unwrap());
        let latest = told(&ask(&world, json!({ "InstanceId": id, "Latest": true })).unwrap());
        assert!(posted.contains("login:") && latest.len() > posted.len() && latest.starts_with(&posted));
    }

    #[test]
    fn nobody_else_has_a_console() {
        let world = world(Scenario::Five);
        let code = |id: &str| ask(&world, json!({ "InstanceId": id })).unwrap_err().code;
        assert_eq!(code("i-0123456789abcdef0"), "InvalidInstanceID.NotFound");
        assert_eq!(code("vol-1"), "InvalidInstanceID.Malformed");
    }
}
