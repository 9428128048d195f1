//! Instance refreshes with how their groups stand.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::index::Index;
use crate::fleet::instance::{Group, GroupMember, LifecycleState};
use crate::fleet::refresh::InstanceRefresh;
use crate::fleet::snapshot::Snapshot;
use crate::fleet::view::{InstanceRow, RefreshRow};

/// What AWS does with instances that it may not replace, unless it is told otherwise
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>).
const WAIT: &str = "Wait";

/// One row for each refresh: those under way first, then the newest.
pub(super) fn rows(snapshot: &Snapshot, index: &Index<'_>, instances: &[InstanceRow]) -> Vec<RefreshRow> {
    let all = &snapshot.refreshes.rows;
    let starters = starters(snapshot);
    let launched: HashMap<&str, jiff::Timestamp> =
        instances.iter().filter_map(|row| Some((row.key.as_str(), row.launched_at?))).collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|at| all.get(*at).map(|one| (one.status.is_over(), Reverse(one.started_at))));
    let row = |at: usize| {
        let one = all.get(at)?;
        let group = index.groups.get(one.group.as_str()).copied();
        let held = group.and_then(|at| snapshot.groups.rows.get(at));
        Some(RefreshRow {
            refresh: at,
            group,
            execution: starters.get(one.id.as_str()).copied(),
            spread: held.map(spread).unwrap_or_default(),
            held_up_by: held.map(|group| held_up_by(one, group, &launched)).unwrap_or_default(),
            findings: Vec::new(),
        })
    };
    order.into_iter().filter_map(row).collect()
}

/// Which execution tells of a refresh, by the refresh's id: a step that started one gives it out.
fn starters(snapshot: &Snapshot) -> HashMap<&str, usize> {
    let ids: HashSet<&str> = snapshot.refreshes.rows.iter().map(|one| one.id.as_str()).collect();
    let mut found = HashMap::new();
    if ids.is_empty() {
        return found;
    }
    for (at, one) in snapshot.executions.rows.iter().enumerate() {
        let steps = one.details.iter().flat_map(|details| &details.steps);
        let outputs = steps.flat_map(|step| step.outputs.values()).chain(one.outputs.values()).flatten();
        for output in outputs.filter(|output| ids.contains(output.as_str())) {
            found.entry(output.as_str()).or_insert(at);
        }
    }
    found
}

/// Members by the launch template version that they were started from, the newest first.
fn spread(group: &Group) -> Vec<(Option<String>, u32)> {
    let mut count: BTreeMap<(Option<u64>, Option<&str>), u32> = BTreeMap::new();
    for member in &group.members {
        let version = member.launch_template_version.as_deref();
        *count.entry((version.and_then(|version| version.parse().ok()), version)).or_default() += 1;
    }
    count.into_iter().rev().map(|((_, version), count)| (version.map(str::to_owned), count)).collect()
}

/// Members for which it waits: they are to be replaced, and it may not touch them.
fn held_up_by(refresh: &InstanceRefresh, group: &Group, launched: &HashMap<&str, jiff::Timestamp>) -> Vec<String> {
    let preferences = &refresh.preferences;
    if refresh.status.is_over() {
        return Vec::new();
    }
    let waits = |preference: &Option<String>| preference.as_deref().unwrap_or(WAIT) == WAIT;
    let kept = |member: &&GroupMember| {
        let standby = matches!(member.lifecycle_state, LifecycleState::Standby | LifecycleState::EnteringStandby);
        let serves = member.lifecycle_state == LifecycleState::InService;
        (serves && member.protected && waits(&preferences.protected)) || (standby && waits(&preferences.standby))
    };
    let before = |member: &&GroupMember| {
        let launched = launched.get(member.instance_id.as_str());
        launched.zip(refresh.started_at).is_some_and(|(launched, began)| *launched < began)
    };
    let matches = |member: &&GroupMember| {
        preferences.skip_matching == Some(true) && refresh.version == member.launch_template_version
    };
    let members = group.members.iter().filter(kept).filter(before).filter(|member| !matches(member));
    members.map(|member| member.instance_id.clone()).collect()
}
