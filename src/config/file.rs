//! The configuration file as it is written.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use toml::de::{DeTable, DeValue};

use super::runbooks::{ALSO, Runbooks};
use super::setting::{Origin, Setting};
use super::{thresholds, value};
use crate::actions::catalogue::Action;
use crate::document::{Entry, Mistake, Mistakes, Source, did_you_mean, entries};
use crate::fleet::pace::Interval;
use crate::fleet::reading::Panel;
use crate::logs::insights::{Language, SavedQuery};

/// What the file says; `None` where it says nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct File {
    pub(super) default_fleet: Option<Setting<String>>,
    pub(super) fleets: BTreeMap<String, Fleet>,
    pub(super) runbooks: Runbooks,
    pub(super) thresholds: thresholds::Written,
    pub(super) first_load_share: Option<Setting<f64>>,
    pub(super) refresh_share: Option<Setting<f64>>,
    pub(super) intervals: Vec<(Panel, Setting<Every>)>,
    pub(super) logs_memory: Option<Setting<u32>>,
    pub(super) logs_since: Option<Setting<SignedDuration>>,
    pub(super) queries: Vec<SavedQuery>,
    pub(super) theme: Option<Setting<String>>,
    pub(super) ascii: Option<Setting<bool>>,
    pub(super) mouse: Option<Setting<bool>>,
    pub(super) keymap: Option<Setting<String>>,
}

/// One `[fleet.NAME]`.
#[derive(Debug, Clone, Default)]
pub(super) struct Fleet {
    pub(super) cluster: Option<Setting<String>>,
    pub(super) region: Option<Setting<String>>,
    pub(super) profile: Option<Setting<String>>,
    pub(super) endpoint_url: Option<Setting<String>>,
    pub(super) ami_parameter: Option<Setting<String>>,
    pub(super) auto_scaling_groups: Option<Setting<Vec<String>>>,
    pub(super) alarms: Option<Setting<Vec<String>>>,
    pub(super) log_groups: Option<Setting<Vec<String>>>,
    pub(super) read_only: Option<Setting<bool>>,
    pub(super) runbooks: Runbooks,
}

/// How often to read a panel, as written: on screen only, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Every {
    Visible(SignedDuration),
    Both(Interval),
}

/// Reads the file, or says everything that is wrong with it.
pub(super) fn read(source: Source<'_>) -> Result<File, Mistakes> {
    let document = source.parse()?;
    let mut reader = Reader { source, mistakes: Vec::new() };
    let mut file = File::default();
    for entry in entries(document.get_ref()) {
        match entry.key {
            "default_fleet" => file.default_fleet = reader.take(&entry, value::text),
            "fleet" => reader.each(&entry, |reader, named| {
                let fleet = reader.fleet(named);
                file.fleets.insert(named.key.to_owned(), fleet);
            }),
            "runbooks" => reader.each(&entry, |reader, line| reader.runbook(&mut file.runbooks, line)),
            "policy" => reader.each(&entry, |reader, line| reader.threshold(&mut file.thresholds, line)),
            "refresh" => reader.each(&entry, |reader, line| reader.refresh(&mut file, line)),
            "logs" => reader.each(&entry, |reader, line| reader.logs(&mut file, line)),
            "query" => reader.each(&entry, |reader, named| file.queries.extend(reader.query(named))),
            "ui" => reader.each(&entry, |reader, line| reader.ui(&mut file, line)),
            _ => reader
                .stray(&entry, &["default_fleet", "fleet", "runbooks", "policy", "refresh", "logs", "query", "ui"]),
        }
    }
    reader.check_default(&file);
    Mistakes::unless_none(reader.mistakes, file)
}

