//! The page of a finding: why, since when, and what would mend it.

use super::Detail;
use crate::app::cell::{Cell, Tone};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::app::screens::{subject_id, subject_name};
use crate::fleet::finding::{Rule, Subject};

pub(super) fn page(ctx: &Ctx<'_>, rule: Rule, subject: &Subject) -> Option<Detail> {
    let all = &ctx.fleet.view().findings;
    let finding = all.iter().find(|finding| finding.rule == rule && finding.subject == *subject)?;
    let mut page = Detail::new("finding", subject_name(subject), subject_id(subject));
    page.severity = Some(finding.severity);
    page.words(finding.cause.clone(), finding.severity.into());
    if let Some(remedy) = &finding.remedy {
        page.heading("What to do");
        page.words(remedy.advice.clone(), Tone::Plain);
    }
    page.heading("About");
    let place = (*subject != Subject::Fleet).then(|| Place::Thing(subject.clone()));
    page.link(kind(subject), Cell::text(subject_name(subject), Tone::Plain), place);
    page.field("rule", Cell::text(rule.name(), Tone::Plain));
    if let Some(at) = finding.since {
        let age = ctx.now.duration_since(at).max(jiff::SignedDuration::ZERO);
        page.field("for", Cell::age(age, Tone::Plain));
        page.field("since", Cell::text(super::moment(at), Tone::Muted));
    }
    let others: Vec<_> = all.iter().filter(|other| other.subject == *subject && other.rule != rule).collect();
    if !others.is_empty() {
        page.heading("Also wrong with it");
        for other in others {
            let link = Place::Finding(other.rule, other.subject.clone());
            page.row(vec![Cell::text(other.cause.clone(), other.severity.into())], Some(link));
        }
    }
    Some(page)
}

fn kind(subject: &Subject) -> &'static str {
    match subject {
        Subject::Fleet => "fleet",
        Subject::Instance(_) => "instance",
        Subject::Group(_) => "group",
        Subject::Service(_) => "service",
        Subject::Task(_) => "task",
        Subject::TargetGroup(_) => "target group",
        Subject::Target { .. } => "target",
        Subject::Alarm(_) => "alarm",
        Subject::LogGroup(_) => "log group",
        Subject::Execution(_) => "execution",
        Subject::Image(_) => "AMI",
        Subject::Refresh(_) => "rollout",
    }
}
