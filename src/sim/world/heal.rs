//! Instances that fall ill, and the group that replaces them.
//!
//! The template's `HealthCheckType` is `EC2`: status checks decide about an instance, and nothing else does. Checks of a load balancer
//! would concern nobody: Auto Scaling looks at those of target groups that are attached to the group
//! (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-add-elb-healthcheck.html>), and ECS registers tasks with the
//! services' own. A target that fails is ECS's to replace, an instance whose targets fail EjectInstance's.

use super::World;
use super::instance::{Check, Ec2State};
use super::life::InstanceStep;

/// Seconds for which Auto Scaling waits whether an impaired instance recovers: "a few minutes"
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/health-checks-overview.html>).
const PATIENCE: f64 = 300.0;

impl World {
    /// An instance fails its status check from now on. The group gives it up once its grace period is over and it has had
    /// time to recover.
    pub fn impair(&mut self, id: &str) {
        let now = self.now;
        let ill = self.change_instance(id, |instance| {
            let running = instance.state == Ec2State::Running;
            if running {
                instance.instance_check = Check::Impaired(now);
            }
            running
        });
        let Some(instance) = self.instances.get(id).filter(|_| ill == Some(true)) else { return };
        let grace = instance.membership.as_ref().and_then(|membership| self.groups.get(&membership.group));
        let grace = grace.map_or(0.0, |group| f64::from(group.grace_seconds));
        let judged = (instance.launched_at + self.span(grace)).max(now + self.span(PATIENCE));
        self.plan_at(judged, super::Event::Instance(id.to_owned(), InstanceStep::Judge));
    }
}
