//! Launch templates: which AMI a group launches.

use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::maybe;
use crate::aws::error::Refusal;

/// A launch template version as it resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Launches {
    /// Number of the version.
    pub(in crate::aws) version: String,
    /// `ami-…`, or `resolve:ssm:…` where EC2 did not resolve that; `None`: the template names no AMI.
    pub(in crate::aws) image: Option<String>,
}

/// What version `version` (a number, `$Latest` or `$Default`) of template `id` launches; `None`: there is no such version.
pub(in crate::aws) async fn read(calls: &Calls, id: &str, version: &str) -> Result<Option<Launches>, Refusal> {
    let request = calls
        .clients
        .ec2
        .describe_launch_template_versions()
        .launch_template_id(id)
        .versions(version)
        .resolve_alias(true);
    let output = calls.call(Family::Ec2Unfiltered, "ec2:DescribeLaunchTemplateVersions", request.send()).await?;
    Ok(output.launch_template_versions().first().map(|found| Launches {
        version: found.version_number().map_or_else(|| version.to_owned(), |number| number.to_string()),
        image: maybe(found.launch_template_data().and_then(|data| data.image_id())),
    }))
}
