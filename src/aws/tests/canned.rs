//! Canned answers in AWS's place, for tests: what is sent is told apart by operation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::aws::read::Aws;
use crate::aws::request::{Need, ReadRequest};
use crate::aws::{Clock, Settings};
use crate::fleet::reading::{Failure, Missing};
use crate::fleet::scope::Scope;
use crate::fleet::snapshot::Rows;

/// An answer to one request.
pub(super) enum Reply {
    /// Status, headers, body.
    Http(u16, Vec<(&'static str, &'static str)>, Vec<u8>),
    /// The connection breaks.
    Broken,
    /// The connection times out.
    Timeout,
}

impl Reply {
    pub(super) fn json(body: Value) -> Self {
        Self::Http(200, vec![("x-amzn-requestid", "req-1")], body.to_string().into_bytes())
    }

    /// An error of an awsJson service.
    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        let body = json!({ "__type": code, "message": message });
        Self::Http(status, vec![("x-amzn-requestid", "req-1")], body.to_string().into_bytes())
    }

    pub(super) fn xml(body: &str) -> Self {
        Self::Http(200, vec![("x-amzn-requestid", "req-1")], body.as_bytes().to_vec())
    }

    /// The result of an awsQuery service.
    pub(super) fn query(operation: &str, result: &str) -> Self {
        Self::xml(&format!(
            "<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"
        ))
    }

    /// An error of ec2.
    pub(super) fn ec2_error(status: u16, code: &str, message: &str) -> Self {
        let errors = format!("<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>");
        let body = format!("<Response>{errors}<RequestID>req-ec2</RequestID></Response>");
        Self::Http(status, Vec::new(), body.into_bytes())
    }
}

/// One request: its operation and its input, JSON or query parameters as JSON strings.
pub(super) struct Asked {
    pub(super) operation: String,
    pub(super) input: Value,
}

impl Asked {
    pub(super) fn text(&self, member: &str) -> &str {
        self.input[member].as_str().unwrap_or_default()
    }

    /// The strings of a list.
    pub(super) fn list(&self, member: &str) -> Vec<String> {
        let values = self.input[member].as_array().cloned().unwrap_or_default();
        values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The query parameters `MEMBER.1`, `MEMBER.2` and so on.
    pub(super) fn numbered(&self, member: &str) -> Vec<String> {
        (1..).map_while(|n| self.input[format!("{member}.{n}")].as_str().map(str::to_owned)).collect()
    }

    fn of(request: &HttpRequest) -> Self {
        let body = request.body().bytes().unwrap_or_default();
        if let Some(target) = request.headers().get("x-amz-target") {
            let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
            return Self { operation, input: serde_json::from_slice(body).unwrap_or_default() };
        }
        if let Some((_, operation)) = request.uri().split_once("/operation/") {
            let input = ciborium::from_reader::<Value, _>(body).unwrap_or_default();
            return Self { operation: operation.to_owned(), input };
        }
        let (path, inside) = request.uri().split_once('?').unwrap_or((request.uri(), ""));
        let path = path.splitn(4, '/').nth(3).unwrap_or_default();
        let body = if body.is_empty() { inside.as_bytes() } else { body };
        let mut query: BTreeMap<String, String> = String::from_utf8_lossy(body)
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), decode(value)))
            .collect();
        if request.method() == "GET" {
            // Of what a path asks for, its first word is the operation and the rest a name.
            let (operation, name) = path.split_once('/').unwrap_or((path, ""));
            query.insert("Name".to_owned(), decode(name));
            return Self { operation: operation.to_owned(), input: json!(query) };
        }
        Self { operation: query.get("Action").cloned().unwrap_or_default(), input: json!(query) }
    }
}

fn decode(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        let hex = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        match byte {
            b'%' => bytes.push(hex(rest.next()).unwrap_or_default() * 16 + hex(rest.next()).unwrap_or_default()),
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// AWS as a function from request to reply, with a record of what was asked.
#[derive(Clone)]
pub(super) struct Canned {
    reply: Arc<dyn Fn(&Asked) -> Reply + Send + Sync>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl std::fmt::Debug for Canned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canned")
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let asked = Asked::of(&request);
        self.asked.lock().unwrap().push(asked.operation.clone());
        HttpConnectorFuture::ready(match (self.reply)(&asked) {
            Reply::Broken => Err(ConnectorError::io("connection reset by peer".into())),
            Reply::Timeout => Err(ConnectorError::timeout("read timed out".into())),
            Reply::Http(status, headers, body) => {
                let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
                for (name, value) in headers {
                    response.headers_mut().insert(name, value);
                }
                Ok(response)
            }
        })
    }
}

impl Canned {
    pub(super) fn new(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self { reply: Arc::new(reply), asked: Arc::default() }
    }

    /// What it would answer, for another that answers differently now and then.
    pub(super) fn reply(&self, asked: &Asked) -> Reply {
        (self.reply)(asked)
    }

    /// How often an operation was asked for, the SDK's retries included.
    pub(super) fn count(&self, operation: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == operation).count()
    }

    pub(super) fn settings(&self) -> Settings {
        let canned = self.clone();
        let client: SharedHttpClient = http_client_fn(move |_, _| SharedHttpConnector::new(canned.clone()));
        let keys = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        let clock: Clock = Arc::new(|| "2026-03-01T12:00:00Z".parse().unwrap());
        Settings {
            region: Some("eu-west-1".to_owned()),
            http_client: Some(client),
            credentials: Some(SharedCredentialsProvider::new(keys)),
            clock,
            ..Settings::default()
        }
    }

    pub(super) async fn connect(&self) -> Aws {
        Aws::connect(self.settings()).await.unwrap()
    }

    /// Reads a need of the cluster `live`.
    pub(super) async fn read(&self, need: Need) -> Result<(Rows, Vec<Missing>), Failure> {
        let scope = Scope { cluster: "live".to_owned(), region: "eu-west-1".to_owned() };
        let aws = self.connect().await;
        // Spawned as the runtime does it: the read has to be able to move between threads.
        let read = tokio::spawn(async move { aws.read(ReadRequest { generation: 7, scope, need }).await });
        let read = read.await.unwrap();
        assert_eq!(read.generation, 7);
        read.outcome
    }
}
