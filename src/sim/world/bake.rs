//! Where AMIs are built and tested: a cluster, a launch template, a task definition and a log group, all of one name, and the launch template
//! of what is built.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;

use super::cluster::joining;
use super::founding::Blueprint;
use super::image::{LaunchTemplate, LaunchTemplateVersion};
use super::log::LogGroup;
use super::names::ec2_id;
use super::{Cluster, World, owned};

/// Seconds that the test task works.
const WORK: f64 = 6.0;

impl World {
    /// Lays what a bake needs. The world's own randomness is left alone, so that the fleet is the same with and without.
    pub(crate) fn lay_bake(&mut self) {
        let name = format!("{}-bake", self.cluster);
        let tags = owned(&[("quarterdeck:bakes", &self.cluster)]);
        self.add_cluster(Cluster { name: name.clone(), tags, container_insights: "disabled".into() });
        self.lay_bake_template(&name, joining(&name), 0x00BA_4E00);
        let build = format!("{}-build", self.cluster);
        let script = self.script_of(&build);
        self.lay_bake_template(&build, script, 0x00BA_4E02);
        self.lay_test_task(&name);
    }

    /// What the stack's launch template of that name has its instances do.
    fn script_of(&self, template: &str) -> String {
        let planned = self.stack.launch_templates.iter().find(|planned| planned.launch_template_name == template);
        let script = planned.and_then(|planned| STANDARD.decode(&planned.launch_template_data.user_data).ok());
        script.and_then(|script| String::from_utf8(script).ok()).unwrap_or_default()
    }

    fn lay_bake_template(&mut self, name: &str, user_data: String, seed: u64) {
        let created_at = self.hours_ago(24.0 * 200.0);
        let id = ec2_id(&mut Rng::with_seed(self.seed ^ seed), "lt");
        let planned = self.stack.launch_templates.iter().find(|planned| planned.launch_template_name == name);
        let version = LaunchTemplateVersion {
            number: 1,
            description: planned.map(|planned| planned.version_description.clone()).unwrap_or_default(),
            created_at,
            created_by: self.arn_of("iam", "role/deployer"),
            image_id: String::new(),
            instance_type: self.planned_type(name),
            key_name: None,
            security_groups: vec![self.ground.instances.clone()],
            subnet_id: self.zones.first().map(|zone| zone.subnet_id.clone()),
            user_data,
            instance_tags: BTreeMap::new(),
        };
        let template = LaunchTemplate {
            id: id.clone(),
            name: name.to_owned(),
            created_at,
            created_by: version.created_by.clone(),
            default_version: 1,
            last_number: 1,
            versions: vec![version],
            tags: owned(&[("quarterdeck:bakes", &self.cluster)]),
        };
        self.launch_templates.insert(id, template);
    }

    fn lay_test_task(&mut self, name: &str) {
        let at = self.hours_ago(24.0 * 200.0);
        let group = LogGroup { retention_days: self.retention(name), ..LogGroup::new(name, at) };
        self.log_groups.insert(name.to_owned(), group);
        let (cpu, memory) = self.test_size();
        let plan = Blueprint::new(name, 1).sized(cpu, memory);
        let definition = self.definition_of(&plan, 1, at, name.to_owned());
        let key = definition.key();
        self.task_definitions.insert(key, super::task::TaskDefinition { ends_after: Some(WORK), ..definition });
        self.next_number(name);
    }

    /// CPU units and MiB of the stack's test task.
    fn test_size(&self) -> (i64, i64) {
        let container = self.stack.resources.get("BakeTask").and_then(|task| {
            let containers = task.properties.get("ContainerDefinitions")?;
            containers.get(0)
        });
        let number = |name: &str| container.and_then(|container| container.get(name)?.as_i64()).unwrap_or_default();
        (number("Cpu"), number("Memory"))
    }
}
