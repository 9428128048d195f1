//! Where a key is pressed.

/// A table of the keymap. What is on screen decides which of them apply, the most specific first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere but while typing text.
    Global,
    /// Moving a cursor or scrolling.
    Motion,
    /// Any table of things.
    Table,
    /// The bridge.
    Bridge,
    /// Instances.
    Instances,
    /// Services and their tasks.
    Services,
    /// Targets.
    Targets,
    /// Alarms.
    Alarms,
    /// Log groups.
    LogGroups,
    /// Executions of runbooks.
    Automation,
    /// AMIs.
    Images,
    /// The lines of the log viewer.
    Logs,
    /// Queries of Logs Insights.
    Insights,
    /// One thing in detail.
    Detail,
    /// The menu of what can be done.
    Actions,
    /// An action before it is started.
    Act,
    /// The list of fleets to choose from.
    Picker,
    /// Help.
    Help,
    /// While a filter is typed.
    Filter,
    /// While a command is typed.
    Command,
    /// Editing a line of text, in a filter or a command.
    Input,
}

impl Context {
    /// Every context, in the order of the shipped keymap.
    pub const ALL: [Self; 21] = [
        Self::Global,
        Self::Motion,
        Self::Table,
        Self::Bridge,
        Self::Instances,
        Self::Services,
        Self::Targets,
        Self::Alarms,
        Self::LogGroups,
        Self::Automation,
        Self::Images,
        Self::Logs,
        Self::Insights,
        Self::Detail,
        Self::Actions,
        Self::Act,
        Self::Picker,
        Self::Help,
        Self::Filter,
        Self::Command,
        Self::Input,
    ];

    /// The name of its table in a keymap file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Motion => "motion",
            Self::Table => "table",
            Self::Bridge => "bridge",
            Self::Instances => "instances",
            Self::Services => "services",
            Self::Targets => "targets",
            Self::Alarms => "alarms",
            Self::LogGroups => "log_groups",
            Self::Automation => "automation",
            Self::Images => "images",
            Self::Logs => "logs",
            Self::Insights => "insights",
            Self::Detail => "detail",
            Self::Actions => "actions",
            Self::Act => "act",
            Self::Picker => "picker",
            Self::Help => "help",
            Self::Filter => "filter",
            Self::Command => "command",
            Self::Input => "input",
        }
    }

    /// The context of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }
}
