//! The page of one thing: labelled lines, and what leads on to related things.

mod alarm;
mod execution;
mod finding;
mod group;
mod image;
mod instance;
mod refresh;
mod rotation;
mod service;
mod target;
mod task;

use super::cell::{Cell, Tone};
use super::listing::Ctx;
use super::place::Place;
use super::screens::{subject_id, subject_name};
use crate::fleet::finding::{Finding, Severity, Subject};

/// One line of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// Nothing, between two parts.
    Gap,
    /// The heading of a part.
    Heading(String),
    /// A name and what it is.
    Field {
        /// The name.
        label: &'static str,
        /// What it is.
        cell: Cell,
        /// Where it leads.
        link: Option<Place>,
    },
    /// A row of a small table: cells of consecutive rows stand below one another.
    Row {
        /// The cells.
        cells: Vec<Cell>,
        /// Where it leads.
        link: Option<Place>,
    },
    /// Words over the whole width; they wrap.
    Words(Cell),
}

impl Line {
    /// Whether the cursor can rest on it.
    #[must_use]
    pub fn rests(&self) -> bool {
        !matches!(self, Self::Gap | Self::Heading(_))
    }

    /// Where it leads.
    #[must_use]
    pub fn link(&self) -> Option<&Place> {
        match self {
            Self::Field { link, .. } | Self::Row { link, .. } => link.as_ref(),
            Self::Gap | Self::Heading(_) | Self::Words(_) => None,
        }
    }
}

/// The page of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// What kind of thing it is.
    pub kind: &'static str,
    /// Its name.
    pub title: String,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Its id, as it is copied.
    pub copy: String,
    lines: Vec<Line>,
}

impl Detail {
    fn new(kind: &'static str, title: impl Into<String>, copy: impl Into<String>) -> Self {
        Self { kind, title: title.into(), severity: None, copy: copy.into(), lines: Vec::new() }
    }

    /// Its lines.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Begins a part.
    fn heading(&mut self, title: impl Into<String>) {
        if !self.lines.is_empty() {
            self.lines.push(Line::Gap);
        }
        self.lines.push(Line::Heading(title.into()));
    }

    fn field(&mut self, label: &'static str, cell: Cell) {
        self.lines.push(Line::Field { label, cell, link: None });
    }

    fn link(&mut self, label: &'static str, cell: Cell, to: Option<Place>) {
        self.lines.push(Line::Field { label, cell, link: to });
    }

    fn row(&mut self, cells: Vec<Cell>, link: Option<Place>) {
        self.lines.push(Line::Row { cells, link });
    }

    fn words(&mut self, text: impl Into<String>, tone: Tone) {
        self.lines.push(Line::Words(Cell::text(text, tone)));
    }

    /// Lists the findings at these positions, each leading to its page. Healthy is quiet: without any, nothing.
    fn findings(&mut self, ctx: &Ctx<'_>, positions: &[usize]) {
        self.severity = ctx.severity(positions);
        if positions.is_empty() {
            return;
        }
        self.heading("Findings");
        let mut findings: Vec<&Finding> = ctx.findings(positions).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        for finding in findings {
            let link = Place::Finding(finding.rule, finding.subject.clone());
            self.row(vec![Cell::text(finding.cause.clone(), finding.severity.into())], Some(link));
        }
    }
}

/// The page of what is at `place`. Something that is not there (any more) has a page that says so.
pub(super) fn of(ctx: &Ctx<'_>, place: &Place) -> Detail {
    let page = match place {
        Place::List(_) | Place::Logs(_) | Place::Insights => None,
        Place::Finding(rule, subject) => finding::page(ctx, *rule, subject),
        Place::Thing(subject) => thing(ctx, subject),
    };
    page.unwrap_or_else(|| gone(place))
}

fn thing(ctx: &Ctx<'_>, subject: &Subject) -> Option<Detail> {
    match subject {
        Subject::Instance(key) => instance::page(ctx, key),
        Subject::Group(name) => group::page(ctx, name),
        Subject::Service(name) => service::page(ctx, name),
        Subject::Task(arn) => task::page(ctx, arn),
        Subject::TargetGroup(arn) => target::group_page(ctx, arn),
        Subject::Target { group, target, port } => target::page(ctx, group, target, *port),
        Subject::Alarm(name) => alarm::page(ctx, name),
        Subject::LogGroup(name) => group::log_page(ctx, name),
        Subject::Execution(id) => execution::page(ctx, id),
        Subject::Image(id) => image::page(ctx, id),
        Subject::Refresh(id) => refresh::page(ctx, id),
        Subject::Fleet => None,
    }
}

fn gone(place: &Place) -> Detail {
    let (name, id, what) = match place {
        Place::List(screen) => (screen.title().to_owned(), String::new(), "list"),
        Place::Finding(rule, subject) => {
            (format!("{}: {}", rule.name(), subject_name(subject)), subject_id(subject), "finding")
        }
        Place::Thing(subject) => (subject_name(subject), subject_id(subject), execution::kind(subject)),
        Place::Logs(_) | Place::Insights => ("Logs".to_owned(), String::new(), "logs"),
    };
    let mut page = Detail::new(what, name, id);
    let words = match place {
        // One that was started a moment ago has a page before it is read.
        Place::Thing(Subject::Execution(_)) => {
            "It is not among what was read: just started and not read yet, or long gone."
        }
        _ => "It is not among what was read: gone by now, or not read yet.",
    };
    page.words(words, Tone::Muted);
    page
}

/// A moment as an operator compares it with other logs: UTC, to the second.
fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
