//! How AMIs are made of instances, and how both go.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::image::{Image, ImageFault, Snapshot};
use super::instance::{Check, Ec2State, Instance};
use super::life::InstanceStep;
use super::names::ec2_id;
use super::{Event, World};

/// What an AMI is to be.
#[derive(Debug)]
pub(crate) struct NewImage {
    /// EC2 id of the instance that it is made of.
    pub instance: String,
    /// Name.
    pub name: String,
    /// What it says about itself.
    pub description: String,
    /// Whether the instance goes on meanwhile.
    pub no_reboot: bool,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// Tags of its snapshots by key.
    pub snapshot_tags: BTreeMap<String, String>,
}

/// Whether user data powers the instance off when it is done.
pub(super) fn powers_off(user_data: &str) -> bool {
    user_data.lines().map(str::trim).any(|line| line.starts_with("shutdown ") || line == "poweroff")
}

impl World {
    /// What is wrong with the AMI that an instance runs.
    pub(super) fn fault_of(&self, instance: &Instance) -> Option<ImageFault> {
        self.images.get(&instance.image_id)?.fault
    }

    /// Spoils the newest of Amazon's AMIs.
    pub(crate) fn spoil_base(&mut self, fault: Option<ImageFault>) {
        let amazons = self.images.values_mut().filter(|image| image.owner_alias.is_some());
        if let Some(newest) = amazons.max_by_key(|image| image.created_at) {
            newest.fault = fault;
        }
    }

    /// Keeps the root snapshot of an AMI.
    pub(super) fn keep_snapshot(&mut self, image: &Image, volume: &str, at: Timestamp, complete: bool) {
        let snapshot = Snapshot {
            id: image.snapshot_id.clone(),
            volume_id: volume.to_owned(),
            description: format!("Created by CreateImage for {}", image.id),
            started_at: at,
            complete,
            tags: BTreeMap::new(),
        };
        self.snapshots.insert(snapshot.id.clone(), snapshot);
    }

    /// Begins to make an AMI of an instance. Returns its id.
    pub(crate) fn make_image(&mut self, new: NewImage) -> Option<String> {
        let instance = self.instances.get(&new.instance)?;
        let (base, volume, running) =
            (instance.image_id.clone(), instance.volume_id.clone(), instance.state == Ec2State::Running);
        let base = self.images.get(&base);
        let agent_version = base.map(|image| image.agent_version.clone()).unwrap_or_default();
        let fault = base.and_then(|image| image.fault);
        let image = Image {
            id: ec2_id(&mut self.rng, "ami"),
            name: new.name,
            description: new.description,
            owner: self.account.clone(),
            owner_alias: None,
            created_at: self.now,
            deprecated_at: None,
            state: "pending".into(),
            public: false,
            agent_version,
            snapshot_id: ec2_id(&mut self.rng, "snap"),
            fault,
            tags: new.tags,
        };
        self.keep_snapshot(&image, &volume, self.now, false);
        if let Some(snapshot) = self.snapshots.get_mut(&image.snapshot_id) {
            snapshot.description = format!("Created by CreateImage({}) for {}", new.instance, image.id);
            snapshot.tags = new.snapshot_tags;
        }
        if running && !new.no_reboot {
            self.reboot(&new.instance);
        }
        let id = image.id.clone();
        self.images.insert(id.clone(), image);
        let seconds = self.between(120.0, 240.0);
        self.plan_in(seconds, Event::Image(id.clone()));
        Some(id)
    }

    /// The status checks begin anew, as after a boot.
    fn reboot(&mut self, id: &str) {
        self.change_instance(id, |instance| {
            instance.system_check = Check::Initializing;
            instance.instance_check = Check::Initializing;
        });
        let seconds = self.between(60.0, 120.0);
        self.plan_step(id, seconds, InstanceStep::Check);
    }

    pub(super) fn image_complete(&mut self, id: &str) {
        let Some(image) = self.images.get_mut(id) else { return };
        image.state = "available".into();
        let snapshot = image.snapshot_id.clone();
        if let Some(snapshot) = self.snapshots.get_mut(&snapshot) {
            snapshot.complete = true;
        }
    }

    /// An instance powers itself off, unless what it has to do there first never ends.
    pub(super) fn power_off(&mut self, id: &str) {
        let Some(instance) = self.instances.get(id).filter(|i| i.sound) else { return };
        if self.fault_of(instance) != Some(ImageFault::Build) {
            self.stop_instance(id);
        }
    }

    /// Begins to power off an instance that runs.
    pub(crate) fn stop_instance(&mut self, id: &str) {
        if self.instances.get(id).is_none_or(|i| i.state != Ec2State::Running) {
            return;
        }
        let now = self.now;
        let tasks = self.change_instance(id, |instance| {
            instance.state = Ec2State::Stopping;
            let container = instance.container.as_mut()?;
            container.agent_connected = false;
            container.agent_since = now;
            Some(container.tasks.clone())
        });
        self.close_journal(id, now);
        for task in tasks.flatten().unwrap_or_default() {
            self.lose_task(&task, id);
        }
        let seconds = self.between(8.0, 20.0);
        self.plan_step(id, seconds, InstanceStep::Stop);
    }

    pub(super) fn instance_stopped(&mut self, id: &str) {
        self.change_instance(id, |instance| {
            if instance.state == Ec2State::Stopping {
                instance.state = Ec2State::Stopped;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::powers_off;

    #[test]
    fn user_data_powers_off_where_a_line_says_so() {
        for (text, off) in [
            ("#!/bin/bash\ndnf -y upgrade\nshutdown -h now\n", true),
            ("  poweroff", true),
            ("# never shutdown -h now\necho ECS_CLUSTER=x >> /etc/ecs/ecs.config\n", false),
        ] {
            assert_eq!(powers_off(text), off, "{text}");
        }
    }
}
