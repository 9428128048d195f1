use super::*;
use crate::fleet::fixture::Fixture;
use crate::fleet::reading::Panel;

fn group(group: &str, streams: Streams) -> Origin {
    Origin::Group { group: group.to_owned(), streams }
}

fn labels(found: &Feeds) -> Vec<&str> {
    found.feeds.iter().map(|feed| feed.label.as_str()).collect()
}

#[test]
fn a_service_is_read_by_prefix_so_that_new_tasks_are_in_it() {
    let fleet = Fixture::healthy(2).fleet();
    let found = feeds(&fleet, &[Subject::Service("web".into()), Subject::Service("web".into())]);
    let web = &fleet.snapshot().task_definitions.rows[1].containers[0];
    let (name, prefix) = writer(web).expect("web logs");
    assert_eq!(found.feeds, [Feed { label: "web".into(), origin: group(&name, Streams::Prefix(prefix)) }]);
    assert_eq!(found.without, Vec::<String>::new());
}

#[test]
fn an_instance_is_read_by_the_names_of_its_tasks_and_a_bare_one_by_its_console() {
    let mut fixture = Fixture::healthy(2);
    let key = fixture.ec2_instances[0].id.clone();
    let found = feeds(&fixture.fleet(), &[Subject::Instance(key.clone())]);
    assert_eq!(labels(&found), ["api", "web"]);
    let names = |feed: &Feed| match &feed.origin {
        Origin::Group { streams: Streams::Named(names), .. } => names.len(),
        _ => 0,
    };
    assert_eq!(found.feeds.iter().map(names).collect::<Vec<_>>(), [1, 1]);
    fixture.tasks.clear();
    let found = feeds(&fixture.fleet(), &[Subject::Instance(key.clone())]);
    assert_eq!(found.feeds, [Feed { label: key.clone(), origin: Origin::Console { instance: key } }]);
}

#[test]
fn a_console_is_not_read_before_it_is_known_that_no_task_ran() {
    for unread in [Panel::Tasks, Panel::ContainerInstances] {
        let mut fixture = Fixture::healthy(1);
        fixture.unread.insert(unread);
        let key = fixture.ec2_instances[0].id.clone();
        let found = feeds(&fixture.fleet(), &[Subject::Instance(key)]);
        assert_eq!((found.feeds.as_slice(), found.without.len()), (&[] as &[Feed], 1), "{unread:?} is not read");
    }
}

#[test]
fn services_that_share_their_streams_are_told_apart_by_task() {
    let mut fixture = Fixture::healthy(2);
    let web = fixture.task_definitions[1].containers[0].clone();
    fixture.task_definitions[0].containers[0] = web;
    let found = feeds(&fixture.fleet(), &[Subject::Service("api".into())]);
    let Some(Feed { origin: Origin::Group { streams: Streams::Named(names), .. }, .. }) = found.feeds.first() else {
        unreachable!("by name, not {found:?}")
    };
    assert_eq!(names.len(), 2);
}

#[test]
fn what_writes_nothing_itself_leads_to_what_does() {
    let fixture = Fixture::healthy(1);
    let fleet = fixture.fleet();
    let web = &fixture.targets[1];
    let service = feeds(&fleet, &[Subject::Service("web".into())]);
    assert_eq!(feeds(&fleet, &[Subject::TargetGroup(web.arn.clone())]), service);
    let target = &web.targets.rows[0];
    let target = Subject::Target { group: web.arn.clone(), target: target.id.clone(), port: target.port };
    assert_eq!(labels(&feeds(&fleet, &[target])), ["web"]);
    let all: Vec<Subject> = fixture.alarms.iter().map(|alarm| Subject::Alarm(alarm.name.clone())).collect();
    assert!(labels(&feeds(&fleet, &all)).contains(&"web"));
    assert_eq!(labels(&feeds(&fleet, &[Subject::Fleet])), ["api", "web"]);
}

