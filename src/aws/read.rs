//! The one door to AWS: a request goes in, the rows of a panel come out.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::budget::{Budget, Family, Hurry, Usage};
use super::calls::Calls;
use super::connect::{Clients, Settings, connect};
use super::gather::{Gathered, Harvest};
use super::request::{Need, ReadRequest};
use super::{automation, autoscaling, cloudwatch, ec2, ecs, elbv2, identity, logs, scheduler};
use crate::fleet::focus::Endangered;
use crate::fleet::image::{Images, InstanceType};
use crate::fleet::instance::Cluster;
use crate::fleet::reading::{Failure, FailureKind, Missing};
use crate::fleet::scope::Scope;
use crate::fleet::snapshot::{PanelRead, Rows};
use crate::fleet::task::Task;

/// A connection to AWS in one account and Region. Clones share clients and budget.
#[derive(Clone)]
pub struct Aws(Arc<Inner>);

struct Inner {
    settings: Settings,
    region: String,
    budget: Budget,
    clients: Mutex<Current>,
    /// Held by the one read that renews the clients, so that the others wait for it.
    renewal: tokio::sync::Mutex<()>,
}

struct Current {
    clients: Arc<Clients>,
    /// Their credentials did not work.
    refused: bool,
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws").field("region", &self.0.region).finish_non_exhaustive()
    }
}

impl Aws {
    /// Finds Region and credentials and builds the clients. Calls AWS only if nothing but the metadata of the
    /// instance or container it runs on can tell the Region.
    ///
    /// # Errors
    /// A failure if there is no Region, no such profile, or no use in the endpoint's URL.
    pub async fn connect(settings: Settings) -> Result<Self, Failure> {
        let budget = if settings.limits { Budget::new(settings.shares) } else { Budget::unlimited() };
        let (clients, region) = connect(&settings, &budget).await?;
        let clients = Mutex::new(Current { clients: Arc::new(clients), refused: false });
        // What was found once is not looked for again.
        let settings = Settings { region: Some(region.clone()), ..settings };
        Ok(Self(Arc::new(Inner { settings, region, budget, clients, renewal: tokio::sync::Mutex::new(()) })))
    }

    /// The Region that is asked.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        Some(&self.0.region)
    }

    /// What was spent until `now`.
    #[must_use]
    pub fn usage(&self, now: jiff::Timestamp) -> Usage {
        self.0.budget.usage(now)
    }

    /// Reads one panel, completely if AWS lets it. Whatever goes wrong is in the answer.
    pub async fn read(&self, request: ReadRequest) -> PanelRead {
        let ReadRequest { generation, scope, need } = request;
        let panel = need.panel();
        let outcome = match self.elsewhere(&scope.region) {
            Some(failure) => Err(failure),
            None => {
                self.with_calls(is_refused, |calls| async move { answer(&calls, &scope.cluster, need).await }).await
            }
        };
        PanelRead { generation, panel, at: (self.0.settings.clock)(), outcome }
    }

    /// Asks which of these tasks are protected from scale-in, and notes it with them.
    pub async fn read_protection(&self, scope: &Scope, tasks: &mut [Task], endangered: &Endangered) {
        let asked = self.with_calls(Result::is_err, |calls| async move {
            ecs::protection::read(&calls, &scope.cluster, tasks, endangered).await;
            Ok::<(), Failure>(())
        });
        // What could not be read is said with each task.
        let _ = asked.await;
    }

    /// All clusters, by name, with the counts that ECS keeps; without their capacity providers.
    ///
    /// # Errors
    /// The failure, if none could be read; clusters that could not be described are left out.
    pub async fn clusters(&self) -> Result<Vec<Cluster>, Failure> {
        let read = self.with_calls(is_refused, |calls| async move { ecs::cluster::list_all(&calls).await }).await;
        read.map(|(clusters, _)| clusters)
    }

    /// The present, as the caller measures it.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        (self.0.settings.clock)()
    }

    /// Lets log events be read at the first load's share while it lives: somebody waits for the lines up to the present.
    #[must_use]
    pub fn hurry_logs(&self) -> Hurry {
        self.0.budget.hurry(Family::LogEvents)
    }

    /// Runs a reader. If `refused` finds that credentials did not work, the next reader gets new clients.
    pub(super) async fn with_calls<T, E, F>(
        &self,
        refused: impl Fn(&Result<T, E>) -> bool,
        read: impl FnOnce(Calls) -> F,
    ) -> Result<T, E>
    where
        E: From<Failure>,
        F: Future<Output = Result<T, E>>,
    {
        let clients = self.clients().await?;
        let outcome = read(Calls {
            clients: clients.clone(),
            budget: self.0.budget.clone(),
            clock: self.0.settings.clock.clone(),
        })
        .await;
        if refused(&outcome) {
            self.refuse(&clients);
        }
        outcome
    }

    /// The clients; new ones if the last credentials did not work. The SDK keeps credentials and the files
    /// that it has read, so a renewed login is seen by new clients alone.
    async fn clients(&self) -> Result<Arc<Clients>, Failure> {
        if let Some(clients) = self.usable() {
            return Ok(clients);
        }
        let _turn = self.0.renewal.lock().await;
        if let Some(clients) = self.usable() {
            return Ok(clients);
        }
        let (clients, _) = connect(&self.0.settings, &self.0.budget).await?;
        let clients = Arc::new(clients);
        *self.current() = Current { clients: clients.clone(), refused: false };
        Ok(clients)
    }

    fn usable(&self) -> Option<Arc<Clients>> {
        let current = self.current();
        (!current.refused).then(|| current.clients.clone())
    }

    /// Marks clients as refused, unless others are in their place by now.
    fn refuse(&self, clients: &Arc<Clients>) {
        let mut current = self.current();
        current.refused |= Arc::ptr_eq(&current.clients, clients);
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.0.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request for another Region than this connection's gets no rows of the wrong one.
    fn elsewhere(&self, region: &str) -> Option<Failure> {
        (region != self.0.region).then(|| Failure {
            kind: FailureKind::Failed,
            operation: "connection".to_owned(),
            message: format!("asked about {region:?}, connected to {:?}", self.0.region),
            hint: None,
            request_id: None,
        })
    }
}

