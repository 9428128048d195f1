//! Programs that a test starts: they end with it, whatever becomes of it.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// How long anything may take to come up on a busy machine before the test gives up.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// A running program, ended when dropped.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// Whether it has ended by itself.
    pub fn ended(&mut self) -> bool {
        self.0.try_wait().expect("a child can be waited for").is_some()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A loopback port that was free a moment ago, for programs that can't choose one themselves.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port can be had");
    listener.local_addr().expect("a listener has an address").port()
}

/// Waits until somebody accepts connections on `port`.
pub fn wait_for_port(port: u16, running: &mut Running, what: &str) {
    wait_until(what, || {
        assert!(!running.ended(), "{what} ended before it listened");
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
}

/// Waits until `condition` holds.
///
/// # Panics
/// When it doesn't within the deadline.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
