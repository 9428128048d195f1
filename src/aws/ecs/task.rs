//! Tasks, running and stopped, listed and described.

use aws_sdk_ecs::types::{Container as DescribedContainer, DesiredStatus, NetworkBinding, Task as Described};

use super::{BATCH, PAGE, note_failures};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{maybe, port, time, word, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, Page, list_and_describe, required, without_repeats};
use crate::fleet::task::{Container, HealthStatus, PortBinding, Task, TaskStatus};

const LIST: &str = "ecs:ListTasks";
const DESCRIBE: &str = "ecs:DescribeTasks";

/// Every task of the cluster that is meant to run, and those that ECS still remembers of the stopped
/// ones (about an hour). One list leads to the one kind or the other, never to both.
pub(in crate::aws) async fn read(calls: &Calls, cluster: &str) -> Gathered<Vec<Task>> {
    let (mut harvest, stopped) = futures::join!(
        with_status(calls, cluster, "tasks", DesiredStatus::Running),
        with_status(calls, cluster, "stopped tasks", DesiredStatus::Stopped),
    );
    harvest.join(stopped);
    // A task that stops between the two lists is in both.
    without_repeats(&mut harvest.rows, |row| &row.arn);
    harvest.finish()
}

async fn with_status(calls: &Calls, cluster: &str, noun: &str, status: DesiredStatus) -> Harvest<Task> {
    let list = |token| list(calls, cluster, status.clone(), token);
    let describe = |arns| describe(calls, cluster, arns);
    list_and_describe(noun, BATCH, list, describe).await
}

async fn list(
    calls: &Calls,
    cluster: &str,
    status: DesiredStatus,
    token: Option<String>,
) -> Result<Page<String>, Refusal> {
    let request = calls.clients.ecs.list_tasks().cluster(cluster).desired_status(status);
    let request = request.max_results(PAGE).set_next_token(token);
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
