//! Promotions, rollouts and bakes as AWS CLI commands.

use serde_json::json;

use super::ByHand;
use super::by_hand::with_region;
use super::scene::Scene;
use super::version::{image_of, promotion, template};
use crate::actions::catalogue::Action;
use crate::actions::checkpoints;
use crate::fleet::finding::Subject;
use crate::fleet::promotion::Promotion;

/// The commands, in the order in which they are to be run.
pub(super) fn of(scene: &Scene<'_>, action: Action) -> Vec<ByHand> {
    match action {
        Action::Promote => promote(scene),
        Action::RollbackAmi => back(scene),
        Action::Rollout => rollout(scene).into_iter().collect(),
        Action::Bake => bake(scene),
        _ => Vec::new(),
    }
}

/// The version is made, then the parameter says so.
fn promote(scene: &Scene<'_>) -> Vec<ByHand> {
    let [Subject::Image(image)] = scene.request.subjects else { return Vec::new() };
    let Some(template) = template(scene) else { return Vec::new() };
    let versions = scene.evidence.snapshot.builds.rows.versions.iter().filter(|one| one.template == template);
    let Some(latest) = versions.map(|one| one.number).max() else { return Vec::new() };
    let (source, next) = (latest.to_string(), (latest + 1).to_string());
    let data = json!({ "ImageId": image }).to_string();
    let make = [
        "aws",
        "ec2",
        "create-launch-template-version",
        "--launch-template-id",
        template,
        "--source-version",
        &source,
        "--launch-template-data",
        &data,
    ];
    let unmake =
        ["aws", "ec2", "delete-launch-template-versions", "--launch-template-id", template, "--versions", &next];
    let previous = promotion(scene).and_then(|one| one.version);
    let made = ByHand { command: with_region(scene, &make), undo: Some(with_region(scene, &unmake)) };
    let mut all = vec![made, default_to(scene, template, latest + 1)];
    all.push(write(scene, (latest + 1, Some(image), previous)));
    all.extend(previous.map(|previous| remember(scene, previous)));
    all
}

fn back(scene: &Scene<'_>) -> Vec<ByHand> {
    let Some(held) = promotion(scene) else { return Vec::new() };
    let (Some(number), Some(template)) = (held.previous, template(scene)) else { return Vec::new() };
    let mut all = vec![default_to(scene, template, number)];
    all.push(write(scene, (number, image_of(scene, number), held.version)));
    all.extend(held.version.map(|version| remember(scene, version)));
    all
}

/// Makes a version the template's default, as the runbooks do: a rotation refuses another one than that.
fn default_to(scene: &Scene<'_>, template: &str, number: u64) -> ByHand {
    let set = |number: u64| {
        let number = number.to_string();
        let words =
            ["aws", "ec2", "modify-launch-template", "--launch-template-id", template, "--default-version", &number];
        with_region(scene, &words)
    };
    ByHand { command: set(number), undo: promotion(scene).and_then(|held| held.version).map(set) }
}

/// Keeps the number to which RollbackAmi goes back.
fn remember(scene: &Scene<'_>, previous: u64) -> ByHand {
    let name = format!("{}/previous", Promotion::parameter(&scene.evidence.snapshot.scope.cluster));
    let put = |number: u64| {
        let number = number.to_string();
        let words =
            ["aws", "ssm", "put-parameter", "--name", &name, "--type", "String", "--overwrite", "--value", &number];
        with_region(scene, &words)
    };
    ByHand { command: put(previous), undo: promotion(scene).and_then(|held| held.previous).map(put) }
}

/// Has the parameter name a version.
fn write(scene: &Scene<'_>, (version, image, previous): (u64, Option<&str>, Option<u64>)) -> ByHand {
    let cluster = &scene.evidence.snapshot.scope.cluster;
    let name = Promotion::parameter(cluster);
    let put = |version: u64, image: Option<&str>, previous: Option<u64>| {
        // The version comes first and something follows it: that is how a rotation finds it.
        let image = image.map(|image| format!(",\"image\":{}", json!(image))).unwrap_or_default();
        let previous = previous.map(|previous| format!(",\"previous\":{previous}")).unwrap_or_default();
        let value = format!("{{\"version\":{version}{image}{previous},\"why\":\"by hand\"}}");
        let words =
            ["aws", "ssm", "put-parameter", "--name", &name, "--type", "String", "--overwrite", "--value", &value];
        with_region(scene, &words)
    };
    let undo = match promotion(scene) {
        Some(held) => held.version.map(|version| put(version, held.image.as_deref(), held.previous)),
        None => Some(with_region(scene, &["aws", "ssm", "delete-parameter", "--name", &name])),
    };
    ByHand { command: put(version, image, previous), undo }
}

