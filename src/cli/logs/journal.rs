//! How far printing has come, kept in a file, so that the next `--follow` goes on from there.
//!
//! Events are noted after they were printed and the output took them, line by line at the end of the file, which is rewritten when
//! it has grown to twice of what has to be known. What ends between the two, as by SIGKILL or a loss of power, repeats the events of
//! one page at most, and the next run says so: how many are about to be printed is noted before. What is asked to end loses and repeats
//! nothing.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use color_eyre::eyre::{Result, WrapErr, eyre};

use crate::fleet::feed::{Feed, Origin};
use crate::logs::batch::{Arrival, Batch, Standing};
use crate::logs::tail::{Position, Settings};
use crate::runtime::tail::console_mark;

const HEADER: &str = "quarterdeck log position 1";
/// A file of fewer lines is never rewritten.
const SMALL: usize = 10_000;
/// Lines of a console that are kept: an output has fewer.
const CONSOLE_LINES: usize = 16_384;

/// What is known of one feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Noted {
    /// From when it was first read.
    since: i64,
    watermark: i64,
    swept: i64,
    /// Time and mark of each event that was printed and may be read again, in the order of printing.
    seen: Vec<(i64, u128)>,
    /// How many of these there were when it was last looked which may go.
    kept: usize,
    /// Events that were about to be printed when nothing more was noted.
    begun: u64,
}

/// What is noted of one batch.
#[derive(Debug)]
pub struct Entry {
    feed: usize,
    seen: Vec<(i64, u128)>,
    watermark: i64,
    swept: i64,
}

/// The file, and what stands in it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    keys: Vec<String>,
    consoles: Vec<bool>,
    noted: Vec<Noted>,
    /// How far back a tail reads again.
    window: i64,
    lines: usize,
}

impl Journal {
    /// Opens the file for these feeds, or makes it.
    ///
    /// # Errors
    /// When it can't be read, is something else, or can't be written.
    pub fn open(path: &Path, feeds: &[Feed], settings: &Settings) -> Result<Self> {
        let mut known = match fs::read_to_string(path) {
            Ok(text) => parse(&text).ok_or_else(|| {
                let path = path.display();
                eyre!("{path} is no file of positions, or a damaged one; name another one, or remove it to begin anew")
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).wrap_err_with(|| format!("can't read the position {}", path.display())),
        };
        let keys: Vec<String> = feeds.iter().map(key).collect();
        let fresh = Noted { since: settings.since, watermark: i64::MIN, swept: i64::MIN, ..Noted::default() };
        let noted: Vec<Noted> = keys.iter().map(|key| known.remove(key).unwrap_or_else(|| fresh.clone())).collect();
        let consoles = feeds.iter().map(|feed| matches!(feed.origin, Origin::Console { .. })).collect();
        let window = settings.reach.saturating_add(settings.overlap);
        let file = rewritten(path, &keys, &noted)?;
        let mut journal = Self { path: path.to_owned(), file, keys, consoles, noted, window, lines: 0 };
        journal.rewrite()?;
        Ok(journal)
    }

    /// From when a feed was first read, and where its reading stood.
    #[must_use]
    pub fn start(&self, feed: usize) -> Option<(i64, Position)> {
        let noted = self.noted.get(feed).filter(|noted| noted.watermark > i64::MIN)?;
        let position = Position { watermark: noted.watermark, swept: noted.swept, seen: noted.seen.clone() };
        Some((noted.since, position))
    }

    /// Events of a feed that the run before may have printed without noting it: they come again.
    #[must_use]
    pub fn doubtful(&self, feed: usize) -> u64 {
        self.noted.get(feed).map_or(0, |noted| noted.begun)
    }

    /// Notes what is about to be printed.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn printing(&mut self, entry: &Entry) -> Result<()> {
        if entry.seen.is_empty() {
            return Ok(());
        }
        let line = format!("b {} {} .\n", entry.feed, entry.seen.len());
        self.lines += 1;
        self.file.write_all(line.as_bytes()).wrap_err_with(|| told(&self.path))
    }

