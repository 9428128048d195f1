//! Promotions of before the world began.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::World;
use super::cluster::joining;
use super::image::LaunchTemplateVersion;
use super::names::uuid;
use super::parameter::Parameter;

/// Who asked for a promotion, and why.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Who; without quotation marks, as PromoteAmi demands.
    pub by: String,
    /// Why; without quotation marks too.
    pub why: String,
}

impl Asked {
    /// By a person.
    pub(crate) fn by(who: &str, why: &str) -> Self {
        Self { by: who.into(), why: why.into() }
    }
}

impl World {
    /// Makes the build that is `behind` builds behind the newest promoted one what new instances run, as PromoteAmi does, and
    /// rolls it out.
    pub(crate) fn promote(&mut self, behind: usize, hours_ago: f64, asked: &Asked) {
        let (Some(image_id), created_at) = (self.ground.build(behind).cloned(), self.hours_ago(hours_ago)) else {
            return;
        };
        let created_by = self.arn_of("iam", "role/quarterdeck-automation");
        let security_groups = vec![self.ground.instances.clone()];
        let instance_type = self.planned_type(&self.cluster);
        // Nobody logs in, and nobody runs commands there.
        let user_data = format!("{}systemctl disable --now sshd amazon-ssm-agent\n", joining(&self.cluster));
        let Some(template) = self.launch_templates.get_mut(&self.ground.template) else { return };
        let number = template.versions.last().map_or(1, |v| v.number + 1);
        let before = (number > 1).then_some(template.default_version);
        template.versions.push(LaunchTemplateVersion {
            number,
            description: format!("Promoted by {}: {}", asked.by, asked.why),
            created_at,
            created_by,
            image_id: image_id.clone(),
            instance_type,
            key_name: None,
            security_groups,
            subnet_id: None,
            user_data,
            instance_tags: BTreeMap::new(),
        });
        template.default_version = number;
        template.last_number = number;
        // Only a numbered version can be rolled back to.
        if let Some(group) = self.groups.get_mut(&self.ground.group) {
            group.template_version = number.to_string();
        }
        self.record_promotion(number, &image_id, before, asked, created_at);
    }

    /// What PromoteAmi writes down, in its very words: RolloutFleet looks for the version's number in them.
    fn record_promotion(&mut self, number: i64, image: &str, before: Option<i64>, asked: &Asked, at: Timestamp) {
        let source = self.images.get(image).and_then(|image| image.tags.get("quarterdeck:source")).cloned();
        let source = source.unwrap_or_default();
        let request = uuid(&mut fastrand::Rng::with_seed(self.seed ^ number.unsigned_abs()));
        let previous = before.map(|before| format!(r#""previous":{before},"#)).unwrap_or_default();
        let Asked { by, why } = asked;
        let name = format!("/quarterdeck/{}/ami", self.cluster);
        if let Some(before) = before {
            self.record(&format!("{name}/previous"), before.to_string(), at);
        }
        let value = format!(
            r#"{{"version":{number},"image":"{image}",{previous}"source":"{source}","by":"{by}","why":"{why}","request":"{request}"}}"#
        );
        self.record(&name, value, at);
    }

    /// Puts a text into a parameter, in the past.
    fn record(&mut self, name: &str, value: String, at: Timestamp) {
        let version = self.parameters.get(name).map_or(1, |before| before.version + 1);
        let kind = "String".into();
        let parameter = Parameter { kind, value, version, modified_at: at, advanced: false, expires_at: None };
        self.put_parameter(name, parameter);
    }
}
