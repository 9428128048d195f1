//! The HTTP client under the SDK: rustls on ring, the proxies of the environment, and a meter.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::budget::Budget;

/// HTTPS with the certificates that the machine trusts, through the proxies that
/// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name, as the AWS CLI does it.
pub(super) fn https() -> SharedHttpClient {
    SharedHttpClient::new(Https::default())
}

/// Connect and read timeout: what tells two connectors apart.
type Timeouts = (Option<Duration>, Option<Duration>);

/// Keeps one connector, and with it one pool of connections, for each pair of timeouts.
#[derive(Debug, Default)]
struct Https {
    connectors: Mutex<Vec<(Timeouts, SharedHttpConnector)>>,
}

impl HttpClient for Https {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = connectors.iter().find(|(known, _)| *known == timeouts) {
            return connector.clone();
        }
        let mut builder = Connector::builder().connector_settings(settings.clone());
        builder.set_sleep_impl(components.sleep_impl());
        builder.set_proxy_config(Some(ProxyConfig::from_env()));
        let connector = SharedHttpConnector::new(builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build());
        connectors.push((timeouts, connector.clone()));
        connector
    }
}

/// Counts every request of `client` on the budget's meter, the SDK's retries included.
pub(super) fn metered(client: SharedHttpClient, budget: Budget) -> SharedHttpClient {
    SharedHttpClient::new(Metered { client, budget })
}

#[derive(Debug)]
struct Metered {
    client: SharedHttpClient,
    budget: Budget,
}

impl HttpClient for Metered {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(MeteredConnector { connector, budget: self.budget.clone() })
    }
}

struct MeteredConnector {
    connector: SharedHttpConnector,
    budget: Budget,
}

impl fmt::Debug for MeteredConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MeteredConnector").field(&self.connector).finish()
    }
}

impl HttpConnector for MeteredConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.budget.sent();
        self.connector.call(request)
    }
}
