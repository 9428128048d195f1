//! Connecting, renewing, and what the connection says of itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use serde_json::json;

use super::canned::{Canned, Reply};
use crate::aws::request::{Need, ReadRequest};
use crate::aws::{Aws, Settings};
use crate::fleet::reading::FailureKind;
use crate::fleet::scope::Scope;

fn request(region: &str) -> ReadRequest {
    let scope = Scope { cluster: "live".to_owned(), region: region.to_owned() };
    ReadRequest { generation: 1, scope, need: Need::Services }
}

fn empty() -> Reply {
    Reply::json(json!({ "serviceArns": [] }))
}

/// Fails as an expired SSO session does, until somebody logs in.
#[derive(Debug)]
struct Session(Arc<AtomicUsize>);

impl ProvideCredentials for Session {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(match self.0.load(Ordering::SeqCst) {
            0 => Err(CredentialsError::provider_error("the SSO token has expired and cannot be refreshed")),
            _ => Ok(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test")),
        })
    }
}

#[tokio::test]
async fn an_expired_session_says_so_and_recovers_without_a_restart() {
    let logins = Arc::new(AtomicUsize::new(0));
    let canned = Canned::new(|_| empty());
    let session = SharedCredentialsProvider::new(Session(logins.clone()));
    let aws = Aws::connect(Settings { credentials: Some(session), ..canned.settings() }).await.unwrap();
    for _ in 0..2 {
        let failure = aws.read(request("eu-west-1")).await.outcome.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Credentials, "{failure:?}");
        assert!(failure.message.contains("the SSO token has expired"), "{}", failure.message);
        assert!(failure.hint.is_some());
    }
    assert_eq!(canned.count("ListServices"), 0);
    logins.store(1, Ordering::SeqCst);
    assert!(aws.read(request("eu-west-1")).await.outcome.is_ok());
}

#[tokio::test]
async fn keys_that_aws_refuses_are_looked_up_anew() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let canned = Canned::new(move |_| match counted.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::error(400, "UnrecognizedClientException", "The security token included in the request is invalid."),
        _ => empty(),
    });
    let aws = canned.connect().await;
    let failure = aws.read(request("eu-west-1")).await.outcome.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Credentials);
    assert!(aws.read(request("eu-west-1")).await.outcome.is_ok());
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_throttled_family_is_named_until_it_goes_on() {
    let canned = Canned::new(|_| Reply::error(400, "ThrottlingException", "Rate exceeded"));
    let aws = canned.connect().await;
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    assert_eq!(aws.usage(now), Default::default());
    let failure = aws.read(request("eu-west-1")).await.outcome.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Throttled);
    let usage = aws.usage(now);
    assert_eq!(usage.calls_last_minute, 2, "the SDK tries twice, and both count");
    assert_eq!(usage.throttled.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["ecs services"]);
    assert!(usage.throttled[0].1 > now);
}

#[tokio::test]
async fn another_region_gets_no_rows_of_this_one() {
    let canned = Canned::new(|_| empty());
    let aws = canned.connect().await;
    assert_eq!(aws.region(), Some("eu-west-1"));
    let failure = aws.read(request("us-east-1")).await.outcome.unwrap_err();
    assert_eq!(failure.message, "asked about \"us-east-1\", connected to \"eu-west-1\"");
    assert_eq!(canned.count("ListServices"), 0);
}

#[tokio::test]
async fn an_endpoint_that_is_no_url_is_refused() {
    for url in ["localhost:4570", "ftp://x", "", "https://", "/path"] {
        let canned = Canned::new(|_| empty());
        let settings = Settings { endpoint_url: Some(url.to_owned()), ..canned.settings() };
        let failure = Aws::connect(settings).await.unwrap_err();
        assert!(failure.message.contains("is no URL"), "{url}: {failure:?}");
    }
}

#[tokio::test]
async fn what_was_read_carries_the_clock_and_the_generation() {
    let aws = Canned::new(|_| empty()).connect().await;
    let read = aws.read(request("eu-west-1")).await;
    assert_eq!((read.generation, read.at.to_string().as_str()), (1, "2026-03-01T12:00:00Z"));
}
