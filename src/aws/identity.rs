//! Who is asking (STS) and what the account is called (IAM).

use super::budget::Family;
use super::calls::Calls;
use super::convert::{maybe, words};
use super::gather::Gathered;
use crate::fleet::reading::Missing;
use crate::fleet::scope::Identity;

/// The caller, with the account's alias where IAM tells it: many roles may not ask.
pub(super) async fn read(calls: &Calls) -> Gathered<Identity> {
    let caller = calls.clients.sts.get_caller_identity().send();
    let aliases = calls.clients.iam.list_account_aliases().send();
    let (caller, aliases) = futures::join!(
        calls.call(Family::Identity, "sts:GetCallerIdentity", caller),
        calls.call(Family::Identity, "iam:ListAccountAliases", aliases),
    );
    let caller = caller?;
    let mut identity = Identity { account: words(caller.account()), account_alias: None, arn: words(caller.arn()) };
    let missing = match aliases {
        Ok(aliases) => {
            identity.account_alias = maybe(aliases.account_aliases().first().map(String::as_str));
            Vec::new()
        }
        Err(refusal) => vec![Missing { what: "the account's alias".to_owned(), failure: Some(refusal.into()) }],
    };
    Ok((identity, missing))
}
