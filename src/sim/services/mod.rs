//! The services: plain values in and out, from the world alone.

mod autoscaling;
mod cloudwatch;
mod ec2;
mod ecs;
mod elbv2;
mod iam;
mod logs;
mod page;
mod ssm;
pub(super) mod sts;

use super::call::{Answer, Call, Fault};
use super::world::World;

/// Answers one call; `service` is called as botocore calls it.
///
/// # Errors
/// What the service answers, or `InternalFailure` where an operation of the model has no handler.
pub fn call(world: &mut World, service: &str, call: &Call<'_>) -> Answer {
    match service {
        "autoscaling" => autoscaling::call(world, call),
        "cloudwatch" => cloudwatch::call(world, call),
        "ec2" => ec2::call(world, call),
        "ecs" => ecs::call(world, call),
        "elbv2" => elbv2::call(world, call),
        "iam" => iam::call(world, call),
        "logs" => logs::call(world, call),
        "ssm" => ssm::call(world, call),
        "sts" => sts::call(world, call),
        _ => no_handler(call),
    }
}

/// How the message of [`no_handler`] begins.
pub(super) const NO_HANDLER: &str = "no handler";

/// The answer to an operation that the model has and the service has not: a hole in this program, which a test finds.
fn no_handler(call: &Call<'_>) -> Answer {
    Err(Fault::new("InternalFailure", format!("{NO_HANDLER} for {}", call.operation)))
}
