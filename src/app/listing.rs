//! What a list is made of, as data: columns, keys, and where a row leads.

use std::collections::HashMap;

use jiff::Timestamp;

use super::cell::{Cell, SortKey, Tone};
use super::place::Place;
use crate::actions::catalogue::Names;
use crate::fleet::finding::{Finding, Rule, Severity, Subject};
use crate::fleet::view::Fleet;

/// The keys of instances by the ARNs of their container instances: tens of thousands of tasks name these.
#[derive(Debug, Clone, Default)]
pub struct Hosts(HashMap<String, String>);

impl Hosts {
    /// The hosts of a fleet, as far as ECS tells their EC2 ids.
    pub(super) fn of(fleet: &Fleet) -> Self {
        let known = fleet.snapshot().container_instances.rows.iter();
        Self(known.filter_map(|host| Some((host.arn.clone(), host.ec2_instance_id.clone()?))).collect())
    }
}

/// What cells are made from.
#[derive(Debug, Clone, Copy)]
pub struct Ctx<'a> {
    /// The fleet.
    pub fleet: &'a Fleet,
    /// Which instance is behind the ARN of a container instance.
    pub hosts: &'a Hosts,
    /// Which runbooks do what.
    pub names: &'a Names,
    /// The time that is shown: it moves in steps.
    pub now: Timestamp,
    /// Long values of a page are shown whole.
    pub unfolded: bool,
}

impl<'a> Ctx<'a> {
    /// The key of the instance behind the ARN of a container instance: its EC2 id, else that ARN.
    pub(super) fn host_key(&self, arn: &'a str) -> &'a str {
        self.hosts.0.get(arn).map_or(arn, String::as_str)
    }

    /// The findings at these positions, worst first as the view has them.
    pub(super) fn findings(&self, positions: &[usize]) -> impl Iterator<Item = &'a Finding> {
        let all = &self.fleet.view().findings;
        positions.iter().filter_map(|position| all.get(*position))
    }

    /// Positions of the findings about a subject that `wanted` holds for.
    pub(super) fn findings_about(&self, wanted: impl Fn(&Subject) -> bool) -> Vec<usize> {
        let all = self.fleet.view().findings.iter().enumerate();
        all.filter(|(_, finding)| wanted(&finding.subject)).map(|(position, _)| position).collect()
    }

    /// The worst of the findings at these positions.
    pub(super) fn worst(&self, positions: &[usize]) -> Option<&'a Finding> {
        self.findings(positions).max_by(|a, b| a.severity.cmp(&b.severity).then(b.rule.name().cmp(&a.rule.name())))
    }

    /// How something looks that one of these rules may be about: as bad as the finding, else `otherwise`.
    pub(super) fn tone(&self, positions: &[usize], rules: &[Rule], otherwise: Tone) -> Tone {
        let bad = self.findings(positions).filter(|finding| rules.contains(&finding.rule));
        bad.map(|finding| finding.severity).max().map_or(otherwise, Tone::from)
    }

    /// The worst finding in a line, with how many more there are.
    pub(super) fn findings_cell(&self, positions: &[usize]) -> Cell {
        let Some(worst) = self.worst(positions) else { return Cell::blank() };
        let more = positions.len().saturating_sub(1);
        let text = if more > 0 { format!("{} (+{more})", worst.cause) } else { worst.cause.clone() };
        Cell::text(text, worst.severity.into())
    }

    /// How bad it is for something with these findings.
    pub(super) fn severity(&self, positions: &[usize]) -> Option<Severity> {
        self.findings(positions).map(|finding| finding.severity).max()
    }
}

/// Which end of its column a cell keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A column.
pub struct Column {
    /// The name in filters (`az:1a`).
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// Columns of the terminal that it needs.
    pub min: u16,
    /// Columns that it can make use of; `u16::MAX`: all that are left.
    pub max: u16,
    /// Which end its cells keep to.
    pub align: Align,
    /// 0 is always shown; of the others the highest goes first where there is no room.
    pub priority: u8,
    /// The cell of a row.
    pub cell: fn(&Ctx<'_>, usize) -> Cell,
    /// What a filter looks at, where the cell says only a part of it.
    pub(super) whole: Option<fn(&Ctx<'_>, usize) -> String>,
    /// What rows are ordered by, where the cell does not say it.
    pub(super) sort: Option<fn(&Ctx<'_>, usize) -> SortKey>,
}

impl Column {
    /// A column of text, `width` being what it needs and what it can make use of.
    pub(super) const fn new(
        id: &'static str,
        title: &'static str,
        width: (u16, u16),
        priority: u8,
        cell: fn(&Ctx<'_>, usize) -> Cell,
    ) -> Self {
        Self { id, title, min: width.0, max: width.1, align: Align::Left, priority, cell, whole: None, sort: None }
    }

    /// The same with its cells at the right.
    pub(super) const fn right(self) -> Self {
        Self { align: Align::Right, ..self }
    }

    /// The same with more to be found by than the cell says.
    pub(super) const fn found_by(self, whole: fn(&Ctx<'_>, usize) -> String) -> Self {
        Self { whole: Some(whole), ..self }
    }

    /// The same with an order of its own.
    pub(super) const fn sorted(self, sort: fn(&Ctx<'_>, usize) -> SortKey) -> Self {
        Self { sort: Some(sort), ..self }
    }

    /// What a filter looks at.
    pub(super) fn words(&self, ctx: &Ctx<'_>, row: usize) -> String {
        match self.whole {
            Some(whole) => whole(ctx, row),
            None => (self.cell)(ctx, row).words(),
        }
    }

    pub(super) fn sort_key(&self, ctx: &Ctx<'_>, row: usize) -> SortKey {
        match self.sort {
            Some(sort) => sort(ctx, row),
            None => SortKey::of((self.cell)(ctx, row)),
        }
    }
}

/// A list: rows are numbers, from 0 up to `len`, into what the view holds.
pub struct Listing {
    /// Its columns; the first one names the row.
    pub columns: &'static [Column],
    /// What its rows are, such as `instances`.
    pub noun: &'static str,
    /// How bad it is for each row, by its number.
    pub(super) severities: fn(&Ctx<'_>) -> Vec<Option<Severity>>,
    pub(super) len: fn(&Ctx<'_>) -> usize,
    pub(super) key: fn(&Ctx<'_>, usize) -> String,
    pub(super) place: fn(&Ctx<'_>, usize) -> Option<Place>,
    /// Rows that are shown only on demand (stopped tasks).
    pub(super) extra: fn(&Ctx<'_>, usize) -> bool,
    /// What a row is called when it is copied.
    pub(super) copy: fn(&Ctx<'_>, usize) -> String,
}
