//! Deployments that are stopped, and services that go back to the revision before
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployments-rollback.html>).

use super::World;
use super::service::{Rollout, RolloutState, Service};

/// Whether a deployment was to be rolled back, by its status.
fn is_back(rollout: &Rollout) -> bool {
    rollout.status.starts_with("ROLLBACK_")
}

impl Service {
    /// Id of the revision that the service has, or goes to.
    pub(crate) fn current_revision(&self) -> Option<String> {
        let newest = self.rollouts.front()?;
        if is_back(newest) { newest.source_revision.clone() } else { Some(newest.revision.clone()) }
    }

    /// The task definition of a revision: that of the rollout which brought it.
    pub(crate) fn definition_of(&self, revision: &str) -> Option<&Rollout> {
        self.rollouts.iter().find(|rollout| rollout.revision == revision)
    }
}

impl World {
    /// Goes back from a service's newest deployment to the revision before it. It remains one deployment, whose status says
    /// how far it has come. Whether there is such a revision.
    pub(crate) fn roll_back(&mut self, name: &str, why: &str) -> bool {
        let Some(service) = self.services.get(name) else { return false };
        let source = service.rollouts.front().and_then(|rollout| rollout.source_revision.as_ref());
        let Some(definition) = source.and_then(|id| service.definition_of(id)).map(|r| r.definition.clone()) else {
            return false;
        };
        let deployment = self.new_deployment(&definition, self.now, None);
        let id = deployment.id.clone();
        let Some(service) = self.services.get_mut(name) else { return false };
        service.deployments.insert(0, deployment);
        service.steady = false;
        let Some(rollout) = service.rollouts.front_mut() else { return false };
        rollout.status = "ROLLBACK_IN_PROGRESS".into();
        rollout.reason = Some(why.to_owned());
        rollout.deployment.clone_from(&id);
        rollout.finished_at = None;
        self.note(name, format!("(service {name}) rolling back to deployment {id}."));
        self.plan_service(name, 2.0);
        true
    }

    /// Stops a service's newest deployment where it is: no further task of it is started.
    pub(crate) fn abort_deployment(&mut self, name: &str, why: &str) {
        let now = self.now;
        let Some(service) = self.services.get_mut(name) else { return };
        let Some(primary) = service.deployments.first_mut() else { return };
        primary.state = RolloutState::Failed;
        why.clone_into(&mut primary.reason);
        primary.updated_at = now;
        let id = primary.id.clone();
        if let Some(rollout) = service.rollouts.iter_mut().find(|rollout| rollout.deployment == id) {
            rollout.status = if is_back(rollout) { "ROLLBACK_FAILED" } else { "STOPPED" }.into();
            rollout.reason = Some(why.to_owned());
            rollout.finished_at = Some(now);
        }
    }
}
