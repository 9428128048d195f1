//! Tasks, running and stopped, listed and described.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aws_sdk_ecs::operation::list_tasks::builders::ListTasksFluentBuilder;
use aws_sdk_ecs::types::{Container as DescribedContainer, DesiredStatus, NetworkBinding, Task as Described};
use futures::future::join_all;

use super::{BATCH, PAGE, note_failures};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{maybe, port, time, word, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{
    Gathered, Harvest, Page, all_pages, in_batches, list_and_describe, required, without_repeats,
};
use crate::fleet::focus::{MOST_TASKS, TaskOwner, TaskScope};
use crate::fleet::task::{Container, HealthStatus, PortBinding, Protection, Task, TaskStatus};

const LIST: &str = "ecs:ListTasks";
const DESCRIBE: &str = "ecs:DescribeTasks";

/// What ListTasks says of a service that does not exist (any more). Its page names no code of its own for a container instance.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html>
const SERVICE_GONE: &str = "ServiceNotFoundException";
const INSTANCE_GONE: &str = "InvalidParameterException";

/// Stopped tasks that are read where running ones are read in part: a service whose tasks fail at once leaves thousands within the hour.
const MOST_STOPPED: usize = MOST_TASKS;

/// What is left out where a fleet has too many tasks.
const THE_REST: &str = "tasks of what is neither looked at nor in trouble";

/// Tasks of the cluster that are meant to run, as far as `scope` goes, and those that ECS still remembers of the stopped
/// ones (about an hour). One list leads to the one kind or the other, never to both.
pub(in crate::aws) async fn read(calls: &Calls, cluster: &str, scope: &TaskScope) -> Gathered<Vec<Task>> {
    let most_stopped = if *scope == TaskScope::All { usize::MAX } else { MOST_STOPPED };
    let (mut harvest, stopped) = futures::join!(
        running(calls, cluster, scope),
        first(calls, cluster, "stopped tasks", DesiredStatus::Stopped, most_stopped),
    );
    harvest.join(stopped);
    // A task that stops between the two lists is in both.
    without_repeats(&mut harvest.rows, |row| &row.arn);
    harvest.finish()
}

async fn running(calls: &Calls, cluster: &str, scope: &TaskScope) -> Harvest<Task> {
    match scope {
        TaskScope::All => first(calls, cluster, "tasks", DesiredStatus::Running, usize::MAX).await,
        TaskScope::UpTo(most) => first(calls, cluster, "tasks", DesiredStatus::Running, *most).await,
        TaskScope::Of { owners, .. } => of_owners(calls, cluster, owners).await,
    }
}

/// The first `most` tasks that are meant to have a status, or up to a page more.
async fn first(calls: &Calls, cluster: &str, noun: &str, status: DesiredStatus, most: usize) -> Harvest<Task> {
    let (listed, cut) = (AtomicUsize::new(0), AtomicBool::new(false));
    let list = |token| {
        let (listed, cut) = (&listed, &cut);
        let request = calls.clients.ecs.list_tasks().desired_status(status.clone());
        async move {
            let mut page = list(calls, cluster, request, token).await?;
            if listed.fetch_add(page.rows.len(), Ordering::Relaxed) + page.rows.len() >= most {
                cut.store(page.next.take().is_some_and(|next| !next.is_empty()), Ordering::Relaxed);
            }
            Ok::<_, Refusal>(page)
        }
    };
    let mut harvest = list_and_describe(noun, BATCH, list, |arns| describe(calls, cluster, arns)).await;
    if cut.load(Ordering::Relaxed) {
        harvest.spare(format!("{noun} after the first ones"));
    }
    harvest
}

/// The tasks of some owners: a list for each, then all of them described together.
async fn of_owners(calls: &Calls, cluster: &str, owners: &[TaskOwner]) -> Harvest<Task> {
    let lists = join_all(owners.iter().map(|owner| of_owner(calls, cluster, owner))).await;
    let (mut arns, mut lost) = (Vec::new(), Vec::new());
    for listed in lists {
        arns.extend(listed.rows);
        lost.extend(listed.missing);
    }
    without_repeats(&mut arns, |arn| arn);
    let mut harvest = in_batches("tasks", &arns, BATCH, |arns| describe(calls, cluster, arns)).await;
    harvest.missing.extend(lost);
    harvest.spare(THE_REST);
    harvest
}

async fn of_owner(calls: &Calls, cluster: &str, owner: &TaskOwner) -> Harvest<String> {
    let request = calls.clients.ecs.list_tasks();
    let (request, name, gone) = match owner {
        TaskOwner::Service(name) => (request.service_name(name), name.as_str(), SERVICE_GONE),
        TaskOwner::ContainerInstance(arn) => {
            (request.container_instance(arn), arn.rsplit('/').next().unwrap_or(arn), INSTANCE_GONE)
        }
    };
    all_pages(&format!("tasks of {name}"), |token| {
        let listed = list(calls, cluster, request.clone(), token);
        async move {
            match listed.await {
                // It left between the read that named it and this one, and its tasks with it.
                Err(refusal) if refusal.is(gone) => Ok(Page { rows: Vec::new(), next: None }),
                other => other,
            }
        }
    })
    .await
}

async fn list(
    calls: &Calls,
    cluster: &str,
    request: ListTasksFluentBuilder,
    token: Option<String>,
) -> Result<Page<String>, Refusal> {
    let request = request.cluster(cluster).max_results(PAGE).set_next_token(token);
    let output = calls.call(Family::EcsCluster, LIST, request.send()).await?;
    Ok(Page { rows: required(output.task_arns, LIST, "taskArns")?, next: output.next_token })
}

async fn describe(calls: &Calls, cluster: &str, arns: Vec<String>) -> Result<Harvest<Task>, Refusal> {
    let request = calls.clients.ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns));
    let output = calls.call(Family::EcsCluster, DESCRIBE, request.send()).await?;
    let mut harvest = Harvest::default();
    harvest.land(required(output.tasks, DESCRIBE, "tasks")?.iter().filter_map(convert));
    note_failures(&mut harvest, DESCRIBE, &output.failures.unwrap_or_default());
    Ok(harvest)
}

