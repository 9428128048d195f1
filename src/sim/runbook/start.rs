//! How an execution begins
//! (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html>).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::document::Document;
use super::execution::{Execution, Mode, Status};
use super::guard::Guard;
use super::parameter;
use super::rate::{Asked, Rate};
use super::run::Beat;
use super::selector::shown;
use crate::sim::call::Fault;
use crate::sim::world::World;

/// Executions at once, and those that wait for room
/// (<https://docs.aws.amazon.com/general/latest/gr/ssm.html>).
const CONCURRENT: usize = 100;
const QUEUED: usize = 5_000;

/// Executions with rate control at once, and those that wait for room
/// (<https://docs.aws.amazon.com/general/latest/gr/ssm.html>).
const RATES: usize = 25;
const QUEUED_RATES: usize = 1_000;

/// Executions one above another: a child may start a child, up to five levels
/// (<https://docs.aws.amazon.com/general/latest/gr/ssm.html>).
const DEPTH: usize = 5;

/// What is started.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    /// Name or ARN of the document.
    pub(crate) document: String,
    /// Its version.
    pub(crate) version: Option<String>,
    /// Parameters as lists of texts.
    pub(crate) given: Map<String, Value>,
    /// Auto or Interactive.
    pub(crate) mode: Mode,
    /// Tags by key.
    pub(crate) tags: BTreeMap<String, String>,
    /// What makes it the same start.
    pub(crate) token: Option<String>,
    /// ARN of who starts it.
    pub(crate) by: String,
    /// Execution and place of the step that starts it.
    pub(crate) parent: Option<(String, usize)>,
    /// Executions above it.
    pub(crate) depth: usize,
    /// Targets that it starts executions for.
    pub(crate) rate: Option<Asked>,
    /// The one target that it is for, of several.
    pub(crate) target: Option<String>,
    /// The alarm that stops it.
    pub(crate) alarm: Option<Guard>,
}

impl Start {
    /// What a step of an execution starts.
    pub(super) fn of_step(execution: &Execution, place: usize, inputs: &Map<String, Value>) -> Result<Self, String> {
        if execution.depth + 1 >= DEPTH {
            return Err(format!("executions are nested {DEPTH} deep at most"));
        }
        let word = |name: &str| inputs.get(name).map(shown);
        let mut given = Map::new();
        for (name, value) in inputs.get("RuntimeParameters").and_then(Value::as_object).into_iter().flatten() {
            let items = match value {
                Value::Array(items) => items.iter().map(|item| Value::from(shown(item))).collect(),
                one => vec![Value::from(shown(one))],
            };
            given.insert(name.clone(), Value::Array(items));
        }
        let tags = inputs.get("Tags").and_then(Value::as_array).into_iter().flatten();
        let tags =
            tags.filter_map(|tag| Some((shown(tag.get("Key")?), tag.get("Value").map(shown).unwrap_or_default())));
        Ok(Self {
            document: word("DocumentName").unwrap_or_default(),
            version: word("DocumentVersion"),
            given,
            mode: Mode::Auto,
            tags: tags.collect(),
            token: None,
            by: execution.executed_by.clone(),
            parent: Some((execution.id.clone(), place)),
            depth: execution.depth + 1,
            rate: None,
            target: None,
            alarm: None,
        })
    }
}

impl World {
    /// Starts an execution and gives its id; the same id for the same start.
    ///
    /// # Errors
    /// What `StartAutomationExecution` answers.
    pub(crate) fn start_automation(&mut self, start: Start) -> Result<String, Fault> {
        if let Some(same) = self.same_start(&start)? {
            return Ok(same);
        }
        let name = start.document.rsplit('/').next().unwrap_or_default().to_owned();
        let unknown = || {
            let message = format!("Automation Definition Not Found for DocumentName={name}");
            Fault::new("AutomationDefinitionNotFoundException", message)
        };
        let stored = self.documents.get(&name).ok_or_else(unknown)?;
        if start.version.as_deref().is_some_and(|version| !["1", "$DEFAULT", "$LATEST"].contains(&version)) {
            let message = format!("Version {} of document {name} does not exist.", start.version.unwrap_or_default());
            return Err(Fault::new("AutomationDefinitionVersionNotFoundException", message));
        }
        let document = stored.document.clone();
        let invalid = |message| Fault::new("InvalidAutomationExecutionParametersException", message);
        let rate = start.rate.clone().map(|asked| Rate::new(asked, &|tag| self.tagged(tag))).transpose()?;
        let parameters = bound(&document, &start.given, rate.as_ref()).map_err(invalid)?;
        self.expect_room(rate.is_some())?;
        let execution = Execution {
            id: self.fresh_id(),
            variables: document.variables.iter().map(|(name, one)| (name.clone(), one.default.clone())).collect(),
            document,
            document_name: name,
            document_version: "1".into(),
            status: Status::Pending,
            started_at: self.now,
            ended_at: None,
            parameters,
            given: start.given,
            outputs: BTreeMap::new(),
            steps: Vec::new(),
            mode: start.mode,
            tags: start.tags,
            executed_by: start.by,
            parent: start.parent,
            depth: start.depth,
            target: start.target,
            rate: rate.map(Arc::new),
            alarm: start.alarm,
            triggered: None,
            client_token: start.token,
            failure: None,
            marred: None,
            completing: false,
            at: 0,
            turn: None,
            released: false,
        };
        let id = execution.id.clone();
        self.automations.insert(id.clone(), execution);
        self.admit_automations();
        Ok(id)
    }

