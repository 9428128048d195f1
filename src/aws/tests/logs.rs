//! CloudWatch Logs' events and streams, and the console of an instance.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::canned::{Asked, Canned, Reply};
use crate::aws::logs::{Cause, EventsAsk};
use crate::fleet::feed::Streams;
use crate::fleet::reading::FailureKind;
use crate::logs::batch::Arrival;

fn ask(streams: Streams) -> EventsAsk {
    EventsAsk { group: "/ecs/web".to_owned(), streams, start: -5, end: Some(9), token: None, limit: Some(7) }
}

#[tokio::test]
async fn events_come_as_aws_has_them_with_the_way_to_the_next_page() {
    let canned = Canned::new(|asked: &Asked| {
        assert_eq!(
            asked.input,
            json!({
                "logGroupName": "/ecs/web", "logStreamNamePrefix": "web/", "startTime": 0, "endTime": 9, "limit": 7, "interleaved": true,
            })
        );
        Reply::json(json!({ "nextToken": "t", "events": [
            { "logStreamName": "web/1", "timestamp": 3, "ingestionTime": 4, "eventId": "e", "message": "\u{1b}[31m\n" },
            { "logStreamName": "web/2", "timestamp": 5, "message": "" },
            { "logStreamName": "api/1", "timestamp": 5, "message": "of another one" },
        ] }))
    });
    let page = canned.connect().await.log_events(ask(Streams::Prefix("web/".to_owned()))).await.unwrap();
    assert_eq!(page.token.as_deref(), Some("t"));
    let arrival = |stream: &str, time, ingested, id: &str, message: &str| Arrival {
        stream: stream.to_owned(),
        time,
        ingested,
        id: id.to_owned(),
        message: message.to_owned(),
    };
    let wanted = [arrival("web/1", 3, 4, "e", "\u{1b}[31m\n"), arrival("web/2", 5, 5, "", "")];
    assert_eq!(page.events, wanted);
}

async fn refused(token: Option<&str>, reply: impl Fn() -> Reply + Send + Sync + 'static) -> (Cause, FailureKind) {
    let ask = EventsAsk { token: token.map(str::to_owned), ..ask(Streams::Named(vec!["a".to_owned()])) };
    let refusal = Canned::new(move |_| reply()).connect().await.log_events(ask).await.unwrap_err();
    (refusal.cause, refusal.failure.kind)
}

#[tokio::test]
async fn a_refusal_says_what_a_tail_does_about_it() {
    let token = || Reply::error(400, "InvalidParameterException", "The specified nextToken is invalid.");
    let missing = || Reply::error(400, "ResourceNotFoundException", "The specified log stream does not exist.");
    assert_eq!(refused(Some("t"), token).await, (Cause::Token, FailureKind::Failed));
    assert_eq!(refused(None, token).await, (Cause::Other, FailureKind::Failed), "no token was sent");
    assert_eq!(refused(Some("t"), missing).await, (Cause::Missing, FailureKind::Failed));
    let throttled = || Reply::error(400, "ThrottlingException", "Rate exceeded");
    assert_eq!(refused(None, throttled).await, (Cause::Throttled, FailureKind::Throttled));
    let denied = || Reply::error(400, "AccessDeniedException", "no");
    assert_eq!(refused(None, denied).await, (Cause::Other, FailureKind::Denied));
    assert_eq!(refused(None, || Reply::json(json!({}))).await.0, Cause::Other, "an answer without events is none");
    assert_eq!(refused(None, || Reply::Timeout).await, (Cause::Other, FailureKind::Timeout));
}

#[tokio::test]
async fn streams_are_listed_to_the_last_page() {
    let canned = Canned::new(|asked: &Asked| {
        assert_eq!(asked.text("logStreamNamePrefix"), "web/");
        match asked.text("nextToken") {
            "" => Reply::json(json!({ "logStreams": [{ "logStreamName": "web/1" }], "nextToken": "a" })),
            "a" => Reply::json(json!({ "logStreams": [], "nextToken": "b" })),
            _ => Reply::json(json!({ "logStreams": [{ "logStreamName": "web/2" }], "nextToken": "b" })),
        }
    });
    let names = canned.connect().await.log_streams("/ecs/web", "web/").await.unwrap();
    assert_eq!(names, ["web/1", "web/2"]);
    assert_eq!(canned.count("DescribeLogStreams"), 3, "a token that comes back ends it");
}

#[tokio::test]
async fn new_clients_follow_credentials_that_did_not_work() {
    let canned = Canned::new(|_| Reply::error(400, "ExpiredTokenException", "expired"));
    let aws = canned.connect().await;
    for _ in 0..2 {
        let refusal = aws.log_events(ask(Streams::All)).await.unwrap_err();
        assert_eq!(refusal.failure.kind, FailureKind::Credentials);
    }
    assert!(canned.count("FilterLogEvents") >= 2);
}

fn output(text: Option<&[u8]>) -> Reply {
    let output = text.map(|text| format!("<output>{}\n</output>", STANDARD.encode(text))).unwrap_or_default();
    Reply::xml(&format!(
        "<GetConsoleOutputResponse><requestId>r</requestId><instanceId>i-1</instanceId>\
         <timestamp>2026-03-01T11:58:00.000Z</timestamp>{output}</GetConsoleOutputResponse>"
    ))
}

#[tokio::test]
async fn a_console_is_decoded_with_the_time_of_its_output() {
    let canned = Canned::new(|asked: &Asked| {
        assert_eq!((asked.text("InstanceId"), asked.text("Latest")), ("i-1", "true"));
        output(Some(b"boot\r\n\xffx\n"))
    });
    let console = canned.connect().await.console_output("i-1").await.unwrap().unwrap();
    assert_eq!(console.text, "boot\r\n\u{fffd}x\n");
    assert_eq!(console.at, "2026-03-01T11:58:00Z".parse().unwrap());
}

#[tokio::test]
async fn where_the_newest_console_is_not_to_be_had_the_kept_one_is_read() {
    let canned = Canned::new(|asked: &Asked| match asked.text("Latest") {
        "true" => Reply::ec2_error(400, "UnsupportedOperation", "not on this type"),
        _ => output(None),
    });
    assert_eq!(canned.connect().await.console_output("i-1").await.unwrap(), None, "nothing yet is no error");
    let strange = Canned::new(|_| {
        Reply::xml(
            "<GetConsoleOutputResponse><instanceId>i-1</instanceId><output>?</output></GetConsoleOutputResponse>",
        )
    });
    let failure = strange.connect().await.console_output("i-1").await.unwrap_err();
    assert!(failure.message.contains("not base64"), "{}", failure.message);
}
