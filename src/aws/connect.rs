//! Finds Region and credentials as the AWS CLI does, and builds one client for each service.

use std::sync::Arc;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_types::app_name::AppName;
use aws_types::region::Region;
use jiff::Timestamp;

use super::budget::{Budget, Shares};
use super::http;
use super::login::Login;
use super::permissions::Allowed;
use super::prefix::PlainHost;
use super::whole::WholeAnswers;
use crate::fleet::reading::{Failure, FailureKind};
use crate::text;

/// To reach a host; AWS answers a handshake within a second from anywhere.
const CONNECT: Duration = Duration::from_secs(3);
/// For one attempt, from signing to the last byte. The SDK itself sets no limit.
const ATTEMPT: Duration = Duration::from_secs(10);
/// The schedule comes back to what failed, so the SDK tries twice and no more.
const ATTEMPTS: u32 = 2;
/// The longest wait between the two; the SDK draws a random part of it.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(250);

/// The present, as the caller measures it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where AWS is and who asks. What is `None` is looked up where the AWS CLI would.
#[derive(Clone)]
pub struct Settings {
    /// Profile named by a flag or in the configuration. Like `--profile` of the AWS CLI, and unlike
    /// `AWS_PROFILE`, it takes precedence over keys in the environment.
    pub profile: Option<String>,
    /// Region name, such as `eu-west-1`.
    pub region: Option<String>,
    /// Base URL of all services, `http://` or `https://`.
    pub endpoint_url: Option<String>,
    /// HTTP client to use in place of HTTPS with the proxies of the environment.
    pub http_client: Option<SharedHttpClient>,
    /// Credentials to use in place of those of the environment. Together with `http_client` and `region`
    /// nothing at all is read from environment or files.
    pub credentials: Option<SharedCredentialsProvider>,
    /// The part of the account's limits that may be used.
    pub shares: Shares,
    /// Whether calls wait for the budget at all: not where nobody else shares the account, as in tests.
    pub limits: bool,
    /// Whether nothing may be changed: such calls are not sent.
    pub read_only: bool,
    /// Stamps what was read.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: None,
            region: None,
            endpoint_url: None,
            http_client: None,
            credentials: None,
            shares: Shares::default(),
            limits: true,
            read_only: false,
            clock: Arc::new(Timestamp::now),
        }
    }
}

/// One client for each service.
#[derive(Debug)]
pub(super) struct Clients {
    pub(super) autoscaling: aws_sdk_autoscaling::Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(super) ec2: aws_sdk_ec2::Client,
    pub(super) ecs: aws_sdk_ecs::Client,
    pub(super) elbv2: aws_sdk_elasticloadbalancingv2::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) scheduler: aws_sdk_scheduler::Client,
    pub(super) ssm: aws_sdk_ssm::Client,
    pub(super) sts: aws_sdk_sts::Client,
    /// What to do when the credentials do not work.
    pub(super) login: String,
}

/// Reads configuration and builds clients; gives the Region with them.
///
/// # Errors
/// A failure if there is no Region, no such profile, or no use in the endpoint's URL. Credentials are only looked
/// for, not tried: the first call does that.
pub(super) async fn connect(settings: &Settings, budget: &Budget) -> Result<(Clients, String), Failure> {
    if let Some(url) = &settings.endpoint_url {
        check_endpoint(url)?;
    }
    let login = match settings.credentials {
        Some(_) => Login::default(),
        None => Login::find(settings.profile.as_deref()).await.map_err(|message| Failure {
            kind: FailureKind::Credentials,
            operation: "configuration".to_owned(),
            message,
            hint: Some("choose one of them with --profile or AWS_PROFILE".to_owned()),
            request_id: None,
        })?,
    };
    let config = load(settings, budget).await;
    let region = config.region().map(|region| region.as_ref().to_owned()).ok_or_else(no_region)?;
    Ok((Clients::new(&config, login.hint(), settings.read_only), region))
}

async fn load(settings: &Settings, budget: &Budget) -> SdkConfig {
    let http = settings.http_client.clone().unwrap_or_else(http::https);
    let region = settings.region.clone().map(Region::new);
    let config = match (&settings.http_client, &settings.credentials, &region) {
        (Some(_), Some(credentials), Some(region)) => {
            SdkConfig::builder().region(region.clone()).credentials_provider(credentials.clone()).build()
        }
        _ => load_environment(settings, region, http.clone()).await,
    };
    let mut builder = config.into_builder();
    builder.set_app_name(AppName::new(concat!("quarterdeck-", env!("CARGO_PKG_VERSION"))).ok());
    if let Some(url) = &settings.endpoint_url {
        builder.set_endpoint_url(Some(url.clone()));
    }
    builder
        .behavior_version(BehaviorVersion::latest())
        .http_client(http::metered(http, budget.clone()))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(BETWEEN_ATTEMPTS))
        .timeout_config(timeouts())
        .build()
}