fn convert(task: &Described) -> Option<Task> {
    Some(Task {
        arn: maybe(task.task_arn())?,
        group: maybe(task.group()),
        started_by: maybe(task.started_by()),
        task_definition: words(task.task_definition_arn()),
        container_instance_arn: maybe(task.container_instance_arn()),
        last_status: word::<TaskStatus>(task.last_status().unwrap_or_default()),
        desired_status: word::<TaskStatus>(task.desired_status().unwrap_or_default()),
        health: task.health_status().map(|health| word::<HealthStatus>(health.as_str())),
        launch_type: maybe(task.launch_type().map(|launch| launch.as_str())),
        availability_zone: maybe(task.availability_zone()),
        cpu: task.cpu().and_then(|cpu| amount(cpu, "vcpu")),
        memory: task.memory().and_then(|memory| amount(memory, "gb")),
        created_at: time(task.created_at()),
        started_at: time(task.started_at()),
        stopping_at: time(task.stopping_at()),
        stopped_at: time(task.stopped_at()),
        stop_code: maybe(task.stop_code().map(|code| code.as_str())),
        stopped_reason: maybe(task.stopped_reason()),
        containers: task.containers().iter().map(convert_container).collect(),
        private_ip: private_ip(task),
        protection: Protection::NotAsked,
    })
}

/// The address of the task's own network interface.
fn private_ip(task: &Described) -> Option<String> {
    let details = task.attachments().iter().flat_map(|attachment| attachment.details());
    let address =
        details.filter(|detail| detail.name() == Some("privateIPv4Address")).find_map(|detail| detail.value());
    let interfaces = task.containers().iter().flat_map(|container| container.network_interfaces());
    maybe(address.or_else(|| interfaces.filter_map(|interface| interface.private_ipv4_address()).next()))
}

fn convert_container(container: &DescribedContainer) -> Container {
    Container {
        name: words(container.name()),
        last_status: words(container.last_status()),
        exit_code: container.exit_code(),
        reason: maybe(container.reason()),
        health: container.health_status().map(|health| word::<HealthStatus>(health.as_str())),
        host_ports: container.network_bindings().iter().filter_map(convert_binding).collect(),
    }
}

fn convert_binding(binding: &NetworkBinding) -> Option<PortBinding> {
    Some(PortBinding { host: port(binding.host_port())?, container: port(binding.container_port())? })
}

/// CPU units or MiB, which ECS gives as text: `512`, or `0.5 vCPU` and `1 GB` as somebody wrote them.
pub(super) fn amount(text: &str, large_unit: &str) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    if let Ok(amount) = text.parse() {
        return Some(amount);
    }
    let large: f64 = text.strip_suffix(large_unit)?.trim().parse().ok()?;
    // Both units are 1,024 of the small one. A float converts to the nearest integer there is.
    large.is_finite().then_some((large * 1_024.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_come_in_small_and_large_units() {
        assert_eq!(amount("256", "vcpu"), Some(256));
        assert_eq!(amount(".5 vCPU", "vcpu"), Some(512));
        assert_eq!(amount("1 GB", "gb"), Some(1_024));
        assert_eq!(amount("2GB", "gb"), Some(2_048));
        assert_eq!(amount("lots", "gb"), None);
        assert_eq!(amount("NaN gb", "gb"), None);
    }
}
