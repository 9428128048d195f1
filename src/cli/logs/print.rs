//! How a record is written: for people, as JSON, or byte for byte.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::record::{Body, Record};
use super::sieve::{Wanted, first_line};
use crate::fleet::feed::{Feed, Origin};
use crate::logs::batch::Arrival;
use crate::logs::event::{Gap, Level};
use crate::logs::ink;
use crate::logs::parse;
use crate::logs::store::LATE_AFTER_MS;
use crate::text;

/// Columns of a label; a longer one is cut.
const LABEL: usize = 28;

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text {
        /// With colours.
        color: bool,
        /// Late events are marked: they are printed where they come, not where they belong.
        following: bool,
    },
    /// One object a line.
    Json,
    /// Messages as they came.
    Raw,
}

/// Colours by what they mean, as codes of SGR.
mod sgr {
    pub const OFF: &str = "0";
    pub const DIM: &str = "2";
    pub const HIT: &str = "1;7";
    pub const WARN: &str = "33";
    pub const ERROR: &str = "1;31";
    /// Labels take one of these, each always the same.
    pub const LABELS: [&str; 10] = ["36", "32", "35", "34", "96", "92", "95", "94", "33", "93"];
}

/// Writes records of some feeds.
#[derive(Debug)]
pub struct Printer<W> {
    out: W,
    format: Format,
    feeds: Vec<Shown>,
}

/// What is printed of a feed.
#[derive(Debug)]
struct Shown {
    label: String,
    padded: String,
    color: &'static str,
    group: Option<String>,
}

#[derive(Serialize)]
struct JsonEvent<'a> {
    time: String,
    ingested: String,
    group: Option<&'a str>,
    stream: &'a str,
    source: &'a str,
    level: Option<&'static str>,
    id: Option<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    context: bool,
}

#[derive(Serialize)]
struct JsonGap<'a> {
    gap: JsonSpan<'a>,
    source: &'a str,
}

#[derive(Serialize)]
struct JsonSpan<'a> {
    from: String,
    to: String,
    why: &'a str,
}

impl<W: Write> Printer<W> {
    /// Writes records of `feeds` to `out`.
    pub fn new(out: W, format: Format, feeds: &[Feed]) -> Self {
        let labels: Vec<String> = feeds.iter().map(|feed| text::one_line(&feed.label, LABEL)).collect();
        let width = labels.iter().map(|label| label.width()).max().unwrap_or_default();
        let shown = |(feed, label): (&Feed, String)| Shown {
            padded: format!("{label}{}", " ".repeat(width.saturating_sub(label.width()))),
            color: color_of(&feed.label),
            label: text::one_line(&feed.label, 512),
            group: match &feed.origin {
                Origin::Group { group, .. } => Some(text::one_line(group, 512)),
                Origin::Console { .. } => None,
            },
        };
        Self { out, format, feeds: feeds.iter().zip(labels).map(shown).collect() }
    }

    /// The label of a feed, clean.
    #[must_use]
    pub fn label(&self, feed: usize) -> &str {
        self.feeds.get(feed).map(|shown| shown.label.as_str()).unwrap_or_default()
    }

    /// Writes what was written so far to where it goes.
    ///
    /// # Errors
    /// When that is gone.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Writes that something was left out.
    ///
    /// # Errors
    /// When the output is gone.
    pub fn apart(&mut self) -> io::Result<()> {
        match self.format {
            Format::Text { .. } => writeln!(self.out, "--"),
            Format::Json | Format::Raw => Ok(()),
        }
    }

    /// Writes a record; `context`: it did not pass itself.
    ///
    /// # Errors
    /// When the output is gone.
    pub fn record(&mut self, record: &Record, wanted: &Wanted, context: bool) -> io::Result<()> {
        match &record.body {
            Body::Gap(gap) => self.gap(record.feed, gap),
            Body::Event(event) => match self.format {
                Format::Raw => self.raw(event),
                Format::Json => self.json(record.feed, event, context),
                Format::Text { color, following } => {
                    let late = following.then(|| lateness(event)).flatten();
                    self.text(record.feed, event, late, wanted, color.then_some(context))
                }
            },
        }
    }

    fn raw(&mut self, event: &Arrival) -> io::Result<()> {
        self.out.write_all(event.message.as_bytes())?;
        if event.message.ends_with('\n') { Ok(()) } else { self.out.write_all(b"\n") }
    }

    fn json(&mut self, feed: usize, event: &Arrival, context: bool) -> io::Result<()> {
        let Some(shown) = self.feeds.get(feed) else { return Ok(()) };
        let message = clean(event);
        let (stream, id) = (text::clean(&event.stream), text::clean(&event.id));
        let object = JsonEvent {
            time: stamp(event.time),
            ingested: stamp(event.ingested),
            group: shown.group.as_deref(),
            stream: &stream,
            source: &shown.label,
            level: level_name(parse::level(first_line(&ink::plain(&message)))),
            id: (!id.is_empty()).then_some(&*id),
            message: &message,
            late: lateness(event).is_some(),
            context,
        };
        object_line(&mut self.out, &object)
    }

