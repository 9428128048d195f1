//! What a frame claims, held against what the frames of a complete load say of the same place.

use std::collections::{BTreeMap, BTreeSet};

use quarterdeck::app::Screen;

use super::stage::Shot;

/// Words that tell an operator that something is as it should be.
const HEALTHY: [&str; 15] = [
    "active",
    "available",
    "complete",
    "completed",
    "connected",
    "healthy",
    "inservice",
    "none",
    "ok",
    "passed",
    "right",
    "running",
    "steady",
    "up",
    "✓",
];

/// What the complete load shows at one place: everything that a frame there may claim.
#[derive(Default)]
pub struct Truth {
    /// Words with digits, and healthy words, each with the words before and behind it.
    claims: BTreeMap<String, BTreeSet<(String, String)>>,
    rows: BTreeMap<String, BTreeMap<&'static str, String>>,
    summaries: BTreeMap<(Screen, String), String>,
    tabs: BTreeMap<Screen, String>,
}

impl Truth {
    /// Adds what a frame of the complete load shows.
    pub fn add(&mut self, shot: &Shot) {
        let free = shot.rows.values().flat_map(|cells| FREE.iter().filter_map(|column| cells.get(column)));
        for word in shot.lines.iter().chain(free).flat_map(|line| words(line)) {
            self.claims.entry(word.text).or_default().insert((word.before, word.behind));
        }
        // The widest frame comes last: its cells are whole.
        for (name, cells) in &shot.rows {
            self.rows.entry(name.clone()).or_default().extend(cells.clone());
        }
        for (screen, line) in shot.summaries.iter().flat_map(|(screen, lines)| lines.iter().map(|line| (*screen, line)))
        {
            if let Some((label, value)) = labelled(line) {
                self.summaries.insert((screen, label), value);
            }
        }
        self.tabs.extend(shot.tabs.iter().cloned());
    }

    /// Adds the words of a text that a frame may show in part.
    pub fn admit(&mut self, text: &str) {
        for word in words(text) {
            self.claims.entry(word.text).or_default().insert((word.before, word.behind));
        }
    }

    /// Counts of each list: how many rows, and the lines of its summary.
    pub fn counts(&self, screen: Screen) -> Vec<&str> {
        let lines = self.summaries.iter().filter(|((list, _), _)| *list == screen).map(|(_, value)| value.as_str());
        self.tabs.get(&screen).map(String::as_str).into_iter().chain(lines).collect()
    }

    /// What a frame claims beyond it. Words of the failures themselves are no claims.
    pub fn beyond(&self, shot: &Shot, failures: &BTreeSet<String>) -> Vec<String> {
        let mut found = Vec::new();
        for (name, cells) in &shot.rows {
            let Some(truth) = self.rows.get(name) else {
                found.push(format!("there is no row {name}"));
                continue;
            };
            for (column, cell) in cells.iter().filter(|(column, _)| !FREE.contains(column)) {
                if !supported(cell, &truth[column]) {
                    found.push(format!("{column} of {name} is {cell:?} for {:?}", truth[column]));
                }
            }
            for cell in FREE.iter().filter_map(|column| cells.get(column)) {
                found.extend(self.unknown_words(cell, false, failures));
            }
        }
        for (screen, line) in shot.summaries.iter().flat_map(|(screen, lines)| lines.iter().map(|line| (*screen, line)))
        {
            let Some((label, value)) = labelled(line) else { continue };
            match self.summaries.get(&(screen, label.clone())) {
                Some(truth) if supported(&value, truth) => {}
                // The line about the panel itself.
                None if is_about_reading(line) => {}
                truth => found.push(format!("{label} of {screen:?} is {value:?} for {truth:?}")),
            }
        }
        for (screen, tab) in &shot.tabs {
            if !supported(tab, &self.tabs[screen]) {
                found.push(format!("{screen:?} counts {tab:?} for {:?}", self.tabs[screen]));
            }
        }
        for line in &shot.lines {
            found.extend(self.unknown_words(line, shot.page, failures));
        }
        found
    }

    fn unknown_words(&self, line: &str, page: bool, failures: &BTreeSet<String>) -> Vec<String> {
        let of_failure = |word: &str| match word.strip_suffix('…') {
            Some(part) => failures.iter().any(|whole| whole.starts_with(part)),
            None => failures.contains(word),
        };
        let said = |word: &Word| match word.text.strip_suffix('…') {
            Some(part) => self.claims.keys().any(|whole| whole.starts_with(part)),
            None => match number(&word.text) {
                // How bad a finding is may not be told, and then it counts as the least bad that it can be.
                Some(least) if word.bound && MILD.contains(&word.behind.as_str()) => self
                    .claims
                    .iter()
                    .any(|(text, at)| number(text) >= Some(least) && at.iter().any(|at| at.0 == "Findings")),
                Some(least) if word.bound => {
                    self.claims.iter().any(|(text, at)| number(text) >= Some(least) && word.beside(at))
                }
                // A bare number means what stands beside it.
                Some(_) => self.claims.get(&word.text).is_some_and(|at| word.beside(at)),
                None => self.claims.contains_key(&word.text),
            },
        };
        // A narrow page breaks an id that is longer than a line.
        let broken = |word: &str| {
            let mut ids = self.claims.keys().filter(|whole| whole.len() >= 32 && page && word.len() > 1);
            ids.any(|whole| whole.starts_with(word) || whole.ends_with(word))
        };
        let beyond =
            words(line).into_iter().filter(|word| !of_failure(&word.text) && !said(word) && !broken(&word.text));
        beyond.map(|word| format!("{:?} in {:?}", word.text, line.trim())).collect()
    }
}

