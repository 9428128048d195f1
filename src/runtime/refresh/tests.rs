//! When which panel is read, and how much of it.

use super::*;
use crate::aws::request::Haste;
use crate::fleet::execution::ExecutionStatus;
use crate::fleet::fixture::{self, Fixture};
use crate::fleet::focus::{Gaze, TaskOwner, TaskScope};
use crate::fleet::policy::Policy;
use crate::fleet::reading::{Failure, PanelState};
use crate::fleet::scope::{Identity, Scope};
use crate::fleet::service::{SchedulingStrategy, Service, ServiceLoadBalancer};
use crate::fleet::snapshot::Rows;
use crate::fleet::target::TargetState;

const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn at(seconds: i64) -> Timestamp {
    START + SignedDuration::from_secs(seconds)
}

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, operation: String::new(), message: String::new(), hint: None, request_id: None }
}

/// A schedule with its fleet, driven by hand.
struct Bench {
    refresh: Refresh,
    fleet: Fleet,
    watch: Watch,
}

impl Bench {
    fn new() -> Self {
        let scope = Scope { cluster: "prod".into(), region: "eu-west-1".into() };
        Self {
            refresh: Refresh::new(Intervals::default(), Extras::default(), 7),
            fleet: Fleet::new(scope, 1, Policy::default()),
            watch: Watch::default(),
        }
    }

    fn due(&mut self, now: Timestamp) -> Vec<Panel> {
        self.requests(now).iter().map(|request| request.need.panel()).collect()
    }

    fn requests(&mut self, now: Timestamp) -> Vec<ReadRequest> {
        self.refresh.due(&self.fleet, &self.watch, now)
    }

    fn land(&mut self, panel: Panel, outcome: Result<Rows, FailureKind>, at: Timestamp) {
        let outcome = outcome.map(|rows| (rows, Vec::new())).map_err(failure);
        let read = PanelRead { generation: 1, panel, at, outcome };
        self.refresh.landed(&read);
        self.fleet.land(read, at);
    }
}

fn empty(panel: Panel) -> Rows {
    match panel {
        Panel::Identity => Rows::Identity(Identity::default()),
        Panel::Cluster => Rows::Cluster(Default::default()),
        Panel::ContainerInstances => Rows::ContainerInstances(Vec::new()),
        Panel::Ec2Instances => Rows::Ec2Instances(Vec::new()),
        Panel::Groups => Rows::Groups(Vec::new()),
        Panel::Images => Rows::Images(Default::default()),
        Panel::SecurityGroups => Rows::SecurityGroups(Vec::new()),
        Panel::Services => Rows::Services(Vec::new()),
        Panel::Tasks => Rows::Tasks(Vec::new()),
        Panel::TaskDefinitions => Rows::TaskDefinitions(Vec::new()),
        Panel::Targets => Rows::Targets(Vec::new()),
        Panel::Alarms => Rows::Alarms(Vec::new()),
        Panel::Mutes => Rows::Mutes(Vec::new()),
        Panel::LogGroups => Rows::LogGroups(Vec::new()),
        Panel::Runbooks => Rows::Runbooks(Vec::new()),
        Panel::Executions => Rows::Executions(Vec::new()),
        Panel::Freeze => Rows::Freeze(None),
        Panel::Refreshes => Rows::Refreshes(Vec::new()),
        Panel::Builds => Rows::Builds(Default::default()),
        Panel::Promotion => Rows::Promotion(None),
        Panel::Schedules => Rows::Schedules(Vec::new()),
    }
}

fn service(task_definition: &str) -> Service {
    Service {
        arn: "arn:service/web".into(),
        name: "web".into(),
        status: "ACTIVE".into(),
        desired: 1,
        running: 1,
        pending: 0,
        launch_type: None,
        scheduling: SchedulingStrategy::Replica,
        task_definition: task_definition.into(),
        deployments: Vec::new(),
        events: Vec::new(),
        load_balancers: Vec::new(),
        placement_constraints: Vec::new(),
        minimum_healthy_percent: None,
        maximum_percent: None,
        created_at: None,
    }
}

