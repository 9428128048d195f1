//! Mute rules.

use serde_json::{Value, json};

use super::super::page::{compact, maybe_seconds, seconds, text, texts};
use super::paged;
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::alarm::{Mute, Opening};

/// Whether a rule opens one window or many (the service model: `GetAlarmMuteRuleOutput$MuteType`).
fn mute_type(mute: &Mute) -> &'static str {
    match mute.opens {
        Opening::Once(_) => "ONE_TIME",
        Opening::Again(_) => "RECURRING",
    }
}

fn arn(world: &World, mute: &Mute) -> String {
    world.arn("cloudwatch", &format!("alarm-mute-rule:{}", mute.name))
}

/// `ListAlarmMuteRules`: neither names nor targets are told here (the service model: `AlarmMuteRuleSummary`).
pub(super) fn list(world: &World, call: &Call<'_>) -> Answer {
    let alarm = text(call.input, "AlarmName");
    let statuses = texts(call.input, "Statuses");
    let found = world.mutes.values().filter(|mute| {
        alarm.is_none_or(|name| mute.alarms.iter().any(|a| a == name))
            && (statuses.is_empty() || statuses.contains(&mute.status(world.now)))
    });
    let summary = |mute: &Mute| -> Value {
        compact(json!({
            "AlarmMuteRuleArn": arn(world, mute),
            "ExpireDate": maybe_seconds(mute.expires_at),
            "Status": mute.status(world.now),
            "MuteType": mute_type(mute),
            "LastUpdatedTimestamp": seconds(mute.updated_at),
        }))
    };
    paged(call, 50, "AlarmMuteRuleSummaries", found.map(|mute| (mute.name.clone(), summary(mute))))
}

/// `GetAlarmMuteRule`.
pub(super) fn get(world: &World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "AlarmMuteRuleName").unwrap_or_default();
    let Some(mute) = world.mutes.get(name) else {
        return Err(Fault::new("ResourceNotFoundException", format!("Alarm mute rule '{name}' not found")));
    };
    let schedule = json!({ "Expression": mute.expression, "Duration": mute.duration, "Timezone": mute.timezone });
    Ok(compact(json!({
        "Name": mute.name,
        "AlarmMuteRuleArn": arn(world, mute),
        "Description": mute.description,
        "Rule": { "Schedule": schedule },
        "MuteTargets": { "AlarmNames": mute.alarms },
        "StartDate": maybe_seconds(mute.starts_at),
        "ExpireDate": maybe_seconds(mute.expires_at),
        "Status": mute.status(world.now),
        "LastUpdatedTimestamp": seconds(mute.updated_at),
        "MuteType": mute_type(mute),
    })))
}
