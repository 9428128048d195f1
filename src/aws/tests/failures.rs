//! What becomes of every way in which a call can fail.

use serde_json::json;

use super::canned::{Canned, Reply};
use crate::aws::request::Need;
use crate::fleet::focus::TaskScope;
use crate::fleet::reading::{Failure, FailureKind};

async fn fail(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Failure {
    Canned::new(move |_| reply()).read(Need::Cluster).await.unwrap_err()
}

async fn fail_ec2(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Failure {
    let need = Need::SecurityGroups { ids: vec!["sg-1".to_owned()] };
    Canned::new(move |_| reply()).read(need).await.unwrap_err()
}

#[tokio::test]
async fn a_denial_names_the_permission() {
    let message = "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: ecs:DescribeClusters on \
                   resource: arn:c because no identity-based policy allows the ecs:DescribeClusters action";
    let failure = fail(move || Reply::error(400, "AccessDeniedException", message)).await;
    assert_eq!(failure.kind, FailureKind::Denied);
    assert_eq!(failure.operation, "ecs:DescribeClusters");
    assert_eq!(failure.request_id.as_deref(), Some("req-1"));
    assert!(failure.message.starts_with("AccessDeniedException: User: arn:aws:sts"));
    assert!(failure.hint.unwrap().starts_with("the role needs ecs:DescribeClusters;"));
}

#[tokio::test]
async fn a_denial_by_ec2_is_read_up_to_its_encoded_part() {
    let message = "You are not authorized. Encoded authorization failure message: AbCdEf";
    let failure = fail_ec2(move || Reply::ec2_error(403, "UnauthorizedOperation", message)).await;
    assert_eq!(failure.kind, FailureKind::Denied);
    assert_eq!(failure.message, "UnauthorizedOperation: You are not authorized.");
    assert!(failure.hint.unwrap().contains("ec2:DescribeSecurityGroups"));
}

#[tokio::test]
async fn an_explicit_deny_is_said_to_be_one() {
    let message = "not authorized to perform: ecs:DescribeClusters with an explicit deny in a service control policy";
    let failure = fail(move || Reply::error(400, "AccessDeniedException", message)).await;
    assert!(failure.hint.unwrap().starts_with("a policy denies ecs:DescribeClusters explicitly"));
}

#[tokio::test]
async fn codes_lead_to_kinds() {
    use FailureKind::{Credentials, Denied, Failed, Throttled, Timeout};
    for (status, code, kind) in [
        (400, "ThrottlingException", Throttled),
        (503, "RequestLimitExceeded", Throttled),
        (429, "TooManyRequestsException", Throttled),
        (400, "Throttling", Throttled),
        (429, "Strange", Throttled),
        (403, "AccessDenied", Denied),
        (403, "AuthorizationError", Denied),
        (400, "ExpiredTokenException", Credentials),
        (400, "ExpiredToken", Credentials),
        (403, "InvalidClientTokenId", Credentials),
        (400, "UnrecognizedClientException", Credentials),
        (401, "AuthFailure", Credentials),
        (403, "SignatureDoesNotMatch", Credentials),
        (403, "InvalidSignatureException", Credentials),
        (400, "ClusterNotFoundException", Failed),
        (500, "ServerException", Failed),
        (504, "GatewayTimeout", Timeout),
        (400, "NeverHeardOfIt", Failed),
    ] {
        let failure = fail_ec2(move || Reply::ec2_error(status, code, "text")).await;
        assert_eq!(failure.kind, kind, "{code}");
        assert_eq!(failure.message, format!("{code}: text"));
        let failure = fail(move || Reply::error(status, code, "text")).await;
        assert_eq!(failure.kind, kind, "{code} of ecs");
    }
}

#[tokio::test]
async fn refused_credentials_say_what_to_run() {
    let failure = fail(|| Reply::error(400, "ExpiredTokenException", "The security token included is expired")).await;
    assert!(failure.hint.unwrap().starts_with("run: aws login"));
}

#[tokio::test]
async fn a_web_page_is_not_an_answer() {
    for (status, kind) in [(200, "text/html; charset=utf-8"), (403, "text/plain"), (503, "text/html")] {
        let page = "\n<!DOCTYPE html><html><body>Please log in</body></html>";
        for need in [Need::Cluster, Need::Alarms, Need::SecurityGroups { ids: vec!["sg-1".to_owned()] }] {
            let aws = Canned::new(move |_| Reply::Http(status, vec![("content-type", kind)], page.into()));
            let failure = aws.read(need).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Failed);
            assert_eq!(failure.message, format!("the answer (HTTP {status}) is a web page, not AWS's"));
            assert!(failure.hint.unwrap().contains("proxy"));
        }
    }
}

#[tokio::test]
async fn garbage_is_said_to_be_unreadable_and_never_dumped() {
    for body in [b"\x00\x1b[31m\xff\xfe".to_vec(), b"{\"clusters\": [{".to_vec(), b"[]]".to_vec()] {
        let xml = body.clone();
        let failure = fail_ec2(move || Reply::Http(200, Vec::new(), xml.clone())).await;
        assert!(failure.message.starts_with("the answer (HTTP 200) could not be read"), "{}", failure.message);
        let failure = fail(move || Reply::Http(200, Vec::new(), body.clone())).await;
        assert_eq!(failure.kind, FailureKind::Failed);
        assert!(failure.message.starts_with("the answer (HTTP 200) could not be read"), "{}", failure.message);
        for dump in ["SdkError", "ResponseError", "{ ", "Unhandled", "\u{1b}"] {
            assert!(!failure.message.contains(dump), "{}", failure.message);
        }
    }
}

#[tokio::test]
async fn no_answer_in_time_is_a_timeout() {
    let failure = fail(|| Reply::Timeout).await;
    assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::Timeout, "no answer in time"));
}