async fn load_environment(settings: &Settings, region: Option<Region>, http: SharedHttpClient) -> SdkConfig {
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http.clone()).timeout_config(timeouts());
    if let Some(region) = region {
        loader = loader.region(region);
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(credentials) = &settings.credentials {
        loader = loader.credentials_provider(credentials.clone());
    }
    let config = loader.load().await;
    match (&settings.profile, &settings.credentials) {
        (Some(profile), None) => {
            let provider = of_profile(profile, config.region().cloned(), http);
            config.into_builder().credentials_provider(provider).build()
        }
        _ => config,
    }
}

/// The credentials of a profile and of nothing else: the SDK's own chain would let keys in the
/// environment win over a profile that was asked for by name.
fn of_profile(profile: &str, region: Option<Region>, http: SharedHttpClient) -> SharedCredentialsProvider {
    let provider = ProviderConfig::without_region().with_region(region).with_http_client(http);
    SharedCredentialsProvider::new(
        ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(profile).build(),
    )
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(ATTEMPT).operation_attempt_timeout(ATTEMPT).build()
}

fn check_endpoint(url: &str) -> Result<(), Failure> {
    let uri = url.parse::<::http::Uri>().ok();
    let usable = uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some());
    if usable {
        return Ok(());
    }
    Err(Failure {
        kind: FailureKind::Failed,
        operation: "configuration".to_owned(),
        message: format!("the endpoint {} is no URL of a service", text::one_line(url, 200)),
        hint: Some("give it as http://HOST:PORT or https://HOST".to_owned()),
        request_id: None,
    })
}

fn no_region() -> Failure {
    Failure {
        kind: FailureKind::Failed,
        operation: "configuration".to_owned(),
        message: "no Region is set".to_owned(),
        hint: Some("pass --region, set AWS_REGION, or give the profile a region".to_owned()),
        request_id: None,
    }
}

impl Clients {
    fn new(config: &SdkConfig, login: String, read_only: bool) -> Self {
        Self {
            autoscaling: aws_sdk_autoscaling::Client::from_conf(
                aws_sdk_autoscaling::config::Builder::from(config)
                    .interceptor(WholeAnswers)
                    .interceptor(Allowed { read_only })
                    .build(),
            ),
            cloudwatch: aws_sdk_cloudwatch::Client::from_conf(
                aws_sdk_cloudwatch::config::Builder::from(config)
                    .interceptor(WholeAnswers)
                    .interceptor(Allowed { read_only })
                    .build(),
            ),
            ec2: aws_sdk_ec2::Client::from_conf(
                aws_sdk_ec2::config::Builder::from(config)
                    .interceptor(WholeAnswers)
                    .interceptor(Allowed { read_only })
                    .build(),
            ),
            ecs: aws_sdk_ecs::Client::from_conf(
                aws_sdk_ecs::config::Builder::from(config)
                    .interceptor(WholeAnswers)
                    .interceptor(Allowed { read_only })
                    .build(),
            ),
            elbv2: aws_sdk_elasticloadbalancingv2::Client::from_conf(
                aws_sdk_elasticloadbalancingv2::config::Builder::from(config)
                    .interceptor(WholeAnswers)
                    .interceptor(Allowed { read_only })
                    .build(),
            ),
            iam: aws_sdk_iam::Client::from_conf(
                aws_sdk_iam::config::Builder::from(config)
                    .interceptor(WholeAnswers)
                    .interceptor(Allowed { read_only })
                    .build(),
            ),
            logs: aws_sdk_cloudwatchlogs::Client::from_conf(
                aws_sdk_cloudwatchlogs::config::Builder::from(config)
                    .interceptor(WholeAnswers)
                    .interceptor(Allowed { read_only })
                    .interceptor(PlainHost { custom: config.endpoint_url().is_some() })
                    .build(),
            ),
            scheduler: aws_sdk_scheduler::Client::from_conf(
                aws_sdk_scheduler::config::Builder::from(config)
                    .interceptor(WholeAnswers)
                    .interceptor(Allowed { read_only })
                    .build(),
            ),
            ssm: aws_sdk_ssm::Client::from_conf(
                aws_sdk_ssm::config::Builder::from(config)
                    .interceptor(WholeAnswers)
                    .interceptor(Allowed { read_only })
                    .build(),
            ),
            sts: aws_sdk_sts::Client::from_conf(
                aws_sdk_sts::config::Builder::from(config)
                    .interceptor(WholeAnswers)
                    .interceptor(Allowed { read_only })
                    .build(),
            ),
            login,
        }
    }
}
