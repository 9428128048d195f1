//! Executions: those that run and those of the last day, with the steps of what is worth knowing closely.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_sdk_ssm::types::{
    AutomationExecution, AutomationExecutionFilter, AutomationExecutionFilterKey, AutomationExecutionMetadata,
    StepExecution,
};
use jiff::{SignedDuration, Timestamp};

use crate::aws::Aws;
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{count, each, maybe, time, word, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, Page, all_pages, required, without_repeats};
use crate::fleet::execution::{Details, Execution, ExecutionStatus, Progress, Step, Values};
use crate::fleet::reading::{Failure, FailureKind};

const LIST: &str = "ssm:DescribeAutomationExecutions";
const GET: &str = "ssm:GetAutomationExecution";
const STEPS: &str = "ssm:DescribeAutomationStepExecutions";
/// The largest page, from the service model.
const PAGE: i32 = 50;
/// Executions that are listed at most, the newest first.
const MOST: usize = 200;
/// Executions that ended longer ago are not listed.
const LISTED: SignedDuration = SignedDuration::from_hours(24);
/// Executions whose details are read at once: AWS answers three a second for the whole account.
const CLOSELY: usize = 6;
/// How many of these may be under way: what has ended is to get its turn too.
const RUNNING: usize = 4;
/// Seconds after which others that are under way get their turn.
const TURN: i64 = 4;
/// Words for something that goes on. A filter takes up to ten values.
const GOING_ON: [&str; 7] =
    ["Pending", "InProgress", "Waiting", "Cancelling", "PendingApproval", "Scheduled", "RunbookInProgress"];

/// What of executions is wanted closely.
pub(in crate::aws) struct Wish<'a> {
    /// Those that have ended and whose details are held already: they never change.
    pub known: &'a [String],
    /// The one whose page is open.
    pub opened: Option<&'a str>,
    /// The fleet's own documents.
    pub own: &'a [String],
}

/// Executions, the newest first.
pub(in crate::aws) async fn read(calls: &Calls, wish: Wish<'_>) -> Gathered<Vec<Execution>> {
    let mut harvest = list(calls, going_on()).await;
    let since = calls.now().saturating_sub(LISTED).unwrap_or(Timestamp::MIN);
    harvest.join(list(calls, started_since(since)).await);
    without_repeats(&mut harvest.rows, |one| &one.id);
    harvest.rows.sort_by(|one, other| (other.started_at, &other.id).cmp(&(one.started_at, &one.id)));
    if harvest.rows.len() > MOST {
        harvest.spare(format!("executions before the newest {MOST}"));
        harvest.rows.truncate(MOST);
    }
    look_closely(calls, &mut harvest, &wish).await;
    harvest.finish()
}

fn filter(key: AutomationExecutionFilterKey, values: &[String]) -> Option<AutomationExecutionFilter> {
    AutomationExecutionFilter::builder().key(key).set_values(Some(values.to_vec())).build().ok()
}

fn going_on() -> Option<AutomationExecutionFilter> {
    filter(AutomationExecutionFilterKey::ExecutionStatus, &GOING_ON.map(str::to_owned))
}

fn started_since(since: Timestamp) -> Option<AutomationExecutionFilter> {
    let since = since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    filter(AutomationExecutionFilterKey::StartTimeAfter, &[since])
}

/// Pages up to the most that is listed.
async fn list(calls: &Calls, filter: Option<AutomationExecutionFilter>) -> Harvest<Execution> {
    let pages = std::sync::atomic::AtomicUsize::new(0);
    all_pages("executions", |token| {
        let (filter, pages) = (filter.clone(), &pages);
        async move {
            let request = calls
                .clients
                .ssm
                .describe_automation_executions()
                .set_filters(filter.map(|filter| vec![filter]))
                .max_results(PAGE)
                .set_next_token(token);
            let output = calls.call(Family::AutomationLists, LIST, request.send()).await?;
            let rows: Vec<Execution> = output.automation_execution_metadata_list().iter().filter_map(listed).collect();
            let read = pages.fetch_add(rows.len(), std::sync::atomic::Ordering::Relaxed) + rows.len();
            Ok::<_, Refusal>(Page { rows, next: output.next_token.filter(|_| read <= MOST) })
        }
    })
    .await
}

