//! The Bridge's list: what is wrong, worst first.

use crate::app::cell::{Cell, SortKey, Tone};
use crate::app::listing::{Column, Ctx, Listing};
use crate::app::place::Place;
use crate::fleet::finding::{Finding, Subject};

/// The list of findings.
pub(super) static LISTING: Listing = Listing {
    columns: &COLUMNS,
    noun: "findings",
    severities: |ctx| ctx.fleet.view().findings.iter().map(|finding| Some(finding.severity)).collect(),
    len: |ctx| ctx.fleet.view().findings.len(),
    key: |ctx, n| finding(ctx, n).map(key).unwrap_or_default(),
    place: |ctx, n| finding(ctx, n).map(|finding| Place::Finding(finding.rule, finding.subject.clone())),
    extra: |_, _| false,
    copy: |ctx, n| finding(ctx, n).map(|finding| subject_id(&finding.subject)).unwrap_or_default(),
};

static COLUMNS: [Column; 4] = [
    Column::new("subject", "ABOUT", (19, 32), 0, |ctx, n| {
        of(ctx, n, |_, finding| Cell::text(subject_name(&finding.subject), Tone::Plain))
    }),
    Column::new("cause", "WHY", (40, u16::MAX), 0, |ctx, n| {
        of(ctx, n, |_, finding| Cell::text(finding.cause.clone(), finding.severity.into()))
    }),
    Column::new("since", "FOR", (7, 7), 2, |ctx, n| of(ctx, n, since)).right(),
    Column::new("rule", "RULE", (18, 24), 4, |ctx, n| {
        of(ctx, n, |_, finding| Cell::text(finding.rule.name(), Tone::Muted))
    })
    .sorted(|ctx, n| finding(ctx, n).map_or(SortKey::Missing, |finding| SortKey::Text(finding.rule.name()))),
];

fn finding<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a Finding> {
    ctx.fleet.view().findings.get(n)
}

fn of(ctx: &Ctx<'_>, n: usize, cell: fn(&Ctx<'_>, &Finding) -> Cell) -> Cell {
    finding(ctx, n).map_or_else(Cell::unknown, |finding| cell(ctx, finding))
}

fn key(finding: &Finding) -> String {
    format!("{} {:?}", finding.rule.name(), finding.subject)
}

fn since(ctx: &Ctx<'_>, finding: &Finding) -> Cell {
    let Some(at) = finding.since else { return Cell::unknown() };
    let age = ctx.now.duration_since(at).max(jiff::SignedDuration::ZERO);
    Cell::age(age, Tone::Muted)
}

/// What a subject is called where there is little room.
pub(crate) fn subject_name(subject: &Subject) -> String {
    match subject {
        Subject::Fleet => "the fleet".to_owned(),
        Subject::Instance(key) => super::instances::short_key(key).to_owned(),
        Subject::Task(arn) => format!("task {}", arn.rsplit('/').next().unwrap_or(arn)),
        Subject::TargetGroup(arn) => target_group_name(arn).to_owned(),
        Subject::Target { group, target, port } => {
            let port = port.map_or_else(String::new, |port| format!(":{port}"));
            format!("{target}{port} in {}", target_group_name(group))
        }
        Subject::Execution(id) => format!("execution {}", id.split('-').next().unwrap_or(id)),
        Subject::Image(id) => id.clone(),
        Subject::Refresh(id) => format!("rollout {}", id.split('-').next().unwrap_or(id)),
        Subject::Group(name) | Subject::Service(name) | Subject::Alarm(name) | Subject::LogGroup(name) => name.clone(),
    }
}

/// The name inside a target group's ARN: `…:targetgroup/NAME/HASH`.
pub(crate) fn target_group_name(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or(arn)
}

/// The id of a subject, whole, as it is copied.
pub(crate) fn subject_id(subject: &Subject) -> String {
    match subject {
        Subject::Fleet => String::new(),
        Subject::Target { target, .. } => target.clone(),
        Subject::Instance(id)
        | Subject::Group(id)
        | Subject::Service(id)
        | Subject::Task(id)
        | Subject::TargetGroup(id)
        | Subject::Alarm(id)
        | Subject::LogGroup(id)
        | Subject::Execution(id)
        | Subject::Image(id)
        | Subject::Refresh(id) => id.clone(),
    }
}
