//! The actions: a word for each, the runbook behind it, and what it is done to.

use std::collections::BTreeMap;

use crate::fleet::finding::Subject;
use crate::fleet::reading::Panel;

/// What a thing is that an action can be done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The fleet as a whole.
    Fleet,
    /// An instance.
    Instance,
    /// An Auto Scaling group.
    Group,
    /// A service.
    Service,
    /// A task.
    Task,
    /// An alarm.
    Alarm,
    /// An AMI.
    Image,
}

impl Kind {
    /// What kind of thing a subject is; `None`: nothing is ever done to it itself.
    #[must_use]
    pub fn of(subject: &Subject) -> Option<Self> {
        Some(match subject {
            Subject::Fleet => Self::Fleet,
            Subject::Instance(_) => Self::Instance,
            Subject::Group(_) => Self::Group,
            Subject::Service(_) => Self::Service,
            Subject::Task(_) => Self::Task,
            Subject::Alarm(_) => Self::Alarm,
            Subject::Image(_) => Self::Image,
            _ => return None,
        })
    }
}

/// How much an action can hurt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Danger {
    /// It can be taken back.
    Mild,
    /// It ends something that does not come back: the target's name has to be typed.
    Grave,
}

/// One of the actions that come along. Any other runbook is started by its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Mute alarms for a while.
    Silence,
    /// Take a mute away.
    Unsilence,
    /// Move the tasks off an instance.
    Drain,
    /// Let an instance take tasks again.
    Activate,
    /// Drain an instance, terminate it, let the group replace it.
    Recycle,
    /// Drain an instance, take it out of its group and keep it.
    Quarantine,
    /// Stop one task.
    StopTask,
    /// Start a service's tasks anew.
    Redeploy,
    /// Take a deployment back.
    Rollback,
    /// Set how many tasks a service has.
    Scale,
    /// Set how many instances the group has.
    Capacity,
    /// Take an instance out of rotation on which failures concentrate.
    Eject,
    /// Build an AMI, test it and promote it.
    Bake,
    /// Let the next rollout bring an AMI.
    Promote,
    /// Let the next rollout bring the AMI that was promoted before.
    RollbackAmi,
    /// Replace every instance, gradually.
    Rollout,
    /// Pause rotation, bakes, ejection and a refresh.
    Freeze,
    /// End that pause.
    Thaw,
}

/// What is fixed about an action.
struct Fixed {
    word: &'static str,
    title: &'static str,
    about: &'static str,
    runbook: &'static str,
    kind: Kind,
    danger: Danger,
}

impl Action {
    /// Every action, in the order in which a menu lists them.
    pub const ALL: [Self; 18] = [
        Self::Silence,
        Self::Unsilence,
        Self::Drain,
        Self::Activate,
        Self::Recycle,
        Self::Quarantine,
        Self::StopTask,
        Self::Redeploy,
        Self::Rollback,
        Self::Scale,
        Self::Capacity,
        Self::Eject,
        Self::Bake,
        Self::Promote,
        Self::RollbackAmi,
        Self::Rollout,
        Self::Freeze,
        Self::Thaw,
    ];

    fn fixed(self) -> Fixed {
        use Danger::{Grave, Mild};
        let fixed = |word, title, about, runbook, kind, danger| Fixed { word, title, about, runbook, kind, danger };
        match self {
            Self::Silence => fixed("silence", "Silence", "Mute alarms for a while", "SilenceAlarm", Kind::Alarm, Mild),
            Self::Unsilence => {
                fixed("unsilence", "End silence", "Let alarms act again", "UnsilenceAlarm", Kind::Alarm, Mild)
            }
            Self::Drain => fixed("drain", "Drain", "Move its tasks elsewhere", "DrainInstance", Kind::Instance, Mild),
            Self::Activate => {
                fixed("activate", "Activate", "Let it take tasks again", "ActivateInstance", Kind::Instance, Mild)
            }
            Self::Recycle => fixed(
                "recycle",
                "Recycle",
                "Drain and terminate it; its group replaces it",
                "RecycleInstance",
                Kind::Instance,
                Grave,
            ),
            Self::Quarantine => fixed(
                "quarantine",
                "Quarantine",
                "Drain it and keep it outside of its group",
                "QuarantineInstance",
                Kind::Instance,
                Grave,
            ),
            Self::StopTask => fixed("stop-task", "Stop task", "Stop it", "StopTask", Kind::Task, Grave),
            Self::Redeploy => {
                fixed("redeploy", "Redeploy", "Start its tasks anew", "RedeployService", Kind::Service, Mild)
            }
            Self::Rollback => fixed(
                "rollback",
                "Roll back",
                "Go back to what ran before this deployment",
                "RollbackDeployment",
                Kind::Service,
                Grave,
            ),
            Self::Scale => fixed("scale", "Scale", "Set how many tasks it has", "ScaleService", Kind::Service, Grave),
            Self::Capacity => {
                fixed("capacity", "Capacity", "Set how many instances it has", "SetFleetCapacity", Kind::Group, Grave)
            }
            Self::Eject | Self::Bake | Self::Promote | Self::RollbackAmi | Self::Rollout => self.of_rotation(),
            Self::Freeze => {
                fixed("freeze", "Freeze", "Pause rotation, bakes and ejection", "FreezeFleet", Kind::Fleet, Mild)
            }
            Self::Thaw => fixed("thaw", "Thaw", "End the freeze", "ThawFleet", Kind::Fleet, Mild),
        }
    }

