//! moto, a simulated AWS by other people.

use std::process::{Command, Stdio};

use super::process::{Running, free_port, wait_for_port};
use super::python::python;

/// A moto server on a port of its own.
#[derive(Debug)]
pub struct Moto {
    _running: Running,
    /// Where it listens.
    pub endpoint: String,
}

/// Starts moto.
pub fn moto() -> Moto {
    let port = free_port();
    let mut running = Running::start(
        Command::new(python())
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    wait_for_port(port, &mut running, "moto");
    Moto { _running: running, endpoint: format!("http://127.0.0.1:{port}") }
}
