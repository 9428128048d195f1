//! The journal's file: what was asked of the automation, kept across consoles.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use crate::actions::journal::{Record, line};

/// Bytes at the end of a journal that are looked at: many thousand records.
const LOOKED_AT: u64 = 16 << 20;

/// A journal. Clones write to the same file; so do other consoles, a line at a time.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// The journal in that file, which is made with the first record.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The user's journal: `quarterdeck/journal.jsonl` in `$XDG_STATE_HOME`, which is `~/.local/state` where nothing else is said; `None`
    /// without a home.
    #[must_use]
    pub fn of_user(lookup: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")))?;
        Some(Self::at(state.join("quarterdeck").join("journal.jsonl")))
    }

    /// Where it is, for whoever reads of it.
    #[must_use]
    pub fn place(&self) -> String {
        self.path.display().to_string()
    }

    /// Adds a record and waits until it is on the disk.
    ///
    /// # Errors
    /// When it could not be written: then nothing may be sent.
    pub fn append(&self, record: &Record) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.path)?;
        let line = line(record)?;
        // Half a record, of a full disk or a lost power, must not take this one with it.
        let line = if ends_a_line(&mut file)? { line } else { format!("\n{line}") };
        // One write, so that records of two consoles do not mix.
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }

    /// The latest records, as text. A journal that is not there yet is empty.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn text(&self) -> io::Result<String> {
        let mut file = match OpenOptions::new().read(true).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        file.seek(io::SeekFrom::Start(length.saturating_sub(LOOKED_AT)))?;
        let mut bytes = Vec::new();
        file.take(LOOKED_AT).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(io::SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use jiff::Timestamp;

    use super::*;
    use crate::actions::journal::Event;

    #[test]
    fn records_are_lines_that_nobody_else_may_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/quarterdeck/journal.jsonl");
        let journal = Journal::at(path.clone());
        assert_eq!(journal.text().unwrap(), "");
        for id in ["a", "b"] {
            let event = Event::Started { execution: format!("e-{id}") };
            journal.append(&Record { at: Timestamp::UNIX_EPOCH, request_id: id.to_owned(), event }).unwrap();
        }
        assert_eq!(journal.text().unwrap().lines().count(), 2);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn half_a_record_does_not_take_the_next_one_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        std::fs::write(&path, "{\"at\":\"2026-").unwrap();
        let journal = Journal::at(path);
        let event = Event::Started { execution: "e".to_owned() };
        let record = Record { at: Timestamp::UNIX_EPOCH, request_id: "a".to_owned(), event };
        journal.append(&record).unwrap();
        let text = journal.text().unwrap();
        let read = text.lines().filter_map(|line| serde_json::from_str::<Record>(line).ok());
        assert_eq!(read.collect::<Vec<_>>(), [record]);
    }

    #[test]
    fn a_journal_that_cannot_be_written_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let journal = Journal::at(file.join("journal.jsonl"));
        let event = Event::Started { execution: "e".to_owned() };
        assert!(journal.append(&Record { at: Timestamp::UNIX_EPOCH, request_id: "a".to_owned(), event }).is_err());
    }

    #[test]
    fn the_journal_is_where_xdg_says() {
        let of = |variables: &'static [(&'static str, &'static str)]| {
            let found =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            Journal::of_user(found).map(|journal| journal.place())
        };
        assert_eq!(of(&[("HOME", "/home/ada")]).as_deref(), Some("/home/ada/.local/state/quarterdeck/journal.jsonl"));
        assert_eq!(of(&[("HOME", "/h"), ("XDG_STATE_HOME", "/s")]).as_deref(), Some("/s/quarterdeck/journal.jsonl"));
        assert_eq!(of(&[]), None);
    }
}
