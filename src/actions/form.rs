//! The form of a runbook: what its document asks for, what is known already, and what somebody has to say.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use regex_automata::meta::{Config, Regex};
use regex_automata::{Anchored, Input};

use super::catalogue::Action;
use crate::fleet::execution::Values;
use crate::fleet::finding::Subject;
use crate::fleet::runbook::{Parameter, Runbook};
use crate::fleet::view::Fleet;

/// Bytes that an expression of a document may compile to.
const PATTERN: usize = 1 << 20;
/// Durations to choose from; any other may be typed.
const DURATIONS: [&str; 9] = ["15m", "30m", "1h", "2h", "4h", "8h", "1d", "3d", "15d"];
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
        form.fields.sort_by_key(|field| !field.text.is_empty());
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
            [] => self.fields.push(Field::of(parameter, circumstances.action)),
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
        (values, wrong)
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
        let takes = if lasts {
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

    /// What can be chosen from.
    #[must_use]
    pub fn choices(&self) -> &[String] {
        match &self.takes {
            Takes::Choice(values) | Takes::Duration(values) | Takes::Until(values) => values,
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
            Takes::Text | Takes::Choice(_) => vec![text.to_owned()],
        };
        check(&self.parameter, &values)?;
        Ok(values)
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
mod tests {
    use super::*;
    use crate::fleet::fixture::Fixture;

    fn parameter(name: &str, kind: &str) -> Parameter {
        Parameter { name: name.to_owned(), kind: kind.to_owned(), ..Parameter::default() }
    }

    fn runbook(parameters: Vec<Parameter>) -> Runbook {
        Runbook { name: "R".to_owned(), parameters, ..Runbook::default() }
    }

    fn form(parameters: Vec<Parameter>, subjects: &[Subject]) -> Form {
        let fleet = Fixture::healthy(3).fleet();
        let circumstances = Circumstances { fleet: &fleet, action: None, subjects, request_id: Some("id-1") };
        Form::of(&runbook(parameters), &circumstances)
    }

    fn instance(id: &str) -> Subject {
        Subject::Instance(id.to_owned())
    }

    fn now() -> Timestamp {
        "2026-03-01T12:34:56Z".parse().unwrap()
    }

    #[test]
    fn what_follows_from_the_circumstances_is_not_asked_for() {
        let names = ["Cluster", "InstanceId", "RequestedBy", "RequestId", "StartsAt", "Reason"];
        let form = form(names.map(|name| parameter(name, "String")).to_vec(), &[instance("i-0001")]);
        let asked: Vec<&str> = form.fields.iter().map(|field| field.parameter.name.as_str()).collect();
        assert_eq!(asked, ["Reason"]);
        let values = form.values(&["because"], now()).unwrap();
        let said = |name: &str| values[name].join(",");
        assert_eq!((said("Cluster").as_str(), said("InstanceId").as_str()), ("prod", "i-0001"));
        assert_eq!((said("RequestId").as_str(), said("StartsAt").as_str()), ("id-1", "2026-03-01T12:34"));
        assert_eq!(values.len(), names.len());
    }

    #[test]
    fn several_targets_fill_a_list_or_run_one_after_the_other() {
        let two = [instance("i-0001"), instance("i-0002")];
        let by_list = form(vec![parameter("Hosts", "List<AWS::EC2::Instance::Id>")], &two);
        assert_eq!((by_list.given["Hosts"].len(), by_list.each), (2, None));
        let one_by_one = form(vec![parameter("InstanceId", "String")], &two);
        assert_eq!(one_by_one.each, Some(("InstanceId".to_owned(), vec!["i-0001".to_owned(), "i-0002".to_owned()])));
        assert!(one_by_one.values(&[], now()).unwrap().is_empty(), "AWS takes it from the targets");
    }

    #[test]
    fn an_instance_that_ec2_does_not_know_is_asked_for() {
        let form = form(vec![parameter("InstanceId", "String")], &[instance("i-0001"), instance("mi-0002")]);
        assert_eq!((form.fields.len(), form.each), (1, None));
    }

    #[test]
    fn a_duration_is_typed_as_people_do_and_sent_as_iso_8601() {
        let form = form(vec![parameter("Duration", "String")], &[]);
        assert!(matches!(&form.fields[0].takes, Takes::Duration(offered) if offered.contains(&"30m".to_owned())));
        for (typed, sent) in [
            ("30m", Some("PT30M")),
            ("2h", Some("PT2H")),
            ("1d 12h", Some("P1DT12H")),
            ("90m", Some("PT1H30M")),
            ("15d", Some("P15D")),
            ("PT45M", Some("PT45M")),
            ("20s", None),
            ("soon", None),
            ("", None),
        ] {
            let values = form.values(&[typed], now());
            assert_eq!(values.ok().map(|values| values["Duration"].join("")).as_deref(), sent, "{typed}");
        }
    }

    #[test]
    fn an_end_is_typed_as_a_duration_or_as_a_moment() {
        let form = form(vec![parameter("Until", "String")], &[]);
        for (typed, sent) in [
            ("2h", Some("2026-03-01T14:34:56Z")),
            ("2026-03-02T06:00:00+01:00", Some("2026-03-02T05:00:00Z")),
            ("2026-03-01T12:00:00Z", None),
            ("tomorrow", None),
        ] {
            let values = form.values(&[typed], now());
            assert_eq!(values.ok().map(|values| values["Until"].join("")).as_deref(), sent, "{typed}");
        }
    }

    #[test]
    fn a_silence_has_the_bounds_of_a_mute_rule() {
        let field = Field::of(&parameter("Duration", "String"), Some(Action::Silence));
        assert!(field.read("15d", now()).is_ok() && field.read("16d", now()).unwrap_err().contains("15 d"));
    }

    #[test]
    fn every_limit_of_the_document_is_checked() {
        let limits = Parameter {
            allowed_pattern: Some("[a-z]{2,}".to_owned()),
            chars: (Some(2), Some(4)),
            ..parameter("Word", "String")
        };
        let wrong = |value: &str| check(&limits, &[value.to_owned()]).unwrap_err();
        assert!(check(&limits, &["abc".to_owned()]).is_ok());
        assert!(wrong("a").contains("2 characters") && wrong("abcde").contains("4 characters"));
        assert!(wrong("ab1").contains("does not match"), "an expression matches the whole");
        let number = parameter("Count", "Integer");
        assert!(check(&number, &["-3".to_owned()]).is_ok() && check(&number, &["3.5".to_owned()]).is_err());
        let list = Parameter { items: (Some(2), Some(3)), ..parameter("Items", "StringList") };
        let items = |count: usize| check(&list, &vec!["x".to_owned(); count]);
        assert!(items(1).is_err() && items(2).is_ok() && items(4).is_err());
        let word =
            Parameter { allowed_values: vec!["on".to_owned(), "off".to_owned()], ..parameter("Switch", "String") };
        assert!(check(&word, &["on".to_owned()]).is_ok() && check(&word, &["maybe".to_owned()]).is_err());
        let java = Parameter { allowed_pattern: Some("(?<!x)y".to_owned()), ..parameter("Java", "String") };
        assert!(check(&java, &["z".to_owned()]).is_ok(), "what only AWS understands is left to AWS");
    }

    #[test]
    fn a_default_that_no_line_can_say_is_left_to_the_document() {
        let of = |kind: &str, default: &str| {
            form(vec![Parameter { default: Some(vec![default.to_owned()]), ..parameter("P", kind) }], &[])
        };
        for (kind, default) in [("StringList", "a,b"), ("String", "two\u{2424}lines"), ("String", " led by a blank")] {
            let form = of(kind, default);
            let text = form.fields[0].text.clone();
            assert!(form.values(&[&text], now()).unwrap().is_empty(), "{default}");
            assert_eq!(form.values(&["typed"], now()).unwrap()["P"], ["typed"]);
        }
        assert_eq!(of("String", "plain").values(&["plain"], now()).unwrap()["P"], ["plain"]);
    }

    #[test]
    fn one_wrong_field_does_not_hide_the_others() {
        let form = form(vec![parameter("Reason", "String"), parameter("Count", "Integer")], &[]);
        let (said, wrong) = form.said(&["", "3"], now());
        assert_eq!((said["Count"].join(""), wrong.len()), ("3".to_owned(), 1));
    }

    #[test]
    fn what_may_be_left_out_is_left_out_and_what_must_be_said_comes_first() {
        let optional = Parameter { default: Some(vec!["5".to_owned()]), ..parameter("Wait", "Integer") };
        let form = form(vec![optional, parameter("Reason", "String")], &[]);
        assert_eq!(form.fields[0].parameter.name, "Reason");
        let wrong = form.values(&["", ""], now()).unwrap_err();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert_eq!(form.values(&["why", ""], now()).unwrap().len(), 1);
    }
}
