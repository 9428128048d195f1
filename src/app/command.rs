//! The one table of commands: hints, `?` help and the `:` palette all come from it.
//!
//! A command is named `noun.verb`. `keymap.toml` binds keys to these names, per context.

use std::fmt;

use super::act::{Does, Word};
use crate::actions::catalogue::Action;
use crate::keymap::Context;

/// Declares the commands: variant, name, short title for the hint bar, sentence for help, contexts.
macro_rules! commands {
    ($($variant:ident = $name:literal, $title:literal, $help:literal, [$($context:ident),+];)+) => {
        /// Something that the operator can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command {
            $(#[doc = concat!("`", $name, "`: ", $help)] $variant,)+
        }

        impl Command {
            /// Every command, in the order in which help lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in `keymap.toml` and in the palette: `noun.verb`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// One or two words, for the hint bar.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// One line, for help and the palette.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)+ }
            }

            /// Contexts in which it means something.
            #[must_use]
            pub fn contexts(self) -> &'static [Context] {
                match self { $(Self::$variant => &[$(Context::$context),+],)+ }
            }
        }
    };
}

commands! {
    ScreenBridge = "screen.bridge", "bridge", "Is the fleet all right? Findings and a summary", [Global];
    ScreenInstances = "screen.instances", "instances", "The instances", [Global];
    ScreenServices = "screen.services", "services", "The services", [Global];
    ScreenTasks = "screen.tasks", "tasks", "The tasks, running and stopped", [Global];
    ScreenTargets = "screen.targets", "targets", "The targets of the load balancers", [Global];
    ScreenAlarms = "screen.alarms", "alarms", "The alarms", [Global];
    ScreenLogs = "screen.logs", "logs", "The log groups", [Global];
    ScreenAutomation = "screen.automation", "automation", "The executions of runbooks", [Global];
    ScreenImages = "screen.images", "AMIs", "The AMIs: built, tested, promoted, and how many instances run each", [Global];
    ScreenRollout = "screen.rollout", "rollout", "The rollout that goes on, or the last one", [Global];
    ScreenNext = "screen.next", "next screen", "Go to the next screen", [Global];
    ScreenPrevious = "screen.previous", "previous screen", "Go to the previous screen", [Global];
    ScreenRedraw = "screen.redraw", "redraw", "Draw everything anew", [Global];
    ViewBack = "view.back", "back", "Clear the filter, then the marks, then go back", [Global];
    HistoryBack = "history.back", "back", "Go back to where you were", [Global];
    HistoryForward = "history.forward", "forward", "Go forward again", [Global];
    PaletteOpen = "palette.open", "command", "Type a command or a screen", [Global];
    HelpToggle = "help.toggle", "help", "Show or hide the keys of this screen", [Global, Help];
    FleetPick = "fleet.pick", "fleet", "Pick another cluster", [Global];
    RefreshNow = "refresh.now", "refresh", "Read what is on screen again, now", [Global];
    AppSuspend = "app.suspend", "suspend", "Suspend the console; `fg` resumes it", [Global];
    AppQuit = "app.quit", "quit", "Quit", [Global, Input];
    CursorDown = "cursor.down", "down", "Move down", [Motion, Filter];
    CursorUp = "cursor.up", "up", "Move up", [Motion, Filter];
    CursorTop = "cursor.top", "top", "Go to the first line", [Motion];
    CursorBottom = "cursor.bottom", "bottom", "Go to the last line", [Motion];
    CursorHalfPageDown = "cursor.half_page_down", "½ page down", "Move down half a page", [Motion];
    CursorHalfPageUp = "cursor.half_page_up", "½ page up", "Move up half a page", [Motion];
    CursorPageDown = "cursor.page_down", "page down", "Move down a page", [Motion];
    CursorPageUp = "cursor.page_up", "page up", "Move up a page", [Motion];
    RowOpen = "row.open", "open", "Open what the cursor is on", [Table, Detail];
    LogsOpen = "logs.open", "logs", "Read the logs of this, or of the marked rows", [Table, Detail];
    RowCopy = "row.copy", "copy", "Copy the id under the cursor, or those of the marked rows", [Table, Detail];
    FilterStart = "filter.start", "filter", "Filter the rows: words, !word, column:word", [Table];
    ActionsOpen = "actions.open", "actions", "What can be done to this, or to the marked rows", [Table, Detail];
    ActionSilence = "action.silence", "silence", "Mute alarms for a while", [Actions, Table, Detail];
    ActionUnsilence = "action.unsilence", "end silence", "Let alarms act again", [Actions, Table, Detail];
    ActionDrain = "action.drain", "drain", "Move the tasks of an instance elsewhere", [Actions, Table, Detail];
    ActionActivate = "action.activate", "activate", "Let an instance take tasks again", [Actions, Table, Detail];
    ActionRecycle = "action.recycle", "recycle", "Drain and terminate an instance; its group replaces it", [Actions, Table, Detail];
    ActionQuarantine = "action.quarantine", "quarantine", "Drain an instance and keep it outside of its group", [Actions, Table, Detail];
    ActionStopTask = "action.stop_task", "stop", "Stop a task", [Actions, Table, Detail];
    ActionRedeploy = "action.redeploy", "redeploy", "Start the tasks of a service anew", [Actions, Table, Detail];
    ActionRollback = "action.rollback", "roll back", "Go back to what ran before a deployment", [Actions, Table, Detail];
    ActionScale = "action.scale", "scale", "Set how many tasks a service has", [Actions, Table, Detail];
    ActionCapacity = "action.capacity", "capacity", "Set how many instances a group has", [Actions, Table, Detail];
    ActionEject = "action.eject", "eject", "Replace an instance on which failures concentrate", [Actions, Table, Detail];
    ActionBake = "action.bake", "bake", "Build an AMI, test it and promote it", [Actions, Table, Detail];
    ActionPromote = "action.promote", "promote", "Let the next rollout bring an AMI", [Actions, Table, Detail];
    ActionRollbackAmi = "action.rollback_ami", "roll back AMI", "Let the next rollout bring the AMI from before", [Actions, Table, Detail];
    ActionRollout = "action.rollout", "roll out", "Replace every instance, gradually", [Actions, Table, Detail];
    ActionFreeze = "action.freeze", "freeze", "Pause rotation, bakes and ejection", [Actions, Table, Detail];
    ActionThaw = "action.thaw", "thaw", "End a freeze", [Actions, Table, Detail];
    ExecutionStop = "execution.stop", "stop", "Stop an execution", [Actions, Automation, Detail];
    ExecutionApprove = "execution.approve", "approve", "Approve what an execution waits for", [Actions, Automation, Detail];
    ExecutionReject = "execution.reject", "reject", "Reject what an execution waits for", [Actions, Automation, Detail];
    ExecutionResume = "execution.resume", "resume", "Let an execution go on from its pause", [Actions, Automation, Detail];
    LinesFilter = "lines.filter", "filter", "Show only: word -word ~regex level>=warn took>500", [Logs];
    LineInspect = "line.inspect", "inspect", "Show or hide the event under the cursor in full", [Logs];
    LineCopy = "line.copy", "copy", "Copy the line, or the selected lines", [Logs];
    LineSelect = "line.select", "select", "Begin or drop a selection of lines", [Logs];
    FollowToggle = "follow.toggle", "follow", "Follow what is written, or pause", [Logs];
    LiveToggle = "live.toggle", "live tail", "Bring new lines by Live Tail, billed by the minute", [Logs];
    SeekNext = "seek.next", "next error", "Go to the next highlight, or the next error", [Logs];
    SeekPrevious = "seek.previous", "error before", "Go to the highlight before, or the error before", [Logs];
    HighlightAdd = "highlight.add", "highlight", "Highlight what passes a query, in its own colour", [Logs];
    HighlightClear = "highlight.clear", "no highlights", "Highlight nothing", [Logs];
    UnmatchedToggle = "unmatched.toggle", "dim", "Dim lines that do not pass, or hide them", [Logs];
    ContextMore = "context.more", "more context", "Show one more line around each that passes", [Logs];
    ContextLess = "context.less", "less context", "Show one line less around each that passes", [Logs];
    ContextSet = "context.set", "lines around", "Say how many lines to show around each that passes", [Logs];
    TimeGo = "time.go", "go to time", "Go to a time: 14:30, 2h ago as 2h, a date", [Logs];
    MomentNext = "moment.next", "later", "Go on by one bar of the histogram", [Logs];
    MomentPrevious = "moment.previous", "earlier", "Go back by one bar of the histogram", [Logs];
    WrapToggle = "wrap.toggle", "wrap", "Wrap long lines, or cut them", [Logs];
    LinesLeft = "lines.left", "left", "Scroll the lines to the left", [Logs];
    LinesRight = "lines.right", "right", "Scroll the lines to the right", [Logs];
    BookmarkToggle = "bookmark.toggle", "bookmark", "Bookmark the line, or take the bookmark away", [Logs];
    BookmarkNext = "bookmark.next", "next bookmark", "Go to the next bookmark", [Logs];
    LogsSave = "logs.save", "save", "Write the lines that are shown to a file", [Logs];
    LogsPage = "logs.page", "pager", "Open the lines that are shown in $PAGER", [Logs];
    LogsEdit = "logs.edit", "editor", "Open the lines that are shown in $EDITOR", [Logs];
    SortNext = "sort.next", "sort", "Sort by the next column", [Table];
    SortReverse = "sort.reverse", "reverse", "Turn the order round", [Table];
    FindingNext = "finding.next", "next finding", "Go to the next row that has a finding", [Table];
    FindingPrevious = "finding.previous", "previous finding", "Go to the previous row that has a finding", [Table];
    MarkToggle = "mark.toggle", "mark", "Mark the row, or unmark it", [Table];
    MarkClear = "mark.clear", "unmark all", "Unmark every row", [Table];
    ColumnsLeft = "columns.left", "columns left", "Scroll the columns to the left", [Table];
    ColumnsRight = "columns.right", "columns right", "Scroll the columns to the right", [Table];
    PreviewToggle = "preview.toggle", "preview", "Show or hide the details beside the list", [Table];
    FoldToggle = "fold.toggle", "fold", "Show long values whole, or fold them", [Detail];
    StoppedToggle = "stopped.toggle", "stopped tasks", "Show or hide the tasks that have stopped", [Services];
    RelatedInstances = "related.instances", "its instances", "The instances that belong to this", [Table, Detail];
    RelatedServices = "related.services", "its services", "The services that belong to this", [Table, Detail];
    RelatedTasks = "related.tasks", "its tasks", "The tasks that belong to this", [Table, Detail];
    RelatedTargets = "related.targets", "its targets", "The targets that belong to this", [Table, Detail];
    RelatedAlarms = "related.alarms", "its alarms", "The alarms that watch this", [Table, Detail];
    RelatedExecutions = "related.executions", "its executions", "The executions that are about this", [Table, Detail];
    RelatedImages = "related.images", "its AMI", "The AMI that this runs or is about", [Table, Detail];
    InsightsOpen = "insights.open", "insights", "Query these log groups with CloudWatch Logs Insights", [LogGroups, Logs];
    QueryRun = "query.run", "run", "Run the query again", [Insights];
    QueryEdit = "query.edit", "edit", "Write the query", [Insights];
    QueryPick = "query.pick", "queries", "Choose one of the saved queries, or one that was run before", [Insights];
    QuerySpan = "query.span", "time", "Say which time the query is about: 3h, or 14:00 15:30", [Insights];
    QueryLanguage = "query.language", "language", "Write the query in the next language: CWLI, PPL, SQL", [Insights];
    QueryStop = "query.stop", "stop", "Stop the query that runs", [Insights];
    QueryBars = "query.bars", "bars", "Show numbers as bars, or as a table", [Insights];
    QueryContext = "query.context", "lines", "Read the lines around the row", [Insights];
    QueryCopy = "query.copy", "copy", "Copy the row", [Insights];
    MenuChoose = "menu.choose", "choose", "Take the line under the cursor", [Actions];
    MenuCancel = "menu.cancel", "cancel", "Close the menu", [Actions];
    MenuNext = "menu.next", "down", "Go to the line below", [Actions];
    MenuPrevious = "menu.previous", "up", "Go to the line above", [Actions];
    ActAccept = "act.accept", "accept", "Go on to the next line, or do what the button says", [Act];
    ActCancel = "act.cancel", "cancel", "Leave everything as it is", [Act];
    ActNext = "act.next", "next", "Go to the next line or button", [Act];
    ActPrevious = "act.previous", "previous", "Go to the line or button before", [Act];
    ActRight = "act.right", "right", "Take the next of what is offered, or move the cursor right", [Act];
    ActLeft = "act.left", "left", "Take the one before of what is offered, or move the cursor left", [Act];
    ActDown = "act.down", "more", "Scroll the plan down", [Act];
    ActUp = "act.up", "back", "Scroll the plan up", [Act];
    ActCopy = "act.copy", "copy", "Copy the AWS CLI command that does the same", [Act];
    FilterApply = "filter.apply", "keep", "Keep the filter and return to the rows", [Filter];
    FilterCancel = "filter.cancel", "clear", "Show every row again", [Filter];
    PickerChoose = "picker.choose", "choose", "Watch this cluster", [Picker];
    PickerCancel = "picker.cancel", "cancel", "Stay with the fleet on screen", [Picker];
    PaletteRun = "palette.run", "run", "Run the chosen command", [Command];
    PaletteCancel = "palette.cancel", "cancel", "Close the palette", [Command];
    PalettePrevious = "palette.previous", "up", "Choose the line above", [Command, Picker];
    PaletteNext = "palette.next", "down", "Choose the line below", [Command, Picker];
    PaletteComplete = "palette.complete", "complete", "Type the chosen command out", [Command];
    InputLeft = "input.left", "left", "Move the cursor left", [Input];
    InputRight = "input.right", "right", "Move the cursor right", [Input];
    InputStart = "input.start", "start", "Move the cursor to the start", [Input];
    InputEnd = "input.end", "end", "Move the cursor to the end", [Input];
    InputDeleteBack = "input.delete_back", "delete", "Delete the character before the cursor", [Input];
    InputDelete = "input.delete", "delete", "Delete the character under the cursor", [Input];
    InputDeleteWord = "input.delete_word", "delete word", "Delete the word before the cursor", [Input];
    InputDeleteToStart = "input.delete_to_start", "delete to start", "Delete what stands before the cursor", [Input];
    InputDeleteToEnd = "input.delete_to_end", "delete to end", "Delete what stands after the cursor", [Input];
}