fn rollout(scene: &Scene<'_>) -> Option<ByHand> {
    let [group] = scene.evidence.snapshot.groups.rows.as_slice() else { return None };
    let template = group.launch_template.as_ref()?;
    let said = |name: &str| scene.request.values.get(name)?.first().map(String::as_str);
    let version = match said("Version") {
        None | Some("promoted" | "") => promotion(scene)?.version?.to_string(),
        Some(number) => number.to_owned(),
    };
    let desired = json!({ "LaunchTemplate": { "LaunchTemplateId": template.id, "Version": version } }).to_string();
    let preferences = preferences(scene).to_string();
    let start = [
        "aws",
        "autoscaling",
        "start-instance-refresh",
        "--auto-scaling-group-name",
        &group.name,
        "--desired-configuration",
        &desired,
        "--preferences",
        &preferences,
    ];
    let undo = ["aws", "autoscaling", "rollback-instance-refresh", "--auto-scaling-group-name", &group.name];
    Some(ByHand { command: with_region(scene, &start), undo: Some(with_region(scene, &undo)) })
}

/// What the runbook passes on, of its parameters and by itself.
fn preferences(scene: &Scene<'_>) -> serde_json::Value {
    let all = |name: &str| scene.request.values.get(name).map(Vec::as_slice).unwrap_or_default();
    let number = |text: &String| text.trim().parse::<u64>().ok();
    let mut preferences = json!({ "ScaleInProtectedInstances": "Refresh", "StandbyInstances": "Ignore" });
    let Some(members) = preferences.as_object_mut() else { return preferences };
    for name in ["MinHealthyPercentage", "MaxHealthyPercentage", "CheckpointDelay", "BakeTime"] {
        members.extend(all(name).first().and_then(number).map(|number| (name.to_owned(), json!(number))));
    }
    for name in ["AutoRollback", "SkipMatching"] {
        members.extend(all(name).first().map(|text| (name.to_owned(), json!(text == "true"))));
    }
    let mut percentages: Vec<u64> =
        checkpoints::NAMES.iter().filter_map(|name| all(name).first().and_then(number)).collect();
    if !percentages.is_empty() {
        percentages.push(100);
        members.insert("CheckpointPercentages".to_owned(), json!(percentages));
    }
    let alarms: Vec<&String> = all("AlarmNames").iter().filter(|name| !name.is_empty()).collect();
    if !alarms.is_empty() {
        members.insert("AlarmSpecification".to_owned(), json!({ "Alarms": alarms }));
    }
    preferences
}

/// The build alone: what it gives has to be tested before anything starts from it.
fn bake(scene: &Scene<'_>) -> Vec<ByHand> {
    let cluster = &scene.evidence.snapshot.scope.cluster;
    let template = format!("LaunchTemplateName={cluster}-build");
    let base = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id";
    let run = ["aws", "ec2", "run-instances", "--launch-template", &template, "--image-id", base, "--count", "1"];
    let name = format!("{cluster}-{}", scene.request.now.strftime("%Y%m%d-%H%M"));
    let create = ["aws", "ec2", "create-image", "--instance-id", "INSTANCE", "--name", &name];
    let end = ["aws", "ec2", "terminate-instances", "--instance-ids", "INSTANCE"];
    let drop = ["aws", "ec2", "deregister-image", "--delete-associated-snapshots", "--image-id", "IMAGE"];
    let step = |words: &[&str], undo: Option<&[&str]>| ByHand {
        command: with_region(scene, words),
        undo: undo.map(|words| with_region(scene, words)),
    };
    vec![step(&run, Some(&end)), step(&create, Some(&drop)), step(&end, None)]
}
