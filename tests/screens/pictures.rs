//! The pictures in `screenshots/`: real frames of the simulated story, drawn by the console's own code.
//!
//! `QUARTERDECK_DRAW=1 cargo test --test screens pictures` draws them anew; without it they are compared.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use quarterdeck::app::logs::Limits;
use quarterdeck::app::{Command, Effect, Model, Msg, Start, Usage, update};
use quarterdeck::aws::{self, Aws};
use quarterdeck::fleet::pace::Intervals;
use quarterdeck::fleet::policy::Policy;
use quarterdeck::fleet::scope::Scope;
use quarterdeck::keymap::{DEFAULT, Keymap, parse_sequence};
use quarterdeck::logs::tail::Settings;
use quarterdeck::runtime::needs::{Extras, Watch};
use quarterdeck::runtime::refresh::Refresh;
use quarterdeck::runtime::tail::follow;
use quarterdeck::sim::Sim;
use quarterdeck::sim::call::Call;
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::services;
use quarterdeck::sim::world::World;
use quarterdeck::theme::Theme;
use quarterdeck::ui;
use quarterdeck::ui::svg;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::json;

/// A Sunday noon; any moment gives the same pictures.
const NOW: Timestamp = Timestamp::constant(1_795_953_600, 0);

/// File, theme, size, and the keys that lead to the frame.
const PICTURES: [(&str, &str, (u16, u16), &str); 11] = [
    ("bridge", "dark", (120, 36), "j"),
    ("instances", "dark", (160, 40), "2"),
    ("service", "dark", (120, 36), "3 enter"),
    ("targets", "dark", (140, 36), "4"),
    ("alarms", "light", (120, 36), "5"),
    ("logs", "dark", (140, 40), "5 j l n"),
    ("plan", "dark", (120, 40), "2 j j j a r p a s t space i t s space a g e"),
    ("keys", "dark", (100, 36), "?"),
    (RUNS, "dark", (140, 40), "7 enter"),
    ("amis", "dark", (160, 36), "8 j"),
    ("rollout", "dark", (140, 40), "9"),
];

/// What has happened to the fleet before its picture is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing but the story.
    Nothing,
    /// Runbooks were started a moment ago.
    Runs,
    /// An AMI was baked, and is being rolled out.
    Rollout,
}

impl Before {
    fn of(picture: &str) -> Self {
        match picture {
            RUNS => Self::Runs,
            "amis" | "rollout" => Self::Rollout,
            _ => Self::Nothing,
        }
    }

    /// Seconds that it takes.
    fn seconds(self) -> i64 {
        match self {
            Self::Nothing => 0,
            Self::Runs => BEFORE,
            Self::Rollout => BAKE + ROLLOUT,
        }
    }
}

/// Seconds from the start of a bake until the rollout, and from that on: it stands at its first checkpoint.
const BAKE: i64 = 1_800;
const ROLLOUT: i64 = 3_000;

/// The picture of a fleet in which runbooks were started.
const RUNS: &str = "automation";

/// Seconds in which they have run.
const BEFORE: i64 = 75;

/// Silences an alarm, then drains the instance that is older than the others.
fn begin_runs(sim: &Sim) {
    sim.with_world(|world| {
        let alarm = "recommendations-deployment-stuck".to_owned();
        let joined = world.instances.values().filter(|one| one.container.is_some());
        let oldest = joined.min_by_key(|one| one.launched_at).unwrap().id.clone();
        let starts = world.now.strftime("%Y-%m-%dT%H:%M").to_string();
        let own = [
            ("SilenceAlarm", vec![("AlarmNames", alarm), ("StartsAt", starts), ("Duration", "PT1H".to_owned())]),
            ("DrainInstance", vec![("Cluster", world.cluster.clone()), ("InstanceId", oldest)]),
        ];
        for (document, own) in own {
            start(world, document, &own);
        }
    });
}

/// Starts a runbook as somebody would.
fn start(world: &mut World, document: &str, own: &[(&str, String)]) {
    let shared = [("RequestedBy", "ada"), ("Reason", "past its age"), ("RequestId", "6f1c2a9e-3b7d")];
    let shared = shared.map(|(name, value)| (name, value.to_owned()));
    let parameters: serde_json::Map<String, serde_json::Value> =
        own.iter().chain(&shared).map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
    let input = json!({ "DocumentName": document, "Parameters": parameters });
    let (now, region) = (world.now, world.region.clone());
    let input = input.as_object().unwrap();
    let call = Call { operation: "StartAutomationExecution", input, now, region: &region };
    services::call(world, "ssm", &call).unwrap();
}

/// Bakes an AMI, then rolls it out to the first checkpoint; `pass` lets so many seconds pass.
fn begin_rollout(sim: &Sim, pass: impl Fn(i64)) {
    let cluster = || ("Cluster", "harbor".to_owned());
    sim.with_world(|world| start(world, "BakeAmi", &[cluster()]));
    pass(BAKE);
    sim.with_world(|world| start(world, "RolloutFleet", &[cluster(), ("CheckpointDelay", "7200".to_owned())]));
    pass(ROLLOUT);
}

