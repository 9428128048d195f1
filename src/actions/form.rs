//! The form of a runbook: what its document asks for, what is known already, and what somebody has to say.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use regex_automata::meta::{Config, Regex};
use regex_automata::{Anchored, Input};

use super::catalogue::Action;
use super::checkpoints;
use crate::fleet::execution::Values;
use crate::fleet::finding::Subject;
use crate::fleet::runbook::{Parameter, Runbook};
use crate::fleet::view::Fleet;

/// Bytes that an expression of a document may compile to.
const PATTERN: usize = 1 << 20;
/// Durations to choose from; any other may be typed.
const DURATIONS: [&str; 9] = ["15m", "30m", "1h", "2h", "4h", "8h", "1d", "3d", "15d"];
/// The same for a pause of a rollout, which AWS takes in seconds.
const PAUSES: [&str; 7] = ["0", "5m", "10m", "30m", "1h", "2h", "8h"];
/// Parameters that take seconds.
const SECONDS: [&str; 3] = ["CheckpointDelay", "BakeTime", "InstanceWarmup"];
/// The longest pause of a rollout
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>).
const PAUSE: SignedDuration = SignedDuration::from_hours(48);
/// The same for something that ends within a day.
const UNTIL: [&str; 6] = ["1h", "2h", "4h", "8h", "12h", "24h"];
/// A mute rule lasts from a minute to fifteen days
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html>).
const SILENCE: (SignedDuration, SignedDuration) = (SignedDuration::from_mins(1), SignedDuration::from_hours(15 * 24));

/// Who asks for what in which fleet.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The fleet.
    pub fleet: &'a Fleet,
    /// The action; `None`: a runbook of which nothing but its document is known.
    pub action: Option<Action>,
    /// What it is done to.
    pub subjects: &'a [Subject],
    /// What makes the request one and the same; `None` while it has no number yet.
    pub request_id: Option<&'a str>,
}

/// What a field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// One line of text.
    Text,
    /// Several, with commas between them.
    List,
    /// One of these.
    Choice(Vec<String>),
    /// How long: 30m, 2h, 1d 12h; these are offered.
    Duration(Vec<String>),
    /// A number of seconds, typed as a duration or as a number; these are offered.
    Seconds(Vec<String>),
    /// Until when: so long from now as a duration says, or a moment as RFC 3339 has it; these are offered.
    Until(Vec<String>),
}

/// A parameter that somebody has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The parameter.
    pub parameter: Parameter,
    /// What it takes.
    pub takes: Takes,
    /// What stands there at first.
    pub text: String,
    /// The least and the most, of a duration that AWS bounds.
    bounds: Option<(SignedDuration, SignedDuration)>,
}

/// What a runbook is started with, as far as nobody has to be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Parameters that follow from the circumstances.
    pub given: Values,
    /// The parameter that is another one for each target, with its values: the runbook runs once for each.
    pub each: Option<(String, Vec<String>)>,
    /// Parameters that are asked for.
    pub fields: Vec<Field>,
    /// The parameter that says when it begins: the moment of the start, in UTC and to the minute.
    starts_at: Option<String>,
}

impl Form {
    /// The form of `runbook` under some circumstances.
    #[must_use]
    pub fn of(runbook: &Runbook, circumstances: &Circumstances<'_>) -> Self {
        let mut form = Self::default();
        for parameter in &runbook.parameters {
            form.take(parameter, circumstances);
        }
        // What has to be said comes before what may be.
        form.fields.sort_by_key(|field| field.parameter.default.is_some() || !field.text.is_empty());
        form
    }

    fn take(&mut self, parameter: &Parameter, circumstances: &Circumstances<'_>) {
        let name = parameter.name.clone();
        if name == "StartsAt" {
            self.starts_at = Some(name);
            return;
        }
        if name == "RequestId" {
            // Without a number yet there is nothing to say, and nobody is asked for it.
            if let Some(id) = circumstances.request_id {
                self.given.insert(name, vec![id.to_owned()]);
            }
            return;
        }
        let values = known(parameter, circumstances);
        match values.as_slice() {
            [] => self.fields.push(Field::of(parameter, circumstances.action).filled(circumstances)),
            [_] => drop(self.given.insert(name, values)),
            _ if parameter.is_list() => drop(self.given.insert(name, values)),
            _ if self.each.is_none() => self.each = Some((name, values)),
            // AWS varies one parameter alone.
            _ => self.fields.push(Field::of(parameter, circumstances.action)),
        }
    }

