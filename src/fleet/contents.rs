//! What is inside of an AMI, as far as the fleet tells: what it was made from, its kernel, its ECS agent.

use std::collections::BTreeSet;

use super::image::Image;
use super::snapshot::Snapshot;

/// What is known of what an AMI holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The AMI that it was made from.
    pub source: Option<String>,
    /// Its line of kernels, such as `6.1`, as its name or its source's says.
    pub kernel: Option<String>,
    /// Versions of the ECS agent on instances that run it.
    pub agents: Vec<String>,
}

/// Something that is known of two AMIs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What: `source`, `kernel` or `agent`.
    pub what: &'static str,
    /// In the one.
    pub from: String,
    /// In the other.
    pub to: String,
}

impl Contents {
    /// What is known of the AMI of that id.
    #[must_use]
    pub fn of(snapshot: &Snapshot, id: &str) -> Self {
        let promotion = snapshot.promotion.rows.as_ref().filter(|one| one.image.as_deref() == Some(id));
        let build = snapshot.builds.rows.of(id);
        let source = build.and_then(|build| build.source.clone()).or_else(|| promotion?.source.clone());
        let named = |id: &str| image(snapshot, id).and_then(|one| kernel(&one.name));
        let kernel = named(id).or_else(|| named(source.as_deref()?)).map(str::to_owned);
        let hosts = snapshot.container_instances.rows.iter().filter(|host| host.ami_id.as_deref() == Some(id));
        let agents: BTreeSet<&String> = hosts.filter_map(|host| host.agent_version.as_ref()).collect();
        Self { source, kernel, agents: agents.into_iter().cloned().collect() }
    }

    /// What differs of that which is known of both.
    #[must_use]
    pub fn differences(&self, to: &Self) -> Vec<Difference> {
        let known = self.beside(to).into_iter();
        known.filter(|one| one.from != one.to).collect()
    }

    /// What is known of both and the same.
    #[must_use]
    pub fn shared(&self, to: &Self) -> Vec<&'static str> {
        let known = self.beside(to).into_iter();
        known.filter(|one| one.from == one.to).map(|one| one.what).collect()
    }

    /// What is known of both.
    fn beside(&self, to: &Self) -> Vec<Difference> {
        let agents = |contents: &Self| (!contents.agents.is_empty()).then(|| contents.agents.join(", "));
        let all = [
            ("source", self.source.clone(), to.source.clone()),
            ("kernel", self.kernel.clone(), to.kernel.clone()),
            ("agent", agents(self), agents(to)),
        ];
        all.into_iter().filter_map(|(what, from, to)| Some(Difference { what, from: from?, to: to? })).collect()
    }
}

impl Difference {
    /// `kernel 6.1 → 6.12`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} {} → {}", self.what, self.from, self.to)
    }
}

/// The AMI of that id, be it one of a lineage or one that was baked.
#[must_use]
pub fn image<'a>(snapshot: &'a Snapshot, id: &str) -> Option<&'a Image> {
    let read = snapshot.images.rows.images.iter().find(|one| one.id == id);
    read.or_else(|| snapshot.builds.rows.of(id).map(|build| &build.image))
}

/// `6.1` of `al2023-ami-ecs-hvm-2023.0.20251108-kernel-6.1-x86_64`.
fn kernel(name: &str) -> Option<&str> {
    let (_, rest) = name.split_once("kernel-")?;
    rest.split(['-', '_']).next().filter(|version| version.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::fixture::Fixture;

    #[test]
    fn what_is_inside_is_told_by_names_tags_and_those_that_run_it() {
        let mut fixture = Fixture::healthy(2);
        fixture.images.images[1].name = "al2023-ami-ecs-hvm-2023.0.1-kernel-6.12-x86_64".to_owned();
        fixture.images.images[2].name = "al2023-ami-ecs-hvm-2023.0.2-kernel-6.1-x86_64".to_owned();
        let fleet = fixture.fleet();
        let of = |id| Contents::of(fleet.snapshot(), id);
        assert_eq!(of("ami-3").agents, ["1.91.0"]);
        let words: Vec<String> = of("ami-2").differences(&of("ami-3")).iter().map(Difference::words).collect();
        assert_eq!(words, ["kernel 6.12 → 6.1"], "nobody runs the one: its agent is not known");
        assert!(of("ami-3").differences(&of("ami-3")).is_empty());
        assert_eq!(of("ami-2").shared(&of("ami-3")), Vec::<&str>::new());
        assert_eq!(of("ami-3").shared(&of("ami-3")), ["kernel", "agent"]);
        assert_eq!(of("ami-1").shared(&of("ami-3")), Vec::<&str>::new(), "nothing is known of both");
        assert_eq!(of("ami-9"), Contents::default());
        assert_eq!(kernel("my-kernel-build"), None);
    }
}
