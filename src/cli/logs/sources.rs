//! From what was named to the feeds that have its lines.

use color_eyre::eyre::{Result, eyre};

use super::LogsArgs;
use crate::actions::catalogue::Kind;
use crate::aws::Aws;
use crate::cli::fleets::Chosen;
use crate::cli::status::scope;
use crate::cli::what;
use crate::fleet::feed::{Feed, Feeds, Origin, Streams, feeds};
use crate::fleet::finding::Subject;
use crate::fleet::reading::{Failure, Panel};
use crate::fleet::view::Fleet;
use crate::runtime::survey::survey_of;
use crate::text;

/// The panels from which feeds are told: the first three those of services and tasks, the first seven those of instances too, all of
/// them those of whatever an alarm may be about.
const PANELS: [Panel; 9] = [
    Panel::Services,
    Panel::Tasks,
    Panel::TaskDefinitions,
    Panel::Cluster,
    Panel::ContainerInstances,
    Panel::Ec2Instances,
    Panel::Groups,
    Panel::Targets,
    Panel::Alarms,
];
const OF_SERVICES: &[Panel] = PANELS.split_at(3).0;
const OF_INSTANCES: &[Panel] = PANELS.split_at(7).0;

/// What was named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Group(String),
    Service(String),
    Instance(String),
    Task(String),
    Alarm(String),
}

impl What {
    fn of(text: &str) -> Self {
        match what::split(text) {
            Some((Kind::Service, name)) => Self::Service(name.to_owned()),
            Some((Kind::Instance, id)) => Self::Instance(id.to_owned()),
            Some((Kind::Task, id)) => Self::Task(id.to_owned()),
            Some((Kind::Alarm, name)) => Self::Alarm(name.to_owned()),
            _ => Self::Group(text.to_owned()),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Group(name) | Self::Service(name) | Self::Instance(name) | Self::Task(name) | Self::Alarm(name) => {
                name
            }
        }
    }

    fn panels(&self) -> &'static [Panel] {
        match self {
            Self::Group(_) => &[],
            Self::Service(_) | Self::Task(_) => OF_SERVICES,
            Self::Instance(_) => OF_INSTANCES,
            Self::Alarm(_) => &PANELS,
        }
    }

    /// What the fleet calls it.
    fn subject(&self, fleet: &Fleet) -> Subject {
        let kind = match self {
            Self::Group(name) => return Subject::LogGroup(name.clone()),
            Self::Service(_) => Kind::Service,
            Self::Instance(_) => Kind::Instance,
            Self::Task(_) => Kind::Task,
            Self::Alarm(_) => Kind::Alarm,
        };
        what::subject(kind, self.name(), fleet)
    }
}

/// What is to be read.
#[derive(Debug, Default)]
pub struct Sources {
    /// What has the lines.
    pub feeds: Feeds,
    /// What of the fleet could not be read: there may be more feeds.
    pub unread: Vec<(Panel, Failure)>,
}

/// Finds the feeds of what was named.
///
/// # Errors
/// When no cluster can be told.
pub async fn find(args: &LogsArgs, aws: &Aws, chosen: Chosen) -> Result<Result<Sources, Failure>> {
    let named: Vec<What> = args.what.iter().map(|text| What::of(text)).collect();
    if named.iter().any(|what| what.name().is_empty()) {
        return Err(eyre!("a name is missing; write a log group, service/NAME, instance/ID, task/ID or alarm/NAME"));
    }
    if !named.is_empty() && named.iter().all(|what| matches!(what, What::Group(_))) {
        return Ok(Ok(Sources { feeds: groups(&named), unread: Vec::new() }));
    }
    let scope = match scope(aws, chosen.cluster).await? {
        Ok(scope) => scope,
        Err(failure) => return Ok(Err(failure)),
    };
    let panels = named.iter().map(What::panels).max_by_key(|panels| panels.len()).unwrap_or(OF_SERVICES);
    let fleet = survey_of(panels, aws, scope, chosen.policy, chosen.extras, &chosen.aws.clock).await;
    let mut subjects: Vec<Subject> = named.iter().map(|what| what.subject(&fleet)).collect();
    if subjects.is_empty() {
        subjects.push(Subject::Fleet);
    }
    let failed = |panel: &Panel| {
        let info = fleet.snapshot().info(*panel);
        let missing = info.missing.iter().find_map(|missing| missing.failure.as_ref());
        Some((*panel, info.failure.or(missing)?.clone()))
    };
    Ok(Ok(Sources { feeds: feeds(&fleet, &subjects), unread: panels.iter().filter_map(failed).collect() }))
}

fn groups(named: &[What]) -> Feeds {
    let mut found = Feeds::default();
    for what in named {
        let What::Group(group) = what else { continue };
        let origin = Origin::Group { group: group.clone(), streams: Streams::All };
        let feed = Feed { label: text::one_line(group, 512), origin };
        if !found.feeds.contains(&feed) {
            found.feeds.push(feed);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_told_by_how_it_begins() {
        assert_eq!(What::of("service/web"), What::Service("web".to_owned()));
        assert_eq!(What::of("alarm/a/b"), What::Alarm("a/b".to_owned()));
        assert_eq!(What::of("/ecs/service/web"), What::Group("/ecs/service/web".to_owned()));
        assert!(What::of("instance/i-1").panels().len() > What::of("task/1").panels().len());
    }
}
