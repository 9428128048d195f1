//! ECS: clusters, container instances, services, tasks and task definitions.

pub(super) mod cluster;
pub(super) mod container_instance;
pub(super) mod protection;
pub(super) mod service;
pub(super) mod task;
pub(super) mod task_definition;

use aws_sdk_ecs::types::Failure as EcsFailure;

use super::convert::{last, words};
use super::gather::Harvest;
use crate::fleet::reading::{Failure, FailureKind};

/// Ids in one Describe call of clusters, container instances and tasks. From the service model.
const BATCH: usize = 100;
/// Entries of a page, the largest that the List calls give.
const PAGE: i32 = 100;

/// Notes what an answer lists under `failures`. What vanished between list and describe is not one of them.
fn note_failures<T>(harvest: &mut Harvest<T>, operation: &str, failures: &[EcsFailure]) {
    for failure in failures.iter().filter(|failure| failure.reason() != Some("MISSING")) {
        let what = words(failure.arn().map(|arn| last(arn, '/')));
        let told = [failure.reason(), failure.detail()].map(words);
        let message = told.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
        harvest.lack(
            what,
            Failure {
                kind: FailureKind::Failed,
                operation: operation.to_owned(),
                message,
                hint: None,
                request_id: None,
            },
        );
    }
}
