//! The status for people: what is wrong, then what could not be read, and little when all is right.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::{Status, StatusPanel};
use crate::fleet::finding::{Finding, Severity, Subject};
use crate::fleet::policy::span;
use crate::fleet::reading::{FailureKind, PanelState};
use crate::fleet::schedule::Duty;

/// Columns that a line may take.
const WIDTH: usize = 80;

/// Columns of the severity before a finding and of the name before a panel's line.
const SEVERITY: usize = 10;
const PANEL: usize = 22;

/// The status in lines of at most 80 columns; a word that is longer stays whole, so that ids can be copied.
#[must_use]
pub fn text(status: &Status) -> String {
    let mut out = String::new();
    headline(status, &mut out);
    for finding in &status.findings {
        finding_lines(finding, &mut out);
    }
    let unread: Vec<(&str, &StatusPanel)> =
        status.panels.iter().filter(|(_, panel)| !panel.whole()).map(|(name, panel)| (*name, panel)).collect();
    if !unread.is_empty() {
        out.push_str(if status.findings.is_empty() { "" } else { "\n" });
        out.push_str("Not everything is known:\n");
    }
    for (name, panel) in unread {
        line(&mut out, &pad(name, PANEL), &panel_words(panel));
    }
    out
}

fn headline(status: &Status, out: &mut String) {
    let account = match (&status.fleet.account, &status.fleet.account_alias) {
        (Some(account), Some(alias)) => format!(", account {account} ({alias})"),
        (Some(account), None) => format!(", account {account}"),
        (None, _) => String::new(),
    };
    let fleet = format!("{} in {}{account}", status.fleet.cluster, status.fleet.region);
    line(out, "", &fleet);
    let judgement = match (status.findings.is_empty(), status.complete) {
        (true, true) => format!("All right: {}.", extent(status)),
        (true, false) => "Nothing wrong is known of.".to_owned(),
        (false, _) => format!("{}.", tally(&status.findings)),
    };
    line(out, "", &judgement);
    if let Some(turns) = turns(status) {
        line(out, "", &turns);
    }
    if !status.findings.is_empty() {
        out.push('\n');
    }
}

/// What instances start from, and when it goes on by itself; `None`: nothing of that is known.
fn turns(status: &Status) -> Option<String> {
    let promotion = status.promotion.as_ref().and_then(|promotion| {
        let version = promotion.version.map(|version| format!(" (version {version})")).unwrap_or_default();
        Some(format!("Promoted: {}{version}", promotion.ami_id.as_deref()?))
    });
    let next = |duty: Duty| {
        let name = duty.schedule(&status.fleet.cluster);
        let at = status.schedules.iter().find(|schedule| schedule.name == name)?.next_at?;
        Some(format!("next {} in {}", duty.noun(), span(at.duration_since(status.at))))
    };
    let parts: Vec<String> = promotion.into_iter().chain(Duty::ALL.into_iter().filter_map(next)).collect();
    let mut words = parts.join(", ");
    let first = words.get(..1)?.to_uppercase();
    words.replace_range(..1, &first);
    Some(format!("{words}."))
}

/// How much was looked at.
fn extent(status: &Status) -> String {
    [
        plural(status.instances.len(), "instance"),
        plural(status.services.len(), "service"),
        plural(status.target_groups.len(), "target group"),
        plural(status.alarms.len(), "alarm"),
    ]
    .join(", ")
}

fn tally(findings: &[Finding]) -> String {
    [(Severity::Critical, "critical finding"), (Severity::Warning, "warning"), (Severity::Info, "note")]
        .into_iter()
        .map(|(severity, word)| (findings.iter().filter(|finding| finding.severity == severity).count(), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| plural(count, word))
        .collect::<Vec<_>>()
        .join(", ")
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn finding_lines(finding: &Finding, out: &mut String) {
    let severity = match finding.severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let about = match subject(&finding.subject) {
        Some(subject) => format!("{subject}: {}", finding.cause),
        None => finding.cause.clone(),
    };
    line(out, &pad(severity, SEVERITY), &about);
    if let Some(remedy) = &finding.remedy {
        line(out, &pad("", SEVERITY), &remedy.advice);
    }
}

fn subject(subject: &Subject) -> Option<String> {
    Some(match subject {
        Subject::Fleet => return None,
        Subject::Instance(id) => format!("instance {}", last_part(id)),
        Subject::Group(name) => format!("group {name}"),
        Subject::Service(name) => format!("service {name}"),
        Subject::Task(arn) => format!("task {}", last_part(arn)),
        Subject::TargetGroup(arn) => format!("target group {}", target_group_name(arn)),
        Subject::Target { group, target, port } => {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("target {target}{port} of {}", target_group_name(group))
        }
        Subject::Alarm(name) => format!("alarm {name}"),
        Subject::LogGroup(name) => format!("log group {name}"),
        Subject::Execution(id) => format!("execution {id}"),
        Subject::Image(id) => format!("AMI {id}"),
        Subject::Refresh(id) => format!("instance refresh {id}"),
    })
}

fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// `arn:…:targetgroup/NAME/ID` gives `NAME`.
fn target_group_name(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or(arn)
}

fn panel_words(panel: &StatusPanel) -> String {
    let mut words = match panel.state {
        PanelState::Loading => "not read".to_owned(),
        PanelState::Live => "incomplete".to_owned(),
        PanelState::Stale => "stale".to_owned(),
        PanelState::Denied => "denied".to_owned(),
        PanelState::Throttled => "throttled".to_owned(),
        PanelState::Failed => "failed".to_owned(),
    };
    if let Some(failure) = &panel.error {
        let cause = match failure.kind {
            FailureKind::Credentials => failure.hint.as_ref().unwrap_or(&failure.message),
            _ => &failure.message,
        };
        let _ = write!(words, ": {} {cause}", failure.operation);
    }
    if let Some(first) = panel.missing.first() {
        let more = panel.missing.len() - 1;
        let _ = write!(words, "; missing {}", first.what);
        if more > 0 {
            let _ = write!(words, " and {more} more");
        }
    }
    words
}

fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width()).max(1)))
}

/// Writes `words` behind `lead`.
fn line(out: &mut String, lead: &str, words: &str) {
    let indent = lead.width();
    out.push_str(lead);
    let mut column = indent;
    for word in words.split_whitespace() {
        let fresh = column == indent;
        if !fresh && column + 1 + word.width() > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if !fresh {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.width();
    }
    out.push('\n');
}
