//! Where one can be: a list or the page of one thing.

use crate::fleet::finding::{Rule, Subject};
use crate::fleet::reading::Panel;
use crate::keymap::Context;

/// A list of one kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Screen {
    /// Is the fleet all right? Findings, worst first, and a summary of everything.
    Bridge,
    /// Instances.
    Instances,
    /// Services.
    Services,
    /// Tasks, running and stopped.
    Tasks,
    /// Targets of load balancers.
    Targets,
    /// Alarms.
    Alarms,
    /// Log groups, and the lines of whatever one wants to read.
    Logs,
    /// Executions of runbooks, under way and past.
    Automation,
    /// The AMIs that instances start from, and those that they run.
    Images,
}

impl Screen {
    /// Every screen, in the order in which tab walks through them.
    pub const ALL: [Self; 9] = [
        Self::Bridge,
        Self::Instances,
        Self::Services,
        Self::Tasks,
        Self::Targets,
        Self::Alarms,
        Self::Logs,
        Self::Automation,
        Self::Images,
    ];

    /// Its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Bridge => "Bridge",
            Self::Instances => "Instances",
            Self::Services => "Services",
            Self::Tasks => "Tasks",
            Self::Targets => "Targets",
            Self::Alarms => "Alarms",
            Self::Logs => "Logs",
            Self::Automation => "Automation",
            Self::Images => "AMIs",
        }
    }

    /// The panels that its rows are made of: the first one says whether there are any rows at all.
    #[must_use]
    pub fn panels(self) -> &'static [Panel] {
        match self {
            Self::Bridge => &[
                Panel::ContainerInstances,
                Panel::Ec2Instances,
                Panel::Groups,
                Panel::Images,
                Panel::Services,
                Panel::Tasks,
                Panel::Targets,
                Panel::Alarms,
            ],
            Self::Instances => &[
                Panel::ContainerInstances,
                Panel::Ec2Instances,
                Panel::Groups,
                Panel::Images,
                Panel::Tasks,
                Panel::Targets,
            ],
            Self::Services => &[Panel::Services, Panel::Tasks, Panel::Targets],
            Self::Tasks => &[Panel::Tasks, Panel::ContainerInstances],
            Self::Targets => &[Panel::Targets, Panel::Tasks, Panel::ContainerInstances],
            Self::Alarms => &[Panel::Alarms, Panel::Mutes],
            Self::Logs => &[Panel::LogGroups, Panel::TaskDefinitions, Panel::Services],
            Self::Automation => &[Panel::Executions, Panel::Runbooks, Panel::Freeze],
            Self::Images => IMAGES,
        }
    }

    /// The panels that bring its rows.
    #[must_use]
    pub fn row_panels(self) -> &'static [Panel] {
        match self {
            Self::Bridge => &Panel::ALL,
            Self::Instances => &[Panel::ContainerInstances, Panel::Ec2Instances, Panel::Groups],
            Self::Services => &[Panel::Services],
            Self::Tasks => &[Panel::Tasks],
            Self::Targets => &[Panel::Targets],
            Self::Alarms => &[Panel::Alarms],
            Self::Logs => &[Panel::LogGroups],
            Self::Automation => &[Panel::Executions],
            Self::Images => &[Panel::Builds, Panel::Images, Panel::Promotion],
        }
    }

    /// The panels without which rows would be missing: while one of them is incomplete, a count is a lower bound. Groups and machines are
    /// found through the cluster, target groups through what stands behind them, versions of AMIs through groups, and alarms belong to the fleet by what they watch.
    #[must_use]
    pub fn basis(self) -> &'static [Panel] {
        match self {
            Self::Instances => &[Panel::ContainerInstances, Panel::Ec2Instances, Panel::Groups, Panel::Cluster],
            Self::Targets => &[Panel::Targets, Panel::Services, Panel::Groups, Panel::Cluster],
            Self::Alarms => &[
                Panel::Alarms,
                Panel::Services,
                Panel::Targets,
                Panel::ContainerInstances,
                Panel::Ec2Instances,
                Panel::Groups,
                Panel::Cluster,
            ],
            Self::Logs => &[Panel::LogGroups, Panel::TaskDefinitions, Panel::Services, Panel::Tasks],
            Self::Images => &[
                Panel::Builds,
                Panel::Images,
                Panel::Promotion,
                Panel::ContainerInstances,
                Panel::Ec2Instances,
                Panel::Groups,
                Panel::Cluster,
            ],
            Self::Bridge | Self::Services | Self::Tasks | Self::Automation => self.row_panels(),
        }
    }

    pub(super) fn context(self) -> Context {
        match self {
            Self::Bridge => Context::Bridge,
            Self::Instances => Context::Instances,
            Self::Services | Self::Tasks => Context::Services,
            Self::Targets => Context::Targets,
            Self::Alarms => Context::Alarms,
            Self::Logs => Context::LogGroups,
            Self::Automation => Context::Automation,
            Self::Images => Context::Images,
        }
    }
}