/// Whose details to read: of the one that is opened, of those that go on, and of those that nobody has looked at yet; a few at a time.
/// Where more go on than that, it is another few of them each time.
fn closely(rows: &[Execution], wish: &Wish<'_>, now: Timestamp) -> Vec<String> {
    let known: HashSet<&str> = wish.known.iter().map(String::as_str).collect();
    let wanted = rows.iter().filter(|one| !known.contains(one.id.as_str()));
    let (first, rest): (Vec<&Execution>, Vec<&Execution>) =
        wanted.partition(|one| wish.opened == Some(one.id.as_str()));
    let (mut running, mut ended): (Vec<&Execution>, Vec<&Execution>) =
        rest.into_iter().partition(|one| !one.status.is_over());
    if running.len() > RUNNING {
        let turn = usize::try_from(now.as_second() / TURN).unwrap_or(0).wrapping_mul(RUNNING);
        let first = turn % running.len();
        running.rotate_left(first);
        running.truncate(RUNNING);
    }
    ended.sort_by_key(|one| !wish.own.contains(&one.document));
    first.into_iter().chain(running).chain(ended).take(CLOSELY).map(|one| one.id.clone()).collect()
}

async fn look_closely(calls: &Calls, harvest: &mut Harvest<Execution>, wish: &Wish<'_>) {
    let ids = closely(&harvest.rows, wish, calls.now());
    let answers =
        futures::future::join_all(ids.iter().map(|id| looked_at(calls, id, wish.opened == Some(id.as_str())))).await;
    let mut found = HashMap::new();
    for (id, answer) in ids.into_iter().zip(answers) {
        match answer {
            Ok(execution) => drop(found.insert(id, execution)),
            // It was listed a moment ago and is past its thirty days now.
            Err(refusal) if refusal.is("AutomationExecutionNotFoundException") => {}
            Err(refusal) => harvest.lack(format!("details of execution {id}"), refusal),
        }
    }
    for row in &mut harvest.rows {
        if let Some(execution) = found.remove(&row.id) {
            *row = execution;
        }
    }
}

impl Aws {
    /// One execution with its details.
    ///
    /// # Errors
    /// The failure.
    pub async fn execution(&self, id: &str) -> Result<Execution, Failure> {
        let refused = |outcome: &Result<Execution, Failure>| {
            outcome.as_ref().is_err_and(|failure| failure.kind == FailureKind::Credentials)
        };
        self.with_calls(refused, |calls| async move { Ok(get(&calls, id).await?) }).await
    }
}

/// One with its details; with all of its steps if its page is open, for an answer holds a hundred of them.
async fn looked_at(calls: &Calls, id: &str, opened: bool) -> Result<Execution, Refusal> {
    let mut execution = get(calls, id).await?;
    if let Some(details) = execution.details.as_mut().filter(|details| opened && details.steps_cut) {
        let read = all_pages("steps", |token| steps(calls, id, token)).await;
        details.steps_cut = !read.missing.is_empty();
        if read.rows.len() > details.steps.len() {
            details.steps = read.rows;
        }
    }
    Ok(execution)
}

async fn steps(calls: &Calls, id: &str, token: Option<String>) -> Result<Page<Step>, Refusal> {
    let request = calls.clients.ssm.describe_automation_step_executions().automation_execution_id(id);
    let request = request.max_results(PAGE).set_next_token(token);
    let output = calls.call(Family::AutomationSteps, STEPS, request.send()).await?;
    Ok(Page { rows: output.step_executions().iter().map(step).collect(), next: output.next_token })
}

