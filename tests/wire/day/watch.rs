//! What is looked at every minute of a day, and what is left of it in the evening.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use quarterdeck::sim::runbook::Status;
use quarterdeck::sim::world::World;
use quarterdeck::sim::world::alarm::AlarmKind;
use quarterdeck::sim::world::instance::{Ec2State, Instance};
use quarterdeck::sim::world::refresh::RefreshStatus;
use quarterdeck::sim::world::task::TaskStatus;

use crate::runbooks::account::Account;

/// No instance gets older.
const LIMIT: SignedDuration = SignedDuration::from_hours(12);

/// Minutes in which tasks that are newly wanted are started, an instance for them first.
const GRACE: usize = 15;

/// A day of an account.
pub struct Day {
    /// The account.
    pub account: Account,
    began: Timestamp,
    /// AMIs that the fleet ran when the day began.
    known: BTreeSet<String>,
    oldest: SignedDuration,
    launched: BTreeSet<String>,
    too_old: BTreeSet<String>,
    untested: BTreeSet<String>,
    /// Services that were below their minimum, with the first time of each.
    short: BTreeMap<String, String>,
    fewest: BTreeMap<String, usize>,
    /// Tasks that each service wanted in the last minutes.
    wanted: BTreeMap<String, VecDeque<u32>>,
}

impl Day {
    /// Begins a day.
    pub fn of(account: Account) -> Self {
        let known = account.sim().with_world(|world| members(world).map(|one| one.image_id.clone()).collect());
        let began = account.now();
        Self {
            account,
            began,
            known,
            oldest: SignedDuration::ZERO,
            launched: BTreeSet::new(),
            too_old: BTreeSet::new(),
            untested: BTreeSet::new(),
            short: BTreeMap::new(),
            fewest: BTreeMap::new(),
            wanted: BTreeMap::new(),
        }
    }

    /// Lets time pass and looks at the fleet every minute.
    pub fn pass_hours(&mut self, hours: i64) {
        self.pass_minutes(hours * 60);
    }

    /// The same, minute by minute.
    pub fn pass_minutes(&mut self, minutes: i64) {
        for _ in 0..minutes {
            self.account.pass(60);
            let sim = self.account.sim().clone();
            sim.with_world(|world| self.look(world));
        }
    }

    fn look(&mut self, world: &World) {
        for instance in members(world) {
            let age = world.now.duration_since(instance.launched_at);
            self.oldest = self.oldest.max(age);
            if age >= LIMIT {
                self.too_old.insert(instance.id.clone());
            }
            if instance.launched_at > self.began {
                self.launched.insert(instance.id.clone());
            }
            let tags = world.images.get(&instance.image_id).map(|image| &image.tags);
            let passed = tags.and_then(|tags| tags.get("quarterdeck:test")).is_some_and(|test| test == "passed");
            if !passed && !self.known.contains(&instance.image_id) {
                self.untested.insert(format!("{} on {}", instance.id, instance.image_id));
            }
        }
        for service in world.services.values().filter(|service| !service.daemon) {
            let tasks = service.tasks.iter().filter_map(|id| world.tasks.get(id));
            let running = tasks.filter(|task| task.status == TaskStatus::Running && !task.stop_wanted).count();
            let wanted = self.wanted.entry(service.name.clone()).or_default();
            wanted.push_back(service.desired);
            wanted.drain(..wanted.len().saturating_sub(GRACE));
            let wanted = wanted.iter().min().copied().unwrap_or_default();
            let least = (wanted * service.minimum_healthy_percent).div_ceil(100) as usize;
            let fewest = self.fewest.entry(service.name.clone()).or_insert(running);
            *fewest = running.min(*fewest);
            if running < least {
                let words = format!("{running} of at least {least} at {}", world.now);
                self.short.entry(service.name.clone()).or_insert(words);
            }
        }
    }

    /// What the fleet promises, whatever happens.
    pub fn assert_promises(&self) {
        assert!(self.too_old.is_empty(), "older than 12 h: {:?}", self.too_old);
        assert!(self.untested.is_empty(), "on an AMI that was not tested: {:?}", self.untested);
        assert!(self.short.is_empty(), "below its minimum: {:?}", self.short);
    }

    /// Instances that were launched.
    pub fn launched(&self) -> usize {
        self.launched.len()
    }

    /// Instances that the group wants.
    pub fn size(&self) -> u32 {
        self.account.sim().with_world(|world| world.groups.values().map(|group| group.desired).sum())
    }

