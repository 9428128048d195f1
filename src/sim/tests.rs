//! The account as a caller sees it, over every protocol.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::error::ProvideErrorMetadata;
use http_body_util::BodyExt;
use serde_json::json;

use super::*;

const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/SERVICE/aws4_request, \
    SignedHeaders=host, Signature=0";

/// An account whose clock stands still.
fn sim(options: Options) -> Sim {
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    Sim::new(options, Clock::from_source(move || now))
}

fn config(sim: &Sim) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(sim.credentials())
        .http_client(sim.http_client())
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .build()
}

fn request(service: &str, headers: &[(&str, &str)], uri: &str, body: &str) -> Request<Bytes> {
    let mut builder = Request::builder().method("POST").uri(uri);
    builder = builder.header("authorization", AUTHORIZATION.replace("SERVICE", service));
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Bytes::from(body.to_owned())).unwrap()
}

fn json_request(target: &str, service: &str, body: &str) -> Request<Bytes> {
    request(service, &[("x-amz-target", target)], "/", body)
}

async fn answered(sim: &Sim, request: Request<Bytes>) -> (u16, ::http::HeaderMap, String) {
    let response = sim.respond(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), parts.headers, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn the_sdk_reaches_it_without_a_port() {
    let sim = sim(Options::default());
    let caller = aws_sdk_sts::Client::new(&config(&sim)).get_caller_identity().send().await.unwrap();
    assert_eq!(caller.arn(), Some("arn:aws:sts::111122223333:assumed-role/quarterdeck-on-call/keel"));
    let aliases = aws_sdk_iam::Client::new(&config(&sim)).list_account_aliases().send().await.unwrap();
    assert_eq!(aliases.account_aliases(), ["harbor-production"]);
    let operations: Vec<String> = sim.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(operations, ["GetCallerIdentity", "ListAccountAliases"]);
}

#[tokio::test]
async fn every_protocol_names_an_unknown_operation_its_own_way() {
    let sim = sim(Options::default());
    let json = json_request("AmazonSSM.DescribeNothing", "ssm", "{}");
    let (status, headers, body) = answered(&sim, json).await;
    assert_eq!((status, headers["content-type"].as_bytes()), (400, &b"application/x-amz-json-1.1"[..]));
    assert!(body.contains(r#""__type":"UnknownOperationException""#), "{body}");

    let query = request("sts", &[], "/", "Action=Nothing&Version=2011-06-15");
    let (status, _, body) = answered(&sim, query).await;
    assert!(status == 400 && body.contains("<Code>InvalidAction</Code>"), "{status} {body}");

    let ec2 = request("ec2", &[], "/", "Action=Nothing&Version=2016-11-15");
    let (status, headers, body) = answered(&sim, ec2).await;
    assert!(status == 400 && body.contains("<Response><Errors><Error><Code>InvalidAction</Code>"), "{body}");
    assert!(body.contains(&format!("<RequestID>{}</RequestID>", headers["x-amz-request-id"].to_str().unwrap())));

    let path = "/service/GraniteServiceVersion20100801/operation/Nothing";
    let cbor = request("monitoring", &[("smithy-protocol", "rpc-v2-cbor")], path, "");
    let (status, headers, body) = answered(&sim, cbor).await;
    assert!(status == 400 && body.contains("#UnknownOperationException"), "{body}");
    assert_eq!(headers["x-amzn-query-error"], "InvalidAction;Sender");
}

#[tokio::test]
async fn a_request_without_a_signature_or_for_another_service_is_refused() {
    let sim = sim(Options::default());
    let mut unsigned = json_request("AmazonSSM.GetParameter", "ssm", "{}");
    unsigned.headers_mut().remove("authorization");
    let (_, _, body) = answered(&sim, unsigned).await;
    assert!(body.contains("MissingAuthenticationTokenException"), "{body}");

    let (_, _, body) = answered(&sim, json_request("AmazonSSM.GetParameter", "ecs", "{}")).await;
    assert!(body.contains("Credential should be scoped to correct service: 'ssm'"), "{body}");
}

#[tokio::test]
async fn input_that_the_model_forbids_is_refused_in_the_words_of_the_service() {
    let sim = sim(Options::default());
    for (body, code, message) in [
        ("{}", "ValidationException", "1 validation error detected: Value null at 'name' failed"),
        (r#"{"Name":""}"#, "ValidationException", "length greater than or equal to 1"),
        (r#"{"Name":7}"#, "SerializationException", "not of type string"),
        ("{", "SerializationException", "EOF"),
        (r#"{"Name":"/nowhere","Colour":1}"#, "ParameterNotFound", ""),
    ] {
        let (status, headers, answer) = answered(&sim, json_request("AmazonSSM.GetParameter", "ssm", body)).await;
        assert_eq!((status, headers["x-amzn-errortype"].to_str().unwrap()), (400, code), "{body}");
        assert!(answer.contains(message), "{body}: {answer}");
    }
    let target = "AmazonEC2ContainerServiceV20141113.DescribeTasks";
    let (_, _, answer) = answered(&sim, json_request(target, "ecs", "{}")).await;
    assert!(answer.contains("InvalidParameterException") && answer.contains("Tasks cannot be empty."), "{answer}");
}

#[tokio::test]
async fn the_query_protocols_refuse_what_they_cannot_read() {
    let sim = sim(Options::default());
    for (form, code) in [
        ("Action=DescribeInstances&Colour=red", "UnknownParameter"),
        ("Action=DescribeInstances&MaxResults=many", "InvalidParameterValue"),
        ("Action=DescribeSecurityGroups&MaxResults=4", "InvalidParameterValue"),
    ] {
        let (status, _, body) = answered(&sim, request("ec2", &[], "/", &format!("{form}&Version=2016-11-15"))).await;
        assert!(status == 400 && body.contains(&format!("<Code>{code}</Code>")), "{form}: {body}");
    }
    let form = "Action=ListAccountAliases&Version=2010-05-08&MaxItems=0";
    let (_, _, body) = answered(&sim, request("iam", &[], "/", form)).await;
    assert!(body.contains("<Code>ValidationError</Code>"), "{body}");
}

#[tokio::test]
async fn an_empty_bucket_throttles_until_time_passes() {
    let second = Arc::new(AtomicU64::new(0));
    let source = Arc::clone(&second);
    let clock = Clock::from_source(move || {
        Timestamp::from_second(i64::try_from(source.load(Ordering::Relaxed)).unwrap()).unwrap()
    });
    let sim = Sim::new(Options::default(), clock);
    let ask = || json_request("AmazonSSM.GetParameter", "ssm", r#"{"Name":"/nowhere"}"#);
    for _ in 0..40 {
        assert!(answered(&sim, ask()).await.2.contains("ParameterNotFound"));
    }
    assert!(answered(&sim, ask()).await.2.contains("ThrottlingException"));
    second.store(1, Ordering::Relaxed);
    assert!(answered(&sim, ask()).await.2.contains("ParameterNotFound"));
}

fn with_fault(rule: &str) -> Sim {
    sim(Options { faults: vec![rule.parse().unwrap()], ..Options::default() })
}

#[tokio::test]
async fn faults_reach_the_sdk_as_what_they_are() {
    for (rule, code) in [("throttle", "Throttling"), ("deny:sts", "AccessDenied")] {
        let sim = with_fault(rule);
        let error = aws_sdk_sts::Client::new(&config(&sim)).get_caller_identity().send().await.unwrap_err();
        assert_eq!(error.code(), Some(code), "{rule}");
    }
    for rule in ["garbage", "html", "truncated", "reset", "error"] {
        let sim = with_fault(rule);
        for _ in 0..8 {
            let answer = aws_sdk_sts::Client::new(&config(&sim)).get_caller_identity().send().await;
            assert!(answer.is_err(), "{rule}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_denied_call_says_who_may_not_do_what() {
    let sim = with_fault("deny");
    let target = "AmazonEC2ContainerServiceV20141113.ListServices";
    let (_, _, body) = answered(&sim, json_request(target, "ecs", "{}")).await;
    assert!(body.contains("AccessDeniedException"), "{body}");
    assert!(body.contains("assumed-role/quarterdeck-on-call/keel is not authorized to perform: ecs:ListServices"));
}

#[tokio::test]
async fn a_stalled_call_gets_no_answer_and_is_recorded_as_such() {
    let sim = with_fault("stall");
    let mut answer = Box::pin(sim.respond(json_request("AmazonSSM.GetParameter", "ssm", r#"{"Name":"/x"}"#)));
    assert!(futures::poll!(&mut answer).is_pending());
    let calls = sim.calls();
    assert_eq!(calls.iter().map(|call| call.status).collect::<Vec<_>>(), [None]);
}

#[tokio::test]
async fn it_listens_on_loopback_alone() {
    let sim = sim(Options::default());
    let error = sim.listen("0.0.0.0:0".parse().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("not a loopback address"), "{error}");
    let server = sim.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    assert_ne!(server.address().port(), 0);
    let address = server.address();
    server.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "it has stopped listening");
}

#[test]
fn an_output_that_the_model_forbids_is_found() {
    let models = Models::load().unwrap();
    let request = json_request("AmazonSSM.GetParameter", "ssm", r#"{"Name":"/x"}"#);
    let exchange = wire::route(&models, &request).unwrap();
    let body = |output: Value| String::from_utf8(exchange.respond(Ok(output), "id").into_body().to_vec()).unwrap();
    assert!(body(json!({ "Parameter": { "Name": "/x", "Version": 3 } })).contains(r#""Version":3"#));
    for (output, problem) in [
        (
            json!({ "Parameter": { "Colour": "red" } }),
            "'parameter.colour' failed to satisfy constraint: Member must be known",
        ),
        (json!({ "Parameter": { "Version": "3" } }), "must be of type long"),
        (json!({ "Parameter": { "Type": "Wish" } }), "must satisfy enum value set"),
    ] {
        let body = body(output);
        assert!(body.contains("InternalFailure") && body.contains(problem), "{body}");
    }
}

#[test]
fn every_operation_of_the_models_has_a_handler() {
    let mut world = World::new(&Options::default(), Timestamp::from_second(1_800_000_000).unwrap());
    let models = Models::load().unwrap();
    let input = Map::new();
    for model in models.iter() {
        for operation in model.operations() {
            let call = Call { operation: &operation.name, input: &input, now: world.now, region: "eu-west-1" };
            let answer = services::call(&mut world, model.service, &call);
            let missing = answer.is_err_and(|fault| fault.message.starts_with(services::NO_HANDLER));
            assert!(!missing, "{} {}", model.service, operation.name);
        }
    }
}

#[test]
fn a_still_world_stays_as_it_began_while_another_moves() {
    for still in [true, false] {
        let seconds = Arc::new(AtomicI64::new(1_800_000_000));
        let source = Arc::clone(&seconds);
        let clock = Clock::from_source(move || Timestamp::from_second(source.load(Ordering::Relaxed)).unwrap());
        let sim = Sim::new(Options { still, ..Options::default() }, clock);
        let began = sim.with_world(|world| world.now);
        seconds.fetch_add(3_600, Ordering::Relaxed);
        assert_eq!(sim.with_world(|world| world.now) == began, still);
    }
}