async fn get(calls: &Calls, id: &str) -> Result<Execution, Refusal> {
    let request = calls.clients.ssm.get_automation_execution().automation_execution_id(id);
    let output = calls.call(Family::AutomationReads, GET, request.send()).await?;
    Ok(described(id, &required(output.automation_execution, GET, "AutomationExecution")?))
}

fn listed(one: &AutomationExecutionMetadata) -> Option<Execution> {
    Some(Execution {
        id: maybe(one.automation_execution_id())?,
        document: words(one.document_name()),
        version: maybe(one.document_version()),
        status: status(one.automation_execution_status().map(|status| status.as_str())),
        mode: maybe(one.mode().map(|mode| mode.as_str())),
        started_at: time(one.execution_start_time()),
        ended_at: time(one.execution_end_time()),
        started_by: maybe(one.executed_by()),
        parent: maybe(one.parent_automation_execution_id()),
        current_step: maybe(one.current_step_name()),
        failure: maybe(one.failure_message()),
        target: maybe(one.target()),
        outputs: values(one.outputs()),
        details: None,
    })
}

fn described(id: &str, one: &AutomationExecution) -> Execution {
    Execution {
        id: words(Some(id)),
        document: words(one.document_name()),
        version: maybe(one.document_version()),
        status: status(one.automation_execution_status().map(|status| status.as_str())),
        mode: maybe(one.mode().map(|mode| mode.as_str())),
        started_at: time(one.execution_start_time()),
        ended_at: time(one.execution_end_time()),
        started_by: maybe(one.executed_by()),
        parent: maybe(one.parent_automation_execution_id()),
        current_step: maybe(one.current_step_name()),
        failure: maybe(one.failure_message()),
        target: maybe(one.target()),
        outputs: values(one.outputs()),
        details: Some(details(one)),
    }
}

fn details(one: &AutomationExecution) -> Details {
    let progress = one.progress_counters().map(|counters| Progress {
        total: count(counters.total_steps()),
        success: count(counters.success_steps()),
        failed: count(counters.failed_steps()),
        cancelled: count(counters.cancelled_steps()),
        timed_out: count(counters.timed_out_steps()),
    });
    Details {
        parameters: values(one.parameters()),
        steps: one.step_executions().iter().map(step).collect(),
        steps_cut: one.step_executions_truncated(),
        progress: progress.filter(|progress| progress.total > 0),
        target_parameter: maybe(one.target_parameter_name()),
        targets: targets(one),
    }
}

/// What rate control runs for: the values that were given, else those that AWS found.
fn targets(one: &AutomationExecution) -> Vec<String> {
    let given = one.targets().iter().filter(|target| target.key() == Some("ParameterValues"));
    let given: Vec<String> = given.flat_map(|target| each(target.values())).collect();
    let found = one.resolved_targets().map(|targets| each(targets.parameter_values())).unwrap_or_default();
    if given.is_empty() { found } else { given }
}

fn step(one: &StepExecution) -> Step {
    let inputs = one.inputs().into_iter().flatten();
    Step {
        id: words(one.step_execution_id()),
        name: words(one.step_name()),
        action: words(one.action()),
        status: status(one.step_status().map(|status| status.as_str())),
        started_at: time(one.execution_start_time()),
        ended_at: time(one.execution_end_time()),
        inputs: inputs.map(|(name, value)| (words(Some(name)), words(Some(value)))).collect::<BTreeMap<_, _>>(),
        outputs: values(one.outputs()),
        failure: maybe(one.failure_message()),
        response: maybe(one.response()),
        parent: one.parent_step_details().and_then(|parent| maybe(parent.step_name())),
    }
}

fn status(text: Option<&str>) -> ExecutionStatus {
    word(text.unwrap_or_default())
}

fn values(map: Option<&HashMap<String, Vec<String>>>) -> Values {
    map.into_iter().flatten().map(|(name, values)| (words(Some(name)), each(values))).collect()
}