    /// What is sent, if the fields say `texts`; else what is wrong with which field, by its number.
    ///
    /// # Errors
    /// Every field that cannot be sent as it is.
    pub fn values(&self, texts: &[&str], now: Timestamp) -> Result<Values, Vec<(usize, String)>> {
        let (values, wrong) = self.said(texts, now);
        if wrong.is_empty() { Ok(values) } else { Err(wrong) }
    }

    /// What can be said by now, without the fields that are wrong; and what is wrong with which, by its number.
    #[must_use]
    pub fn said(&self, texts: &[&str], now: Timestamp) -> (Values, Vec<(usize, String)>) {
        let mut values = self.given.clone();
        if let Some(name) = &self.starts_at {
            values.insert(name.clone(), vec![minute(now)]);
        }
        let mut wrong = Vec::new();
        for (number, field) in self.fields.iter().enumerate() {
            match field.read(texts.get(number).copied().unwrap_or_default(), now) {
                Ok(said) if said.is_empty() => {}
                Ok(said) => drop(values.insert(field.parameter.name.clone(), said)),
                Err(why) => wrong.push((number, why)),
            }
        }
        wrong.extend(self.out_of_order(&values));
        (values, wrong)
    }

    /// The checkpoint that does not come after the one before it, what the document says of either included.
    fn out_of_order(&self, values: &Values) -> Option<(usize, String)> {
        let place = |name: &str| self.fields.iter().position(|field| field.parameter.name == name);
        let said = |name: &str| {
            let default = || self.fields.get(place(name)?)?.parameter.default.as_ref();
            values.get(name).or_else(default)?.first()?.trim().parse().ok()
        };
        let percentages: Vec<usize> = checkpoints::NAMES.into_iter().filter_map(said).collect();
        Some((place(checkpoints::NAMES[1])?, checkpoints::out_of_order(&percentages)?))
    }
}

