//! Live Tail on an endpoint of one's own.
//!
//! The SDK puts `stream-` before the host of StartLiveTail, and does so before the host of a custom endpoint too, which
//! mostly has no such name: `http://stream-127.0.0.1:4570` leads nowhere.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// What the SDK puts before the host.
const PREFIX: &str = "stream-";
/// How AWS's own host goes on after it.
const OWN: &str = "logs";

/// Takes the prefix away from hosts that are not AWS's own.
#[derive(Debug)]
pub(super) struct PlainHost {
    /// An endpoint was given, whatever it is called.
    pub(super) custom: bool,
}

impl Intercept for PlainHost {
    fn name(&self) -> &'static str {
        "PlainHost"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match self.plain(context.request().uri()) {
            Some(uri) => Ok(context.request_mut().set_uri(uri)?),
            None => Ok(()),
        }
    }
}

impl PlainHost {
    /// The address without the prefix, where it has one that does not belong there.
    fn plain(&self, uri: &str) -> Option<String> {
        let (scheme, rest) = uri.split_once("://")?;
        let host = rest.strip_prefix(PREFIX)?;
        (self.custom || !host.starts_with(OWN)).then(|| format!("{scheme}://{host}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_are_not_aws_s_own_lose_the_prefix() {
        let plain = |custom: bool, uri: &str| PlainHost { custom }.plain(uri);
        assert_eq!(plain(true, "http://stream-127.0.0.1:4570/").as_deref(), Some("http://127.0.0.1:4570/"));
        assert_eq!(plain(false, "http://stream-[::1]:4570/").as_deref(), Some("http://[::1]:4570/"));
        assert_eq!(plain(false, "https://stream-logs.eu-west-1.amazonaws.com/"), None);
        assert_eq!(
            plain(true, "https://stream-logs.eu-west-1.localhost/").as_deref(),
            Some("https://logs.eu-west-1.localhost/")
        );
        assert_eq!(plain(true, "https://logs.eu-west-1.amazonaws.com/?x=://stream-"), None);
    }
}
