//! Reads a whole fleet once, for scripts.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::needs::{Extras, Watch};
use super::refresh::Refresh;
use crate::aws::request::ReadRequest;
use crate::aws::{Aws, Clock};
use crate::fleet::finding::Subject;
use crate::fleet::focus;
use crate::fleet::pace::Intervals;
use crate::fleet::policy::Policy;
use crate::fleet::reading::{FailureKind, Panel};
use crate::fleet::scope::Scope;
use crate::fleet::snapshot::{PanelRead, Rows};
use crate::fleet::view::Fleet;

/// How often a throttled panel is asked for again before the survey says that it could not be read.
const THROTTLE_RETRIES: u32 = 4;

/// Reads every panel of a fleet once, each as soon as what it depends on has landed.
///
/// Never fails: what could not be read is said in the fleet's panels. A panel that AWS throttles is asked
/// for again a few times, after 1, 2, 4 and 8 seconds; any other failure stands.
pub async fn survey(aws: &Aws, scope: Scope, policy: Policy, extras: Extras, now: &Clock) -> Fleet {
    survey_of(&Panel::ALL, aws, scope, policy, extras, now).await
}

/// The same of some panels. Those that one of them needs beforehand have to be among them.
pub async fn survey_of(
    panels: &[Panel],
    aws: &Aws,
    scope: Scope,
    policy: Policy,
    extras: Extras,
    now: &Clock,
) -> Fleet {
    let mut fleet = Fleet::new(scope, 0, policy);
    // Nothing is read twice for being old, however long the survey takes.
    let mut refresh = Refresh::new(Intervals::uniform(SignedDuration::from_hours(24)), extras, 0);
    let mut reads = JoinSet::new();
    loop {
        let due = refresh.due(&fleet, &Watch::default(), now());
        for request in due.into_iter().filter(|request| panels.contains(&request.need.panel())) {
            reads.spawn(read_patiently(aws.clone(), request));
        }
        match reads.join_next().await {
            None => {
                fleet.judge(now());
                return fleet;
            }
            Some(Err(_)) => {}
            Some(Ok(read)) => {
                refresh.landed(&read);
                fleet.file(read);
            }
        }
    }
}

/// Asks which of the tasks that an action on these things would end are protected from that.
pub async fn guard(aws: &Aws, fleet: &mut Fleet, subjects: &[Subject]) {
    let (snapshot, endangered) = (fleet.snapshot(), focus::endangered(fleet, subjects));
    let (Some(at), false) = (snapshot.tasks.read_at, endangered.is_empty()) else { return };
    let (mut tasks, missing) = (snapshot.tasks.rows.clone(), snapshot.tasks.missing.clone());
    aws.read_protection(&snapshot.scope, &mut tasks, &endangered).await;
    let outcome = Ok((Rows::Tasks(tasks), missing));
    fleet.land(PanelRead { generation: snapshot.generation, panel: Panel::Tasks, at, outcome }, at);
}

async fn read_patiently(aws: Aws, request: ReadRequest) -> PanelRead {
    for attempt in 0..THROTTLE_RETRIES {
        let read = aws.read(request.clone()).await;
        if !read.outcome.as_ref().is_err_and(|failure| failure.kind == FailureKind::Throttled) {
            return read;
        }
        tokio::time::sleep(Duration::from_secs(1 << attempt)).await;
    }
    aws.read(request).await
}