#[test]
fn what_depends_on_nothing_goes_out_at_once_and_only_once() {
    let mut bench = Bench::new();
    let first: BTreeSet<Panel> = bench.due(START).into_iter().collect();
    let independent = [
        Panel::Identity,
        Panel::Cluster,
        Panel::ContainerInstances,
        Panel::Services,
        Panel::Tasks,
        Panel::Alarms,
        Panel::Mutes,
        Panel::Runbooks,
        Panel::Executions,
        Panel::Freeze,
        Panel::Promotion,
        Panel::Schedules,
    ];
    assert_eq!(first, independent.into_iter().collect());
    assert_eq!(bench.due(at(3_600)), [], "a panel has at most one read under way");
    assert!(!bench.refresh.settled());
}

#[test]
fn what_was_under_way_when_it_was_asked_for_is_as_old_as_its_beginning() {
    let mut bench = Bench::new();
    bench.due(START);
    assert_eq!(bench.refresh.began_too_early(Panel::Tasks), None, "nobody has asked since");
    bench.refresh.ask(&[Panel::Tasks]);
    assert_eq!(bench.refresh.began_too_early(Panel::Tasks), Some(START));
    bench.land(Panel::Tasks, Ok(empty(Panel::Tasks)), at(2));
    assert!(bench.due(at(2)).contains(&Panel::Tasks), "it is read again at once");
    assert_eq!(bench.refresh.began_too_early(Panel::Tasks), None);
}

#[test]
fn a_denied_panel_does_not_hold_back_those_that_depend_on_it() {
    let mut bench = Bench::new();
    bench.due(START);
    bench.land(Panel::Cluster, Err(FailureKind::Denied), at(1));
    assert_eq!(bench.due(at(1)), []);
    bench.land(Panel::ContainerInstances, Ok(empty(Panel::ContainerInstances)), at(1));
    assert_eq!(bench.due(at(1)), [Panel::Ec2Instances, Panel::Groups]);
}

#[test]
fn every_panel_is_tried_and_then_nothing_is_due() {
    let mut bench = Bench::new();
    let mut seen = BTreeSet::new();
    loop {
        let due = bench.due(START);
        if due.is_empty() {
            break;
        }
        for panel in due {
            assert!(seen.insert(panel), "{panel:?} was read twice");
            bench.land(panel, Ok(empty(panel)), START);
        }
    }
    assert_eq!(seen, Panel::ALL.into_iter().collect());
    assert!(bench.refresh.settled());
    assert!(bench.refresh.next_due(&bench.fleet, &bench.watch, START).unwrap() > START);
}

#[test]
fn what_is_on_screen_is_read_first_and_more_often() {
    let mut bench = Bench::new();
    bench.watch.panels = [Panel::Alarms].into();
    assert_eq!(bench.due(START).first(), Some(&Panel::Alarms));
    bench.land(Panel::Alarms, Ok(empty(Panel::Alarms)), START);
    bench.land(Panel::Mutes, Ok(empty(Panel::Mutes)), START);
    assert_eq!(bench.due(at(10)), []);
    assert_eq!(bench.due(at(18)), [Panel::Alarms]);
}

#[test]
fn failures_in_a_row_double_the_pause_up_to_a_cap() {
    let mut bench = Bench::new();
    bench.watch.panels = [Panel::Services].into();
    let mut now = START;
    let mut pauses = Vec::new();
    for _ in 0..12 {
        assert!(bench.due(now).contains(&Panel::Services));
        bench.land(Panel::Services, Err(FailureKind::Throttled), now);
        let mut later = now;
        while !bench.requests(later).iter().any(|request| request.need.panel() == Panel::Services) {
            later += SignedDuration::from_secs(1);
        }
        pauses.push(later.duration_since(now).as_secs());
        bench.land(Panel::Services, Err(FailureKind::Throttled), later);
        now = later + SignedDuration::from_mins(10);
    }
    assert!(pauses.windows(2).take(2).all(|pair| pair[1] > pair[0]), "{pauses:?}");
    let longest = pauses.iter().max().unwrap();
    assert!((270..=331).contains(longest), "{pauses:?}");
}

