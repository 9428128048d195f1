//! The simulated AWS: behind the console in `demo`, on a loopback port in `sim`.

use std::io::{self, Write};
use std::{env, process};

use color_eyre::eyre::Result;

use super::fleets::Chosen;
use super::{ServeArgs, SimArgs};
use crate::actions::catalogue::Names;
use crate::aws::Settings;
use crate::fleet::policy::Policy;
use crate::runtime::journal::Journal;
use crate::runtime::needs::Extras;
use crate::sim::Sim;
use crate::sim::clock::Clock;

/// A simulated fleet inside this process, judged by the default thresholds. The console can't tell the difference.
///
/// # Errors
/// When there is no folder for the journal.
pub fn fleet(args: &SimArgs, read_only: bool) -> Result<Chosen> {
    let options = args.options();
    let (cluster, region) = (options.cluster.clone(), options.region.clone());
    let sim = Sim::new(options, Clock::system());
    let aws = Settings {
        region: Some(region),
        http_client: Some(sim.http_client()),
        credentials: Some(sim.credentials()),
        read_only,
        ..Settings::default()
    };
    Ok(Chosen {
        cluster: Some(cluster),
        aws,
        policy: Policy::default(),
        extras: Extras::default(),
        names: Names::default(),
        journal: Some(journal()),
        read_only,
    })
}

/// What is done to a simulated fleet ends with it: it is noted where temporary files are.
fn journal() -> Journal {
    Journal::at(env::temp_dir().join(format!("quarterdeck-demo-{}", process::id())).join("journal.jsonl"))
}

/// Serves the simulated AWS until the process is ended.
///
/// # Errors
/// When the address is not a loopback one or can't be listened on.
pub async fn serve(args: &ServeArgs) -> Result<u8> {
    let sim = Sim::new(args.sim.options(), Clock::system());
    // The first caller should not wait for the world.
    sim.with_world(|_| ());
    let server = sim.listen(args.listen).await?;
    writeln!(io::stdout().lock(), "simulated AWS on {}", server.url())?;
    tokio::signal::ctrl_c().await?;
    server.stop().await;
    Ok(0)
}
