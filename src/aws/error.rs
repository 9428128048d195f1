//! Turns what the SDK says of a failed call into what an operator can act on.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::permissions::NotSent;
use crate::fleet::reading::{Failure, FailureKind};
use crate::text;

/// Characters of a message that are kept.
const MESSAGE: usize = 400;
/// Characters of an id that are kept.
const ID: usize = 100;
/// Bytes of an answer that are looked at to tell what it is.
const PEEK: usize = 512;

/// A failed call, with the error code for readers that know a way around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What to tell.
    pub(super) failure: Failure,
    /// AWS's error code, where there was an answer that has one.
    pub(super) code: Option<Box<str>>,
}

impl Refusal {
    /// Whether AWS said exactly this.
    pub(super) fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.failure
    }
}

/// Explains `error` of `operation` (`ecs:DescribeServices`). `login` says how to renew the credentials.
pub(super) fn explain<E>(operation: &str, error: &SdkError<E, HttpResponse>, login: &str) -> Refusal
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let told = Told { operation, login, status: error.raw_response().map(|raw| raw.status().as_u16()) };
    let (kind, message, hint) = match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_) if is_html(error.raw_response()) => told.html(),
        // The XML protocols report an answer that they cannot read as an error without a code.
        SdkError::ServiceError(service) if service.err().code().is_none() => told.unreadable(error),
        SdkError::ServiceError(service) => told.by_code(service.err().code(), service.err().message()),
        SdkError::TimeoutError(_) => told.timeout(),
        SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => told.timeout(),
        SdkError::ResponseError(_) => told.unreadable(error),
        _ => told.by_cause(error),
    };
    let failure = Failure {
        kind,
        operation: operation.to_owned(),
        message: text::one_line(&message, MESSAGE),
        hint: hint.map(|hint| text::one_line(&hint, MESSAGE)),
        request_id: request_id(error),
    };
    let code = match error {
        SdkError::ServiceError(service) => service.err().code().map(|code| text::one_line(code, ID).into()),
        _ => None,
    };
    Refusal { failure, code }
}

type Explanation = (FailureKind, String, Option<String>);

/// What all explanations of one failed call need.
struct Told<'a> {
    operation: &'a str,
    login: &'a str,
    status: Option<u16>,
}

impl Told<'_> {
    fn html(&self) -> Explanation {
        let message = format!("the answer{} is a web page, not AWS's", self.status());
        let hint = "a proxy or portal answers in AWS's place: check HTTPS_PROXY, NO_PROXY and --endpoint-url";
        (FailureKind::Failed, message, Some(hint.to_owned()))
    }

    fn timeout(&self) -> Explanation {
        let hint = "it is tried again by itself; check the network, the proxy and the endpoint if it goes on";
        (FailureKind::Timeout, "no answer in time".to_owned(), Some(hint.to_owned()))
    }

    fn unreadable<E: Error>(&self, error: &E) -> Explanation {
        if self.status.is_some_and(|status| status >= 400) {
            return self.by_code(None, None);
        }
        let causes = causes(error);
        let colon = if causes.is_empty() { "" } else { ": " };
        let message = format!("the answer{} could not be read{colon}{causes}", self.status());
        let hint = "something between here and AWS cuts or changes answers; check the proxy and the endpoint";
        (FailureKind::Failed, message, Some(hint.to_owned()))
    }

    fn by_code(&self, code: Option<&str>, message: Option<&str>) -> Explanation {
        let said = match (code, message) {
            (Some(code), Some(message)) => format!("{code}: {}", without_encoded_part(message)),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => format!("an error{} without a code", self.status()),
        };
        let kind = kind_of(code.unwrap_or_default(), self.status);
        let hint = match kind {
            FailureKind::Denied => Some(self.permission(message.unwrap_or_default())),
            FailureKind::Throttled => Some("the console slows down by itself; nothing to do".to_owned()),
            FailureKind::Credentials => Some(self.login.to_owned()),
            FailureKind::Timeout | FailureKind::Failed => advice(code.unwrap_or_default()).map(str::to_owned),
        };
        (kind, said, hint)
    }

    /// Failures before any answer: credentials, names, connections, and what this side got wrong.
    fn by_cause<E: Error + 'static>(&self, error: &E) -> Explanation {
        let message = causes(error);
        if chain(error).any(|cause| cause.is::<CredentialsError>()) {
            return (FailureKind::Credentials, message, Some(self.login.to_owned()));
        }
        if let Some(not_sent) = chain(error).find_map(|cause| cause.downcast_ref::<NotSent>()) {
            let hint = "start the console without --read-only, or let the fleet's configuration allow actions";
            return (FailureKind::Denied, not_sent.to_string(), not_sent.is_read_only().then(|| hint.to_owned()));
        }
        let hint = "check the network, the proxy, the Region and --endpoint-url";
        (FailureKind::Failed, message, Some(hint.to_owned()))
    }

    /// Which permission is missing: AWS names it in most messages, and it may be another than the call's own.
    fn permission(&self, message: &str) -> String {
        let named = message.split("not authorized to perform: ").nth(1);
        let named = named.and_then(|rest| rest.split([' ', ',']).next()).filter(|action| action.contains(':'));
        let action = named.unwrap_or(self.operation);
        if message.contains("explicit deny") {
            return format!("a policy denies {action} explicitly; whoever owns that policy has to change it");
        }
        format!("the role needs {action}; `quarterdeck iam-policy` prints all that the console needs")
    }

    fn status(&self) -> String {
        self.status.map(|status| format!(" (HTTP {status})")).unwrap_or_default()
    }
}

