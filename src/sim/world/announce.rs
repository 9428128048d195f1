//! What the account's services tell the event bus, and what alarms tell whom.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::World;
use super::alarm::{Alarm, AlarmKind, MetricRule};
use super::group::Activity;
use super::refresh::RefreshStatus;
use crate::sim::runbook::Execution;

impl World {
    fn alarm_arn(&self, name: &str) -> String {
        self.arn("cloudwatch", &format!("alarm:{name}"))
    }

    /// Tells of an alarm's new state, whoever it is silent for
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html>).
    pub(super) fn announce_alarm(&mut self, before: &Alarm) {
        let Some(alarm) = self.alarms.get(&before.name) else { return };
        let configuration = match &alarm.kind {
            AlarmKind::Metric(rule) => json!({ "description": alarm.description, "metrics": [metric(rule)] }),
            AlarmKind::Composite(rule) => json!({ "description": alarm.description, "alarmRule": rule }),
        };
        let detail = json!({
            "alarmName": alarm.name,
            "configuration": configuration,
            "previousState": state(before),
            "state": state(alarm),
        });
        let arn = self.alarm_arn(&before.name);
        self.emit("aws.cloudwatch", "CloudWatch Alarm State Change", &[arn], &detail);
    }

    /// Does what an alarm does about its new state, and says whether that was done
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>).
    pub(super) fn act_on_alarm(&mut self, action: &str, before: &Alarm) -> bool {
        // Actions beside topics, such as those of EC2, are taken for done.
        if !action.starts_with("arn:aws:sns:") {
            return true;
        }
        let Some(alarm) = self.alarms.get(&before.name) else { return false };
        let subject = format!("{}: \"{}\" in {}", alarm.state.as_str(), alarm.name, self.region);
        let message = json!({
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": self.account,
            "NewStateValue": alarm.state.as_str(),
            "NewStateReason": alarm.reason,
            "OldStateValue": before.state.as_str(),
            "StateChangeTime": moment(self.now),
            "Region": self.region,
            "AlarmArn": self.alarm_arn(&alarm.name),
            "OKActions": alarm.ok_actions,
            "AlarmActions": alarm.alarm_actions,
        });
        self.publish(action, Some(&subject), &message.to_string()).is_some()
    }

    /// Tells of an execution's new status, once
    /// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html>).
    pub(crate) fn announce_execution(&mut self, execution: &Execution) {
        if self.announced.insert(execution.id.clone(), execution.status) == Some(execution.status) {
            return;
        }
        let written = |at: Timestamp| at.strftime("%b %-d, %Y %-I:%M:%S %p").to_string();
        let end = execution.ended_at.unwrap_or(self.now);
        let detail = json!({
            "ExecutionId": execution.id,
            "Definition": execution.document_name,
            "DefinitionVersion": execution.document_version.parse::<f64>().ok(),
            "Status": execution.status.as_str(),
            "StartTime": written(execution.started_at),
            "EndTime": execution.ended_at.map(written),
            "Time": end.duration_since(execution.started_at).as_millis() as f64,
            "ExecutedBy": execution.executed_by,
        });
        let (id, name, version) = (&execution.id, &execution.document_name, &execution.document_version);
        let resources = [
            self.arn("ssm", &format!("automation-execution/{id}")),
            self.arn("ssm", &format!("automation-definition/{name}:{version}")),
        ];
        self.emit("aws.ssm", "EC2 Automation Execution Status-change Notification", &resources, &detail);
    }

    /// Tells that a group's activity has ended well
    /// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html>).
    pub(super) fn announce_activity(&mut self, group: &str, activity: &Activity) {
        let launched = activity.description.starts_with("Launching");
        let verb = if launched { "Launch" } else { "Terminate" };
        let detail = json!({
            "ActivityId": activity.id,
            "AutoScalingGroupName": group,
            "Cause": activity.cause,
            "Description": activity.description,
            "EC2InstanceId": activity.instance_id,
            "StatusCode": "InProgress",
            "StatusMessage": "",
            "StartTime": moment(activity.started_at),
            "EndTime": activity.ended_at.map(moment),
        });
        let resources = self.of_member(group, &activity.instance_id);
        self.emit("aws.autoscaling", &format!("EC2 Instance {verb} Successful"), &resources, &detail);
    }

    /// Tells that a group's instance refresh has ended
    /// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-eventbridge-events.html>).
    pub(super) fn announce_refresh(&mut self, group: &str, id: &str, status: RefreshStatus) {
        let ended = match status {
            RefreshStatus::Successful => "Succeeded",
            RefreshStatus::Failed => "Failed",
            RefreshStatus::Cancelled => "Cancelled",
            RefreshStatus::RollbackSuccessful => "Rollback Succeeded",
            RefreshStatus::RollbackFailed => "Rollback Failed",
            _ => return,
        };
        let Some(arn) = self.groups.get(group).map(|group| self.group_arn(group)) else { return };
        let detail = json!({ "InstanceRefreshId": id, "AutoScalingGroupName": group });
        self.emit("aws.autoscaling", &format!("EC2 Auto Scaling Instance Refresh {ended}"), &[arn], &detail);
    }

    /// Tells that a member waits until its tasks are gone, as the hook has it that ECS adds to groups which it drains
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instance-draining.html>).
    pub(super) fn announce_wait(&mut self, group: &str, instance: &str) {
        let detail = json!({
            "AutoScalingGroupName": group,
            "EC2InstanceId": instance,
            "LifecycleActionToken": self.fresh_id(),
            "LifecycleHookName": "ecs-managed-draining-termination-hook",
            "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
            "Origin": "AutoScalingGroup",
            "Destination": "EC2",
        });
        let resources = self.of_member(group, instance);
        self.emit("aws.autoscaling", "EC2 Instance-terminate Lifecycle Action", &resources, &detail);
    }

    fn of_member(&self, group: &str, instance: &str) -> Vec<String> {
        let group = self.groups.get(group).map(|group| self.group_arn(group));
        group.into_iter().chain([self.arn("ec2", &format!("instance/{instance}"))]).collect()
    }
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

fn state(alarm: &Alarm) -> Value {
    json!({
        "value": alarm.state.as_str(),
        "reason": alarm.reason,
        "reasonData": alarm.reason_data,
        "timestamp": moment(alarm.transitioned_at),
    })
}

fn metric(rule: &MetricRule) -> Value {
    json!({
        "id": "m1",
        "metricStat": {
            "metric": {
                "namespace": rule.metric.namespace,
                "name": rule.metric.name,
                "dimensions": rule.metric.dimensions,
            },
            "period": rule.period,
            "stat": rule.statistic,
        },
        "returnData": true,
    })
}