    /// Actions on what instances start from, and on all of them.
    fn of_rotation(self) -> Fixed {
        let (danger, kind) = match self {
            Self::Eject => (Danger::Grave, Kind::Instance),
            Self::Rollout => (Danger::Grave, Kind::Fleet),
            Self::Promote => (Danger::Mild, Kind::Image),
            _ => (Danger::Mild, Kind::Fleet),
        };
        let (word, title, about, runbook) = match self {
            Self::Eject => ("eject", "Eject", "Replace it, if failures concentrate there", "EjectInstance"),
            Self::Promote => ("promote", "Promote", "Let the next rollout bring it", "PromoteAmi"),
            Self::RollbackAmi => {
                ("rollback-ami", "Roll back AMI", "Let the next rollout bring the AMI from before", "RollbackAmi")
            }
            Self::Rollout => ("rollout", "Roll out", "Replace every instance, gradually", "RolloutFleet"),
            _ => ("bake", "Bake", "Build an AMI, test it and promote it", "BakeAmi"),
        };
        Fixed { word, title, about, runbook, kind, danger }
    }

    /// The word for it in commands and settings, such as `stop-task`.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.fixed().word
    }

    /// One or two words for a title.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.fixed().title
    }

    /// What it does, in half a line.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.fixed().about
    }

    /// The document of the fleet's own automation that does it.
    #[must_use]
    pub fn shipped(self) -> &'static str {
        self.fixed().runbook
    }

    /// What it is done to.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.fixed().kind
    }

    /// How much it can hurt.
    #[must_use]
    pub fn danger(self) -> Danger {
        self.fixed().danger
    }

    /// The action that is called so.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word() == word)
    }

    /// What has to be read again before it is started: what its plan rests on.
    #[must_use]
    pub fn panels(self) -> Vec<Panel> {
        match self {
            Self::Silence | Self::Unsilence => vec![Panel::Alarms, Panel::Mutes],
            Self::Drain | Self::Activate | Self::Recycle | Self::Quarantine | Self::Eject => {
                let mut panels = vec![Panel::ContainerInstances, Panel::Groups, Panel::Services, Panel::Tasks];
                panels.extend([Panel::Targets, Panel::Refreshes, Panel::Executions, Panel::Freeze]);
                panels
            }
            Self::StopTask => vec![Panel::Services, Panel::Tasks, Panel::Targets, Panel::Executions],
            Self::Redeploy | Self::Rollback | Self::Scale => {
                vec![Panel::ContainerInstances, Panel::Services, Panel::Tasks, Panel::Executions]
            }
            Self::Capacity => vec![Panel::ContainerInstances, Panel::Groups, Panel::Executions],
            Self::Promote | Self::RollbackAmi => PROMOTES.to_vec(),
            Self::Bake => [PROMOTES, &[Panel::Freeze]].concat(),
            Self::Rollout => {
                let mut panels = vec![Panel::ContainerInstances, Panel::Groups, Panel::Services, Panel::Tasks];
                panels.extend([Panel::Builds, Panel::Promotion, Panel::Alarms, Panel::Refreshes]);
                panels.extend([Panel::Executions, Panel::Freeze]);
                panels
            }
            Self::Freeze => vec![Panel::Freeze, Panel::Executions, Panel::Groups, Panel::Refreshes],
            Self::Thaw => vec![Panel::Freeze, Panel::Executions],
        }
    }

    /// Whether it ends tasks that may be protected from that.
    #[must_use]
    pub fn ends_tasks(self) -> bool {
        self.drains() || self == Self::StopTask
    }

    /// Whether it empties instances.
    #[must_use]
    pub fn drains(self) -> bool {
        matches!(self, Self::Drain | Self::Recycle | Self::Quarantine | Self::Eject)
    }
}

/// What the plan of a promotion rests on.
const PROMOTES: &[Panel] =
    &[Panel::Images, Panel::Builds, Panel::Promotion, Panel::Groups, Panel::Schedules, Panel::Executions];

/// Which document does which action in this account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<Action, String>);

impl Names {
    /// The fleet's own automation, with some documents called otherwise.
    #[must_use]
    pub fn with(called: BTreeMap<Action, String>) -> Self {
        Self(called)
    }

    /// The document that does it.
    #[must_use]
    pub fn of(&self, action: Action) -> &str {
        self.0.get(&action).map_or(action.shipped(), String::as_str)
    }

    /// The action that a document does.
    #[must_use]
    pub fn action(&self, document: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| self.of(*action) == document)
    }

    /// Every document, as SSM is asked for them.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        Action::ALL.into_iter().map(|action| self.of(action).to_owned()).collect()
    }
}