    /// The execution that has begun with the same token, which has to have been the same start.
    fn same_start(&self, start: &Start) -> Result<Option<String>, Fault> {
        let Some(token) = &start.token else { return Ok(None) };
        let Some(known) = self.automations.values().find(|one| one.client_token.as_ref() == Some(token)) else {
            return Ok(None);
        };
        let same = start.document.rsplit('/').next() == Some(&known.document_name)
            && (&start.given, start.mode, &start.tags) == (&known.given, known.mode, &known.tags)
            && start.rate.as_ref() == known.rate.as_ref().map(|rate| &rate.asked)
            && start.alarm == known.alarm;
        if same {
            return Ok(Some(known.id.clone()));
        }
        let message = "Error in idempotency: the client token was used with other parameters.";
        Err(Fault::new("IdempotentParameterMismatch", message))
    }

    fn waiting_automations(&self) -> impl Iterator<Item = &Execution> {
        self.automations.values().filter(|one| one.status == Status::Pending && one.steps.is_empty())
    }

    fn expect_room(&self, rate: bool) -> Result<(), Fault> {
        let waiting = self.waiting_automations().filter(|one| one.rate.is_some() == rate).count();
        if waiting >= if rate { QUEUED_RATES } else { QUEUED } {
            let message = "The number of queued automation executions exceeded the limit.";
            return Err(Fault::new("AutomationExecutionLimitExceededException", message));
        }
        Ok(())
    }

    /// Lets the oldest of those that wait begin, as far as there is room.
    pub(super) fn admit_automations(&mut self) {
        let running = self.automations.values().filter(|one| !one.status.is_final() && one.status != Status::Pending);
        // Those that act at this moment are not among them.
        let running: Vec<bool> = running.map(|one| one.rate.is_some()).chain(self.acting.iter().copied()).collect();
        let rates = running.iter().filter(|rate| **rate).count();
        let (mut room, mut room_for_rates) = (CONCURRENT.saturating_sub(running.len()), RATES.saturating_sub(rates));
        let waiting = self.waiting_automations().map(|one| (one.started_at, one.id.clone(), one.rate.is_some()));
        let mut waiting: Vec<_> = waiting.collect();
        waiting.sort();
        for (_, id, rate) in waiting {
            if room == 0 || (rate && room_for_rates == 0) {
                continue;
            }
            room -= 1;
            room_for_rates -= usize::from(rate);
            let mut guarded = false;
            if let Some(execution) = self.automations.get_mut(&id) {
                execution.status = Status::InProgress;
                guarded = execution.alarm.is_some();
            }
            if guarded {
                self.plan_beat(&id, 0.0, Beat::Guard);
            }
            let seconds = self.between(0.3, 0.8);
            self.plan_beat(&id, seconds, Beat::Begin(0));
        }
    }
}

/// The values of parameters: with rate control those that all targets share, once the others have been found to fit.
fn bound(
    document: &Document,
    given: &Map<String, Value>,
    rate: Option<&Rate>,
) -> Result<BTreeMap<String, Value>, String> {
    let Some(rate) = rate else { return parameter::bind(&document.parameters, given) };
    let mut shared = BTreeMap::new();
    for target in &rate.targets {
        shared = parameter::bind(&document.parameters, &Rate::given(target, given))?;
    }
    shared.retain(|name, _| !rate.varies(name));
    Ok(shared)
}
