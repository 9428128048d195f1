//! The binary as a script runs it, on a simulated account that listens on a port.

use std::process::{Command, Output, Stdio};

use quarterdeck::sim::Sim;
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::options::Options;
use tokio::runtime::Runtime;

/// A simulated account on a port, and the binary with arguments that reach it.
pub struct Served {
    pub runtime: Runtime,
    pub sim: Sim,
    url: String,
    state: tempfile::TempDir,
}

impl Served {
    pub fn new(options: Options) -> Self {
        let runtime = Runtime::new().unwrap();
        let sim = Sim::new(options, Clock::system());
        let server = runtime.block_on(sim.listen(([127, 0, 0, 1], 0).into())).unwrap();
        let url = server.url();
        // It serves until the test ends.
        runtime.spawn(async move {
            std::future::pending::<()>().await;
            drop(server);
        });
        Self { runtime, sim, url, state: tempfile::tempdir().unwrap() }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quarterdeck"));
        command.args(["--endpoint-url", &self.url, "--region", "eu-west-1"]).args(arguments);
        command.env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any");
        command.env("XDG_STATE_HOME", self.state.path());
        command.env("XDG_CONFIG_HOME", "/nonexistent").env("AWS_CONFIG_FILE", "/nonexistent");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn count(&self, operation: &str) -> usize {
        self.sim.calls().iter().filter(|call| call.operation == operation).count()
    }
}