impl Command {
    /// The names of all commands, as a keymap needs them.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|command| command.name()).collect()
    }

    /// The command that a line of the menu of actions has a key for.
    #[must_use]
    pub fn of(does: Does) -> Option<Self> {
        let action = match does {
            Does::Act(action) => action,
            Does::Say(Word::Stop) => return Some(Self::ExecutionStop),
            Does::Say(Word::Approve) => return Some(Self::ExecutionApprove),
            Does::Say(Word::Reject) => return Some(Self::ExecutionReject),
            Does::Say(Word::Resume) => return Some(Self::ExecutionResume),
            Does::Run => return None,
        };
        Some(match action {
            Action::Silence => Self::ActionSilence,
            Action::Unsilence => Self::ActionUnsilence,
            Action::Drain => Self::ActionDrain,
            Action::Activate => Self::ActionActivate,
            Action::Recycle => Self::ActionRecycle,
            Action::Quarantine => Self::ActionQuarantine,
            Action::StopTask => Self::ActionStopTask,
            Action::Redeploy => Self::ActionRedeploy,
            Action::Rollback => Self::ActionRollback,
            Action::Scale => Self::ActionScale,
            Action::Capacity => Self::ActionCapacity,
            Action::Eject => Self::ActionEject,
            Action::Bake => Self::ActionBake,
            Action::Promote => Self::ActionPromote,
            Action::RollbackAmi => Self::ActionRollbackAmi,
            Action::Rollout => Self::ActionRollout,
            Action::Freeze => Self::ActionFreeze,
            Action::Thaw => Self::ActionThaw,
        })
    }

    /// The command of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|command| command.name() == name)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::keymap::{DEFAULT, Keymap};

    #[test]
    fn names_are_noun_verb_and_unique() {
        let mut seen = BTreeSet::new();
        for command in Command::ALL {
            let name = command.name();
            assert!(seen.insert(name), "{name} twice");
            let parts: Vec<_> = name.split('.').collect();
            assert_eq!(parts.len(), 2, "{name}");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '_'), "{name}");
            assert_eq!(Command::named(name), Some(*command));
        }
        assert_eq!(Command::named("instance.explode"), None);
    }

    #[test]
    fn every_command_has_a_key_and_every_key_a_command_in_its_contexts() -> Result<(), Box<dyn std::error::Error>> {
        let keymap = Keymap::load(DEFAULT, None, &Command::names())?;
        for command in Command::ALL {
            let bound: Vec<Context> = Context::ALL
                .into_iter()
                .filter(|context| !keymap.keys_for(*context, command.name()).is_empty())
                .collect();
            assert!(!bound.is_empty(), "{command} has no key");
            for context in bound {
                assert!(command.contexts().contains(&context), "{command} is bound in [{}]", context.name());
            }
        }
        Ok(())
    }
}