#[test]
fn credentials_are_tried_again_soon_and_a_missing_permission_late() {
    for (kind, early, late) in [(FailureKind::Credentials, 8, 12), (FailureKind::Denied, 200, 340)] {
        let mut bench = Bench::new();
        bench.due(START);
        bench.land(Panel::Services, Err(kind), START);
        assert_eq!(bench.due(at(early)), [], "{kind:?}");
        assert_eq!(bench.due(at(late)), [Panel::Services], "{kind:?}");
    }
}

#[test]
fn asking_overrides_the_interval() {
    let mut bench = Bench::new();
    bench.due(START);
    bench.land(Panel::Alarms, Ok(empty(Panel::Alarms)), START);
    bench.refresh.ask(&[Panel::Alarms]);
    assert_eq!(bench.due(at(1)), [Panel::Alarms]);
}

#[test]
fn a_new_definition_is_read_at_once_and_one_that_does_not_exist_is_not_asked_for_again_and_again() {
    let mut bench = Bench::new();
    bench.due(START);
    bench.land(Panel::Services, Ok(Rows::Services(vec![service("arn:td/web:1")])), START);
    bench.land(Panel::Tasks, Ok(empty(Panel::Tasks)), START);
    assert_eq!(bench.due(START), [Panel::TaskDefinitions]);
    bench.land(Panel::TaskDefinitions, Ok(empty(Panel::TaskDefinitions)), START);
    assert!(!bench.due(at(1)).contains(&Panel::TaskDefinitions));
    bench.land(Panel::Services, Ok(Rows::Services(vec![service("arn:td/web:2")])), at(2));
    assert!(bench.due(at(2)).contains(&Panel::TaskDefinitions));
}

/// The scope of the tasks among the reads that are due.
fn task_scope(bench: &mut Bench, now: Timestamp) -> Option<TaskScope> {
    bench.requests(now).into_iter().find_map(|request| match request.need {
        Need::Tasks(scope) => Some(scope),
        _ => None,
    })
}

#[test]
fn a_fleet_with_too_many_tasks_is_read_in_part_and_a_page_that_is_opened_at_once() {
    let mut bench = Bench::new();
    bench.watch.gaze = Some(Gaze::default());
    assert_eq!(task_scope(&mut bench, START), Some(TaskScope::UpTo(2_000)));
    let busy = Service { running: 2_001, desired: 2_001, ..service("arn:td/web:1") };
    bench.land(Panel::Services, Ok(Rows::Services(vec![busy])), START);
    assert_eq!(task_scope(&mut bench, START), None, "a read is under way");
    bench.land(Panel::Tasks, Ok(empty(Panel::Tasks)), START);
    let narrow = |owners, awaited| Some(TaskScope::Of { owners, awaited });
    assert_eq!(task_scope(&mut bench, START), narrow(Vec::new(), 0));
    bench.land(Panel::Tasks, Ok(empty(Panel::Tasks)), START);
    assert_eq!(task_scope(&mut bench, at(1)), None);
    let web = Some(Subject::Service("web".to_owned()));
    bench.watch.gaze = Some(Gaze { subject: web.clone(), ..Gaze::default() });
    assert_eq!(task_scope(&mut bench, at(1)), None, "a cursor that passes by asks for nothing");
    bench.land(Panel::Alarms, Ok(empty(Panel::Alarms)), at(1));
    assert_eq!(task_scope(&mut bench, at(1)), None, "and neither does it when something else has landed");
    bench.watch.gaze = Some(Gaze { subject: web, opened: true, ..Gaze::default() });
    assert_eq!(task_scope(&mut bench, at(1)), narrow(vec![TaskOwner::Service("web".to_owned())], 1));
}

