//! Making launch templates and their versions, and choosing the default one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::page::{text, texts};
use super::imaging::tags_for;
use super::templates::{describe_one, describe_version, template};
use super::token::{Once, once, remember};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::services::sts::caller_arn;
use crate::sim::world::World;
use crate::sim::world::image::{LaunchTemplate, LaunchTemplateVersion};

/// Versions that a template may have
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html>).
const MOST: usize = 10_000;

/// Members of `LaunchTemplateData` that this world makes something of, and those that it lets pass.
const KNOWN: [&str; 12] = [
    "BlockDeviceMappings",
    "IamInstanceProfile",
    "ImageId",
    "InstanceInitiatedShutdownBehavior",
    "InstanceType",
    "KeyName",
    "MetadataOptions",
    "Monitoring",
    "NetworkInterfaces",
    "SecurityGroupIds",
    "TagSpecifications",
    "UserData",
];

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValue", message)
}

fn missing() -> Fault {
    let message = "You must specify either a launch template ID or a launch template name in the request.";
    Fault::new("MissingParameter", message)
}

/// `CreateLaunchTemplate`: under a name that is free; version 1 is its default
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html>).
pub(super) fn create_template(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "LaunchTemplateName").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "().-/_".contains(c);
    if !(3..=128).contains(&name.len()) || !name.chars().all(plain) {
        let message = "Launch template name must be between 3 and 128 characters, and may contain letters, numbers, and \
                       the following characters: - ( ) . / _.";
        return Err(Fault::new("InvalidLaunchTemplateName.MalformedException", message));
    }
    if world.launch_templates.values().any(|known| known.name == name) {
        let message = "Launch template name already in use.";
        return Err(Fault::new("InvalidLaunchTemplateName.AlreadyExistsException", message));
    }
    let version = version(world, call, 1, None)?;
    let id = world.fresh_ec2_id("lt");
    let template = LaunchTemplate {
        id: id.clone(),
        name: name.to_owned(),
        created_at: call.now,
        created_by: caller_arn(&world.account),
        default_version: 1,
        last_number: 1,
        versions: vec![version],
        tags: tags_for(call.input, "launch-template"),
    };
    let answer = json!({ "LaunchTemplate": describe_one(&template) });
    world.launch_templates.insert(id, template);
    Ok(answer)
}

/// `CreateLaunchTemplateVersion`: the next number, with what the source version says where the call says nothing; the same
/// token makes one version
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html>).
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let template = template(world, call.input)?.ok_or_else(missing)?;
    let id = template.id.clone();
    if let Once::Again(made) = once(world, call)? {
        return shown(world, &id, made.first().and_then(|number| number.parse().ok()));
    }
    if template.versions.len() >= MOST {
        let message = format!("You've reached the limit of {MOST} versions for this launch template.");
        return Err(Fault::new("VersionLimitExceeded", message));
    }
    let source = match text(call.input, "SourceVersion") {
        None => None,
        Some(number) => Some(template.version(number).ok_or_else(|| no_version(&id, number))?),
    };
    // Numbers are never used again, whatever has been deleted.
    let number = template.last_number + 1;
    let version = version(world, call, number, source)?;
    if let Some(template) = world.launch_templates.get_mut(&id) {
        template.versions.push(version);
        template.last_number = number;
    }
    remember(world, call, vec![number.to_string()]);
    shown(world, &id, Some(number))
}

fn shown(world: &World, id: &str, number: Option<i64>) -> Answer {
    let template = world.launch_templates.get(id);
    let version = template.and_then(|t| Some((t, t.versions.iter().find(|v| Some(v.number) == number)?)));
    let (template, version) = version.ok_or_else(|| no_version(id, &number.unwrap_or_default().to_string()))?;
    Ok(json!({ "LaunchTemplateVersion": describe_version(template, version) }))
}

fn no_version(id: &str, number: &str) -> Fault {
    Fault::new(
        "InvalidLaunchTemplateId.VersionNotFound",
        format!("Could not find the specified version {number} for the launch template with ID {id}."),
    )
}

