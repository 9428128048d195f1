//! A simulated account whose time passes when a test says so.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use quarterdeck::sim::Sim;
use quarterdeck::sim::call::{Answer, Call};
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::services;
use serde_json::{Map, Value, json};

/// Simulated time after which anything has to be over.
const PATIENCE: SignedDuration = SignedDuration::from_hours(9);

/// An account.
pub struct Account {
    sim: Sim,
    now: Arc<Mutex<Timestamp>>,
}

impl Account {
    /// A healthy fleet, the same for the same seed.
    pub fn new(seed: u64) -> Self {
        Self::at_speed(seed, 1.0)
    }

    /// A healthy fleet whose time is shortened.
    pub fn at_speed(seed: u64, speed: f64) -> Self {
        Self::with(Options { scenario: Scenario::Healthy, seed, speed, limits: false, ..Options::default() })
    }

    /// What the options describe.
    pub fn with(options: Options) -> Self {
        let now = Arc::new(Mutex::new("2026-03-01T12:00:00Z".parse().expect("a time")));
        let source = now.clone();
        let clock = Clock::from_source(move || *source.lock().expect("the clock"));
        Self { sim: Sim::new(options, clock), now }
    }

    /// The account itself.
    pub fn sim(&self) -> &Sim {
        &self.sim
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        *self.now.lock().expect("the clock")
    }

    /// Lets so many seconds pass.
    pub fn pass(&self, seconds: i64) {
        self.pass_by(SignedDuration::from_secs(seconds));
    }

    fn pass_by(&self, time: SignedDuration) {
        *self.now.lock().expect("the clock") += time;
        self.sim.with_world(|_| ());
    }

    /// Asks a service.
    pub fn ask(&self, service: &str, operation: &str, input: &Value) -> Answer {
        let input: Map<String, Value> = input.as_object().cloned().expect("an input");
        self.sim.with_world(|world| {
            let (now, region) = (world.now, world.region.clone());
            services::call(world, service, &Call { operation, input: &input, now, region: &region })
        })
    }

    /// Sets what goes wrong from now on.
    pub fn break_with(&self, rules: &[&str]) {
        self.sim.set_faults(rules.iter().map(|rule| rule.parse().expect("a fault")).collect());
    }

    /// Creates a document.
    pub fn create(&self, name: &str, content: &str) -> Answer {
        let format = if content.trim_start().starts_with('{') { "JSON" } else { "YAML" };
        let input = json!({
            "Name": name, "Content": content, "DocumentType": "Automation", "DocumentFormat": format,
        });
        self.ask("ssm", "CreateDocument", &input)
    }

    /// Starts a document and gives the execution's id.
    pub fn start(&self, document: &str, parameters: &Value) -> String {
        let mut input = json!({ "DocumentName": document });
        if parameters.as_object().is_some_and(|given| !given.is_empty()) {
            input["Parameters"] = parameters.clone();
        }
        let answer = self.ask("ssm", "StartAutomationExecution", &input).unwrap_or_else(|fault| panic!("{fault:?}"));
        answer["AutomationExecutionId"].as_str().expect("an id").to_owned()
    }

    /// Stops an execution.
    pub fn stop(&self, id: &str) -> Answer {
        self.ask("ssm", "StopAutomationExecution", &json!({ "AutomationExecutionId": id }))
    }

    /// Sends a signal.
    pub fn signal(&self, id: &str, signal: &str) -> Answer {
        self.ask("ssm", "SendAutomationSignal", &json!({ "AutomationExecutionId": id, "SignalType": signal }))
    }

    /// An execution as it is.
    pub fn execution(&self, id: &str) -> Value {
        let answer = self.ask("ssm", "GetAutomationExecution", &json!({ "AutomationExecutionId": id }));
        answer.expect("the execution is there")["AutomationExecution"].clone()
    }

    /// An execution once `condition` holds, looked at every second.
    pub fn until(&self, id: &str, what: &str, condition: impl Fn(&Value) -> bool) -> Value {
        self.looked_at(id, what, SignedDuration::from_secs(1), condition)
    }

    fn looked_at(&self, id: &str, what: &str, pace: SignedDuration, condition: impl Fn(&Value) -> bool) -> Value {
        let latest = self.now() + PATIENCE;
        while self.now() < latest {
            let execution = self.execution(id);
            if condition(&execution) {
                return execution;
            }
            assert!(!is_over(&execution), "it ended before {what}: {execution:#}");
            self.pass_by(pace);
        }
        panic!("not {what} after {PATIENCE}: {:#}", self.execution(id));
    }

    /// An execution once it is over.
    pub fn ended(&self, id: &str) -> Value {
        self.until(id, "its end", is_over)
    }

    /// An execution once it is at a step, which may be a short one.
    pub fn at_step(&self, id: &str, step: &str) -> Value {
        let (pace, latest) = (SignedDuration::from_millis(150), self.now() + PATIENCE);
        while self.now() < latest && !self.stands_at(id, step) {
            self.pass_by(pace);
        }
        assert!(self.now() < latest, "not at {step} after {PATIENCE}: {:#}", self.execution(id));
        self.execution(id)
    }

    /// Whether an execution's step is under way; asked of the world itself, since it is asked so often.
    fn stands_at(&self, id: &str, step: &str) -> bool {
        self.sim.with_world(|world| {
            let execution = world.automations.get(id).expect("the execution is there");
            let current = execution.under_way().and_then(|place| execution.steps.get(place));
            assert!(!execution.status.is_final(), "it ended before {step}: {:?}", execution.failure);
            current.is_some_and(|run| run.name == step)
        })
    }
}

fn is_over(execution: &Value) -> bool {
    ["Success", "Failed", "TimedOut", "Cancelled"].contains(&status(execution))
}

/// Status of an execution.
pub fn status(execution: &Value) -> &str {
    execution["AutomationExecutionStatus"].as_str().unwrap_or_default()
}

/// Steps that have begun, each with its status.
pub fn path(execution: &Value) -> Vec<String> {
    let steps = execution["StepExecutions"].as_array().into_iter().flatten();
    let begun = steps.filter(|step| step["StepStatus"] != "Pending");
    begun.map(|step| format!("{} {}", text(&step["StepName"]), text(&step["StepStatus"]))).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