#[tokio::test]
async fn a_broken_connection_says_how_it_broke() {
    let failure = fail(|| Reply::Broken).await;
    assert_eq!(failure.kind, FailureKind::Failed);
    assert!(failure.message.contains("connection reset by peer"), "{}", failure.message);
    assert!(failure.hint.unwrap().contains("--endpoint-url"));
}

#[tokio::test]
async fn messages_are_one_clean_line_of_bounded_length() {
    let message = format!("a\nb\u{1b}[2J{}", "x".repeat(5_000));
    let failure = fail(move || Reply::error(400, "Odd\u{202E}Exception", &message)).await;
    assert!(failure.message.starts_with("Odd<U+202E>Exception: a␤b␛[2Jxxx"), "{}", failure.message);
    assert_eq!(failure.message.chars().count(), 400);
}

#[tokio::test]
async fn an_error_without_a_code_is_told_by_its_status() {
    let failure = fail(|| Reply::Http(500, Vec::new(), json!({}).to_string().into_bytes())).await;
    assert_eq!(failure.kind, FailureKind::Failed);
    assert_eq!(failure.message, "an error (HTTP 500) without a code");
}

/// Cuts the answer to a request for security groups at every byte; none of the cuts may pass for the whole.
#[tokio::test]
async fn an_answer_that_is_cut_short_is_never_taken_for_the_whole() {
    let whole = "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId></item>\
                 <item><groupId>sg-2</groupId></item></securityGroupInfo></DescribeSecurityGroupsResponse>";
    let need = Need::SecurityGroups { ids: vec!["sg-1".to_owned(), "sg-2".to_owned()] };
    let read = |length: usize| {
        let need = need.clone();
        async move { Canned::new(move |_| Reply::xml(&whole[..length])).read(need).await }
    };
    assert!(read(whole.len()).await.is_ok());
    for length in 0..whole.len() {
        let outcome = read(length).await;
        assert!(outcome.is_err(), "cut at {length}: {outcome:?}");
    }
}

#[tokio::test]
async fn json_that_is_no_answer_is_not_an_empty_fleet() {
    for need in [
        Need::Services,
        Need::Tasks(TaskScope::All),
        Need::ContainerInstances,
        Need::LogGroups { names: vec!["/a".to_owned()] },
    ] {
        let aws = Canned::new(|_| Reply::json(json!({ "status": "ok" })));
        let failure = aws.read(need).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Failed);
        assert!(failure.message.starts_with("the answer holds no "), "{}", failure.message);
        let aws = Canned::new(|_| Reply::Http(200, Vec::new(), Vec::new()));
        assert!(aws.read(Need::Services).await.is_err(), "an empty body is no answer");
    }
}
