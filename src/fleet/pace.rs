//! How often the parts of a fleet are read.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::reading::Panel;

/// How often to read a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// While it is on screen.
    pub visible: SignedDuration,
    /// While it is not.
    pub hidden: SignedDuration,
}

/// How often to read each panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervals(BTreeMap<Panel, Interval>);

impl Default for Intervals {
    fn default() -> Self {
        let seconds = |visible, hidden| Interval {
            visible: SignedDuration::from_secs(visible),
            hidden: SignedDuration::from_secs(hidden),
        };
        Self(
            Panel::ALL
                .into_iter()
                .map(|panel| {
                    (
                        panel,
                        match panel {
                            Panel::ContainerInstances | Panel::Services | Panel::Tasks | Panel::Targets => {
                                seconds(10, 30)
                            }
                            Panel::Alarms => seconds(15, 30),
                            Panel::Ec2Instances | Panel::Groups => seconds(20, 60),
                            Panel::Cluster | Panel::Mutes => seconds(60, 120),
                            Panel::Images | Panel::SecurityGroups => seconds(300, 600),
                            // A task definition never changes: only unknown ones are read.
                            Panel::Identity | Panel::TaskDefinitions | Panel::LogGroups | Panel::Runbooks => {
                                seconds(600, 600)
                            }
                            Panel::Executions => seconds(5, 30),
                            Panel::Freeze => seconds(30, 60),
                            Panel::Refreshes | Panel::Promotion => seconds(60, 120),
                            Panel::Builds => seconds(300, 600),
                            Panel::Schedules => seconds(600, 600),
                        },
                    )
                })
                .collect(),
        )
    }
}

impl Intervals {
    /// Reads every panel this often, on screen or not.
    #[must_use]
    pub fn uniform(interval: SignedDuration) -> Self {
        let interval = Interval { visible: interval, hidden: interval };
        Self(Panel::ALL.into_iter().map(|panel| (panel, interval)).collect())
    }

    /// Reads `panel` this often from now on.
    pub fn set(&mut self, panel: Panel, interval: Interval) {
        self.0.insert(panel, interval);
    }

    /// How often `panel` is read while it is on screen (`visible`), or else.
    #[must_use]
    pub fn of(&self, panel: Panel, visible: bool) -> SignedDuration {
        let interval = self
            .0
            .get(&panel)
            .copied()
            .unwrap_or(Interval { visible: SignedDuration::from_secs(30), hidden: SignedDuration::from_secs(60) });
        if visible { interval.visible } else { interval.hidden }
    }

    /// How old rows may be before they count as stale: `least`, or half as long again as the longest pause between two reads, since
    /// what nobody looks at is read more seldom and judged all the same.
    #[must_use]
    pub fn patience(&self, panel: Panel, least: SignedDuration) -> SignedDuration {
        let pause = self.of(panel, true).max(self.of(panel, false));
        least.max(pause.saturating_mul(3) / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_more_seldom_is_waited_for_longer() {
        let least = SignedDuration::from_mins(2);
        let intervals = Intervals::default();
        assert_eq!(intervals.patience(Panel::Tasks, least), least);
        assert_eq!(intervals.patience(Panel::Mutes, least), SignedDuration::from_mins(3));
        assert_eq!(intervals.patience(Panel::Images, least), SignedDuration::from_mins(15));
    }
}
