//! Launch templates.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::page::{compact, seconds, tag_list, text, texts};
use super::filter::{Filters, tag_values};
use super::{Paging, all_known, paged};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::image::{LaunchTemplate, LaunchTemplateVersion};

/// `DescribeLaunchTemplates`: by id, name or filter; pages of 1 to 200 ([EC2 API]).
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let ids = texts(call.input, "LaunchTemplateIds");
    let known = |id: &str| world.launch_templates.contains_key(id);
    all_known("InvalidLaunchTemplateId.NotFound", "specified launch template ID", &ids, known)?;
    let names = texts(call.input, "LaunchTemplateNames");
    let named = |name: &str| world.launch_templates.values().any(|t| t.name == name);
    all_known(NO_NAME, "specified launch template name", &names, named)?;
    let filters = Filters::read(call.input, &["create-time", "launch-template-name", "tag-key"])?;
    let found = world.launch_templates.values().filter(|template| {
        let asked = ids.contains(&template.id.as_str()) || names.contains(&template.name.as_str());
        (asked || ids.is_empty() && names.is_empty())
            && filters.pass(|name| {
                tag_values(name, &template.tags).unwrap_or_else(|| match name {
                    "create-time" => vec![template.created_at.to_string()],
                    "launch-template-name" => vec![template.name.clone()],
                    _ => Vec::new(),
                })
            })
    });
    let paging = Paging { least: 1, most: 200, ids: None };
    paged(call, &paging, "LaunchTemplates", found.map(|t| (t.id.clone(), describe_one(t))))
}

/// EC2's code for a launch template's name that is not known.
const NO_NAME: &str = "InvalidLaunchTemplateName.NotFoundException";

pub(super) fn describe_one(template: &LaunchTemplate) -> Value {
    json!({
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "CreateTime": seconds(template.created_at),
        "CreatedBy": template.created_by,
        "DefaultVersionNumber": template.default_version,
        "LatestVersionNumber": template.versions.last().map_or(0, |v| v.number),
        "Tags": tag_list(&template.tags, "Key", "Value"),
    })
}

/// `DescribeLaunchTemplateVersions`: by number, `$Latest`, `$Default`, or a range; newest first. Without a template,
/// the `$Latest` and `$Default` of every one ([EC2 API]).
pub(super) fn describe_versions(world: &World, call: &Call<'_>) -> Answer {
    let wanted = texts(call.input, "Versions");
    let mut found = Vec::new();
    match template(world, call.input)? {
        Some(template) => found.extend(versions(call, template, &wanted)?),
        None if wanted.is_empty() || wanted.iter().any(|v| !v.starts_with('$')) => {
            let message = "You must specify either a launch template ID or a launch template name in the request.";
            return Err(Fault::new("MissingParameter", message));
        }
        None => {
            for template in world.launch_templates.values() {
                found.extend(versions(call, template, &wanted)?);
            }
        }
    }
    let items = found.into_iter().map(|(template, version)| {
        // Keys rise where version numbers fall: the newest comes first.
        (format!("{} {:010}", template.id, i64::from(u32::MAX) - version.number), describe_version(template, version))
    });
    paged(call, &Paging { least: 1, most: 200, ids: None }, "LaunchTemplateVersions", items)
}

/// The template that a call names, if it names one.
pub(super) fn template<'a>(world: &'a World, input: &Map<String, Value>) -> Result<Option<&'a LaunchTemplate>, Fault> {
    if let Some(id) = text(input, "LaunchTemplateId") {
        let gone =
            || Fault::new("InvalidLaunchTemplateId.NotFound", format!("The launch template ID '{id}' does not exist"));
        return world.launch_templates.get(id).map(Some).ok_or_else(gone);
    }
    let Some(name) = text(input, "LaunchTemplateName") else { return Ok(None) };
    let gone = || Fault::new(NO_NAME, format!("The launch template name '{name}' does not exist"));
    world.launch_templates.values().find(|t| t.name == name).map(Some).ok_or_else(gone)
}

type Numbered<'a> = (&'a LaunchTemplate, &'a LaunchTemplateVersion);

fn versions<'a>(call: &Call<'_>, template: &'a LaunchTemplate, wanted: &[&str]) -> Result<Vec<Numbered<'a>>, Fault> {
    let bound = |member: &str| text(call.input, member).and_then(|number| number.parse::<i64>().ok());
    let (least, most) = (bound("MinVersion").unwrap_or(1), bound("MaxVersion").unwrap_or(i64::MAX));
    let mut found: Vec<&LaunchTemplateVersion> = Vec::new();
    for name in wanted {
        let gone = || {
            Fault::new(
                "InvalidLaunchTemplateId.VersionNotFound",
                format!("Could not find the specified version {name} for the launch template with ID {}.", template.id),
            )
        };
        found.push(template.version(name).ok_or_else(gone)?);
    }
    if wanted.is_empty() {
        found.extend(template.versions.iter().filter(|v| (least..=most).contains(&v.number)));
    }
    found.sort_by_key(|version| std::cmp::Reverse(version.number));
    found.dedup_by_key(|version| version.number);
    Ok(found.into_iter().map(|version| (template, version)).collect())
}

fn stated(text: &String) -> Option<&String> {
    Some(text).filter(|text| !text.is_empty())
}

pub(super) fn describe_version(template: &LaunchTemplate, version: &LaunchTemplateVersion) -> Value {
    compact(json!({
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "VersionNumber": version.number,
        "VersionDescription": version.description,
        "CreateTime": seconds(version.created_at),
        "CreatedBy": version.created_by,
        "DefaultVersion": version.number == template.default_version,
        "LaunchTemplateData": {
            "ImageId": stated(&version.image_id),
            "InstanceType": stated(&version.instance_type),
            "KeyName": version.key_name,
            "SecurityGroupIds": version.security_groups,
            "NetworkInterfaces": version.subnet_id.as_ref().map(|id| json!([{ "DeviceIndex": 0, "SubnetId": id }])),
            "TagSpecifications": (!version.instance_tags.is_empty()).then(|| {
                json!([{ "ResourceType": "instance", "Tags": tag_list(&version.instance_tags, "Key", "Value") }])
            }),
            "MetadataOptions": { "HttpTokens": "required", "HttpPutResponseHopLimit": 2 },
            "UserData": stated(&version.user_data).map(|text| STANDARD.encode(text)),
        },
    }))
}
