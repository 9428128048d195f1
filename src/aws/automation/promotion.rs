//! The SSM parameter that says which AMI was promoted.

use super::parameter::{self, Kept};
use crate::aws::calls::Calls;
use crate::aws::convert::{time, words};
use crate::aws::gather::Gathered;
use crate::fleet::promotion::Promotion;

/// The promotion that holds; `None`: nothing was ever promoted.
pub(in crate::aws) async fn read(calls: &Calls, cluster: &str) -> Gathered<Option<Promotion>> {
    let kept = Kept {
        name: &Promotion::parameter(cluster),
        noun: "a promotion",
        hint: "run PromoteAmi with the AMI that instances are to start from: it writes it anew",
    };
    parameter::read(calls, kept, |parameter| {
        let mut promotion = Promotion::read(parameter.value().unwrap_or_default(), |text| words(Some(text)))?;
        // A runbook knows no time of its own; each promotion writes the parameter anew.
        promotion.at = promotion.at.or(time(parameter.last_modified_date()));
        Some(promotion)
    })
    .await
}
