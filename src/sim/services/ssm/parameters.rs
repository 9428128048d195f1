//! Parameters, those that name AMIs among them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::page::{compact, seconds, text, texts};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::image::Image;
use crate::sim::world::parameter::Parameter;

/// Where AWS says which ECS-optimized AMI is the newest
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html>).
const RECOMMENDED: &str = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended";

pub(super) fn get(world: &World, call: &Call<'_>) -> Answer {
    let name = call.input.get("Name").and_then(Value::as_str).unwrap_or_default();
    match parameter(world, name) {
        Some(parameter) => Ok(json!({ "Parameter": parameter })),
        None => Err(Fault::new("ParameterNotFound", "")),
    }
}

/// Names that lead nowhere come back as invalid; each name counts once.
pub(super) fn get_several(world: &World, call: &Call<'_>) -> Value {
    let names = call.input.get("Names").and_then(Value::as_array).into_iter().flatten();
    let (mut parameters, mut invalid) = (Vec::new(), Vec::<&str>::new());
    for name in names.filter_map(Value::as_str) {
        match parameter(world, name) {
            Some(parameter) if !parameters.contains(&parameter) => parameters.push(parameter),
            Some(_) => {}
            None if !invalid.contains(&name) => invalid.push(name),
            None => {}
        }
    }
    json!({ "Parameters": parameters, "InvalidParameters": invalid })
}

/// `PutParameter`: a new one, or the next version where `Overwrite` says so; names that begin with `aws` or `ssm` are
/// AWS's own, values have up to 4 KiB, or 8 in the advanced tier
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>).
pub(super) fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let (name, value) = (text(call.input, "Name").unwrap_or_default(), text(call.input, "Value").unwrap_or_default());
    let first = name.trim_start_matches('/').to_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        let message = "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).";
        return Err(Fault::new("ValidationException", message));
    }
    let before = world.parameters.get(name);
    let advanced = text(call.input, "Tier").unwrap_or("Standard") != "Standard" || before.is_some_and(|p| p.advanced);
    let longest = if advanced { 8192 } else { 4096 };
    if value.len() > longest {
        let message = format!("The tier supports a maximum parameter value of {longest} characters.");
        return Err(Fault::new("ValidationException", message));
    }
    let expires_at = match text(call.input, "Policies") {
        Some(policies) => expiration(policies, advanced, call)?,
        None => before.and_then(|p| p.expires_at),
    };
    let overwrite = call.input.get("Overwrite").and_then(Value::as_bool) == Some(true);
    if before.is_some() && !overwrite {
        let message = "The parameter already exists. To overwrite this value, set the overwrite option in the request \
                       to true.";
        return Err(Fault::new("ParameterAlreadyExists", message));
    }
    let Some(kind) = text(call.input, "Type").map(str::to_owned).or_else(|| before.map(|p| p.kind.clone())) else {
        return Err(Fault::new("ValidationException", "A parameter type is required when you create a parameter."));
    };
    let version = before.map_or(1, |p| p.version + 1);
    let parameter = Parameter { kind, value: value.to_owned(), version, modified_at: call.now, advanced, expires_at };
    world.put_parameter(name, parameter);
    Ok(json!({ "Version": version, "Tier": if advanced { "Advanced" } else { "Standard" } }))
}

/// When the policies of a parameter say that it is to be deleted; other policies are not supported
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html>).
fn expiration(policies: &str, advanced: bool, call: &Call<'_>) -> Result<Option<Timestamp>, Fault> {
    let attribute = |message: &str| Fault::new("InvalidPolicyAttributeException", message);
    let read: Vec<Value> = serde_json::from_str(policies).map_err(|error| attribute(&error.to_string()))?;
    let read: Vec<&Value> = read.iter().filter(|policy| *policy != &json!({})).collect();
    if !read.is_empty() && !advanced {
        let message = "Policies can be attached to parameters of the advanced tier alone.";
        return Err(Fault::new("ValidationException", message));
    }
    let mut expires_at = None;
    for policy in read {
        if policy["Type"] != "Expiration" {
            let message = format!("The policy {} is not supported by the simulated AWS.", policy["Type"]);
            return Err(Fault::new("InvalidPolicyTypeException", message));
        }
        let at = policy["Attributes"]["Timestamp"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let at = at.filter(|at| *at > call.now).ok_or_else(|| attribute("Timestamp is no time in the future."))?;
        if expires_at.replace(at).is_some() {
            return Err(Fault::new("IncompatiblePolicyException", "There is more than one Expiration policy."));
        }
    }
    Ok(expires_at)
}

/// `DeleteParameters`: up to ten; names that lead nowhere come back as invalid
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html>).
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Value {
    let names = texts(call.input, "Names").into_iter();
    let (deleted, invalid): (Vec<&str>, Vec<&str>) = names.partition(|name| world.remove_parameter(name));
    json!({ "DeletedParameters": deleted, "InvalidParameters": invalid })
}

