//! stub
use super::start::Start;
/// stub
#[must_use]
pub fn start(start: &Start, region: &str) -> String {
    format!("aws ssm start-automation-execution --document-name {} --region {region}", start.document)
}
