//! Texts that leave the console: saved to a file, or shown in the user's pager or editor.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, process};

/// Writes `text` to a file that must not exist yet; gives its path. `~/` at the start of the path is the home folder.
///
/// # Errors
/// When the file exists already or cannot be written; in words.
pub fn save(path: &str, text: &str) -> Result<PathBuf, String> {
    let path = match (path.strip_prefix("~/"), env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    };
    match create(&path, text) {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(format!("{} exists already; nothing was written", path.display()))
        }
        Err(error) => Err(format!("{} was not written: {error}", path.display())),
    }
}

/// Log lines may hold what is nobody else's business: only the user may read the file.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

/// A file for the time that a pager or an editor has it; it is removed when this is dropped.
#[derive(Debug)]
pub struct Shown {
    path: PathBuf,
}

impl Shown {
    /// Writes `text` to a file that only the user may read.
    ///
    /// # Errors
    /// When no such file can be written.
    pub fn new(text: &str) -> io::Result<Self> {
        for attempt in 0..100 {
            let path = env::temp_dir().join(format!("quarterdeck-{}-{attempt}.log", process::id()));
            match create(&path, text) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// What shows the file: `$VISUAL` or `$EDITOR`, else vi; or `$PAGER`, else less. They may have arguments.
    #[must_use]
    pub fn command(&self, editor: bool) -> Command {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let program = if editor {
            set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned())
        } else {
            set("PAGER").unwrap_or_else(|| "less".to_owned())
        };
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{program} \"$1\"")).arg("sh").arg(&self.path);
        command
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        // What cannot be removed is in the temporary folder, which is cleaned by itself.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.txt");
        let name = path.to_str().unwrap();
        assert_eq!(save(name, "one\n"), Ok(path.clone()));
        assert!(save(name, "two\n").unwrap_err().contains("exists already"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\n");
        assert!(save("/nowhere/at/all", "").unwrap_err().contains("was not written"));
    }

    #[test]
    fn what_is_shown_is_gone_afterwards() {
        let shown = Shown::new("a line\n").unwrap();
        let path = shown.path.clone();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a line\n");
        let arguments: Vec<_> = shown.command(true).get_args().map(|a| a.to_owned()).collect();
        assert_eq!(arguments.last().unwrap(), path.as_os_str());
        drop(shown);
        assert!(!path.exists());
    }
}
