//! A simulated account with the console's connection to it. Both live by one clock that stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use quarterdeck::aws::budget::Shares;
use quarterdeck::aws::{Aws, Clock, Settings};
use quarterdeck::fleet::policy::Policy;
use quarterdeck::fleet::scope::Scope;
use quarterdeck::fleet::view::Fleet;
use quarterdeck::runtime::needs::Extras;
use quarterdeck::runtime::survey::survey;
use quarterdeck::sim::Sim;
use quarterdeck::sim::options::Options;

/// When every world begins, in seconds since 1970.
const START: i64 = 1_772_366_400;

/// A simulated account and a connection to it.
pub struct Account {
    pub sim: Sim,
    pub aws: Aws,
    pub scope: Scope,
    now: Arc<AtomicI64>,
}

impl Account {
    pub async fn new(options: Options) -> Self {
        let now = Arc::new(AtomicI64::new(START));
        let scope = Scope { cluster: options.cluster.clone(), region: options.region.clone() };
        let source = now.clone();
        let sim = Sim::new(options, quarterdeck::sim::clock::Clock::from_source(move || at(&source)));
        let aws = connect(&sim, &scope.region, &now).await;
        Self { sim, aws, scope, now }
    }

    /// The same account with a connection that has spent nothing yet.
    pub async fn anew(self) -> Self {
        let aws = connect(&self.sim, &self.scope.region, &self.now).await;
        Self { aws, ..self }
    }

    pub fn clock(&self) -> Clock {
        let source = self.now.clone();
        Arc::new(move || at(&source))
    }

    pub fn now(&self) -> Timestamp {
        at(&self.now)
    }

    /// Lets the world live for so many seconds, then stand still again.
    pub fn live_on(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
        self.sim.with_world(|_| ());
    }

    pub async fn survey(&self) -> Fleet {
        survey(&self.aws, self.scope.clone(), Policy::default(), Extras::default(), &self.clock()).await
    }
}

/// All of the account's rates may be used: they are not what is tested here.
async fn connect(sim: &Sim, region: &str, now: &Arc<AtomicI64>) -> Aws {
    let source = now.clone();
    let settings = Settings {
        region: Some(region.to_owned()),
        http_client: Some(sim.http_client()),
        credentials: Some(sim.credentials()),
        shares: Shares { first_load: 1.0, refreshing: 1.0 },
        clock: Arc::new(move || at(&source)),
        ..Settings::default()
    };
    Aws::connect(settings).await.unwrap()
}

fn at(seconds: &AtomicI64) -> Timestamp {
    Timestamp::from_second(seconds.load(Ordering::Relaxed)).unwrap()
}
