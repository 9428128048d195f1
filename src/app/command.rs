//! The one table of commands: hints, `?` help and the `:` palette all come from it.
//!
//! A command is named `noun.verb`. `keymap.toml` binds keys to these names, per context.

use std::fmt;

/// Where keys are read: the innermost context that binds a key wins, `Global` last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere, unless an overlay takes the keys.
    Global,
    /// A table with a cursor: Bridge, Instances, Services, Targets, Alarms.
    List,
    /// The page of one thing.
    Detail,
    /// The help overlay.
    Help,
    /// The palette and the cluster picker: a line to type in and a list to choose from.
    Picker,
    /// The filter line.
    Filter,
}

impl Context {
    /// Every context, in the order in which help lists them.
    pub const ALL: [Self; 6] = [Self::Global, Self::List, Self::Detail, Self::Filter, Self::Picker, Self::Help];

    /// The name in `keymap.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::List => "list",
            Self::Detail => "detail",
            Self::Help => "help",
            Self::Picker => "picker",
            Self::Filter => "filter",
        }
    }

    /// The heading in help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::List => "Lists",
            Self::Detail => "Details",
            Self::Help => "Help",
            Self::Picker => "Palette and pickers",
            Self::Filter => "Filter line",
        }
    }
}

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
    ScreenBridge = "screen.bridge", "bridge", "Show the Bridge: is the fleet all right?", [Global];
    ScreenInstances = "screen.instances", "instances", "Show the instances", [Global];
    ScreenServices = "screen.services", "services", "Show the services with their tasks", [Global];
    ScreenTargets = "screen.targets", "targets", "Show the targets of the load balancers", [Global];
    ScreenAlarms = "screen.alarms", "alarms", "Show the alarms", [Global];
    ScreenNext = "screen.next", "next screen", "Go to the next screen", [Global];
    ScreenPrevious = "screen.previous", "previous screen", "Go to the previous screen", [Global];
    HistoryBack = "history.back", "back", "Go back to where you were", [Global];
    HistoryForward = "history.forward", "forward", "Go forward again", [Global];
    PaletteOpen = "palette.open", "command", "Type a command or a screen", [Global];
    HelpOpen = "help.open", "help", "Show every key of this screen", [Global];
    FleetPick = "fleet.pick", "fleet", "Pick another cluster", [Global];
    FleetRefresh = "fleet.refresh", "refresh", "Read what is on screen again, now", [Global];
    AppSuspend = "app.suspend", "suspend", "Suspend the console (`fg` resumes)", [Global];
    AppQuit = "app.quit", "quit", "Quit", [Global];
    CursorDown = "cursor.down", "down", "Move down", [List, Detail, Help, Picker];
    CursorUp = "cursor.up", "up", "Move up", [List, Detail, Help, Picker];
    CursorPageDown = "cursor.page_down", "page down", "Move down a page", [List, Detail, Help, Picker];
    CursorPageUp = "cursor.page_up", "page up", "Move up a page", [List, Detail, Help, Picker];
    CursorFirst = "cursor.first", "top", "Go to the first line", [List, Detail, Help];
    CursorLast = "cursor.last", "bottom", "Go to the last line", [List, Detail, Help];
    RowOpen = "row.open", "open", "Open what the cursor is on", [List, Detail];
    RowMark = "row.mark", "mark", "Mark or unmark the row", [List];
    RowUnmarkAll = "row.unmark_all", "unmark", "Unmark every row", [List];
    RowCopy = "row.copy", "copy", "Copy the id under the cursor, or those of the marked rows", [List, Detail];
    FilterEdit = "filter.edit", "filter", "Filter the rows: words, `!word`, `column:word`", [List];
    FilterClear = "filter.clear", "clear", "Show every row again", [List, Filter];
    FilterAccept = "filter.accept", "keep", "Keep the filter and return to the rows", [Filter];
    SortNext = "sort.next", "sort", "Sort by the next column", [List];
    SortPrevious = "sort.previous", "sort back", "Sort by the previous column", [List];
    SortReverse = "sort.reverse", "reverse", "Reverse the order", [List];
    PreviewToggle = "preview.toggle", "preview", "Show or hide the details beside the list", [List];
    OverlayAccept = "overlay.accept", "choose", "Take the chosen line", [Picker];
    OverlayClose = "overlay.close", "close", "Close this", [Picker, Help];
}

impl Command {
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
}
