//! ECS clusters: the one that the fleet forms, and others beside it.

use std::collections::BTreeMap;

use super::World;

/// A cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Name.
    pub name: String,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// Its setting `containerInsights`.
    pub container_insights: String,
}

/// Where an agent finds the name of its cluster
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html>).
const SETTING: &str = "ECS_CLUSTER=";

/// The cluster that user data tells the agent to join.
pub(super) fn named_in(user_data: &str) -> Option<&str> {
    let (_, after) = user_data.split_once(SETTING)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let after = after.trim_start_matches(['"', '\'']);
    let name = after.split(|c: char| !plain(c)).next()?;
    (!name.is_empty()).then_some(name)
}

/// User data that makes an instance join a cluster.
pub(super) fn joining(cluster: &str) -> String {
    format!("#!/bin/bash\necho {SETTING}{cluster} >> /etc/ecs/ecs.config\n")
}

impl World {
    /// Adds a cluster; the first is the one that the fleet forms.
    pub(crate) fn add_cluster(&mut self, cluster: Cluster) {
        if self.cluster.is_empty() {
            self.cluster.clone_from(&cluster.name);
        }
        self.clusters.insert(cluster.name.clone(), cluster);
    }

    /// ARN of a cluster.
    #[must_use]
    pub fn cluster_arn_of(&self, name: &str) -> String {
        self.arn("ecs", &format!("cluster/{name}"))
    }

    /// ARN of something in a cluster, in the long format: `kind` is `task`, `container-instance` and so on.
    #[must_use]
    pub fn ecs_arn_in(&self, cluster: &str, kind: &str, id: &str) -> String {
        self.arn("ecs", &format!("{kind}/{cluster}/{id}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{joining, named_in};

    #[test]
    fn an_agent_joins_the_cluster_that_its_user_data_names() {
        for (text, name) in [
            (joining("harbor-bake").as_str(), Some("harbor-bake")),
            ("cat <<X >> /etc/ecs/ecs.config\nECS_CLUSTER=\"quay\"\nECS_LOGLEVEL=info\nX\n", Some("quay")),
            ("ECS_CLUSTER=", None),
            ("#!/bin/bash\nshutdown -h now\n", None),
        ] {
            assert_eq!(named_in(text), name, "{text}");
        }
    }
}
