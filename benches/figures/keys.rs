//! From a key to its frame with 5,000 instances, and what an answer costs, while a call stalls.

use std::time::Instant;

use jiff::SignedDuration;
use quarterdeck::app::logs::Limits;
use quarterdeck::app::{Command, Model, Msg, Start, update};
use quarterdeck::aws::budget::Shares;
use quarterdeck::aws::request::{Need, ReadRequest};
use quarterdeck::aws::{Aws, Settings};
use quarterdeck::fleet::focus::Gaze;
use quarterdeck::fleet::pace::Intervals;
use quarterdeck::fleet::policy::Policy;
use quarterdeck::fleet::reading::Panel;
use quarterdeck::fleet::scope::Scope;
use quarterdeck::fleet::snapshot::{PanelRead, Rows, Snapshot};
use quarterdeck::fleet::view::Fleet;
use quarterdeck::keymap::{DEFAULT, Key, Keymap, parse_sequence};
use quarterdeck::runtime::needs::{Extras, Watch};
use quarterdeck::runtime::presenter::Presenter;
use quarterdeck::runtime::refresh::Refresh;
use quarterdeck::sim::Sim;
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::theme::Theme;
use quarterdeck::ui;
use tokio::task::JoinSet;

use super::table::{Line, median, ms, percentile, show_ms};

const WALKS: usize = 3;
const STEPS: usize = 1_000;
const SIZE: (u16, u16) = (200, 50);
/// What a walk is made of: places, rows, filters, orders, details and back.
const MOVES: [&str; 30] = [
    "1",
    "2",
    "3",
    "4",
    "5",
    "T",
    "tab",
    "j",
    "j",
    "k",
    "g g",
    "G",
    "ctrl-d",
    "ctrl-u",
    "n",
    "N",
    "s",
    "s",
    "S",
    "p",
    "l",
    "h",
    "enter",
    "esc",
    "a esc",
    "a d a b c esc",
    "/ a 1 enter",
    "/ c h e c k enter",
    "esc",
    "[",
];

/// Measures.
pub fn measure() -> Vec<Line> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (sim, aws, snapshot) = runtime.block_on(load());
    sim.set_faults(vec!["stall".parse().unwrap()]);
    let request = ReadRequest { generation: 0, scope: snapshot.scope.clone(), need: Need::Services };
    let stalled = runtime.spawn(async move { aws.read(request).await });
    let seed = fastrand::u64(..);
    eprintln!(
        "keys: seed {seed}, {} tasks of {} read",
        snapshot.tasks.rows.len(),
        snapshot.cluster.rows.counts.running_tasks
    );
    let mut random = fastrand::Rng::with_seed(seed);
    let walks: Vec<Vec<Step>> = (0..WALKS).map(|_| walk(&snapshot, &mut random)).collect();
    let worst = walks.iter().flatten().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap().clone();
    let times = |walk: &Vec<Step>| walk.iter().map(|(taken, _)| *taken).collect();
    let p99 = median(walks.iter().map(|walk| percentile(times(walk), 0.99)).collect());
    let landing = median((0..WALKS).map(|_| landing(&snapshot)).collect());
    stalled.abort();
    vec![
        Line::judged("key to frame, 99th percentile, 5,000 instances, a call stalls", 16.0, p99, show_ms),
        Line::told(format!("key to frame, the slowest of all ({})", worst.1), "", show_ms(worst.0)),
        Line::told("changed tasks landing: join, judge, rows, frame", "", show_ms(landing)),
    ]
}

/// How long a key took in milliseconds, and where it was pressed: the screen and the key.
type Step = (f64, String);

/// What the console holds of a fleet of 5,000 instances, read as fast as AWS's own rates allow.
async fn load() -> (Sim, Aws, Snapshot) {
    let (instances, services) = (Some(5_000), Some(230));
    let options = Options { scenario: Scenario::Scale, instances, services, still: true, ..Options::default() };
    let scope = Scope { cluster: options.cluster.clone(), region: options.region.clone() };
    let sim = Sim::new(options, Clock::system());
    let settings = Settings {
        region: Some(scope.region.clone()),
        http_client: Some(sim.http_client()),
        credentials: Some(sim.credentials()),
        shares: Shares { first_load: 1.0, refreshing: 0.95 },
        ..Settings::default()
    };
    let now = settings.clock.clone();
    let aws = Aws::connect(settings).await.expect("the simulated AWS is there");
    let mut fleet = Fleet::new(scope, 0, Policy::default());
    let mut refresh = Refresh::new(Intervals::uniform(SignedDuration::from_hours(24)), Extras::default(), 0);
    let watch = Watch { gaze: Some(Gaze::default()), ..Watch::default() };
    let mut reads = JoinSet::new();
    loop {
        for request in refresh.due(&fleet, &watch, now()) {
            let aws = aws.clone();
            reads.spawn(async move { aws.read(request).await });
        }
        let Some(read) = reads.join_next().await else { return (sim, aws, fleet.snapshot().clone()) };
        let read = read.expect("a read does not panic");
        refresh.landed(&read);
        fleet.land(read, now());
    }
}