    /// `color`: with colours, and whether it is context.
    fn text(
        &mut self,
        feed: usize,
        event: &Arrival,
        late: Option<i64>,
        wanted: &Wanted,
        color: Option<bool>,
    ) -> io::Result<()> {
        let Some(shown) = self.feeds.get(feed) else { return Ok(()) };
        let message = clean(event);
        let message = ink::plain(&message);
        let level = parse::level(first_line(&message));
        let name = level_name(level).unwrap_or_default().to_ascii_uppercase();
        let time = stamp(event.time);
        let paint = |code, text: &str| match color {
            Some(_) if code != sgr::OFF => format!("\u{1b}[{code}m{text}\u{1b}[{}m", sgr::OFF),
            _ => text.to_owned(),
        };
        let level = paint(level_color(level), &format!("{name:5}"));
        let late = late.map(|seconds| paint(sgr::WARN, &format!("({seconds} s late) "))).unwrap_or_default();
        let head = format!("{} {} {level} {late}", paint(sgr::DIM, &time), paint(shown.color, &shown.padded));
        let indent = time.len() + 1 + shown.padded.width() + 1 + 5 + 1;
        for (number, line) in message.split('\n').enumerate() {
            match number {
                0 => self.out.write_all(head.as_bytes())?,
                _ => write!(self.out, "{:indent$}", "")?,
            }
            match color {
                None => self.out.write_all(line.as_bytes())?,
                Some(true) => write!(self.out, "{}", paint(sgr::DIM, line))?,
                Some(false) => highlighted(&mut self.out, line, wanted)?,
            }
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn gap(&mut self, feed: usize, gap: &Gap) -> io::Result<()> {
        let Some(shown) = self.feeds.get(feed) else { return Ok(()) };
        let why = text::one_line(&gap.why, 200);
        match self.format {
            Format::Json => {
                let span = JsonSpan { from: stamp(gap.from), to: stamp(gap.to), why: &why };
                let object = JsonGap { gap: span, source: &shown.label };
                object_line(&mut self.out, &object)
            }
            Format::Text { color, .. } => {
                let line = gap_line(&shown.label, gap, &why);
                match color {
                    true => writeln!(self.out, "\u{1b}[{}m{line}\u{1b}[{}m", sgr::WARN, sgr::OFF),
                    false => writeln!(self.out, "{line}"),
                }
            }
            // It is no message: whoever asked for bytes reads of it on standard error.
            Format::Raw => Ok(()),
        }
    }
}

/// A gap in words: `-- gap 12:01:03 to 12:01:09: web: why --`.
#[must_use]
pub fn gap_line(label: &str, gap: &Gap, why: &str) -> String {
    let clock = |at: i64| stamp(at).get(11..19).unwrap_or("?").to_owned();
    format!("-- gap {} to {}: {label}: {why} --", clock(gap.from), clock(gap.to))
}

/// The message as it may be shown, without the line end that ends it.
fn clean(event: &Arrival) -> std::borrow::Cow<'_, str> {
    let message = event.message.strip_suffix('\n').unwrap_or(&event.message);
    text::clean_lines(message.strip_suffix('\r').unwrap_or(message))
}

fn object_line(out: &mut impl Write, object: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, object)?;
    out.write_all(b"\n")
}

fn highlighted(out: &mut impl Write, line: &str, wanted: &Wanted) -> io::Result<()> {
    let mut at = 0;
    for range in wanted.ranges(line) {
        let (before, hit) = (line.get(at..range.start), line.get(range.clone()));
        let (Some(before), Some(hit)) = (before, hit) else { continue };
        write!(out, "{before}\u{1b}[{}m{hit}\u{1b}[{}m", sgr::HIT, sgr::OFF)?;
        at = range.end;
    }
    out.write_all(line.get(at..).unwrap_or_default().as_bytes())
}

/// Seconds from an event's time until AWS took it in, if those are many.
fn lateness(event: &Arrival) -> Option<i64> {
    let late = event.ingested.saturating_sub(event.time);
    (late >= LATE_AFTER_MS).then_some(late / 1_000)
}

/// A time in UTC to the millisecond; the number itself where no calendar has it.
fn stamp(at: i64) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| format!("{at:.3}"))
}

fn level_name(level: Level) -> Option<&'static str> {
    match level {
        Level::Unknown => None,
        Level::Trace => Some("trace"),
        Level::Debug => Some("debug"),
        Level::Info => Some("info"),
        Level::Warn => Some("warn"),
        Level::Error => Some("error"),
        Level::Fatal => Some("fatal"),
    }
}

fn level_color(level: Level) -> &'static str {
    match level {
        Level::Unknown | Level::Info => sgr::OFF,
        Level::Trace | Level::Debug => sgr::DIM,
        Level::Warn => sgr::WARN,
        Level::Error | Level::Fatal => sgr::ERROR,
    }
}

/// The colour of a label: by its letters, so that it is the same tomorrow.
fn color_of(label: &str) -> &'static str {
    let sum = label.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    sgr::LABELS.get(sum % sgr::LABELS.len()).copied().unwrap_or(sgr::OFF)
}