#[test]
fn what_has_no_logs_says_why() {
    let mut fixture = Fixture::healthy(1);
    fixture.task_definitions[1].containers[0].log_group = None;
    fixture.task_definitions[0].containers[0].log_stream_prefix = None;
    let task = fixture.tasks[0].arn.clone();
    let fleet = fixture.fleet();
    let subjects = [Subject::Service("web".into()), Subject::Task(task), Subject::Service("gone".into())];
    let found = feeds(&fleet, &subjects);
    assert_eq!(found.feeds, []);
    assert_eq!(found.without.len(), 3, "{:?}", found.without);
}

#[test]
fn a_wider_selection_holds_a_narrower_one() {
    let mut found = Feeds::default();
    for streams in [Streams::Named(vec!["a/b/2".into()]), Streams::Prefix("a/b/".into()), Streams::Prefix("c/".into())]
    {
        found.add("web", group("g", streams));
    }
    let kept = found.merged().feeds;
    assert_eq!(kept.len(), 2, "{kept:?}");
}

#[test]
fn streams_that_two_labels_lead_to_are_read_once() {
    let merged = |feeds: &[(&str, Streams)]| {
        let mut found = Feeds::default();
        feeds.iter().for_each(|(label, streams)| found.add(*label, group("g", streams.clone())));
        found.merged().feeds.into_iter().map(|Feed { label, origin }| (label, origin)).collect::<Vec<_>>()
    };
    let prefix = || Streams::Prefix("ecs/web/".into());
    let named = |names: &[&str]| Streams::Named(names.iter().map(|name| (*name).to_owned()).collect());
    let one = |label: &str, streams| vec![(label.to_owned(), group("g", streams))];
    assert_eq!(merged(&[("web/web", prefix()), ("web", prefix())]), one("web", prefix()), "a sidecar came");
    assert_eq!(merged(&[("web/a", Streams::All), ("web/b", Streams::All)]), one("web", Streams::All));
    assert_eq!(merged(&[("api", Streams::All), ("web", Streams::All)]), one("g", Streams::All), "nobody's alone");
    assert_eq!(merged(&[("job", named(&["ecs/web/1"])), ("web", prefix())]), one("web", prefix()));
    let mut apart = one("api", named(&["1", "2"]));
    apart.extend(one("web", named(&["3", "4"])));
    let feeds = [("web", named(&["3"])), ("api", named(&["1", "2"])), ("web", named(&["2", "4"]))];
    assert_eq!(merged(&feeds), apart, "names of one label are one feed");
}

#[test]
fn what_is_left_of_a_selection_is_what_another_does_not_bring() {
    let named = |names: &[&str]| Streams::Named(names.iter().map(|name| (*name).to_owned()).collect());
    let prefix = |prefix: &str| Streams::Prefix(prefix.to_owned());
    for (new, known, left) in [
        (named(&["a/1", "b/1"]), prefix("a/"), Some(named(&["b/1"]))),
        (named(&["a/1"]), Streams::All, None),
        (named(&["a/1", "a/2"]), named(&["a/2", "a/3"]), Some(named(&["a/1"]))),
        (prefix("a/b/"), prefix("a/"), None),
        (prefix("a/"), prefix("b/"), Some(prefix("a/"))),
        (prefix("a/"), named(&["b/1"]), Some(prefix("a/"))),
        // The wider of two can't be asked for without the other.
        (prefix("a/"), prefix("a/b/"), None),
        (prefix("a/"), named(&["a/1", "b/1"]), None),
        (Streams::All, prefix("a/"), None),
        (Streams::All, named(&["a/1"]), None),
    ] {
        let wanted = left.map(|left| group("g", left));
        assert_eq!(group("g", new.clone()).beyond(&group("g", known.clone())), wanted, "{new:?} with {known:?}");
        assert_eq!(group("g", new.clone()).beyond(&group("h", known)), Some(group("g", new)), "of another group");
    }
    let console = || Origin::Console { instance: "i-1".into() };
    assert_eq!(console().beyond(&console()), None);
    assert_eq!(console().beyond(&group("g", Streams::All)), Some(console()));
}