/// The moment in UTC, to the minute, as CloudWatch's `at(…)` takes it.
fn minute(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// What a parameter has to be under the circumstances; nothing: somebody has to say.
fn known(parameter: &Parameter, circumstances: &Circumstances<'_>) -> Vec<String> {
    let snapshot = circumstances.fleet.snapshot();
    match parameter.name.as_str() {
        "Cluster" | "ClusterName" => return vec![snapshot.scope.cluster.clone()],
        "RequestedBy" => {
            let arn = &snapshot.identity.rows.arn;
            return caller(arn).into_iter().collect();
        }
        "RuleName" => return rules(circumstances),
        _ => {}
    }
    let values = circumstances.subjects.iter().map(|subject| value(parameter, subject));
    // Half of the targets would be worse than none.
    values.collect::<Option<BTreeSet<String>>>().unwrap_or_default().into_iter().collect()
}

/// `OnCall/ada` of `arn:aws:sts::111122223333:assumed-role/OnCall/ada`.
fn caller(arn: &str) -> Option<String> {
    let name = arn.rsplit(':').next().unwrap_or_default();
    let name = name.strip_prefix("assumed-role/").or_else(|| name.strip_prefix("user/")).unwrap_or(name);
    (!name.is_empty()).then(|| name.chars().take(128).collect())
}

/// What a subject is to a parameter, by the parameter's name or by its type.
fn value(parameter: &Parameter, subject: &Subject) -> Option<String> {
    let kind = parameter.kind.trim_start_matches("List<").trim_end_matches('>');
    let is = |names: &[&str]| names.contains(&parameter.name.as_str());
    match subject {
        Subject::Instance(id) if is(&["InstanceId", "InstanceIds"]) || kind == "AWS::EC2::Instance::Id" => {
            id.starts_with("i-").then(|| id.clone())
        }
        Subject::Service(name) if is(&["Service", "ServiceName", "Services"]) => Some(name.clone()),
        Subject::Task(arn) if is(&["Task", "TaskArn", "Tasks"]) => Some(arn.clone()),
        Subject::Group(name) if is(&["Group", "AutoScalingGroupName"]) => Some(name.clone()),
        Subject::Alarm(name) if is(&["AlarmName", "AlarmNames"]) => Some(name.clone()),
        Subject::Image(id) if is(&["ImageId"]) || kind == "AWS::EC2::Image::Id" => Some(id.clone()),
        _ => None,
    }
}

/// The rules that mute the alarms now.
fn rules(circumstances: &Circumstances<'_>) -> Vec<String> {
    let fleet = circumstances.fleet;
    let named = |name: &str| circumstances.subjects.iter().any(|subject| *subject == Subject::Alarm(name.to_owned()));
    let rows = fleet
        .view()
        .alarms
        .iter()
        .filter(|row| fleet.snapshot().alarms.rows.get(row.alarm).is_some_and(|alarm| named(&alarm.name)));
    let rules = rows.filter_map(|row| Some(fleet.snapshot().mutes.rows.get(row.mute?)?.name.clone()));
    rules.collect::<BTreeSet<_>>().into_iter().collect()
}

impl Field {
    fn of(parameter: &Parameter, action: Option<Action>) -> Self {
        let free = !parameter.is_list() && parameter.allowed_values.is_empty();
        let (lasts, ends) = (free && parameter.name == "Duration", free && parameter.name == "Until");
        let takes = if free && SECONDS.contains(&parameter.name.as_str()) {
            Takes::Seconds(PAUSES.map(str::to_owned).to_vec())
        } else if lasts {
            Takes::Duration(DURATIONS.map(str::to_owned).to_vec())
        } else if ends {
            Takes::Until(UNTIL.map(str::to_owned).to_vec())
        } else if !parameter.allowed_values.is_empty() && !parameter.is_list() {
            Takes::Choice(parameter.allowed_values.clone())
        } else if parameter.kind == "Boolean" {
            Takes::Choice(vec!["true".to_owned(), "false".to_owned()])
        } else if parameter.is_list() {
            Takes::List
        } else {
            Takes::Text
        };
        let default = parameter.default.as_ref().map(|values| values.join(", "));
        let offered = if lasts { "30m" } else { "4h" };
        let text = default.unwrap_or_else(|| if lasts || ends { offered.to_owned() } else { String::new() });
        let bounds = (action == Some(Action::Silence) && lasts).then_some(SILENCE);
        Self { parameter: parameter.clone(), takes, text, bounds }
    }

    /// The same with what the fleet says: a rollout is of the version that is promoted, by its number, so that what starts is what was read.
    fn filled(mut self, circumstances: &Circumstances<'_>) -> Self {
        if circumstances.action != Some(Action::Rollout) || self.parameter.name != "Version" {
            return self;
        }
        let versions = circumstances.fleet.snapshot().builds.rows.versions.iter();
        let numbers: BTreeSet<u64> = versions.map(|version| version.number).collect();
        if let Some(number) = circumstances.fleet.promotion().and_then(|one| one.version) {
            self.text = number.to_string();
        }
        if !numbers.is_empty() {
            self.takes = Takes::Choice(numbers.iter().rev().map(u64::to_string).collect());
        }
        self
    }

    /// What can be chosen from.
    #[must_use]
    pub fn choices(&self) -> &[String] {
        match &self.takes {
            Takes::Choice(values) | Takes::Duration(values) | Takes::Seconds(values) | Takes::Until(values) => values,
            Takes::Text | Takes::List => &[],
        }
    }

    /// The values that a text means; none where nothing is said and the document knows what holds then.
    fn read(&self, text: &str, now: Timestamp) -> Result<Vec<String>, String> {
        if text == self.text && !self.shows_its_default() {
            return Ok(Vec::new());
        }
        let text = text.trim();
        if text.is_empty() {
            return if self.parameter.default.is_some() { Ok(Vec::new()) } else { Err("has to be said".to_owned()) };
        }
        let values = match &self.takes {
            Takes::List => text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect(),
            Takes::Duration(_) => vec![self.duration(text)?],
            Takes::Until(_) => vec![until(text, now)?],
            Takes::Seconds(_) => vec![seconds(text)?],
            Takes::Text | Takes::Choice(_) => vec![text.to_owned()],
        };
        check(&self.parameter, &values)?;
        let checkpoint = checkpoints::NAMES.contains(&self.parameter.name.as_str());
        let unfit = values.first().filter(|_| checkpoint).and_then(|value| checkpoints::unfit(value));
        unfit.map_or(Ok(values), Err)
    }

    /// Whether a line can say what holds where nothing is said. Where it cannot (items with commas, line ends that are shown by a picture), the
    /// untouched line stands for the document's own value and is not sent.
    fn shows_its_default(&self) -> bool {
        let Some(default) = &self.parameter.default else { return true };
        let pictured = |c: char| ('\u{2400}'..='\u{2426}').contains(&c);
        !default.iter().any(|value| {
            let split = matches!(self.takes, Takes::List) && value.contains(',');
            split || value.contains(pictured) || value.trim() != value
        })
    }

    /// A duration as ISO 8601 has it, to the minute.
    fn duration(&self, text: &str) -> Result<String, String> {
        let unclear = || format!("{text:?} is no duration: write 30m, 2h or 1d 12h");
        let span: Span = text.parse().map_err(|_| unclear())?;
        let long = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| unclear())?;
        let (least, most) = self.bounds.unwrap_or((SignedDuration::from_mins(1), SignedDuration::MAX));
        if long < least || long > most {
            let until = if most == SignedDuration::MAX {
                String::new()
            } else {
                format!(" and {} d at most", most.as_hours() / 24)
            };
            return Err(format!("it has to be a minute at least{until}"));
        }
        let minutes = long.as_mins();
        let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
        let part = |count: i64, unit: &str| if count > 0 { format!("{count}{unit}") } else { String::new() };
        let time = part(hours, "H") + &part(minutes, "M");
        Ok(format!("P{}{}{time}", part(days, "D"), if time.is_empty() { "" } else { "T" }))
    }
}