/// What is known of AMIs: who promoted them, who runs them, what is under way.
const IMAGES: &[Panel] =
    &[Panel::Builds, Panel::Promotion, Panel::Images, Panel::ContainerInstances, Panel::Ec2Instances, Panel::Groups];

/// What is known of a rollout.
const ROLLOUT: &[Panel] =
    &[Panel::Refreshes, Panel::Groups, Panel::ContainerInstances, Panel::Builds, Panel::Executions, Panel::Alarms];

/// Where one can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A list.
    List(Screen),
    /// The page of one thing.
    Thing(Subject),
    /// The page of a finding: the rule and the thing that breaks it.
    Finding(Rule, Subject),
    /// The lines of these things.
    Logs(Vec<Subject>),
    /// Queries of Logs Insights.
    Insights,
}

impl Place {
    /// The screen that the place belongs to, for the header.
    #[must_use]
    pub fn screen(&self) -> Screen {
        match self {
            Self::List(screen) => *screen,
            Self::Finding(..) => Screen::Bridge,
            Self::Logs(_) | Self::Insights => Screen::Logs,
            Self::Thing(subject) => match subject {
                Subject::Fleet => Screen::Bridge,
                Subject::LogGroup(_) => Screen::Logs,
                Subject::Instance(_) | Subject::Group(_) => Screen::Instances,
                Subject::Service(_) => Screen::Services,
                Subject::Task(_) => Screen::Tasks,
                Subject::TargetGroup(_) | Subject::Target { .. } => Screen::Targets,
                Subject::Alarm(_) => Screen::Alarms,
                Subject::Execution(_) => Screen::Automation,
                Subject::Image(_) | Subject::Refresh(_) => Screen::Images,
            },
        }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn list(&self) -> Option<Screen> {
        match self {
            Self::List(screen) => Some(*screen),
            Self::Thing(_) | Self::Finding(..) | Self::Logs(_) | Self::Insights => None,
        }
    }

    /// What it is about, if it is about something; the first of several things.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        match self {
            Self::List(_) | Self::Insights => None,
            Self::Thing(subject) | Self::Finding(_, subject) => Some(subject),
            Self::Logs(subjects) => subjects.first(),
        }
    }

    /// The panels that it shows.
    #[must_use]
    pub fn panels(&self) -> &'static [Panel] {
        match self {
            Self::Thing(Subject::Refresh(_)) => ROLLOUT,
            // What still holds a drain is known from the fleet itself.
            Self::Thing(Subject::Execution(_)) => &[
                Panel::Executions,
                Panel::ContainerInstances,
                Panel::Tasks,
                Panel::Services,
                Panel::Targets,
                Panel::Groups,
                Panel::Refreshes,
                Panel::Builds,
            ],
            _ => self.screen().panels(),
        }
    }
}
