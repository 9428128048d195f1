//! A simulated AWS that speaks the real wire protocols.
//!
//! `wire` turns HTTP into plain values and back, driven by AWS's own service models;
//! `services` answers plain values from the `world`; `world` is the fleet with a clock.
//! Nothing here imports the console, and the console cannot tell that it talks to this.

mod backstage;
pub mod call;
pub mod clock;
pub mod faults;
pub mod http;
pub mod insights;
mod limits;
pub mod models;
pub mod options;
pub mod runbook;
mod scenario;
pub mod services;
pub mod stack;
mod stream;
#[cfg(test)]
mod tests;
mod wire;
pub mod world;

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ::http::{Request, Response};
use bytes::Bytes;
use fastrand::Rng;
use jiff::Timestamp;
use serde_json::{Map, Value};

use backstage::Backstage;
use call::{Answer, Call, Fault};
use clock::Clock;
use faults::{Faults, Kind, Rule};
use http::Body;
use models::Models;
use options::Options;
use stream::Stream;
use wire::{Exchange, Frames};
use world::World;

/// Calls that [`Sim::calls`] remembers; older ones are forgotten.
const REMEMBERED: usize = 100_000;

/// A simulated AWS account. Clones are the same account.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use quarterdeck::sim::{Sim, clock::Clock, options::Options};
///
/// let sim = Sim::new(Options::default(), Clock::system());
/// let config = aws_config::SdkConfig::builder()
///     .behavior_version(aws_config::BehaviorVersion::latest())
///     .region(aws_config::Region::new("eu-west-1"))
///     .credentials_provider(sim.credentials())
///     .http_client(sim.http_client())
///     .build();
/// let caller = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap();
/// assert_eq!(caller.account(), Some("111122223333"));
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct Sim(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: Options,
    clock: Clock,
    backstage: Backstage,
    /// Furnished when it is first asked about: a console in the same process draws before that.
    world: OnceLock<Mutex<World>>,
    born: Timestamp,
    calls: Mutex<VecDeque<CallRecord>>,
    requests: AtomicU64,
}

/// One call that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// Service, as botocore calls it; `unknown` where the request names none.
    pub service: String,
    /// Operation; empty where the request found none.
    pub operation: String,
    /// When it came in.
    pub at: Timestamp,
    /// HTTP status of the answer; none where no answer was given.
    pub status: Option<u16>,
}

