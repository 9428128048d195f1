//! What a form asks for, and what it sends.

use super::*;
use crate::fleet::fixture::Fixture;
use crate::fleet::promotion::Promotion;

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
fn a_pause_is_typed_as_people_do_and_sent_in_seconds() {
    let delay = Parameter { default: Some(vec!["600".to_owned()]), ..parameter("CheckpointDelay", "String") };
    let form = form(vec![delay], &[]);
    assert!(form.fields[0].choices().contains(&"30m".to_owned()));
    for (typed, sent) in [
        ("600", Some("600")),
        ("10m", Some("600")),
        ("1h 30m", Some("5400")),
        ("0", Some("0")),
        ("48h", Some("172800")),
        ("49h", None),
        ("-5m", None),
        ("a while", None),
    ] {
        let values = form.values(&[typed], now());
        assert_eq!(values.ok().map(|values| values["CheckpointDelay"].join("")).as_deref(), sent, "{typed}");
    }
}

#[test]
fn an_ami_is_what_a_promotion_is_about() {
    let form = form(vec![parameter("ImageId", "String")], &[Subject::Image("ami-0001".to_owned())]);
    assert_eq!(form.given["ImageId"], ["ami-0001"]);
}

#[test]
fn a_rollout_is_of_the_promoted_version_by_its_number() {
    let mut fixture = Fixture::healthy(1);
    fixture.promotion = Some(Promotion { version: Some(7), ..Promotion::default() });
    let fleet = fixture.fleet();
    let version = Parameter { default: Some(vec!["promoted".to_owned()]), ..parameter("Version", "String") };
    let of = |action| {
        let circumstances = Circumstances { fleet: &fleet, action, subjects: &[Subject::Fleet], request_id: None };
        Form::of(&runbook(vec![version.clone()]), &circumstances)
    };
    let form = of(Some(Action::Rollout));
    assert_eq!(form.values(&[&form.fields[0].text], now()).unwrap()["Version"], ["7"]);
    assert_eq!(of(None).fields[0].text, "promoted");
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
    let word = Parameter { allowed_values: vec!["on".to_owned(), "off".to_owned()], ..parameter("Switch", "String") };
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

#[test]
fn checkpoints_have_to_ascend() {
    let percentage =
        |name: &str, default: &str| Parameter { default: Some(vec![default.to_owned()]), ..parameter(name, "String") };
    let form = form(vec![percentage("FirstCheckpoint", "20"), percentage("SecondCheckpoint", "50")], &[]);
    let values = form.values(&["10", "30"], now()).unwrap();
    assert_eq!((&values["FirstCheckpoint"][0][..], &values["SecondCheckpoint"][0][..]), ("10", "30"));
    let told = "has to be more than the checkpoint before it: 50 comes after 60";
    assert_eq!(form.values(&["60", "50"], now()).unwrap_err(), [(1, told.to_owned())], "50 is the document's");
    assert_eq!(form.values(&["x", "50"], now()).unwrap_err().len(), 1);
}