fn version(
    world: &World,
    call: &Call<'_>,
    number: i64,
    source: Option<&LaunchTemplateVersion>,
) -> Result<LaunchTemplateVersion, Fault> {
    let empty = Map::new();
    let data = call.input.get("LaunchTemplateData").and_then(Value::as_object).unwrap_or(&empty);
    if let Some(strange) = data.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(invalid(format!("LaunchTemplateData.{strange} is not supported by the simulated AWS.")));
    }
    let inherited = |value: fn(&LaunchTemplateVersion) -> String| source.map(value).unwrap_or_default();
    let said = |member: &str| text(data, member).map(str::to_owned);
    let interface = data.get("NetworkInterfaces").and_then(|all| all.get(0)).and_then(Value::as_object);
    let groups = interface.map_or_else(|| texts(data, "SecurityGroupIds"), |one| texts(one, "Groups"));
    let groups: Vec<String> = groups.into_iter().map(str::to_owned).collect();
    let subnet = interface.and_then(|one| text(one, "SubnetId")).map(str::to_owned);
    Ok(LaunchTemplateVersion {
        number,
        description: text(call.input, "VersionDescription").unwrap_or_default().to_owned(),
        created_at: call.now,
        created_by: caller_arn(&world.account),
        image_id: said("ImageId").unwrap_or_else(|| inherited(|v| v.image_id.clone())),
        instance_type: said("InstanceType").unwrap_or_else(|| inherited(|v| v.instance_type.clone())),
        key_name: said("KeyName").or_else(|| source.and_then(|v| v.key_name.clone())),
        security_groups: if groups.is_empty() {
            source.map(|v| v.security_groups.clone()).unwrap_or_default()
        } else {
            groups
        },
        subnet_id: subnet.or_else(|| source.and_then(|v| v.subnet_id.clone())),
        instance_tags: if data.contains_key("TagSpecifications") {
            tags_for(data, "instance")
        } else {
            source.map(|v| v.instance_tags.clone()).unwrap_or_default()
        },
        user_data: match text(data, "UserData") {
            Some(encoded) => decoded(encoded)?,
            None => inherited(|v| v.user_data.clone()),
        },
    })
}

/// User data is base64 in every call
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html>, `UserData`).
pub(super) fn decoded(encoded: &str) -> Result<String, Fault> {
    let bytes = STANDARD.decode(encoded).map_err(|_| invalid("Invalid BASE64 encoding of user data."))?;
    String::from_utf8(bytes).map_err(|_| invalid("User data that is no text is not supported by the simulated AWS."))
}

/// `ModifyLaunchTemplate`: another default version
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyLaunchTemplate.html>).
pub(super) fn modify(world: &mut World, call: &Call<'_>) -> Answer {
    let template = template(world, call.input)?.ok_or_else(missing)?;
    let id = template.id.clone();
    let Some(wanted) = text(call.input, "DefaultVersion") else {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter SetDefaultVersion"));
    };
    let number = template.version(wanted).map(|version| version.number).ok_or_else(|| no_version(&id, wanted))?;
    let Some(template) = world.launch_templates.get_mut(&id) else { return Err(missing()) };
    template.default_version = number;
    Ok(json!({ "LaunchTemplate": describe_one(template) }))
}

/// `DeleteLaunchTemplateVersions`: up to 200, never the default one
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteLaunchTemplateVersions.html>).
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let id = template(world, call.input)?.ok_or_else(missing)?.id.clone();
    let wanted = texts(call.input, "Versions");
    if wanted.is_empty() || wanted.len() > 200 {
        return Err(invalid("A request deletes 1 to 200 versions."));
    }
    let Some(template) = world.launch_templates.get_mut(&id) else { return Err(missing()) };
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for word in wanted {
        let number = word.parse::<i64>().ok();
        let named = json!({
            "LaunchTemplateId": id, "LaunchTemplateName": template.name, "VersionNumber": number.unwrap_or_default(),
        });
        let known = template.versions.iter().any(|version| Some(version.number) == number);
        if known && number != Some(template.default_version) {
            template.versions.retain(|version| Some(version.number) != number);
            done.push(named);
            continue;
        }
        let (code, message) = if known {
            ("unexpectedError", "The default version cannot be deleted.")
        } else {
            ("launchTemplateVersionDoesNotExist", "The version does not exist.")
        };
        let mut failed = named;
        failed["ResponseError"] = json!({ "Code": code, "Message": message });
        left.push(failed);
    }
    Ok(json!({
        "SuccessfullyDeletedLaunchTemplateVersions": done,
        "UnsuccessfullyDeletedLaunchTemplateVersions": left,
    }))
}