impl Sim {
    /// The account that `options` describe, living by `clock` from now on.
    #[must_use]
    pub fn new(options: Options, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            world: OnceLock::new(),
            born: clock.now(),
            backstage: Backstage::new(Faults::new(options.faults.clone(), options.seed), options.limits),
            calls: Mutex::default(),
            requests: AtomicU64::new(0),
            options,
            clock,
        }))
    }

    /// Answers one request, after the latency that the options ask for.
    ///
    /// # Errors
    /// The connection ends without an answer, because a fault says so.
    pub async fn respond(&self, request: Request<Bytes>) -> io::Result<Response<Body>> {
        if !self.0.options.latency.is_zero() {
            tokio::time::sleep(self.0.options.latency).await;
        }
        let at = self.0.clock.now();
        let request_id = self.request_id();
        let models = match self.models() {
            Ok(models) => models,
            Err(reason) => return Ok(plain(500, "text/plain", reason.clone().into())),
        };
        match wire::route(models, &request) {
            Ok(exchange) => self.exchange(&exchange, at, &request_id).await,
            Err(refused) => {
                let response = refused.response(&request_id);
                self.record(refused.service(), "", at, Some(response.status().as_u16()));
                Ok(response.map(Body::whole))
            }
        }
    }

    /// Calls so far, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<CallRecord> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Replaces the faults in force.
    pub fn set_faults(&self, rules: Vec<Rule>) {
        self.0.backstage.faults.set(rules);
    }

    /// Does something with the world as it is now, such as computing what an answer has to be.
    pub fn with_world<T>(&self, with: impl FnOnce(&mut World) -> T) -> T {
        let Inner { world, options, born, backstage, .. } = &*self.0;
        let world = world.get_or_init(|| {
            let mut world = World::new(options, *born);
            world.backstage = backstage.clone();
            Mutex::new(world)
        });
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        if !options.still {
            world.advance(self.0.clock.now());
        }
        with(&mut world)
    }

    async fn exchange(&self, exchange: &Exchange<'_>, at: Timestamp, request_id: &str) -> io::Result<Response<Body>> {
        let (service, operation) = (exchange.model.service, exchange.operation.name.as_str());
        let fault = self.0.backstage.faults.pick(service, operation);
        let response = match fault {
            Some(Kind::Stall) => {
                self.record(service, operation, at, None);
                return std::future::pending().await;
            }
            Some(Kind::Reset) => {
                self.record(service, operation, at, None);
                return Err(io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by a fault"));
            }
            Some(Kind::Garbage) => plain(200, "application/octet-stream", self.0.backstage.faults.garbage().into()),
            Some(Kind::Html) => {
                let status = if self.0.backstage.faults.coin() { 502 } else { 200 };
                plain(status, "text/html", Bytes::from_static(faults::PROXY_PAGE.as_bytes()))
            }
            Some(Kind::Throttle) => exchange.refuse(&limits::throttled(service), request_id).map(Body::whole),
            Some(Kind::Deny) => exchange.refuse(&self.denied(exchange), request_id).map(Body::whole),
            Some(Kind::Error) => exchange.refuse(&self.failure(), request_id).map(Body::whole),
            fault => {
                let (answer, breaks) = (self.answer(exchange), fault == Some(Kind::Truncated));
                match Frames::of(exchange.model, &exchange.operation.name) {
                    Some(frames) => self.stream(exchange, &frames, answer, breaks, request_id),
                    None if breaks => exchange.respond(answer, request_id).map(Body::half),
                    None => exchange.respond(answer, request_id).map(Body::whole),
                }
            }
        };
        self.record(service, operation, at, Some(response.status().as_u16()));
        Ok(response)
    }

    /// An answer that goes on: its head and its first event, then a turn a second.
    fn stream(
        &self,
        exchange: &Exchange<'_>,
        frames: &Frames<'_>,
        answer: Answer,
        breaks: bool,
        request_id: &str,
    ) -> Response<Body> {
        let opened = answer.and_then(|output| {
            let opening = frames.opening(&output, exchange.operation.output)?;
            Ok((opening, frames.first(&output)))
        });
        let (opening, first) = match opened {
            Ok(opened) => opened,
            Err(fault) => return exchange.refuse(&fault, request_id).map(Body::whole),
        };
        let (service, operation) = (exchange.model.service, exchange.operation.name.clone());
        let stream = Stream { sim: self.clone(), service, operation, first, breaks };
        exchange.streaming(request_id).map(|_| Body::stream(stream.start(opening)))
    }

    fn models(&self) -> Result<&Models, &String> {
        self.0.backstage.models()
    }

    /// The true answer. The world is locked only while the handler runs.
    fn answer(&self, exchange: &Exchange<'_>) -> Answer {
        let input = exchange.input();
        self.take_token(exchange, input.as_ref().unwrap_or(&Map::new()))?;
        let input = input?;
        let operation = exchange.operation.name.as_str();
        self.with_world(|world| {
            let call = Call { operation, input: &input, now: world.now, region: &exchange.region };
            services::call(world, exchange.model.service, &call)
        })
    }

    fn take_token(&self, exchange: &Exchange<'_>, input: &Map<String, Value>) -> Result<(), Fault> {
        let (service, operation) = (exchange.model.service, exchange.operation.name.as_str());
        // What the account has called by itself until now comes first.
        self.with_world(|_| ());
        self.0.backstage.take_token(service, operation, input, &exchange.region, self.0.clock.now())
    }

    /// The text that IAM gives
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>); EC2 has its own.
    fn denied(&self, exchange: &Exchange<'_>) -> Fault {
        if exchange.model.service == "ec2" {
            return Fault::new("AccessDeniedException", "You are not authorized to perform this operation.");
        }
        let caller = services::sts::caller_arn(&self.0.options.account);
        let action = format!("{}:{}", iam_prefix(exchange), exchange.operation.name);
        let reason = format!("because no identity-based policy allows the {action} action");
        Fault::new("AccessDeniedException", format!("User: {caller} is not authorized to perform: {action} {reason}"))
    }

    fn failure(&self) -> Fault {
        if self.0.backstage.faults.coin() {
            Fault::new("ServiceUnavailableException", "Service is unable to handle request.")
        } else {
            Fault::new("InternalFailure", "The request processing has failed because of an unknown error.")
        }
    }

    fn record(&self, service: &str, operation: &str, at: Timestamp, status: Option<u16>) {
        let record = CallRecord { service: service.into(), operation: operation.into(), at, status };
        let mut calls = self.0.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == REMEMBERED {
            calls.pop_front();
        }
        calls.push_back(record);
    }

    /// An id in the form of a UUID; the same ones for the same seed.
    fn request_id(&self) -> String {
        let count = self.0.requests.fetch_add(1, Ordering::Relaxed);
        let bits = Rng::with_seed(self.0.options.seed ^ count.rotate_left(32)).u128(..);
        let hex = format!("{bits:032x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }
}

/// The prefix of a service's actions in IAM's policies, which is not always the name that requests are signed for.
fn iam_prefix<'m>(exchange: &Exchange<'m>) -> &'m str {
    if exchange.model.service == "cloudwatch" { "cloudwatch" } else { exchange.model.signing_name() }
}

/// An answer that is none of AWS's.
fn plain(status: u16, content_type: &'static str, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::whole(body));
    *response.status_mut() = ::http::StatusCode::from_u16(status).unwrap_or_default();
    let content_type = ::http::HeaderValue::from_static(content_type);
    response.headers_mut().insert(::http::header::CONTENT_TYPE, content_type);
    response
}
