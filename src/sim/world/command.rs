//! Commands that Systems Manager sends to instances
//! (<https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command.html>).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::instance::{Ec2State, Instance};
use super::{Event, World};

/// The script of a command, as far as this world runs it: `echo`, `sleep`, `exit` and `false`; everything else succeeds at
/// once and says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    /// Seconds that it takes.
    pub seconds: f64,
    /// Code that it exits with.
    pub code: i32,
    /// What it writes.
    pub output: String,
}

impl Script {
    /// Reads the lines of a script.
    #[must_use]
    pub fn read<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut script = Self { seconds: 0.5, ..Self::default() };
        for line in lines.into_iter().flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty()) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            script.code = 0;
            match word {
                "echo" => script.output.extend([rest.trim_matches(['"', '\'']), "\n"]),
                "sleep" => script.seconds += rest.trim().parse::<f64>().unwrap_or(0.0).max(0.0),
                "false" => script.code = 1,
                "exit" => {
                    script.code = rest.trim().parse().unwrap_or(0);
                    break;
                }
                _ => {}
            }
        }
        script
    }
}

/// Where an invocation is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Not there yet.
    Pending,
    /// The instance works on it.
    InProgress,
    /// It exited with 0.
    Success,
    /// It exited with another code.
    Failed,
    /// It never got there.
    DeliveryTimedOut,
    /// It took too long.
    ExecutionTimedOut,
}

impl Stage {
    /// Status and details, as Systems Manager spells them
    /// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html>).
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Pending => ("Pending", "Pending"),
            Self::InProgress => ("InProgress", "InProgress"),
            Self::Success => ("Success", "Success"),
            Self::Failed => ("Failed", "Failed"),
            Self::DeliveryTimedOut => ("TimedOut", "DeliveryTimedOut"),
            Self::ExecutionTimedOut => ("TimedOut", "ExecutionTimedOut"),
        }
    }
}

/// A command.
#[derive(Debug, Clone)]
pub struct Command {
    /// UUID.
    pub id: String,
    /// Document that it runs.
    pub document: String,
    /// What was said of it.
    pub comment: String,
    /// Parameters as they were given.
    pub parameters: serde_json::Value,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Seconds in which it has to arrive.
    pub delivery_seconds: i64,
    /// Seconds that it may take.
    pub execution_seconds: f64,
    /// What instances do.
    pub script: Script,
    /// How it stands, by instance.
    pub invocations: BTreeMap<String, Invocation>,
}

/// A command on one instance.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// How it stands.
    pub stage: Stage,
    /// When the instance began.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
}

/// Whether an instance has an agent that Systems Manager reaches: the AMI brings one, unless user data turns it off.
#[must_use]
pub fn is_managed(instance: &Instance) -> bool {
    let off = instance.user_data.lines().any(|line| line.contains("disable") && line.contains("amazon-ssm-agent"));
    instance.sound && instance.state == Ec2State::Running && !off
}

impl World {
    /// Sends a command to instances that are managed.
    pub(crate) fn send_command(&mut self, command: Command) {
        let id = command.id.clone();
        let instances: Vec<String> = command.invocations.keys().cloned().collect();
        self.commands.insert(id.clone(), command);
        for instance in instances {
            let seconds = self.between(0.5, 2.0);
            self.plan_in(seconds, Event::Command(id.clone(), instance));
        }
    }

    /// A command reaches an instance, or is over there, or has taken too long.
    pub(super) fn command_goes_on(&mut self, id: &str, instance: &str) {
        let reached = self.instances.get(instance).is_some_and(is_managed);
        let Some(command) = self.commands.get(id) else { return };
        let Some(invocation) = command.invocations.get(instance) else { return };
        let (execution, seconds) = (command.execution_seconds, command.script.seconds);
        let expires = command.sent_at + self.span(command.delivery_seconds as f64);
        let (stage, next) = match invocation.stage {
            Stage::Pending if reached => (Stage::InProgress, Some(self.now + self.span(seconds.min(execution)))),
            Stage::Pending if self.now < expires => (Stage::Pending, Some(expires)),
            Stage::Pending => (Stage::DeliveryTimedOut, None),
            Stage::InProgress => {
                let began = invocation.started_at.unwrap_or(self.now);
                let latest = began + self.span(execution);
                match (reached && seconds < execution, command.script.code) {
                    (true, 0) => (Stage::Success, None),
                    (true, _) => (Stage::Failed, None),
                    (false, _) if self.now < latest => (Stage::InProgress, Some(latest)),
                    (false, _) => (Stage::ExecutionTimedOut, None),
                }
            }
            over => (over, None),
        };
        self.set_stage(id, instance, stage);
        if let Some(at) = next {
            self.plan_at(at, Event::Command(id.to_owned(), instance.to_owned()));
        }
    }

    fn set_stage(&mut self, id: &str, instance: &str, stage: Stage) {
        let now = self.now;
        let Some(invocation) = self.commands.get_mut(id).and_then(|command| command.invocations.get_mut(instance))
        else {
            return;
        };
        invocation.stage = stage;
        match stage {
            Stage::Pending => {}
            Stage::InProgress => drop(invocation.started_at.get_or_insert(now)),
            _ => drop(invocation.ended_at.get_or_insert(now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Script;

    #[test]
    fn a_script_says_waits_and_exits() {
        let said = |lines: &[&str]| {
            let script = Script::read(lines.iter().copied());
            (script.output, script.seconds, script.code)
        };
        assert_eq!(said(&["echo \"up\"", "dnf -y upgrade", "sleep 3"]), ("up\n".to_owned(), 3.5, 0));
        assert_eq!(said(&["exit 3", "echo never"]), (String::new(), 0.5, 3));
        assert_eq!(said(&["echo a\nfalse"]), ("a\n".to_owned(), 0.5, 1));
        assert_eq!(said(&["false", "true"]), (String::new(), 0.5, 0));
    }
}
