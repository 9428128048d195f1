//! The alarm that stops an execution: `AlarmConfiguration`
//! (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-cw-alarm-monitoring.html>).

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::execution::{Execution, Status};
use super::run::Beat;
use crate::sim::world::{Event, World};

/// Seconds between two looks. AWS names none.
const PACE: f64 = 10.0;

/// An alarm that stops an execution when it fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guard {
    /// Name of the alarm.
    pub(crate) name: String,
    /// Whether the execution goes on where the alarm's state cannot be read.
    pub(crate) ignores_failure: bool,
}

impl World {
    /// Looks at the alarm of an execution that is under way. One that fires, or cannot be read, cancels it as somebody would who
    /// stops it: what its step has for that case is run, and no other target is begun.
    pub(super) fn look_at_alarm(&mut self, execution: &mut Execution) {
        let Some(guard) = execution.alarm.clone() else { return };
        if execution.status.is_final() || execution.status == Status::Cancelling {
            return;
        }
        let (state, why) = match self.state_of(&guard.name) {
            Ok(state) if state == "ALARM" => ("ALARM", format!("alarm {} is in ALARM", guard.name)),
            Err(why) if !guard.ignores_failure => ("UNKNOWN", format!("alarm {} could not be read: {why}", guard.name)),
            Ok(_) | Err(_) => {
                // Rates are those of the clock, whatever the speed.
                let at = self.now + SignedDuration::from_secs(1).max(self.span(PACE));
                return self.plan_at(at, Event::Automation(execution.id.clone(), Beat::Guard));
            }
        };
        execution.triggered = Some(state);
        execution.failure = Some(format!("The automation was stopped: {why}"));
        self.cancel(execution);
    }

    /// The state of an alarm, asked as the role of the execution asks.
    fn state_of(&mut self, name: &str) -> Result<String, String> {
        let input = json!({ "AlarmNames": [name], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"] });
        let answer = self.call_inside("cloudwatch", "DescribeAlarms", &input);
        let answer = match answer {
            // As AWS's own clients do: what is throttled is asked again.
            Err(fault) if fault.code == "ThrottlingException" => return Ok(String::new()),
            other => other.map_err(|fault| fault.message)?,
        };
        let alarms = ["MetricAlarms", "CompositeAlarms"].into_iter().filter_map(|kind| answer[kind].as_array());
        let state = alarms.flatten().find_map(|alarm| alarm["StateValue"].as_str().map(str::to_owned));
        state.ok_or_else(|| "there is none of that name".to_owned())
    }
}

impl Guard {
    /// As the API shows it.
    pub(crate) fn shown(&self) -> Value {
        json!({ "IgnorePollAlarmFailure": self.ignores_failure, "Alarms": [{ "Name": self.name }] })
    }
}
