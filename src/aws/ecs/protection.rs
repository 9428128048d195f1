//! Whether tasks are protected from scale-in and deployments: asked of those that a plan ends, and of no others.

use std::collections::HashMap;

use super::BATCH;
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{maybe, time};
use crate::aws::error::Refusal;
use crate::fleet::focus::Endangered;
use crate::fleet::reading::Failure;
use crate::fleet::task::{Protection, Task};

const GET: &str = "ecs:GetTaskProtection";

/// Notes with each endangered task whether it is protected.
pub(in crate::aws) async fn read(calls: &Calls, cluster: &str, tasks: &mut [Task], endangered: &Endangered) {
    let mut tasks: Vec<&mut Task> = tasks.iter_mut().filter(|task| endangered.holds(task)).collect();
    for batch in tasks.chunks_mut(BATCH) {
        let arns = batch.iter().map(|task| task.arn.clone()).collect();
        let known = get(calls, cluster, arns).await.map_err(Failure::from);
        for task in batch {
            task.protection = match &known {
                // One that is not among them is gone by now.
                Ok(known) => known.get(&task.arn).cloned().unwrap_or_default(),
                Err(failure) => Protection::Unreadable(format!("{}: {}", failure.operation, failure.message)),
            };
        }
    }
}

async fn get(calls: &Calls, cluster: &str, arns: Vec<String>) -> Result<HashMap<String, Protection>, Refusal> {
    let request = calls.clients.ecs.get_task_protection().cluster(cluster).set_tasks(Some(arns));
    let output = calls.call(Family::EcsCluster, GET, request.send()).await?;
    let known = output.protected_tasks().iter().filter_map(|task| {
        let protection =
            if task.protection_enabled() { Protection::Until(time(task.expiration_date())) } else { Protection::Off };
        Some((maybe(task.task_arn())?, protection))
    });
    Ok(known.collect())
}