#[test]
fn protection_is_asked_about_at_once_when_a_plan_opens_and_not_any_more_when_it_is_closed() {
    let mut bench = Bench::new();
    bench.watch.gaze = Some(Gaze::default());
    bench.due(START);
    bench.land(Panel::Tasks, Ok(empty(Panel::Tasks)), START);
    let planned = vec![Subject::Task("arn:t/1".to_owned())];
    bench.watch.gaze = Some(Gaze { planned: planned.clone(), ..Gaze::default() });
    bench.land(Panel::Alarms, Ok(empty(Panel::Alarms)), START);
    let tasks = |bench: &mut Bench, now| {
        bench.requests(now).into_iter().map(|request| request.need).find(|need| need.panel() == Panel::Tasks)
    };
    assert_eq!(tasks(&mut bench, at(1)), None, "a plan that ends no task asks about none");
    bench.watch.gaze = Some(Gaze { planned, ends_tasks: true, ..Gaze::default() });
    bench.land(Panel::Mutes, Ok(empty(Panel::Mutes)), at(1));
    let Some(Need::EndangeredTasks(_, endangered)) = tasks(&mut bench, at(1)) else { panic!("nothing is asked") };
    assert_eq!(endangered.tasks.len(), 1);
    bench.land(Panel::Tasks, Ok(empty(Panel::Tasks)), at(1));
    bench.watch.gaze = Some(Gaze::default());
    assert!(matches!(tasks(&mut bench, at(60)), Some(Need::Tasks(_))));
}

#[test]
fn who_reads_for_nobody_in_particular_reads_everything() {
    let mut bench = Bench::new();
    let busy = Service { running: 2_001, ..service("arn:td/web:1") };
    bench.fleet.land(
        PanelRead {
            generation: 1,
            panel: Panel::Services,
            at: START,
            outcome: Ok((Rows::Services(vec![busy]), Vec::new())),
        },
        START,
    );
    assert_eq!(task_scope(&mut bench, START), Some(TaskScope::All));
}

#[test]
fn types_are_asked_for_where_their_interfaces_limit_tasks() {
    let mut bench = Bench::new();
    let mut rows = Fixture::healthy(3).container_instances;
    for (row, (name, trunk)) in rows.iter_mut().zip([("m7i.large", true), ("m7i.xlarge", false), ("c7i.large", false)])
    {
        row.instance_type = Some(name.to_owned());
        row.attributes.remove("ecs.awsvpc-trunk-id");
        if trunk {
            row.attributes.insert("ecs.awsvpc-trunk-id".to_owned(), "eni-1".to_owned());
        }
    }
    bench.due(at(0));
    bench.land(Panel::ContainerInstances, Ok(Rows::ContainerInstances(rows)), at(1));
    bench.land(Panel::Cluster, Ok(empty(Panel::Cluster)), at(1));
    bench.due(at(1));
    bench.land(Panel::Groups, Ok(empty(Panel::Groups)), at(2));
    let types = bench.requests(at(2)).into_iter().find_map(|request| match request.need {
        Need::Images { types, .. } => Some(types),
        _ => None,
    });
    assert_eq!(types, Some(vec!["c7i.large".to_owned(), "m7i.xlarge".to_owned()]));
}

#[test]
fn target_groups_in_sight_are_asked_for_first() {
    let mut bench = Bench::new();
    let balanced = |name: &str| {
        let balancer = ServiceLoadBalancer {
            target_group_arn: format!("arn:tg/{name}"),
            container_name: "app".to_owned(),
            container_port: 80,
        };
        Service { name: name.into(), load_balancers: vec![balancer], ..service("arn:td/web:1") }
    };
    bench.due(START);
    let rows = ["a", "b", "c", "d"].map(balanced).to_vec();
    bench.land(Panel::Services, Ok(Rows::Services(rows)), START);
    bench.land(Panel::Cluster, Ok(empty(Panel::Cluster)), START);
    bench.land(Panel::ContainerInstances, Ok(empty(Panel::ContainerInstances)), START);
    bench.due(START);
    bench.watch.gaze = Some(Gaze {
        subject: Some(Subject::Service("c".to_owned())),
        rows: vec![Subject::TargetGroup("arn:tg/b".to_owned())],
        ..Gaze::default()
    });
    bench.land(Panel::Groups, Ok(empty(Panel::Groups)), START);
    let arns = bench.requests(START).into_iter().find_map(|request| match request.need {
        Need::Targets { arns, .. } => Some(arns),
        _ => None,
    });
    assert_eq!(arns.unwrap(), ["arn:tg/b", "arn:tg/c", "arn:tg/a", "arn:tg/d"]);
}