/// The story as the console sees it after its first load, with runbooks that have been started before or without.
async fn story(size: (u16, u16), before: Before) -> (Model, Aws) {
    let second = Arc::new(AtomicI64::new(NOW.as_second() - before.seconds()));
    let clock = {
        let second = second.clone();
        move || Timestamp::from_second(second.load(Ordering::Relaxed)).unwrap()
    };
    // Of the story's instances some never drain: a rollout waits for them.
    let scenario = if before == Before::Rollout { Scenario::Healthy } else { Scenario::Story };
    // While it is read no time passes, in which rates would be free again.
    let limits = before != Before::Rollout;
    let sim = Sim::new(Options { seed: 7, scenario, limits, ..Options::default() }, Clock::from_source(clock));
    match before {
        Before::Nothing => {}
        Before::Runs => begin_runs(&sim),
        Before::Rollout => begin_rollout(&sim, |seconds| _ = second.fetch_add(seconds, Ordering::Relaxed)),
    }
    second.store(NOW.as_second(), Ordering::Relaxed);
    let settings = aws::Settings {
        region: Some("eu-west-1".into()),
        http_client: Some(sim.http_client()),
        credentials: Some(sim.credentials()),
        clock: Arc::new(|| NOW),
        ..aws::Settings::default()
    };
    let aws = Aws::connect(settings).await.unwrap();
    let keymap = Keymap::load(DEFAULT, None, &Command::names()).unwrap();
    let scope = Some(Scope { cluster: "harbor".into(), region: "eu-west-1".into() });
    let limits = Limits::default();
    let start = Start {
        scope,
        policy: Policy::default(),
        keymap,
        read_only: false,
        guarded: Vec::new(),
        limits,
        queries: Vec::new(),
        names: quarterdeck::actions::catalogue::Names::default(),
        now: NOW,
        size,
    };
    let mut model = Model::new(start);
    let mut refresh = Refresh::new(Intervals::uniform(SignedDuration::from_hours(24)), Extras::default(), 0);
    loop {
        let requests = refresh.due(model.fleet(), &Watch::default(), NOW);
        if requests.is_empty() {
            break;
        }
        for request in requests {
            let read = aws.read(request).await;
            refresh.landed(&read);
            update(&mut model, Msg::PanelRead(read));
        }
    }
    let calls_last_minute = u32::try_from(sim.calls().len()).unwrap();
    update(&mut model, Msg::UsageRead(Usage { calls_last_minute, throttled: Vec::new() }));
    (model, aws)
}

/// Does what a key asked for: reads logs to the present, numbers requests, always with the same number.
async fn perform(model: &mut Model, aws: &Aws, effects: Vec<Effect>) {
    for effect in effects {
        if let Effect::NumberRequest(number) = effect {
            let id = "6f1c2a9e-3b7d-4c58-9e02-d4a1b85f7c30".to_owned();
            update(model, Msg::RequestNumbered { number, id });
            continue;
        }
        let Effect::ReadLogs { number, feeds, since, until } = effect else { continue };
        let settings = Settings { until: until.or(Some(NOW.as_millisecond() - 1)), ..Settings::since(since) };
        let (sender, mut batches) = tokio::sync::mpsc::channel(1);
        let _following = follow(aws, feeds, settings, sender);
        while let Some(mut batch) = batches.recv().await {
            // With an end it is read to its end; the console would go on from there.
            batch.standing.caught_up |= batch.standing.done;
            update(model, Msg::LogsRead { number, batch });
        }
    }
}

fn draw(model: &mut Model, theme: &Theme) -> Buffer {
    let (width, height) = model.size();
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let layout = ui::draw(model, theme, &mut buffer);
    update(model, Msg::LaidOut(layout));
    buffer
}

/// The story's alarm on a deployment that does not end, and why it does not.
#[test]
fn four_keys_lead_from_the_firing_alarm_to_the_stack_trace_that_explains_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let theme = Theme::load("dark", |_| None).unwrap();
    let (mut model, aws) = runtime.block_on(story((140, 40), Before::Nothing));
    draw(&mut model, &theme);
    let keys = parse_sequence("5 j l n").unwrap();
    assert!(keys.len() <= 4);
    for key in keys {
        let effects = update(&mut model, Msg::Key(key));
        runtime.block_on(perform(&mut model, &aws, effects));
        draw(&mut model, &theme);
    }
    let event: String = model.logs().unwrap().facts().iter().map(|fact| format!("{}\n", fact.value())).collect();
    assert!(event.contains("Traceback") && event.contains("FEATURE_STORE_URL"), "{event}");
}

#[test]
fn pictures_show_what_the_console_draws() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let mut stale = Vec::new();
    for (name, theme, size, keys) in PICTURES {
        let theme = Theme::load(theme, |_| None).unwrap();
        let (mut model, aws) = runtime.block_on(story(size, Before::of(name)));
        draw(&mut model, &theme);
        for key in parse_sequence(keys).unwrap() {
            let effects = update(&mut model, Msg::Key(key));
            runtime.block_on(perform(&mut model, &aws, effects));
            draw(&mut model, &theme);
        }
        let picture = svg::render(&draw(&mut model, &theme), &theme, "quarterdeck demo");
        let file = folder.join(format!("{name}.svg"));
        if std::env::var_os("QUARTERDECK_DRAW").is_some() {
            fs::write(&file, &picture).unwrap();
        } else if fs::read_to_string(&file).ok().as_ref() != Some(&picture) {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "{stale:?} show no longer what is drawn: see the head of this file");
}