    /// What to note of a batch once it is printed.
    #[must_use]
    pub fn entry(&self, batch: &Batch) -> Entry {
        let console = self.consoles.get(batch.feed) == Some(&true);
        let mark = |event: &Arrival| if console { console_mark(&event.message) } else { event.seen().fingerprint() };
        let Standing { watermark, swept, .. } = batch.standing;
        let seen = batch.events.iter().map(|event| (event.time, mark(event))).collect();
        Entry { feed: batch.feed, seen, watermark, swept }
    }

    /// Notes what was printed.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn printed(&mut self, entry: &Entry) -> Result<()> {
        let Some(noted) = self.noted.get_mut(entry.feed) else { return Ok(()) };
        noted.seen.extend(&entry.seen);
        (noted.watermark, noted.swept) = (entry.watermark, entry.swept);
        let mut lines = String::new();
        for (time, mark) in &entry.seen {
            lines.push_str(&format!("e {} {time} {mark:032x}\n", entry.feed));
        }
        lines.push_str(&format!("m {} {} {}\n", entry.feed, noted.watermark, noted.swept));
        self.lines += entry.seen.len() + 1;
        self.file.write_all(lines.as_bytes()).wrap_err_with(|| told(&self.path))?;
        let kept: usize = self.noted.iter().map(|noted| noted.kept).sum();
        if self.lines > SMALL.max(2 * kept) { self.rewrite() } else { Ok(()) }
    }

    /// Writes the file anew with what has to be known.
    fn rewrite(&mut self) -> Result<()> {
        for (noted, console) in self.noted.iter_mut().zip(&self.consoles) {
            if *console {
                noted.seen.drain(..noted.seen.len().saturating_sub(CONSOLE_LINES));
            } else {
                let floor = noted.watermark.min(noted.swept).saturating_sub(self.window);
                noted.seen.retain(|(time, _)| *time >= floor);
            }
            noted.kept = noted.seen.len();
        }
        self.lines = self.noted.iter().map(|noted| noted.seen.len() + 2).sum();
        self.file = rewritten(&self.path, &self.keys, &self.noted)?;
        Ok(())
    }
}

fn told(path: &Path) -> String {
    format!("can't write the position {}", path.display())
}

/// What a feed is known by from one run to the next: named streams come and go with tasks.
fn key(feed: &Feed) -> String {
    let origin = match &feed.origin {
        Origin::Group { group, .. } => ("group", group),
        Origin::Console { instance } => ("console", instance),
    };
    serde_json::json!([feed.label, origin.0, origin.1]).to_string()
}

/// Writes the file beside itself and puts it in its place. Gives it open for more.
fn rewritten(path: &Path, keys: &[String], noted: &[Noted]) -> Result<File> {
    let beside = path.with_extension("new");
    let write = || -> std::io::Result<File> {
        let mut out = BufWriter::new(File::create(&beside)?);
        writeln!(out, "{HEADER}")?;
        for (number, (key, noted)) in keys.iter().zip(noted).enumerate() {
            writeln!(out, "f {number} {} {key}", noted.since)?;
            for (time, mark) in &noted.seen {
                writeln!(out, "e {number} {time} {mark:032x}")?;
            }
            if noted.watermark > i64::MIN {
                writeln!(out, "m {number} {} {}", noted.watermark, noted.swept)?;
            }
        }
        let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        OpenOptions::new().append(true).open(path)
    };
    write().wrap_err_with(|| told(path))
}