#[test]
fn health_that_is_well_and_out_of_sight_is_read_when_its_age_would_show() {
    let mut fixture = Fixture::healthy(2);
    let (api, web) = (fixture.targets[0].arn.clone(), fixture.targets[1].arn.clone());
    let ask = |fixture: &Fixture, gaze: Option<Gaze>, age: i64, asked_for: bool, calm: bool| {
        let fleet = fixture.fleet();
        let now = fixture.now + SignedDuration::from_secs(age);
        let moment = Moment { gaze: gaze.as_ref(), now, asked_for, calm };
        match need(Panel::Targets, &fleet, &Panel::ALL.into(), &Extras::default(), moment) {
            Some(Need::Targets { arns, calm, haste }) if arns.len() == 2 => (calm, haste),
            other => panic!("{other:?}"),
        }
    };
    let calm = |fixture: &Fixture, gaze, age, asked_for| ask(fixture, gaze, age, asked_for, false).0;
    let nowhere = || Some(Gaze::default());
    let at_web = || Some(Gaze { subject: Some(Subject::Service("web".to_owned())), ..Gaze::default() });
    let both: BTreeSet<String> = [api.clone(), web.clone()].into();
    assert_eq!(calm(&fixture, nowhere(), 24, false), both);
    assert_eq!(calm(&fixture, nowhere(), 25, false), BTreeSet::new());
    assert_eq!(ask(&fixture, nowhere(), 49, false, true), (both.clone(), Haste::Unhurried), "nothing stirs anywhere");
    assert_eq!(ask(&fixture, nowhere(), 50, false, true), (BTreeSet::new(), Haste::Unhurried));
    assert_eq!(ask(&fixture, nowhere(), 1, true, true), (BTreeSet::new(), Haste::Hurried));
    assert_eq!(ask(&fixture, None, 1, false, true).1, Haste::Hurried, "a script waits");
    assert_eq!(calm(&fixture, nowhere(), 1, true), BTreeSet::new(), "somebody pressed the key");
    assert_eq!(calm(&fixture, None, 1, false), BTreeSet::new(), "a script reads everything");
    assert_eq!(calm(&fixture, at_web(), 1, false), [api.clone()].into());
    fixture.targets[0].targets.rows[0].state = TargetState::Unhealthy;
    assert_eq!(calm(&fixture, nowhere(), 1, false), [web.clone()].into());
    fixture.targets[0].targets.rows[0].state = TargetState::Healthy;
    fixture.targets[1].targets.failure = Some(failure(FailureKind::Throttled));
    assert_eq!(calm(&fixture, nowhere(), 1, false), [api].into());
}

#[test]
fn a_clock_that_was_set_back_does_not_silence_a_panel() {
    let mut bench = Bench::new();
    bench.due(START);
    bench.land(Panel::Alarms, Ok(empty(Panel::Alarms)), START);
    assert_eq!(bench.due(at(-7_200)), [Panel::Alarms]);
}

#[test]
fn a_calm_fleet_is_read_a_third_as_often_until_something_changes() {
    let mut bench = Bench::new();
    bench.watch.panels = [Panel::Services, Panel::Alarms, Panel::Ec2Instances].into();
    let mut reads = Vec::new();
    let mut run = |bench: &mut Bench, from: i64, to: i64, rows: &mut dyn FnMut(Panel) -> Rows| {
        for second in from..to {
            for panel in bench.due(at(second)) {
                reads.push((second, panel));
                bench.land(panel, Ok(rows(panel)), at(second));
            }
        }
        let count = |panel| reads.iter().filter(|(at, one)| *one == panel && (from..to).contains(at)).count();
        let moments = reads.iter().map(|(at, _)| *at).filter(|at| (from..to).contains(at)).collect::<BTreeSet<_>>();
        (count(Panel::Services), count(Panel::Alarms), count(Panel::Ec2Instances), moments.len())
    };
    run(&mut bench, 0, 60, &mut empty);
    let calm = run(&mut bench, 60, 360, &mut empty);
    assert!((11..=12).contains(&calm.0) && (11..=12).contains(&calm.1), "just before ages begin to show: {calm:?}");
    assert!((5..=7).contains(&calm.2), "EC2 itself looks at a machine once a minute: {calm:?}");
    assert!(calm.3 <= 12, "together, so that the processor sleeps in between: {calm:?}");
    bench.watch.foremost = Some(Panel::Ec2Instances);
    let looked_at = run(&mut bench, 360, 660, &mut empty);
    assert!((11..=12).contains(&looked_at.2), "somebody looks at them: {looked_at:?}");
    bench.watch.foremost = None;
    let mut busy = 0;
    let stirred = run(&mut bench, 660, 960, &mut |panel| match panel {
        Panel::Services => {
            busy += 1;
            Rows::Services(vec![Service { name: format!("s{busy}"), ..service("arn:td/web:1") }])
        }
        other => empty(other),
    });
    assert!((27..=33).contains(&stirred.0) && (18..=23).contains(&stirred.1), "10 s and 15 s: {stirred:?}");
    assert!((13..=17).contains(&stirred.2), "20 s: {stirred:?}");
}

