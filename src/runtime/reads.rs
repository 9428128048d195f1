//! Starts reads and brings their answers back as events.

use std::future::Future;

use color_eyre::eyre::{Report, eyre};
use tokio::sync::mpsc::UnboundedSender;

use crate::aws::request::ReadRequest;
use crate::aws::{Aws, Settings};
use crate::fleet::instance::Cluster;
use crate::fleet::reading::Failure;
use crate::fleet::snapshot::PanelRead;

/// What work that was started elsewhere brings back to the event loop.
#[derive(Debug)]
pub enum Event {
    /// The SDK's configuration was loaded, or could not be. Loading makes no call that needs credentials.
    Connected(Box<Result<Aws, Failure>>),
    /// A panel was read, or could not be.
    Read(Box<PanelRead>),
    /// The clusters were listed, or could not be.
    Clusters(Result<Vec<Cluster>, Failure>),
    /// A task of ours panicked; the console must end, because it can no longer say what it knows.
    Broken(Report),
}

/// Where work sends what it brings back.
///
/// The channel is not bounded: the scheduler has at most one read of each panel under way.
pub type Events = UnboundedSender<Event>;

/// Loads the SDK's configuration.
pub fn connect(settings: Settings, events: &Events) {
    spawn(events, async move { Event::Connected(Box::new(Aws::connect(settings).await)) });
}

/// Reads one panel.
pub fn read(aws: &Aws, request: ReadRequest, events: &Events) {
    let aws = aws.clone();
    spawn(events, async move { Event::Read(Box::new(aws.read(request).await)) });
}

/// Lists the clusters.
pub fn list_clusters(aws: &Aws, events: &Events) {
    let aws = aws.clone();
    spawn(events, async move { Event::Clusters(aws.clusters().await) });
}

fn spawn(events: &Events, work: impl Future<Output = Event> + Send + 'static) {
    let events = events.clone();
    let work = tokio::spawn(work);
    tokio::spawn(async move {
        let event = work.await.unwrap_or_else(|error| Event::Broken(eyre!("a background task ended early: {error}")));
        // Nobody listens any more when the console is ending.
        let _ = events.send(event);
    });
}