/// Reads entries and keeps what is wrong with them.
struct Reader<'a> {
    source: Source<'a>,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn fleet(&mut self, named: &Entry<'_>) -> Fleet {
        let mut fleet = Fleet::default();
        self.each(named, |reader, line| match line.key {
            "cluster" => fleet.cluster = reader.take(line, value::text),
            "region" => fleet.region = reader.take(line, value::text),
            "profile" => fleet.profile = reader.take(line, value::text),
            "endpoint_url" => fleet.endpoint_url = reader.take(line, value::text),
            "ami_parameter" => fleet.ami_parameter = reader.take(line, value::text),
            "auto_scaling_groups" => fleet.auto_scaling_groups = reader.take(line, value::list),
            "alarms" => fleet.alarms = reader.take(line, value::list),
            "log_groups" => fleet.log_groups = reader.take(line, value::list),
            "read_only" => fleet.read_only = reader.take(line, value::switch),
            "runbooks" => reader.each(line, |reader, line| reader.runbook(&mut fleet.runbooks, line)),
            _ => reader.stray(
                line,
                &[
                    "cluster",
                    "region",
                    "profile",
                    "endpoint_url",
                    "ami_parameter",
                    "auto_scaling_groups",
                    "alarms",
                    "log_groups",
                    "read_only",
                    "runbooks",
                ],
            ),
        });
        fleet
    }

    /// A line of `[runbooks]`: an action with its document, or further documents.
    fn runbook(&mut self, runbooks: &mut Runbooks, line: &Entry<'_>) {
        match Action::named(line.key) {
            Some(action) => {
                if let Some(name) = self.take(line, value::text) {
                    runbooks.called.insert(action, name);
                }
            }
            None if line.key == ALSO => runbooks.also = self.take(line, value::list),
            None => self.stray(line, &Runbooks::keys()),
        }
    }

    fn threshold(&mut self, thresholds: &mut thresholds::Written, line: &Entry<'_>) {
        match thresholds::kind(line.key) {
            Some(kind) => {
                if let Some(read) = self.take(line, |value| kind.read(value)) {
                    thresholds.insert(kind.name(), read);
                }
            }
            None => self.stray(line, &thresholds::names()),
        }
    }

    fn refresh(&mut self, file: &mut File, line: &Entry<'_>) {
        match line.key {
            "first_load_share" => file.first_load_share = self.take(line, value::share),
            "refresh_share" => file.refresh_share = self.take(line, value::share),
            "every" => self.each(line, |reader, panel| reader.every(&mut file.intervals, panel)),
            _ => self.stray(line, &["first_load_share", "refresh_share", "every"]),
        }
    }

    fn every(&mut self, intervals: &mut Vec<(Panel, Setting<Every>)>, line: &Entry<'_>) {
        match Panel::ALL.into_iter().find(|panel| panel.name() == line.key) {
            Some(panel) => intervals.extend(self.take(line, every).map(|every| (panel, every))),
            None => self.stray(line, &Panel::ALL.map(Panel::name)),
        }
    }

    fn logs(&mut self, file: &mut File, line: &Entry<'_>) {
        match line.key {
            "memory_mib" => file.logs_memory = self.take(line, |value| value::count(value, 1, 1 << 20)),
            "since" => file.logs_since = self.take(line, value::duration),
            _ => self.stray(line, &["memory_mib", "since"]),
        }
    }

    /// One `[query.NAME]`: it needs a text.
    fn query(&mut self, named: &Entry<'_>) -> Option<SavedQuery> {
        let mut query = SavedQuery {
            name: named.key.to_owned(),
            about: "from the configuration".to_owned(),
            language: Language::default(),
            text: String::new(),
        };
        self.each(named, |reader, line| match line.key {
            "text" => query.text = reader.take(line, value::text).map(|text| text.value).unwrap_or_default(),
            "about" => query.about = reader.take(line, value::text).map(|text| text.value).unwrap_or_default(),
            "language" => {
                query.language = reader.take(line, language).map(|language| language.value).unwrap_or_default();
            }
            _ => reader.stray(line, &["text", "about", "language"]),
        });
        if query.text.is_empty() {
            let message = format!("query.{}: text is missing", named.key);
            self.mistakes.push(self.source.mistake(&named.key_span, message));
            return None;
        }
        Some(query)
    }

    fn ui(&mut self, file: &mut File, line: &Entry<'_>) {
        match line.key {
            "theme" => file.theme = self.take(line, value::text),
            "ascii" => file.ascii = self.take(line, value::switch),
            "mouse" => file.mouse = self.take(line, value::switch),
            "keymap" => file.keymap = self.take(line, value::text),
            _ => self.stray(line, &["theme", "ascii", "mouse", "keymap"]),
        }
    }

    fn check_default(&mut self, file: &File) {
        let Some(default) = &file.default_fleet else { return };
        let Origin::File { file: path, line } = &default.from else { return };
        if !file.fleets.contains_key(&default.value) {
            let hint = did_you_mean(&default.value, file.fleets.keys().map(String::as_str));
            let message = format!("default_fleet: there is no [fleet.{}]{hint}", default.value);
            self.mistakes.push(Mistake { file: path.clone(), line: *line, message });
        }
    }

    fn take<T>(&mut self, entry: &Entry<'_>, read: impl Fn(&DeValue<'_>) -> Result<T, String>) -> Option<Setting<T>> {
        let place = self.source.mistake(&entry.key_span, "");
        match read(entry.value) {
            Ok(value) => Some(Setting { value, from: Origin::File { file: place.file, line: place.line } }),
            Err(message) => {
                self.mistakes.push(Mistake { message: format!("{} {message}", entry.key), ..place });
                None
            }
        }
    }

    fn each(&mut self, entry: &Entry<'_>, mut take: impl FnMut(&mut Self, &Entry<'_>)) {
        let DeValue::Table(table) = entry.value else {
            let message = format!("{} must be a table", entry.key);
            self.mistakes.push(self.source.mistake(&entry.key_span, message));
            return;
        };
        let table: &DeTable<'_> = table;
        for line in entries(table) {
            take(self, &line);
        }
    }

    fn stray(&mut self, entry: &Entry<'_>, allowed: &[&str]) {
        let hint = did_you_mean(entry.key, allowed.iter().copied());
        let message = format!("unknown key \"{}\"{hint} (allowed: {})", entry.key, allowed.join(", "));
        self.mistakes.push(self.source.mistake(&entry.key_span, message));
    }
}

/// A language of Logs Insights.
fn language(value: &DeValue<'_>) -> Result<Language, String> {
    match value.as_str() {
        Some("cwli") => Ok(Language::Cwli),
        Some("ppl") => Ok(Language::Ppl),
        Some("sql") => Ok(Language::Sql),
        _ => Err("must be \"cwli\", \"ppl\" or \"sql\"".to_owned()),
    }
}

/// `"15s"` on screen, or `{ visible = "15s", hidden = "1m" }`; at least a second.
fn every(value: &DeValue<'_>) -> Result<Every, String> {
    const SHAPE: &str = "must be a duration such as \"15s\", or { visible = \"15s\", hidden = \"1m\" }, of at least 1s";
    let least =
        |value: &DeValue<'_>| value::duration(value).ok().filter(|every| *every >= SignedDuration::from_secs(1));
    let DeValue::Table(table) = value else {
        return least(value).map(Every::Visible).ok_or_else(|| SHAPE.to_owned());
    };
    let part =
        |name: &str| table.iter().find(|(key, _)| key.get_ref() == name).and_then(|(_, value)| least(value.get_ref()));
    match (part("visible"), part("hidden"), table.len()) {
        (Some(visible), Some(hidden), 2) => Ok(Every::Both(Interval { visible, hidden })),
        _ => Err(SHAPE.to_owned()),
    }
}