#[test]
fn what_fails_in_a_calm_fleet_keeps_its_pause_while_another_panel_waits() {
    let mut bench = Bench::new();
    let mut failed = 0;
    for second in 0..360 {
        for panel in bench.due(at(second)) {
            match panel {
                // The groups wait for it.
                Panel::Cluster => {}
                Panel::Services => {
                    failed += 1;
                    bench.land(panel, Err(FailureKind::Credentials), at(second));
                }
                other => bench.land(other, Ok(empty(other)), at(second)),
            }
        }
    }
    assert!((30..=40).contains(&failed), "{failed} times in six minutes, and 10 s apart");
}

/// How often a panel was read in ten minutes of a fleet that stands as the fixture says.
fn pace(fixture: &Fixture, panel: Panel) -> usize {
    let mut bench = Bench::new();
    bench.fleet = fixture.fleet();
    let start = fixture.now;
    let mut reads = 0;
    for second in 0..600 {
        let now = start + SignedDuration::from_secs(second);
        for due in bench.due(now) {
            reads += usize::from(due == panel);
            let read = PanelRead { at: now, ..fixture.read(due) };
            bench.refresh.landed(&read);
            bench.fleet.land(read, now);
        }
    }
    reads
}

/// A screen that called it stale would say of a healthy fleet, again and again, that it cannot tell.
#[test]
fn nothing_that_is_read_when_it_is_due_is_ever_stale() {
    let places: [&[Panel]; 3] = [&[], &[Panel::Services, Panel::Alarms], &Panel::ALL];
    for (seed, panels) in (0..12).zip(places.iter().cycle()) {
        let mut bench = Bench::new();
        bench.refresh = Refresh::new(Intervals::default(), Extras::default(), seed);
        bench.watch.panels = panels.iter().copied().collect();
        for second in 0..3_600 {
            for panel in bench.due(at(second)) {
                bench.land(panel, Ok(empty(panel)), at(second));
            }
            let stale = |panel: &&Panel| bench.fleet.panel_state(**panel, at(second)) == PanelState::Stale;
            let stale: Vec<&Panel> = Panel::ALL.iter().filter(stale).collect();
            assert!(stale.is_empty(), "{stale:?} after {second} s, with {panels:?} on screen and seed {seed}");
        }
    }
}

#[test]
fn what_rotation_is_told_by_is_read_seldom_unless_it_is_under_way() {
    let mut fixture = Fixture::healthy(2);
    let idle: Vec<usize> =
        [Panel::Refreshes, Panel::Promotion, Panel::Builds, Panel::Schedules].map(|panel| pace(&fixture, panel)).into();
    assert!(idle[0] <= 6 && idle[1] <= 6 && idle[2] <= 2 && idle[3] <= 2, "{idle:?}");
    let mut run = fixture::execution("a", "RolloutFleet", ExecutionStatus::InProgress);
    fixture.executions = vec![run.clone()];
    assert!((50..=70).contains(&pace(&fixture, Panel::Refreshes)), "a rollout is under way");
    run.status = ExecutionStatus::Success;
    run.ended_at = Some(fixture.ago(SignedDuration::from_mins(2)));
    fixture.executions = vec![run];
    assert!(pace(&fixture, Panel::Refreshes) <= 6, "it is over");
    fixture.executions = vec![fixture::execution("b", "BakeAmi", ExecutionStatus::InProgress)];
    assert!((18..=24).contains(&pace(&fixture, Panel::Builds)), "a bake is under way");
}