/// The kind of an error code, else of the HTTP status. Services spell the same thing in many ways.
fn kind_of(code: &str, status: Option<u16>) -> FailureKind {
    const DENIED: [&str; 5] =
        ["AccessDenied", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized", "OptInRequired"];
    const THROTTLED: [&str; 8] = [
        "Throttl",
        "RequestLimitExceeded",
        "TooManyRequests",
        "RequestThrottled",
        "SlowDown",
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "LimitExceededException",
    ];
    const CREDENTIALS: [&str; 8] = [
        "ExpiredToken",
        "InvalidClientTokenId",
        "UnrecognizedClient",
        "InvalidAccessKeyId",
        "AuthFailure",
        "MissingAuthenticationToken",
        "IncompleteSignature",
        "RequestExpired",
    ];
    let starts = |words: &[&str]| words.iter().any(|word| code.starts_with(word));
    match status {
        _ if starts(&THROTTLED) => FailureKind::Throttled,
        _ if starts(&DENIED) => FailureKind::Denied,
        _ if starts(&CREDENTIALS)
            || matches!(code, "SignatureDoesNotMatch" | "InvalidToken" | "InvalidSignatureException") =>
        {
            FailureKind::Credentials
        }
        Some(429) => FailureKind::Throttled,
        Some(408 | 504) => FailureKind::Timeout,
        Some(401 | 403) if code.is_empty() => FailureKind::Denied,
        _ => FailureKind::Failed,
    }
}

/// What to do about errors that are neither denied, throttled nor a matter of credentials.
fn advice(code: &str) -> Option<&'static str> {
    match code {
        "ClusterNotFoundException" => Some("choose a cluster that exists in this account and Region"),
        "ParameterNotFound" => Some("check the name of the parameter in the configuration"),
        "MalformedQueryException" => Some("mend the query there; AWS says what it may hold in CWL_QuerySyntax"),
        "UnknownOperationException" | "InvalidAction" => Some("the endpoint does not offer this operation"),
        _ => None,
    }
}

/// A message up to the part that only a machine can read.
fn without_encoded_part(message: &str) -> &str {
    message.split("Encoded authorization failure message").next().unwrap_or(message).trim_end()
}

/// Whether the answer is a web page, by its type or by how it begins.
fn is_html(response: Option<&HttpResponse>) -> bool {
    let Some(response) = response else { return false };
    let by_type = response.headers().get("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let body = response.body().bytes().unwrap_or_default();
    let head = body.get(..body.len().min(PEEK)).unwrap_or_default().trim_ascii_start().to_ascii_lowercase();
    by_type || head.starts_with(b"<!doctype html") || head.starts_with(b"<html")
}

fn request_id<E>(error: &SdkError<E, HttpResponse>) -> Option<String>
where
    E: ProvideErrorMetadata,
{
    let by_header = error.request_id();
    let id = match error {
        SdkError::ServiceError(service) => by_header.or_else(|| service.err().meta().request_id()),
        _ => by_header,
    };
    id.map(|id| text::one_line(id, ID))
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

/// What the SDK says of its own classes of errors; it tells an operator nothing.
const EMPTY_WORDS: [&str; 8] = [
    "failed to construct request",
    "request has timed out",
    "dispatch failure",
    "response error",
    "service error",
    "unhandled error",
    "other",
    "Error",
];

/// The chain of causes as one sentence. What a cause repeats of the one before it is left out.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut cause = Some(error);
    while let Some(one) = cause {
        let words = one.to_string();
        let tells = !words.is_empty() && !EMPTY_WORDS.contains(&words.as_str());
        if tells && !said.iter().any(|earlier| earlier.contains(&words)) {
            said.push(words);
        }
        cause = one.source();
    }
    said.join(": ")
}
