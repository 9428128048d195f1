//! What comes of stopping a rollout.

use crate::fleet::execution::Execution;
use crate::fleet::refresh::InstanceRefresh;
use crate::fleet::view::{Fleet, RefreshRow};

/// What becomes of the group when the execution that rolls out is stopped, as its document has it.
pub(in crate::app) fn of_rollout(fleet: &Fleet, one: &Execution) -> Option<String> {
    let snapshot = fleet.snapshot();
    let began = |row: &&RefreshRow| {
        row.execution.and_then(|at| snapshot.executions.rows.get(at)).is_some_and(|starter| starter.id == one.id)
    };
    let Some(row) = fleet.view().refreshes.iter().find(began) else {
        let none = snapshot.refreshes.complete().then_some("Nothing is being replaced yet, and nothing will be.");
        return none.map(str::to_owned);
    };
    let refresh = fleet.refresh(row).filter(|refresh| !refresh.status.is_over())?;
    let group = &refresh.group;
    if refresh.status.is_rollback() {
        return Some(format!("{group} is on its way back, and goes on with that."));
    }
    let before = row.group.and_then(|at| snapshot.groups.rows.get(at)?.launch_template.as_ref());
    let before = before.map_or_else(|| "what it ran before".to_owned(), |from| format!("version {}", from.version));
    let said = one.parameter("AutoRollback").map(|word| word == "true");
    Some(match said.or(refresh.preferences.auto_rollback) {
        Some(true) => format!("{group} goes back to {before}: {}.", replaced_again(row, refresh)),
        Some(false) => format!("{group} stays as it is, with AutoRollback off: {}.", mixed(row, refresh, &before)),
        None => return None,
    })
}

/// Members that run what is rolled out, of how many.
fn renewed(row: &RefreshRow, refresh: &InstanceRefresh) -> (u32, u32) {
    let new = row.spread.iter().filter(|(version, _)| version.is_some() && *version == refresh.version);
    (new.map(|(_, count)| count).sum(), row.spread.iter().map(|(_, count)| count).sum())
}

fn replaced_again(row: &RefreshRow, refresh: &InstanceRefresh) -> String {
    match renewed(row, refresh) {
        (0, _) => "instances that are new by then are replaced again".to_owned(),
        (1, _) => "the 1 instance that is new is replaced again".to_owned(),
        (new, _) => format!("the {new} instances that are new are replaced again"),
    }
}

fn mixed(row: &RefreshRow, refresh: &InstanceRefresh, before: &str) -> String {
    let version = refresh.version.as_ref().map_or_else(|| "what is new".to_owned(), |new| format!("version {new}"));
    let (new, all) = renewed(row, refresh);
    format!("{new} of {all} instances run {version}, the group launches {before}")
}