fn is_refused<T>(outcome: &Gathered<T>) -> bool {
    let credentials = |failure: &Failure| failure.kind == FailureKind::Credentials;
    match outcome {
        Ok((_, missing)) => missing.iter().filter_map(|missing| missing.failure.as_ref()).any(credentials),
        Err(failure) => credentials(failure),
    }
}

/// Sends a need to its reader.
async fn answer(calls: &Calls, cluster: &str, need: Need) -> Gathered<Rows> {
    match need {
        Need::Identity => rows(identity::read(calls).await, Rows::Identity),
        Need::Cluster => rows(ecs::cluster::read(calls, cluster).await, Rows::Cluster),
        Need::ContainerInstances => rows(ecs::container_instance::read(calls, cluster).await, Rows::ContainerInstances),
        Need::Ec2Instances { ids, groups, members } => {
            rows(ec2::instance::read(calls, &ids, &groups, &members).await, Rows::Ec2Instances)
        }
        Need::Groups { arns, instance_ids, names } => {
            rows(autoscaling::read(calls, &arns, &instance_ids, &names).await, Rows::Groups)
        }
        Need::Images { ids, templates, parameter, types } => {
            let images = ec2::image::read(calls, &ids, &templates, parameter.as_deref());
            let (images, types) = futures::join!(images, ec2::instance_type::read(calls, &types));
            rows(with_types(images, types), Rows::Images)
        }
        Need::SecurityGroups { ids } => rows(ec2::security_group::read(calls, &ids).await, Rows::SecurityGroups),
        Need::Services => rows(ecs::service::read(calls, cluster).await, Rows::Services),
        Need::Tasks(scope) => rows(ecs::task::read(calls, cluster, &scope).await, Rows::Tasks),
        Need::EndangeredTasks(scope, endangered) => {
            let mut read = ecs::task::read(calls, cluster, &scope).await;
            if let Ok((tasks, _)) = &mut read {
                ecs::protection::read(calls, cluster, tasks, &endangered).await;
            }
            rows(read, Rows::Tasks)
        }
        Need::TaskDefinitions { arns } => rows(ecs::task_definition::read(calls, &arns).await, Rows::TaskDefinitions),
        Need::Targets { arns, calm, haste } => rows(elbv2::read(calls, &arns, &calm, haste).await, Rows::Targets),
        Need::Alarms => rows(cloudwatch::alarm::read(calls).await, Rows::Alarms),
        Need::Mutes => rows(cloudwatch::mute::read(calls).await, Rows::Mutes),
        Need::Runbooks { names } => rows(automation::documents::read(calls, &names).await, Rows::Runbooks),
        Need::Executions { known, opened, own } => {
            let wish = automation::executions::Wish { known: &known, opened: opened.as_deref(), own: &own };
            rows(automation::executions::read(calls, wish).await, Rows::Executions)
        }
        Need::Freeze => rows(automation::freeze::read(calls, cluster).await, Rows::Freeze),
        Need::Refreshes { groups } => rows(autoscaling::refresh::read(calls, &groups).await, Rows::Refreshes),
        Need::Builds { templates } => rows(ec2::build::read(calls, cluster, &templates).await, Rows::Builds),
        Need::Promotion => rows(automation::promotion::read(calls, cluster).await, Rows::Promotion),
        Need::Schedules => rows(scheduler::read(calls, cluster).await, Rows::Schedules),
        Need::LogGroups { names } => rows(logs::read_groups(calls, &names).await, Rows::LogGroups),
    }
}

/// AMIs with the instance types beside them. A failure of these alone leaves the AMIs.
fn with_types(images: Gathered<Images>, types: Harvest<InstanceType>) -> Gathered<Images> {
    let (mut images, mut missing) = images?;
    images.types = types.rows;
    missing.extend(types.missing);
    Ok((images, missing))
}

fn rows<T>(read: Gathered<T>, wrap: impl FnOnce(T) -> Rows) -> Gathered<Rows> {
    read.map(|(rows, missing): (T, Vec<Missing>)| (wrap(rows), missing))
}
