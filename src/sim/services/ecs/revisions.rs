//! Revisions of services, and deployments that are stopped.

use serde_json::{Value, json};

use super::super::page::{compact, seconds, text, texts};
use super::services::{deployment_arn, find_rollout, launch_type, network, provider_strategy, revision_arn};
use super::{batch, invalid, missing};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::service::{Rollout, Service};

/// `DescribeServiceRevisions`: up to 20
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html>).
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let wanted = texts(call.input, "serviceRevisionArns");
    batch("serviceRevisionArns", wanted.len(), 20)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in wanted {
        if !arn.contains(":service-revision/") {
            return Err(invalid("Invalid identifier: Identifier is not a service revision ARN."));
        }
        let mut parts = arn.rsplit('/');
        let (id, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let service = world.services.get(name);
        match service.and_then(|service| Some((service, service.definition_of(id)?))) {
            Some((service, rollout)) => found.push(revision(world, service, rollout)),
            None => failures.push(missing(arn.to_owned())),
        }
    }
    Ok(json!({ "serviceRevisions": found, "failures": failures }))
}

fn revision(world: &World, service: &Service, rollout: &Rollout) -> Value {
    compact(json!({
        "serviceRevisionArn": revision_arn(world, service, &rollout.revision),
        "serviceArn": world.ecs_arn("service", &service.name),
        "clusterArn": world.cluster_arn(),
        "taskDefinition": world.definition_arn(&rollout.definition),
        "launchType": launch_type(service),
        "capacityProviderStrategy": provider_strategy(service),
        "networkConfiguration": network(world, service),
        "createdAt": seconds(rollout.created_at),
        "guardDutyEnabled": false,
    }))
}

/// `StopServiceDeployment`: rolled back unless it says `ABORT`; only one that is under way
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html>).
pub(super) fn stop(world: &mut World, call: &Call<'_>) -> Answer {
    let arn = text(call.input, "serviceDeploymentArn").unwrap_or_default();
    let absent =
        || Fault::new("ServiceDeploymentNotFoundException", "The service deploy ARN that you specified doesn't exist.");
    let (service, rollout) = find_rollout(world, arn).ok_or_else(absent)?;
    let (name, arn) = (service.name.clone(), deployment_arn(world, service, rollout));
    let newest = service.rollouts.front().is_some_and(|newest| newest.id == rollout.id);
    let aborts = text(call.input, "stopType") == Some("ABORT");
    let stops: &[&str] =
        if aborts { &["PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS"] } else { &["PENDING", "IN_PROGRESS"] };
    if !newest || !stops.contains(&rollout.status.as_str()) {
        let message = format!("The service deployment is {} and cannot be stopped.", rollout.status);
        return Err(Fault::new("ConflictException", message));
    }
    let why = "Service deployment stopped by a user.";
    if aborts {
        world.abort_deployment(&name, why);
    } else if !world.roll_back(&name, why) {
        return Err(Fault::new("ConflictException", "There is no service revision to roll back to."));
    }
    Ok(json!({ "serviceDeploymentArn": arn }))
}