/// What findings that do not hurt yet are called.
const MILD: [&str; 4] = ["warning", "warnings", "note", "notes"];

/// Columns that are checked word by word only: ages may be measured from another moment, and of several findings
/// the worst one that could be seen stands there, or none, with as much of its cause as could be seen.
const FREE: [&str; 5] = ["age", "since", "updated", "findings", "cause"];

/// Whether `cell` says nothing that `truth` does not: the same, the beginning of it, a dash, or a lower bound. An empty cell says that
/// all is well, so it is none of these.
fn supported(cell: &str, truth: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|c| !('▀'..='▟').contains(c)).collect::<String>().trim().to_owned();
    let (cell, truth) = (plain(cell), plain(truth));
    if cell == truth || cell == "–" {
        return true;
    }
    if let Some(part) = cell.strip_suffix('…').or(truth.strip_suffix('…')) {
        return truth.starts_with(part) || cell.starts_with(part);
    }
    let parts = |text: &str| -> Vec<String> {
        text.replace("≥ ", "≥").split(['/', '·', ' ']).map(str::to_owned).collect()
    };
    let (cell, truth) = (parts(&cell), parts(&truth));
    let bound = |(part, whole): (&String, &String)| match part.strip_prefix('≥').map(number) {
        Some(least) => least.is_some() && least <= number(whole),
        None => part == "–" || part == whole,
    };
    cell.len() == truth.len() && cell.iter().zip(&truth).all(bound)
}

/// A count. What is longer is an id.
fn number(text: &str) -> Option<u64> {
    let short = text.len() < 8;
    short.then_some(text)?.replace(',', "").parse().ok()
}

/// Label and value of a line of a summary, its bar apart: the value begins where its words or its number do.
fn labelled(line: &str) -> Option<(String, String)> {
    let line: String = line.chars().filter(|c| !('▀'..='▟').contains(c)).collect();
    let line = line.trim();
    let (label, value) = line.rsplit_once("  ").or_else(|| line.rsplit_once(' '))?;
    let (label, value) = match label.trim().strip_suffix('≥') {
        Some(label) => (label.trim(), format!("≥ {}", value.trim())),
        None => (label.trim(), value.trim().to_owned()),
    };
    Some((label.to_owned(), value))
}

fn is_about_reading(line: &str) -> bool {
    line.trim_start().starts_with(['◌', '◷', '⊘', '≋', '✕', '≥'])
}

/// A word that claims something.
struct Word {
    text: String,
    before: String,
    behind: String,
    /// Marked as a lower bound.
    bound: bool,
}

impl Word {
    /// Whether a word beside it is also beside one of those places.
    fn beside(&self, places: &BTreeSet<(String, String)>) -> bool {
        places.iter().any(|(before, behind)| *before == self.before || *behind == self.behind)
    }
}

/// Words of a line that claim something.
fn words(line: &str) -> Vec<Word> {
    let blank = |c: char| c.is_whitespace() || "│─()".contains(c) || ('▀'..='▟').contains(&c);
    let mut bound = false;
    let mut words: Vec<(String, bool)> = Vec::new();
    for word in line.split(blank).map(|word| word.trim_matches([',', '.', ';', ':'])).filter(|word| !word.is_empty()) {
        if word != "≥" {
            words.push((word.to_owned(), bound));
        }
        bound = word == "≥";
    }
    let beside = |n: Option<usize>| n.and_then(|n| words.get(n)).map_or(String::new(), |(word, _)| word.clone());
    // An age in words is one too: 13 h 20 m.
    let unit = |n: usize| ["d", "h", "m", "s"].contains(&beside(Some(n + 1)).as_str());
    let at = (0..words.len()).filter(|n| claims(&words[*n].0) && !unit(*n));
    let word = |n: usize| Word {
        text: words[n].0.clone(),
        before: beside(n.checked_sub(1)),
        behind: beside(Some(n + 1)),
        bound: words[n].1,
    };
    at.map(word).collect()
}

/// Whether a word has a digit and is no age, or is a healthy one.
fn claims(word: &str) -> bool {
    let age = word.trim_start_matches('<').strip_suffix(['s', 'm', 'h', 'd']);
    let age = age.is_some_and(|count| !count.is_empty() && count.chars().all(|c| c.is_ascii_digit()));
    (word.contains(|c: char| c.is_ascii_digit()) && !age && word != "EC2")
        || HEALTHY.contains(&word.to_lowercase().as_str())
}