/// What stands in a file; a last line that was not finished does not count.
fn parse(text: &str) -> Option<BTreeMap<String, Noted>> {
    let mut lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    if lines.next() != Some(HEADER) {
        return None;
    }
    let (mut keys, mut noted) = (Vec::new(), Vec::<Noted>::new());
    for line in lines {
        let mut words = line.splitn(4, ' ');
        let (kind, number) = (words.next()?, words.next()?.parse::<usize>().ok()?);
        let (third, fourth) = (words.next()?.parse::<i64>().ok()?, words.next()?);
        match kind {
            "f" if number == keys.len() => {
                keys.push(fourth.to_owned());
                noted.push(Noted { since: third, watermark: i64::MIN, swept: i64::MIN, ..Noted::default() });
            }
            "b" => noted.get_mut(number)?.begun = u64::try_from(third).ok()?,
            "e" => noted.get_mut(number)?.seen.push((third, u128::from_str_radix(fourth, 16).ok()?)),
            "m" => {
                let noted = noted.get_mut(number)?;
                (noted.watermark, noted.swept) = (third, fourth.parse().ok()?);
                noted.begun = 0;
            }
            _ => return None,
        }
    }
    Some(keys.into_iter().zip(noted).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::fleet::feed::Streams;

    fn feeds() -> Vec<Feed> {
        let group = Origin::Group { group: "/a b".to_owned(), streams: Streams::All };
        let console = Origin::Console { instance: "i-1".to_owned() };
        vec![Feed { label: "a\nb".to_owned(), origin: group }, Feed { label: "i-1".to_owned(), origin: console }]
    }

    fn batch(feed: usize, times: std::ops::Range<i64>, watermark: i64) -> Batch {
        let event = |time: i64| Arrival {
            stream: "s".to_owned(),
            time,
            ingested: time,
            id: format!("{time}"),
            message: "m".to_owned(),
        };
        let standing = Standing { watermark, swept: watermark, ..Standing::default() };
        Batch { feed, events: times.map(event).collect(), gaps: Vec::new(), standing }
    }

    fn note(journal: &mut Journal, batch: &Batch) {
        let entry = journal.entry(batch);
        journal.printed(&entry).unwrap();
    }

    #[test]
    fn a_journal_gives_back_what_was_noted_and_no_half_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("position");
        let settings = Settings { reach: 10, overlap: 5, ..Settings::since(7) };
        let mut journal = Journal::open(&path, &feeds(), &settings).unwrap();
        assert_eq!(journal.start(0), None);
        note(&mut journal, &batch(0, 100..103, 102));
        note(&mut journal, &batch(1, 50..52, 51));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}e 0 1")).unwrap();

        let later = Settings { since: 1_000, ..settings.clone() };
        let again = Journal::open(&path, &feeds(), &later).unwrap();
        let (since, position) = again.start(0).unwrap();
        let times: Vec<i64> = position.seen.iter().map(|(time, _)| *time).collect();
        assert_eq!((since, position.watermark, position.swept), (7, 102, 102));
        assert_eq!(times, [100, 101, 102]);
        assert_eq!(again.start(1).unwrap().1.seen, [(50, console_mark("m")), (51, console_mark("m"))]);

        let other = Journal::open(&path, &feeds()[1..], &later).unwrap();
        assert_eq!(other.start(0).unwrap().0, 7, "it is known by what it reads, not by its number");
        fs::write(&path, "something else\n").unwrap();
        assert!(Journal::open(&path, &feeds(), &settings).unwrap_err().to_string().contains("no file of positions"));
    }

    #[test]
    fn what_was_being_printed_when_a_run_was_cut_off_is_known_to_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("position");
        let open = || Journal::open(&path, &feeds(), &Settings::since(0)).unwrap();
        let mut journal = open();
        let entry = journal.entry(&batch(0, 100..103, 102));
        journal.printing(&entry).unwrap();
        let cut_off = fs::read_to_string(&path).unwrap();
        journal.printed(&entry).unwrap();
        assert_eq!(open().doubtful(0), 0, "it was noted");
        fs::write(&path, cut_off).unwrap();
        let next = open();
        assert_eq!([0, 1].map(|feed| next.doubtful(feed)), [3, 0]);
    }

    #[test]
    fn it_grows_to_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("position");
        let settings = Settings { reach: 1_000, overlap: 0, ..Settings::since(0) };
        let mut journal = Journal::open(&path, &feeds(), &settings).unwrap();
        for turn in 0..100 {
            let to = (turn + 1) * 1_000;
            note(&mut journal, &batch(0, turn * 1_000..to, to));
        }
        assert!(fs::read_to_string(&path).unwrap().lines().count() <= SMALL + 2_000);
        let again = Journal::open(&path, &feeds(), &settings).unwrap();
        assert_eq!(again.start(0).unwrap().1.seen.len(), 1_000);
    }
}
