//! The parts of the document about AMIs, refreshes and schedules.

use jiff::Timestamp;

use super::build::{exactly, rules};
use super::{StatusAmi, StatusPromotion, StatusRefresh, StatusSchedule};
use crate::fleet::view::{Fleet, LineageRow, RefreshRow};

pub(super) fn promotion(fleet: &Fleet) -> Option<StatusPromotion> {
    let promotion = fleet.promotion()?;
    Some(StatusPromotion {
        version: promotion.version,
        ami_id: promotion.image.clone(),
        previous_version: promotion.previous,
        source_ami_id: promotion.source.clone(),
        at: promotion.at,
        by: promotion.by.clone(),
        why: promotion.why.clone(),
    })
}

pub(super) fn ami(fleet: &Fleet, row: &LineageRow) -> StatusAmi {
    let (image, build) = (fleet.image(row), fleet.build(row));
    let snapshot = fleet.snapshot();
    let whole = snapshot.builds.complete();
    let versions_known = whole && snapshot.groups_known();
    StatusAmi {
        id: row.id.clone(),
        name: image.map(|image| image.name.clone()),
        created_at: image.and_then(|image| image.created_at),
        baked: (whole || build.is_some()).then_some(build.is_some()),
        source_ami_id: build.and_then(|build| build.source.clone()),
        bake_execution_id: build.and_then(|build| build.bake.clone()),
        test: build.and_then(|build| build.test.as_ref()).map(ToString::to_string),
        versions: versions_known.then(|| fleet.versions(row).map(|version| version.number).collect()),
        promoted: snapshot.promotion.known().then_some(row.promoted),
        instances: exactly(row.instances),
    }
}

pub(super) fn refresh(fleet: &Fleet, row: &RefreshRow) -> Option<StatusRefresh> {
    let refresh = fleet.refresh(row)?;
    let snapshot = fleet.snapshot();
    let whole = snapshot.groups.complete() && snapshot.ec2_instances.complete();
    Some(StatusRefresh {
        id: refresh.id.clone(),
        auto_scaling_group: refresh.group.clone(),
        status: refresh.status.to_string(),
        reason: refresh.reason.clone(),
        started_at: refresh.started_at,
        ended_at: refresh.ended_at,
        version: refresh.version.clone(),
        percentage: refresh.percentage,
        instances_to_update: refresh.to_update,
        checkpoints: refresh.preferences.checkpoints.clone(),
        paused_at: refresh.paused_at(),
        rollback_reason: refresh.rollback.as_ref().and_then(|rollback| rollback.reason.clone()),
        held_up_by: whole.then(|| row.held_up_by.clone()),
        findings: rules(fleet, &row.findings),
    })
}

pub(super) fn schedules(fleet: &Fleet, now: Timestamp) -> Vec<StatusSchedule> {
    let rows = fleet.snapshot().schedules.rows.iter();
    rows.map(|schedule| StatusSchedule {
        name: schedule.name.clone(),
        state: schedule.state.to_string(),
        expression: schedule.expression.clone(),
        time_zone: schedule.time_zone.clone(),
        document: schedule.document.clone(),
        next_at: fleet.snapshot().next_run(schedule, now),
    })
    .collect()
}
