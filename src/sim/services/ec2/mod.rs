//! Amazon EC2.
//!
//! Names of filters are those of each operation's API reference; an unknown one is refused with
//! `InvalidParameterValue`, as EC2 does.

mod console;
mod filter;
mod images;
mod imaging;
mod instances;
mod launches;
mod security;
mod snapshots;
mod tags;
mod templates;
mod token;
mod types;
mod versions;

use serde_json::{Map, Value};

use super::page::{integer, page, read_token, text};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;

/// Answers one call.
pub(super) fn call(world: &mut World, call: &Call<'_>) -> Answer {
    // "Checks whether you have the required permissions, without actually making the request" ([EC2 API: DryRun]).
    if call.input.get("DryRun").and_then(Value::as_bool) == Some(true) {
        return Err(Fault::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set."));
    }
    match call.operation {
        "DescribeInstances" => instances::describe(world, call),
        "DescribeInstanceStatus" => instances::describe_status(world, call),
        "DescribeInstanceTypes" => types::describe(world, call),
        "DescribeImages" => images::describe(world, call),
        "DescribeSecurityGroups" => security::describe_groups(world, call),
        "DescribeSecurityGroupRules" => security::describe_rules(world, call),
        "DescribeLaunchTemplates" => templates::describe(world, call),
        "DescribeLaunchTemplateVersions" => templates::describe_versions(world, call),
        "GetConsoleOutput" => console::output(world, call),
        "CreateTags" => tags::create(world, call),
        "DeleteTags" => tags::delete(world, call),
        "CreateImage" => imaging::create(world, call),
        "DeregisterImage" => imaging::deregister(world, call),
        "DescribeSnapshots" => snapshots::describe(world, call),
        "DeleteSnapshot" => snapshots::delete(world, call),
        "CreateLaunchTemplate" => versions::create_template(world, call),
        "CreateLaunchTemplateVersion" => versions::create(world, call),
        "ModifyLaunchTemplate" => versions::modify(world, call),
        "DeleteLaunchTemplateVersions" => versions::delete(world, call),
        "StopInstances" => launches::stop(world, call),
        "RunInstances" => launches::run(world, call),
        "TerminateInstances" => launches::terminate(world, call),
        _ => super::no_handler(call),
    }
}

/// How an operation pages.
struct Paging {
    /// Smallest page that may be asked for.
    least: i64,
    /// Largest page that may be asked for.
    most: i64,
    /// Member with ids that cannot be combined with `MaxResults`, if there is one.
    ids: Option<&'static str>,
}

/// An answer with one page of `member`: everything, unless `MaxResults` asks for pages.
fn paged(call: &Call<'_>, paging: &Paging, member: &str, items: impl IntoIterator<Item = (String, Value)>) -> Answer {
    let limit = match integer(call.input, "MaxResults") {
        None => usize::MAX,
        Some(_) if paging.ids.is_some_and(|ids| call.input.contains_key(ids)) => {
            return Err(Fault::new(
                "InvalidParameterCombination",
                "The parameter instancesSet cannot be used with the parameter maxResults",
            ));
        }
        Some(n) if (paging.least..=paging.most).contains(&n) => usize::try_from(n).unwrap_or(usize::MAX),
        Some(n) => {
            let (least, most) = (paging.least, paging.most);
            return Err(Fault::new(
                "InvalidParameterValue",
                format!(
                    "Value ( {n} ) for parameter maxResults is invalid. Expecting a value between {least} and {most}."
                ),
            ));
        }
    };
    let after = match text(call.input, "NextToken") {
        None => None,
        Some(token) => {
            let invalid = || Fault::new("InvalidParameterValue", "Unable to parse pagination token");
            Some(read_token(call.operation, token).ok_or_else(invalid)?)
        }
    };
    let (items, next) = page(call.operation, items, after.as_deref(), limit);
    let mut answer = Map::new();
    answer.insert(member.to_owned(), Value::Array(items));
    if let Some(next) = next {
        answer.insert("NextToken".into(), next.into());
    }
    Ok(Value::Object(answer))
}

/// Refuses the first id that is not known, in EC2's words: `InvalidInstanceID.NotFound` and so on.
fn all_known<'a>(code: &str, what: &str, wanted: &[&'a str], known: impl Fn(&'a str) -> bool) -> Result<(), Fault> {
    let absent: Vec<&str> = wanted.iter().copied().filter(|id| !known(id)).collect();
    match absent.as_slice() {
        [] => Ok(()),
        [one] => Err(Fault::new(code, format!("The {what} '{one}' does not exist"))),
        many => Err(Fault::new(code, format!("The {what}s '{}' do not exist", many.join(", ")))),
    }
}
