//! Rules about ways into a machine: there should be none.

use std::collections::BTreeSet;

use super::evidence::{Evidence, about};
use crate::fleet::finding::{Finding, Rule, Severity};

/// A key pair lets somebody in who should not need to get in.
pub(super) fn key_pair(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (row, ec2) in evidence.staying_ec2() {
        let Some(key) = &ec2.key_name else { continue };
        findings.push(
            Finding::new(Rule::KeyPair, Severity::Warning, about(row), format!("launched with key pair {key}"))
                .advise("Take the key pair out of the launch template and recycle the instance."),
        );
    }
}

/// Port 22 open to anything is wrong here, and open to the world hurts now.
pub(super) fn ssh_open(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let groups = &evidence.snapshot.security_groups.rows;
    for (row, ec2) in evidence.staying_ec2() {
        let of_row = ec2
            .security_groups
            .iter()
            .filter_map(|named| groups.get(*evidence.index.security_groups.get(named.id.as_str())?));
        let open: Vec<_> = of_row.filter(|group| !group.ssh_sources.is_empty()).collect();
        if open.is_empty() {
            continue;
        }
        let ids: BTreeSet<&str> = open.iter().map(|group| group.id.as_str()).collect();
        let sources: BTreeSet<&str> = open.iter().flat_map(|group| &group.ssh_sources).map(String::as_str).collect();
        let world = sources.iter().any(|source| source.ends_with("/0"));
        let severity = if world { Severity::Critical } else { Severity::Warning };
        let (ids, sources) = (list(&ids), list(&sources));
        findings.push(
            Finding::new(Rule::SshOpen, severity, about(row), format!("port 22 is open to {sources} in {ids}"))
                .advise("Remove the rule for port 22 from the security group."),
        );
    }
}

/// At most three names; a line has no room for more.
fn list(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().copied().take(3).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