/// A number of seconds: as such, or as a duration says it.
fn seconds(text: &str) -> Result<String, String> {
    let unclear = || format!("{text:?} is no pause: write 600, 10m or 1h");
    let long = match text.parse::<u32>() {
        Ok(seconds) => SignedDuration::from_secs(seconds.into()),
        Err(_) => lasts(text).ok_or_else(unclear)?,
    };
    if long < SignedDuration::ZERO || long > PAUSE {
        return Err(format!("it may last {} h at most", PAUSE.as_hours()));
    }
    Ok(long.as_secs().to_string())
}

/// A moment to come, in UTC and to the second.
fn until(text: &str, now: Timestamp) -> Result<String, String> {
    let end = lasts(text).and_then(|time| now.checked_add(time).ok()).or_else(|| text.parse().ok());
    match end {
        Some(end) if end > now => Ok(end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        Some(_) => Err(format!("{text} is over already")),
        None => Err(format!("{text:?} is no time to come: write 2h, or 2026-03-01T18:00:00Z")),
    }
}

/// How long a duration of a form lasts, be it typed or as it is sent.
#[must_use]
pub fn lasts(text: &str) -> Option<SignedDuration> {
    text.trim().parse::<Span>().ok()?.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

/// Checks values as AWS will.
///
/// # Errors
/// What is wrong, in words for the field.
pub fn check(parameter: &Parameter, values: &[String]) -> Result<(), String> {
    let (fewest, most) = parameter.items;
    if parameter.is_list() && fewest.is_some_and(|fewest| values.len() < fewest) {
        return Err(format!("takes {} values at least", fewest.unwrap_or(0)));
    }
    if parameter.is_list() && most.is_some_and(|most| values.len() > most) {
        return Err(format!("takes {} values at most", most.unwrap_or(0)));
    }
    values.iter().try_for_each(|value| check_one(parameter, value))
}

fn check_one(parameter: &Parameter, value: &str) -> Result<(), String> {
    let length = value.chars().count();
    match parameter.chars {
        (Some(least), _) if length < least => return Err(format!("needs {least} characters at least")),
        (_, Some(most)) if length > most => return Err(format!("takes {most} characters at most, this is {length}")),
        _ => {}
    }
    if parameter.kind == "Integer" && value.parse::<i64>().is_err() {
        return Err(format!("{value:?} is no whole number"));
    }
    if !parameter.allowed_values.is_empty() && !parameter.allowed_values.iter().any(|allowed| allowed == value) {
        return Err(format!("one of {}", parameter.allowed_values.join(", ")));
    }
    match &parameter.allowed_pattern {
        Some(pattern) if !matches(pattern, value) => Err(format!("{value:?} does not match {pattern}")),
        _ => Ok(()),
    }
}

/// Whether the whole of `value` matches. An expression that only AWS understands is left to AWS.
fn matches(pattern: &str, value: &str) -> bool {
    let config = Config::new().nfa_size_limit(Some(PATTERN));
    let whole = format!("^(?:{pattern})$");
    let Ok(expression) = Regex::builder().configure(config).build(&whole) else { return true };
    expression.is_match(Input::new(value).anchored(Anchored::Yes))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests;