/// `GetParameterHistory`: every version that is kept, oldest first; pages of up to 50
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html>).
pub(super) fn history(world: &World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "Name").unwrap_or_default();
    let Some(versions) = world.parameter_history.get(name) else { return Err(Fault::new("ParameterNotFound", "")) };
    let one = |parameter: &Parameter| {
        json!({
            "Name": name,
            "Type": parameter.kind,
            "Value": parameter.value,
            "Version": parameter.version,
            "LastModifiedDate": seconds(parameter.modified_at),
            "LastModifiedUser": crate::sim::services::sts::caller_arn(&world.account),
            "Labels": [],
            "Tier": if parameter.advanced { "Advanced" } else { "Standard" },
            "Policies": [],
            "DataType": "text",
        })
    };
    let (items, next) = super::paged(call, versions.iter().map(|p| (format!("{:08}", p.version), one(p))))?;
    Ok(compact(json!({ "Parameters": items, "NextToken": next })))
}

fn parameter(world: &World, name: &str) -> Option<Value> {
    if let Some(put) = world.parameters.get(name) {
        return Some(json!({
            "Name": name,
            "Type": put.kind,
            "Value": put.value,
            "Version": put.version,
            "LastModifiedDate": seconds(put.modified_at),
            "ARN": world.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/'))),
            "DataType": "text",
        }));
    }
    let released = released(world);
    let newest = released.last()?;
    let value = match name.strip_prefix(RECOMMENDED)? {
        "" => metadata(newest).to_string(),
        part => match metadata(newest).get(part.strip_prefix('/')?)? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        },
    };
    Some(json!({
        "Name": name,
        "Type": "String",
        "Value": value,
        "Version": released.len(),
        "LastModifiedDate": newest.created_at.as_second(),
        "ARN": format!("arn:aws:ssm:{}::parameter{name}", world.region),
        "DataType": "text",
    }))
}

/// Amazon's own AMIs, oldest first.
fn released(world: &World) -> Vec<&Image> {
    let amazons = |image: &&Image| image.owner_alias.as_deref() == Some("amazon") && image.state == "available";
    let mut released: Vec<&Image> = world.images.values().filter(amazons).collect();
    released.sort_by_key(|image| (image.created_at, &image.name));
    released
}

/// What the parameter says of an AMI, by the documentation's example.
fn metadata(image: &Image) -> Value {
    json!({
        "schema_version": 1,
        "image_name": image.name,
        "image_id": image.id,
        "image_version": image_version(&image.name),
        "os": "Amazon Linux 2023",
        "ecs_runtime_version": "Docker version 25.0.13",
        "ecs_agent_version": image.agent_version,
    })
}

/// `2023.0.20251108` of `al2023-ami-ecs-hvm-2023.0.20251108-kernel-6.1-x86_64`.
fn image_version(name: &str) -> &str {
    name.split('-').find(|part| part.starts_with("2023.")).unwrap_or(name)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use serde_json::Map;

    use super::*;
    use crate::sim::options::Options;

    fn world() -> World {
        let mut world = World::new(&Options::default(), Timestamp::UNIX_EPOCH);
        world.images.clear();
        for (day, owner) in [(8, Some("amazon")), (19, Some("amazon")), (22, None)] {
            let image = Image {
                id: format!("ami-{day:017}"),
                name: format!("al2023-ami-ecs-hvm-2023.0.202511{day:02}-kernel-6.1-x86_64"),
                description: String::new(),
                owner: "591542846629".into(),
                owner_alias: owner.map(str::to_owned),
                created_at: Timestamp::from_second(day * 86_400).unwrap(),
                deprecated_at: None,
                state: "available".into(),
                public: true,
                agent_version: "1.103.1".into(),
                snapshot_id: format!("snap-{day:017}"),
                fault: None,
                tags: BTreeMap::new(),
            };
            world.images.insert(image.id.clone(), image);
        }
        world
    }

    fn ask(operation: &str, input: Value) -> Answer {
        let input: Map<String, Value> = input.as_object().cloned().unwrap();
        let call = Call { operation, input: &input, now: Timestamp::UNIX_EPOCH, region: "eu-west-1" };
        super::super::call(&mut world(), &call)
    }

    #[test]
    fn the_newest_of_amazons_own_images_is_recommended() {
        let answer = ask("GetParameter", json!({ "Name": RECOMMENDED })).unwrap();
        let value: Value = serde_json::from_str(answer["Parameter"]["Value"].as_str().unwrap()).unwrap();
        assert_eq!(value["image_id"], "ami-00000000000000019");
        assert_eq!(value["image_version"], "2023.0.20251119");
        let answer = ask("GetParameter", json!({ "Name": format!("{RECOMMENDED}/image_id") })).unwrap();
        assert_eq!(answer["Parameter"]["Value"], "ami-00000000000000019");
    }

    #[test]
    fn a_name_that_leads_nowhere_is_an_error_alone_and_listed_among_others() {
        assert_eq!(ask("GetParameter", json!({ "Name": "/nowhere" })).unwrap_err().code, "ParameterNotFound");
        let names = json!({ "Names": ["/nowhere", RECOMMENDED, "/nowhere", RECOMMENDED] });
        let answer = ask("GetParameters", names).unwrap();
        assert_eq!(answer["InvalidParameters"], json!(["/nowhere"]));
        assert_eq!(answer["Parameters"].as_array().map(Vec::len), Some(1));
    }
}
