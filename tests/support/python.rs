//! A Python with the packages of `tests/requirements.txt`, installed once below `target/`.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// The interpreter. The first call of all test binaries installs; the others wait for it.
///
/// # Panics
/// When Python 3, its `venv` module or a package can't be had: a test that needs them must not pass without.
pub fn python() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(home).expect("target/tmp can be created");
    let venv = home.join(format!("python-{:016x}", fingerprint()));
    let lock = File::create(home.join("python.lock")).expect("target/tmp can be written");
    lock.lock().expect("target/tmp supports file locks");
    let interpreter = venv.join("bin/python");
    let finished = venv.join("finished");
    if !finished.exists() {
        install(&venv, &interpreter);
        fs::write(finished, "").expect("target/tmp can be written");
    }
    interpreter
}

/// A changed list of packages gets a folder of its own.
fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    REQUIREMENTS.hash(&mut hasher);
    hasher.finish()
}

fn install(venv: &Path, interpreter: &Path) {
    // What an interrupted installation left behind is not to be trusted.
    let _ = fs::remove_dir_all(venv);
    let list = venv.with_extension("txt");
    fs::write(&list, REQUIREMENTS).expect("target/tmp can be written");
    run(Command::new("python3").args(["-m", "venv"]).arg(venv), "Python 3 with its venv module is needed");
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "-r"];
    run(
        Command::new(interpreter).args(pip).arg(&list),
        "the packages of tests/requirements.txt could not be installed from the Python package index",
    );
}

fn run(command: &mut Command, needed: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{needed}: {command:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{needed}: {command:?}\n{told}");
}
