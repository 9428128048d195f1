//! Two ways to reach a simulated AWS: in this process without a port, and over loopback.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Sim;
use super::stream::Pieces;

/// An answer's body.
#[derive(Debug)]
pub struct Body(Content);

#[derive(Debug)]
enum Content {
    /// All of it, which a fault may end half way while its length promises the whole.
    Known { rest: Option<Bytes>, length: u64, broken: bool },
    /// What comes as time goes by.
    Stream(Pieces),
}

impl Body {
    /// All of `bytes`.
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self(Content::Known { length: bytes.len() as u64, rest: Some(bytes), broken: false })
    }

    /// The first half of `bytes`, then an error.
    pub(super) fn half(bytes: Bytes) -> Self {
        Self(Content::Known { length: bytes.len() as u64, rest: Some(bytes.slice(..bytes.len() / 2)), broken: true })
    }

    /// What comes in pieces.
    pub(super) fn stream(pieces: Pieces) -> Self {
        Self(Content::Stream(pieces))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let (rest, length, broken) = match &mut self.0 {
            Content::Known { rest, length, broken } => (rest, length, broken),
            Content::Stream(pieces) => return pieces.poll_recv(context).map(|piece| Some(piece?.map(Frame::data))),
        };
        if let Some(bytes) = rest.take().filter(|bytes| !bytes.is_empty()) {
            *length = length.saturating_sub(bytes.len() as u64);
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let broken = std::mem::take(broken);
        Poll::Ready(broken.then(|| Err(io::Error::new(io::ErrorKind::UnexpectedEof, "answer cut short by a fault"))))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Known { length, .. } => SizeHint::with_exact(*length),
            Content::Stream(_) => SizeHint::default(),
        }
    }
}

impl Sim {
    /// An HTTP client for an SDK configuration that reaches this account without a port, whatever the endpoint.
    #[must_use]
    pub fn http_client(&self) -> SharedHttpClient {
        let sim = self.clone();
        http_client_fn(move |settings, _| {
            SharedHttpConnector::new(InProcess { sim: sim.clone(), read_timeout: settings.read_timeout() })
        })
    }

    /// Credentials that this account takes. Any do: signatures are not verified, but have to be there.
    #[must_use]
    pub fn credentials(&self) -> SharedCredentialsProvider {
        let credentials = Credentials::new("AKIDQUARTERDECKSIM00", "not-a-secret", None, None, "simulated AWS");
        SharedCredentialsProvider::new(credentials)
    }

    /// Serves this account over HTTP on `address`, where port 0 means any free one.
    ///
    /// # Errors
    /// `address` is not loopback, or cannot be bound. A simulated account has no access control, so that nobody
    /// but this machine may reach it.
    pub async fn listen(&self, address: SocketAddr) -> io::Result<Server> {
        if !address.ip().is_loopback() {
            let reason = format!("{address} is not a loopback address: the simulated AWS listens on those alone");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(());
        let task = tokio::spawn(accept(self.clone(), listener, stopped));
        Ok(Server { address, stop, task })
    }
}

/// A listening account. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://ADDRESS`, for an `--endpoint-url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening and ends every connection.
    pub async fn stop(self) {
        drop(self.stop);
        // It ends by itself; that it was cancelled would be as good.
        let _ = self.task.await;
    }
}

async fn accept(sim: Sim, listener: TcpListener, mut stopped: watch::Receiver<()>) {
    loop {
        let stream = tokio::select! {
            _ = stopped.changed() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file descriptors, most likely: some have to be given back first.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        tokio::spawn(serve(sim.clone(), stream, stopped.clone()));
    }
}

async fn serve(sim: Sim, stream: TcpStream, mut stopped: watch::Receiver<()>) {
    let service = service_fn(|request: Request<Incoming>| {
        let sim = sim.clone();
        async move { answer(&sim, request).await }
    });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = stopped.changed() => {}
        served = connection => if let Err(error) = served {
            // A caller that hangs up, or a fault that ends the connection.
            tracing::debug!(%error, "connection ended");
        },
    }
}

async fn answer(sim: &Sim, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    sim.respond(Request::from_parts(parts, body)).await
}

#[derive(Debug)]
struct InProcess {
    sim: Sim,
    read_timeout: Option<Duration>,
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (sim, read_timeout) = (self.sim.clone(), self.read_timeout);
        HttpConnectorFuture::new(async move {
            let request = collected(request).await?;
            let answer = async { sim.respond(request).await.map_err(|error| ConnectorError::io(error.into())) };
            let response = match read_timeout {
                Some(limit) => tokio::time::timeout(limit, answer)
                    .await
                    .unwrap_or_else(|elapsed| Err(ConnectorError::timeout(elapsed.into()))),
                None => answer.await,
            }?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

async fn collected(request: HttpRequest) -> Result<Request<Bytes>, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
    Ok(Request::from_parts(parts, body))
}