struct Console {
    model: Model,
    theme: Theme,
    presenter: Presenter,
}

impl Console {
    fn on(snapshot: &Snapshot) -> Self {
        let start = Start {
            scope: Some(snapshot.scope.clone()),
            policy: Policy::default(),
            keymap: Keymap::load(DEFAULT, None, &Command::names()).unwrap(),
            read_only: false,
            guarded: Vec::new(),
            limits: Limits::default(),
            queries: Vec::new(),
            names: quarterdeck::actions::catalogue::Names::default(),
            now: jiff::Timestamp::now(),
            size: SIZE,
        };
        let theme = Theme::load("dark", |_| None).unwrap();
        let mut console = Self { model: Model::new(start), theme, presenter: Presenter::new(SIZE.0, SIZE.1, false) };
        for panel in Panel::ALL {
            console.send(Msg::PanelRead(read_of(snapshot, panel)));
        }
        console
    }

    /// Sends a message and draws, as the console does; gives the time that it took in milliseconds.
    fn send(&mut self, msg: Msg) -> f64 {
        let (started, revision) = (Instant::now(), self.model.revision());
        update(&mut self.model, msg);
        if self.model.revision() != revision {
            let mut layout = Default::default();
            self.presenter.present(|buffer| layout = ui::draw(&self.model, &self.theme, buffer)).unwrap();
            update(&mut self.model, Msg::LaidOut(layout));
        }
        ms(started.elapsed())
    }
}

fn walk(snapshot: &Snapshot, random: &mut fastrand::Rng) -> Vec<Step> {
    let mut console = Console::on(snapshot);
    let mut taken = Vec::new();
    while taken.len() < STEPS {
        let keys: Vec<Key> = parse_sequence(random.choice(MOVES).unwrap()).unwrap();
        taken.extend(keys.into_iter().map(|key| {
            let at = format!("{}, {key}", console.model.place().screen().title());
            (console.send(Msg::Key(key)), at)
        }));
    }
    taken
}

/// What it costs that one task is gone, in milliseconds.
fn landing(snapshot: &Snapshot) -> f64 {
    let mut console = Console::on(snapshot);
    let mut read = read_of(snapshot, Panel::Tasks);
    if let Ok((Rows::Tasks(tasks), _)) = &mut read.outcome {
        tasks.pop();
    }
    console.send(Msg::PanelRead(read))
}

/// The read that brought a panel of the snapshot.
fn read_of(snapshot: &Snapshot, panel: Panel) -> PanelRead {
    let rows = match panel {
        Panel::Identity => Rows::Identity(snapshot.identity.rows.clone()),
        Panel::Cluster => Rows::Cluster(snapshot.cluster.rows.clone()),
        Panel::ContainerInstances => Rows::ContainerInstances(snapshot.container_instances.rows.clone()),
        Panel::Ec2Instances => Rows::Ec2Instances(snapshot.ec2_instances.rows.clone()),
        Panel::Groups => Rows::Groups(snapshot.groups.rows.clone()),
        Panel::Images => Rows::Images(snapshot.images.rows.clone()),
        Panel::SecurityGroups => Rows::SecurityGroups(snapshot.security_groups.rows.clone()),
        Panel::Services => Rows::Services(snapshot.services.rows.clone()),
        Panel::Tasks => Rows::Tasks(snapshot.tasks.rows.clone()),
        Panel::TaskDefinitions => Rows::TaskDefinitions(snapshot.task_definitions.rows.clone()),
        Panel::Targets => Rows::Targets(snapshot.targets.rows.clone()),
        Panel::Alarms => Rows::Alarms(snapshot.alarms.rows.clone()),
        Panel::Mutes => Rows::Mutes(snapshot.mutes.rows.clone()),
        Panel::LogGroups => Rows::LogGroups(snapshot.log_groups.rows.clone()),
        Panel::Runbooks => Rows::Runbooks(snapshot.runbooks.rows.clone()),
        Panel::Executions => Rows::Executions(snapshot.executions.rows.clone()),
        Panel::Freeze => Rows::Freeze(snapshot.freeze.rows.clone()),
        Panel::Refreshes => Rows::Refreshes(snapshot.refreshes.rows.clone()),
        Panel::Builds => Rows::Builds(snapshot.builds.rows.clone()),
        Panel::Promotion => Rows::Promotion(snapshot.promotion.rows.clone()),
        Panel::Schedules => Rows::Schedules(snapshot.schedules.rows.clone()),
    };
    let missing = snapshot.info(panel).missing.to_vec();
    PanelRead { generation: 0, panel, at: jiff::Timestamp::now(), outcome: Ok((rows, missing)) }
}