    /// Tasks that the services behind load balancers want, together.
    pub fn tasks(&self) -> u32 {
        self.account.sim().with_world(|world| {
            let balanced = world.services.values().filter(|service| !service.load_balancers.is_empty());
            balanced.map(|service| service.desired).sum()
        })
    }

    /// Tasks of a service that run.
    pub fn running(&self, service: &str) -> usize {
        self.account.sim().with_world(|world| {
            let tasks = world.services[service].tasks.iter().map(|id| &world.tasks[id]);
            tasks.filter(|task| task.status == TaskStatus::Running && !task.stop_wanted).count()
        })
    }

    /// Executions of a runbook, none above them, that have ended as `is` says.
    fn count(&self, document: &str, is: impl Fn(Status) -> bool) -> usize {
        self.account.sim().with_world(|world| {
            let own = world.automations.values().filter(|one| one.document_name == document && one.parent.is_none());
            own.filter(|one| is(one.status)).count()
        })
    }

    /// Executions of a runbook that have succeeded.
    pub fn succeeded(&self, document: &str) -> usize {
        self.count(document, |status| status == Status::Success)
    }

    /// Executions of a runbook that are over.
    pub fn ended(&self, document: &str) -> usize {
        self.count(document, Status::is_final)
    }

    /// Versions of the fleet's launch template that were made since the day began.
    pub fn promotions(&self) -> usize {
        self.account.sim().with_world(|world| {
            let versions = world.launch_templates.values().flat_map(|template| &template.versions);
            versions.filter(|version| version.created_at > self.began).count()
        })
    }

    /// Messages to the topic that name `what`.
    pub fn told(&self, what: &str) -> usize {
        self.account.sim().with_world(|world| {
            let messages = world.topics.values().flat_map(|topic| &topic.messages);
            messages.filter(|message| message.text.contains(what)).count()
        })
    }

    /// How the group's last refresh stands.
    pub fn refresh(&self) -> Option<RefreshStatus> {
        self.account.sim().with_world(|world| {
            let mut refreshes = world.groups.values().flat_map(|group| &group.refreshes);
            refreshes.next_back().map(|refresh| refresh.status)
        })
    }

    /// Lets an alarm fire, whatever it looks at.
    pub fn raise(&self, name: &str) {
        self.account.sim().with_world(|world| {
            let alarm = world.alarms.get_mut(name).expect("the alarm is there");
            if let AlarmKind::Metric(rule) = &mut alarm.kind {
                rule.threshold = -1.0;
            }
        });
    }

    /// Prints the day's figures.
    pub fn print(&self, what: &str) {
        let (sizes, published, alarms) = self.account.sim().with_world(|world| {
            let sizes = (members(world).count(), world.tasks.len());
            let published: u64 = world.topics.values().map(|topic| topic.published).sum();
            let silent = world.alarms.values().filter(|alarm| alarm.alarm_actions.is_empty()).count();
            (sizes, published, (world.alarms.len(), silent))
        });
        println!("{what}: {} h", (self.account.now().duration_since(self.began)).as_hours());
        println!(
            "  instances {} now, {} launched, oldest {:.2} h",
            sizes.0,
            self.launched(),
            self.oldest.as_secs_f64() / 3600.0
        );
        for document in ["BakeAmi", "PromoteAmi", "RolloutFleet", "EjectInstance"] {
            println!("  {document}: {} ended, {} succeeded", self.ended(document), self.succeeded(document));
        }
        println!(
            "  promotions {}; alarms {} of which {} tell nobody; notifications {published}",
            self.promotions(),
            alarms.0,
            alarms.1
        );
        println!("  fewest tasks running: {:?}", self.fewest);
        let (tallies, failures) = self.account.sim().with_world(|world| {
            let failed =
                world.automations.values().filter(|one| one.status.is_final() && one.status != Status::Success);
            let failed: Vec<String> =
                failed.map(|one| format!("{} {}: {:?}", one.started_at, one.document_name, one.failure)).collect();
            (world.tallies.clone(), failed)
        });
        println!("  invoked {tallies:?}");
        self.account.sim().with_world(|world| {
            for one in world.automations.values().filter(|one| !one.status.is_final()) {
                let step = one.steps.last().map(|step| step.name.as_str());
                println!("  under way: {} {} at {step:?}", one.started_at, one.document_name);
            }
        });
        for failure in failures {
            println!("  failed: {failure}");
        }
    }
}

/// Running members of groups.
fn members(world: &World) -> impl Iterator<Item = &Instance> {
    world.instances.values().filter(|one| one.membership.is_some() && one.state == Ec2State::Running)
}
