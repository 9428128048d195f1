//! Instance refreshes of groups.

use aws_sdk_autoscaling::types::{InstanceRefresh as Described, RefreshPreferences as Preferences, RollbackDetails};

use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{count, each, maybe, time, word, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, in_batches};
use crate::fleet::refresh::{InstanceRefresh, RefreshPreferences, RefreshRollback, RefreshStatus};

/// Refreshes of a group that are read, the newest first: AWS keeps those of six weeks, and older ones say nothing of today.
const NEWEST: i32 = 10;

/// The newest refreshes of each of the `groups`.
pub(in crate::aws) async fn read(calls: &Calls, groups: &[String]) -> Gathered<Vec<InstanceRefresh>> {
    let refreshes = in_batches("instance refreshes of groups", groups, 1, |groups| async {
        let mut harvest = Harvest::default();
        for group in groups {
            harvest.land(newest(calls, &group).await?);
        }
        Ok::<_, Refusal>(harvest)
    });
    refreshes.await.finish()
}

async fn newest(calls: &Calls, group: &str) -> Result<Vec<InstanceRefresh>, Refusal> {
    let request =
        calls.clients.autoscaling.describe_instance_refreshes().auto_scaling_group_name(group).max_records(NEWEST);
    let output = calls.call(Family::AutoScaling, "autoscaling:DescribeInstanceRefreshes", request.send()).await?;
    let mut rows: Vec<InstanceRefresh> = output.instance_refreshes().iter().filter_map(convert).collect();
    // One that has not begun yet is the newest.
    rows.sort_by_key(|one| std::cmp::Reverse((one.started_at.is_none(), one.started_at)));
    Ok(rows)
}

fn convert(refresh: &Described) -> Option<InstanceRefresh> {
    let template = refresh.desired_configuration().and_then(|wanted| {
        let mixed = wanted.mixed_instances_policy().and_then(|policy| policy.launch_template());
        wanted.launch_template().or_else(|| mixed.and_then(|mixed| mixed.launch_template_specification()))
    });
    Some(InstanceRefresh {
        id: maybe(refresh.instance_refresh_id())?,
        group: words(refresh.auto_scaling_group_name()),
        status: word::<RefreshStatus>(refresh.status().map_or("", |status| status.as_str())),
        reason: maybe(refresh.status_reason()),
        started_at: time(refresh.start_time()),
        ended_at: time(refresh.end_time()),
        percentage: refresh.percentage_complete().map(count),
        to_update: refresh.instances_to_update().map(count),
        template: template.and_then(|template| maybe(template.launch_template_id())),
        version: template.and_then(|template| maybe(template.version())),
        preferences: refresh.preferences().map(convert_preferences).unwrap_or_default(),
        rollback: refresh.rollback_details().map(convert_rollback),
    })
}

fn convert_preferences(preferences: &Preferences) -> RefreshPreferences {
    RefreshPreferences {
        min_healthy: preferences.min_healthy_percentage().map(count),
        max_healthy: preferences.max_healthy_percentage().map(count),
        warmup: preferences.instance_warmup().map(count),
        checkpoints: preferences.checkpoint_percentages().iter().copied().map(count).collect(),
        checkpoint_delay: preferences.checkpoint_delay().map(count),
        bake_time: preferences.bake_time().map(count),
        auto_rollback: preferences.auto_rollback(),
        skip_matching: preferences.skip_matching(),
        alarms: preferences.alarm_specification().map(|alarms| each(alarms.alarms())).unwrap_or_default(),
        protected: maybe(preferences.scale_in_protected_instances().map(|what| what.as_str())),
        standby: maybe(preferences.standby_instances().map(|what| what.as_str())),
    }
}

fn convert_rollback(rollback: &RollbackDetails) -> RefreshRollback {
    RefreshRollback {
        reason: maybe(rollback.rollback_reason()),
        started_at: time(rollback.rollback_start_time()),
        percentage: rollback.percentage_complete_on_rollback().map(count),
        to_update: rollback.instances_to_update_on_rollback().map(count),
    }
}
