//! Mute rules: listed by ARN alone, so each is asked for by the name in it.

use aws_sdk_cloudwatch::operation::get_alarm_mute_rule::GetAlarmMuteRuleOutput;
use aws_sdk_cloudwatch::types::AlarmMuteRuleStatus;

use super::window::{Window, end_of};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{each, maybe, time, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, Page, list_and_describe, without_repeats};
use crate::fleet::alarm::Mute;

/// The largest page, as for alarms.
const PAGE: i32 = 100;
/// A rule that vanished between list and question.
const GONE: &str = "ResourceNotFoundException";

/// Rules that mute alarms now or will; those that are over mute nothing any more.
pub(in crate::aws) async fn read(calls: &Calls) -> Gathered<Vec<Mute>> {
    let list = |token| list(calls, token);
    let describe = |names| describe(calls, names);
    let mut harvest = list_and_describe("mute rules", 1, list, describe).await;
    without_repeats(&mut harvest.rows, |mute| &mute.name);
    harvest.finish()
}

async fn list(calls: &Calls, token: Option<String>) -> Result<Page<String>, Refusal> {
    let request = calls
        .clients
        .cloudwatch
        .list_alarm_mute_rules()
        .statuses(AlarmMuteRuleStatus::Active)
        .statuses(AlarmMuteRuleStatus::Scheduled)
        .max_records(PAGE)
        .set_next_token(token);
    let output = calls.call(Family::Alarms, "cloudwatch:ListAlarmMuteRules", request.send()).await?;
    let arns = output.alarm_mute_rule_summaries().iter().filter_map(|rule| rule.alarm_mute_rule_arn());
    Ok(Page { rows: arns.map(|arn| name_in(arn).to_owned()).collect(), next: output.next_token })
}

/// `arn:aws:cloudwatch:REGION:ACCOUNT:alarm-mute-rule:NAME`; a name may itself hold colons.
fn name_in(arn: &str) -> &str {
    arn.splitn(7, ':').nth(6).unwrap_or(arn)
}

async fn describe(calls: &Calls, names: Vec<String>) -> Result<Harvest<Mute>, Refusal> {
    let mut harvest = Harvest::default();
    for name in names {
        let request = calls.clients.cloudwatch.get_alarm_mute_rule().alarm_mute_rule_name(&name);
        match calls.call(Family::Alarms, "cloudwatch:GetAlarmMuteRule", request.send()).await {
            Ok(output) => harvest.land([convert(calls, &name, &output)]),
            Err(refusal) if refusal.is(GONE) => harvest.land([]),
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(harvest)
}

fn convert(calls: &Calls, name: &str, rule: &GetAlarmMuteRuleOutput) -> Mute {
    let schedule = rule.rule().and_then(|rule| rule.schedule());
    let expires = time(rule.expire_date());
    let window = schedule.and_then(|schedule| {
        let window = Window {
            expression: schedule.expression()?,
            duration: schedule.duration()?,
            timezone: schedule.timezone(),
        };
        end_of(&window, calls.now())
    });
    Mute {
        name: words(Some(name)),
        status: words(rule.status().map(|status| status.as_str())),
        alarm_names: rule.mute_targets().map(|targets| each(targets.alarm_names())).unwrap_or_default(),
        // Whatever ends first.
        until: [window, expires].into_iter().flatten().min(),
        description: maybe(rule.description()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_rest_of_the_arn() {
        assert_eq!(name_in("arn:aws:cloudwatch:eu-west-1:111122223333:alarm-mute-rule:night:shift"), "night:shift");
        assert_eq!(name_in("strange"), "strange");
    }
}
