//! The event loop: messages in, effects out, a frame when something visible changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use color_eyre::eyre::Result;
use crossterm::event::EventStream;
use futures::StreamExt;
use jiff::Timestamp;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::act;
use super::files;
use super::input::{Input, input};
use super::journal::Journal;
use super::needs::{Extras, Watch};
use super::reads::{self, Event, Events, LogReading, QueryRun};
use super::refresh::Refresh;
use super::signals::{Signal, Signals};
use super::tail::MOST_SESSIONS;
use super::terminal::Terminal;
use crate::actions::journal::Asked;
use crate::actions::start::Outcome;
use crate::app::{Effect, Layout, Model, Mouse, MouseKind, Msg, Usage, update};
use crate::aws::{Aws, Clock, Settings};
use crate::fleet::feed::Feed;
use crate::fleet::reading::{Failure, Panel};
use crate::fleet::scope::Scope;
use crate::fleet::snapshot::PanelRead;
use crate::logs::insights::QueryAsk;
use crate::logs::tail;
use crate::theme::Theme;
use crate::ui;

/// How often the core is told the time while anything happens. It decides what that changes on the screen, mostly nothing.
const TICK: Duration = Duration::from_secs(1);
/// The same while nothing does. A machine that slept for hours must not show for longer than this what it showed before.
const DOZE: Duration = Duration::from_secs(5);

/// Everything that the console is started with.
pub struct Session {
    /// The core, on its first screen.
    pub model: Model,
    /// Colours.
    pub theme: Theme,
    /// How to reach AWS.
    pub settings: Settings,
    /// What configuration adds to the fleet.
    pub extras: Extras,
    /// Where what is asked of the automation is noted; `None`: nowhere, and then nothing is.
    pub journal: Option<Journal>,
    /// Where the present comes from.
    pub now: Clock,
}

/// Why the console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The operator left.
    Quit,
    /// A signal ended it, with this exit code.
    Signalled(u8),
}

struct Console {
    session: Session,
    terminal: Terminal,
    refresh: Refresh,
    aws: Option<Aws>,
    events: Events,
    /// Reads that came since the last frame: while a large fleet is judged, more of them come.
    landed: Vec<PanelRead>,
    drawn: Option<u64>,
    layout: Layout,
    /// What reads logs.
    readings: Vec<LogReading>,
    /// The query that Logs Insights runs for us.
    query: Option<QueryRun>,
    /// The searches under way, by number, and whether each is still wanted.
    searches: HashMap<u64, Arc<AtomicBool>>,
    /// A text to be shown outside of the console, and whether in the editor.
    outside: Option<(String, bool)>,
    ended: Option<Ended>,
}

/// Runs the console until the operator leaves or a signal ends it.
///
/// The first frame is drawn before the SDK's configuration is loaded, so a slow metadata service or
/// an expired login costs a line on the screen and not a black terminal.
///
/// `signals` were caught before the terminal was taken, so that none of them leaves it taken.
///
/// # Errors
/// When the terminal can't be read or written, or a task of the console panicked.
pub async fn run(session: Session, terminal: Terminal, signals: Signals) -> Result<Ended> {
    let (events, inbox) = mpsc::unbounded_channel();
    let refresh = schedule(&session);
    let mut console = Console::new(session, terminal, refresh, events);
    console.take(Msg::Tick((console.session.now)()))?;
    console.draw()?;
    reads::connect(console.session.settings.clone(), &console.events);
    let ended = console.turn(inbox, signals).await;
    if let Some(query) = console.query.take() {
        query.stop().await;
    }
    ended
}

impl Console {
    fn new(session: Session, terminal: Terminal, refresh: Refresh, events: Events) -> Self {
        Self {
            session,
            terminal,
            refresh,
            aws: None,
            events,
            landed: Vec::new(),
            drawn: None,
            layout: Layout::default(),
            readings: Vec::new(),
            query: None,
            searches: HashMap::new(),
            outside: None,
            ended: None,
        }
    }

    async fn turn(&mut self, mut inbox: UnboundedReceiver<Event>, mut signals: Signals) -> Result<Ended> {
        let mut keys = EventStream::new();
        loop {
            // A key waits for nothing but the frame being drawn: it comes before answers, and answers before time.
            tokio::select! {
                biased;
                signal = signals.next() => self.signalled(signal)?,
                key = keys.next() => match key {
                    Some(event) => self.typed(event?)?,
                    // Standard input is gone, and with it every way to end the console by key.
                    None => return Ok(Ended::Quit),
                },
                Some(event) = inbox.recv() => self.arrived(event)?,
                () = tokio::time::sleep(self.idle_for()) => self.tell_time()?,
            }
            while let Ok(event) = inbox.try_recv() {
                self.arrived(event)?;
            }
            self.take_landed()?;
            if let Some(shown) = self.outside.take() {
                // While another program has the terminal nothing of ours may read from it.
                drop(keys);
                // Dropping the stream wakes whoever waits for keys. If nobody did, that would be taken together with the first key
                // that comes later, and the key would be held back until the next one: so it is taken now.
                crossterm::event::poll(Duration::ZERO)?;
                self.show(shown, &mut signals).await?;
                keys = EventStream::new();
            }
            if let Some(ended) = self.ended {
                return Ok(ended);
            }
            self.stop_unwanted_searches();
            self.read_what_is_due();
            self.draw()?;
        }
    }

    fn take_landed(&mut self) -> Result<()> {
        match std::mem::take(&mut self.landed) {
            none if none.is_empty() => Ok(()),
            landed => self.take(Msg::PanelsRead(landed)),
        }
    }

    fn typed(&mut self, event: crossterm::event::Event) -> Result<()> {
        self.tell_time()?;
        let msg = match input(event) {
            None => return Ok(()),
            Some(Input::Key(key)) => Msg::Key(key),
            Some(Input::Paste(text)) => Msg::Pasted(text),
            Some(Input::Resize(width, height)) => {
                self.terminal.resized(width, height);
                Msg::Resized { width, height }
            }
            Some(Input::Click(x, y)) => Msg::Mouse(Mouse { kind: MouseKind::Press, x, y }),
            Some(Input::Scroll(x, y, lines)) => {
                let kind = if lines > 0 { MouseKind::ScrollDown } else { MouseKind::ScrollUp };
                Msg::Mouse(Mouse { kind, x, y })
            }
        };
        self.take(msg)
    }

    fn signalled(&mut self, signal: Signal) -> Result<()> {
        match signal {
            Signal::Quit(code) => {
                self.ended = Some(Ended::Signalled(code));
                Ok(())
            }
            Signal::Suspend => self.suspend(),
            Signal::Resume => {
                self.terminal.resume()?;
                self.resumed()
            }
        }
    }

    fn arrived(&mut self, event: Event) -> Result<()> {
        self.tell_time()?;
        match event {
            Event::Connected(connected) => match *connected {
                Ok(aws) => self.connected(aws),
                Err(failure) => self.not_connected(&failure),
            },
            Event::Read(mut read) => {
                let began = self.refresh.began_too_early(read.panel);
                self.refresh.landed(&read);
                read.at = began.unwrap_or(read.at);
                self.landed.push(*read);
                Ok(())
            }
            Event::Clusters(outcome) => {
                let region = self.aws.as_ref().and_then(Aws::region).unwrap_or_default().to_owned();
                let outcome = outcome.map(|clusters| clusters.into_iter().map(|cluster| cluster.name).collect());
                self.take(Msg::ClustersRead { region, outcome })
            }
            Event::Logs { number, batch, room: _ } => self.take(Msg::LogsRead { number, batch }),
            Event::Ids { number, outcome } => self.take(Msg::EventIdsRead { number, outcome }),
            Event::Found { number, found, ended } => self.take(Msg::LogsFound { number, found, ended }),
            Event::Query { number, outcome } => self.take(Msg::QueryRead { number, outcome }),
            Event::Answered { number, document, outcome } => {
                self.take(Msg::StartAnswered { number, document, outcome })
            }
            Event::Told(outcome) => self.take(outcome.map_or_else(Msg::Failed, Msg::Done)),
            Event::Broken(report) => Err(report),
        }
    }

    /// Lets a pager or an editor have the terminal until it ends. Ctrl-C is meant for it, and not for us.
    async fn show(&mut self, (text, editor): (String, bool), signals: &mut Signals) -> Result<()> {
        let file = match files::Shown::new(&text) {
            Ok(file) => file,
            Err(error) => return self.take(Msg::Failed(format!("no file to show: {error}"))),
        };
        let mut command = file.command(editor);
        self.terminal.restore();
        let mut run = tokio::task::spawn_blocking(move || command.status());
        let status = loop {
            tokio::select! {
                status = &mut run => break status?,
                signal = signals.next() => match signal {
                    Signal::Quit(code @ (129 | 143)) => {
                        self.ended = Some(Ended::Signalled(code));
                        return Ok(());
                    }
                    // It stopped with the program that has the terminal: so do we, or the shell would not take it back.
                    Signal::Suspend => signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?,
                    Signal::Quit(_) | Signal::Resume => {}
                },
            }
        };
        self.terminal.resume()?;
        self.resumed()?;
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => self.take(Msg::Failed(format!("the program that showed the lines ended with {status}"))),
            Err(error) => self.take(Msg::Failed(format!("the lines were not shown: {error}"))),
        }
    }

    fn run_query(&mut self, number: u64, ask: QueryAsk) -> Result<()> {
        if let Some(aws) = &self.aws {
            self.query = Some(reads::query(aws, number, ask, &self.events));
            return Ok(());
        }
        let failure = reads::not_connected("logs:StartQuery", "run the query again in a moment");
        self.take(Msg::QueryRead { number, outcome: Err(failure) })
    }

    /// Without a connection nothing is known of a fleet, and there are no feeds to read.
    fn read_logs(&mut self, number: u64, feeds: Vec<Feed>, (since, until): (i64, Option<i64>)) {
        let Some(aws) = &self.aws else { return };
        let settings = tail::Settings { until, ..tail::Settings::since(since) };
        self.readings.push(reads::follow(aws, number, feeds, settings, &self.events));
    }

    /// What is read first has the first of the sessions that there may be.
    fn tail_live(&self, on: bool) {
        let most = if on { MOST_SESSIONS } else { 0 };
        self.readings.iter().fold(most, |left, reading| left - reading.following.live_tail(left));
    }

    fn stop_unwanted_searches(&mut self) {
        let logs = self.session.model.logs();
        self.searches.retain(|number, wanted| {
            let still = logs.is_some_and(|logs| logs.search(*number).is_some());
            wanted.store(still, Ordering::Relaxed);
            still
        });
    }

    fn search(&mut self, number: u64) {
        let Some(logs) = self.session.model.logs() else { return };
        let Some((lens, near)) = logs.search(number) else { return };
        let wanted = Arc::new(AtomicBool::new(true));
        self.searches.insert(number, wanted.clone());
        let what = (logs.store().snapshot(), lens.view().query().clone(), near);
        reads::search(number, what, move || wanted.load(Ordering::Relaxed), &self.events);
    }

    /// For how long there is nothing to do but wait.
    fn idle_for(&self) -> Duration {
        let (model, now) = (&self.session.model, (self.session.now)());
        let due = self.refresh.next_due(model.fleet(), &self.in_sight(), now);
        let next = due.into_iter().fold(model.changes_at(), Timestamp::min);
        Duration::try_from(next.duration_since(now)).unwrap_or_default().clamp(TICK, DOZE)
    }

    fn tell_time(&mut self) -> Result<()> {
        let (now, told) = ((self.session.now)(), self.session.model.now());
        if (told..told + TICK).contains(&now) {
            return Ok(());
        }
        self.take(Msg::Tick(now))?;
        self.read_usage(now)
    }

    fn read_usage(&mut self, now: Timestamp) -> Result<()> {
        let Some(aws) = &self.aws else { return Ok(()) };
        let usage = aws.usage(now);
        if usage.calls_last_minute == 0 && self.session.model.usage().is_none() {
            // The first figure is shown at once and stands for a while: it must not be that of the start.
            return Ok(());
        }
        let throttled = usage.throttled.into_iter().map(|(family, _)| family.to_owned()).collect();
        self.take(Msg::UsageRead(Usage { calls_last_minute: usage.calls_last_minute, throttled }))
    }

    fn connected(&mut self, aws: Aws) -> Result<()> {
        let region = aws.region().unwrap_or_default().to_owned();
        if let Some(journal) = &self.session.journal {
            reads::settle(&aws, journal, &self.events);
        }
        self.aws = Some(aws);
        self.take(Msg::RegionFound(region))?;
        for effect in self.session.model.begin() {
            self.perform(effect)?;
        }
        Ok(())
    }

    /// Without configuration nothing can be read: every panel says why, and the next tick tries again.
    fn not_connected(&mut self, failure: &Failure) -> Result<()> {
        let at = (self.session.now)();
        let generation = self.session.model.fleet().snapshot().generation;
        for panel in Panel::ALL {
            let read = PanelRead { generation, panel, at, outcome: Err(failure.clone()) };
            self.refresh.landed(&read);
            self.landed.push(read);
        }
        let (settings, events) = (self.session.settings.clone(), self.events.clone());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(10)).await;
            reads::connect(settings, &events);
        });
        Ok(())
    }

    /// The panels on screen, whatever is looked at there.
    fn in_sight(&self) -> Watch {
        let panels = self.session.model.visible_panels();
        Watch { panels: panels.iter().copied().collect(), foremost: panels.first().copied(), gaze: None }
    }

    fn read_what_is_due(&mut self) {
        let Some(aws) = &self.aws else { return };
        let model = &self.session.model;
        if !model.chosen() {
            return;
        }
        let watch = Watch { gaze: Some(model.gaze()), ..self.in_sight() };
        for request in self.refresh.due(model.fleet(), &watch, (self.session.now)()) {
            reads::read(aws, request, &self.events);
        }
    }

    fn take(&mut self, msg: Msg) -> Result<()> {
        for effect in update(&mut self.session.model, msg) {
            self.perform(effect)?;
        }
        Ok(())
    }

    fn perform(&mut self, effect: Effect) -> Result<()> {
        match effect {
            Effect::Quit => self.ended = Some(Ended::Quit),
            Effect::Suspend => self.suspend()?,
            Effect::Redraw => {
                self.terminal.redraw();
                self.drawn = None;
            }
            Effect::Refresh(panels) => self.refresh.ask(&panels),
            Effect::SwitchFleet { scope, .. } => self.switch(scope),
            Effect::ListClusters => {
                if let Some(aws) = &self.aws {
                    reads::list_clusters(aws, &self.events);
                }
            }
            Effect::ReadEventIds { number, group, stream, time } => {
                if let Some(aws) = &self.aws {
                    reads::event_ids(aws, number, (group, stream), time, &self.events);
                }
            }
            Effect::NumberRequest(number) => self.take(Msg::RequestNumbered { number, id: act::request_id() })?,
            Effect::StartRunbook { number, request_id, asked } => self.start(number, request_id, *asked)?,
            Effect::SignalExecution { execution, signal, who } => {
                let Some(aws) = &self.aws else {
                    let told = format!("{execution} was told nothing: there is no connection to AWS yet");
                    return self.take(Msg::Failed(told));
                };
                reads::signal(aws, self.session.journal.as_ref(), (execution, signal, who), &self.events);
                self.refresh.ask(&[Panel::Executions]);
            }
            Effect::SearchLogs(number) => self.search(number),
            Effect::Save { path, text } => reads::save(path, text, &self.events),
            Effect::Show { text, editor } => self.outside = Some((text, editor)),
            Effect::ReadLogs { number, feeds, since, until } => self.read_logs(number, feeds, (since, until)),
            Effect::TailLive(on) => self.tail_live(on),
            Effect::StopLogs => self.readings.clear(),
            Effect::RunQuery { number, ask } => return self.run_query(number, ask),
            Effect::StopQuery => self.query = None,
            Effect::Copy(text) => {
                let told = match self.terminal.copy(&text) {
                    Ok(()) => Msg::Done("copied".to_owned()),
                    Err(error) => Msg::Failed(format!("the terminal took no copy: {error}")),
                };
                self.take(told)?;
            }
        }
        Ok(())
    }

    fn start(&mut self, number: u64, request_id: String, asked: Asked) -> Result<()> {
        if let Some(aws) = &self.aws {
            reads::start(aws, self.session.journal.as_ref(), number, (request_id, asked), &self.events);
            return Ok(());
        }
        let outcome =
            Outcome::Refused(reads::not_connected("ssm:StartAutomationExecution", "start it again in a moment"));
        self.take(Msg::StartAnswered { number, document: asked.document, outcome })
    }

    /// Nothing of the old fleet is waited for: its answers carry the old generation and are dropped.
    fn switch(&mut self, scope: Scope) {
        self.refresh = schedule(&self.session);
        let (here, read_only) = (self.aws.as_ref().and_then(Aws::region), self.session.model.read_only());
        // What a connection may send is settled when it is made.
        if here != Some(scope.region.as_str()) || self.session.settings.read_only != read_only {
            self.aws = None;
            self.session.settings.region = Some(scope.region);
            self.session.settings.read_only = read_only;
            reads::connect(self.session.settings.clone(), &self.events);
        }
    }

    fn suspend(&mut self) -> Result<()> {
        self.terminal.suspend()?;
        self.resumed()
    }

    /// Hours may have passed, and the window may have another size.
    fn resumed(&mut self) -> Result<()> {
        let area = self.terminal.area();
        self.drawn = None;
        self.take(Msg::Resized { width: area.width, height: area.height })?;
        self.take(Msg::Tick((self.session.now)()))
    }

    fn draw(&mut self) -> Result<()> {
        let revision = self.session.model.revision();
        if self.drawn == Some(revision) {
            return Ok(());
        }
        let mut layout = Layout::default();
        let (model, theme) = (&self.session.model, &self.session.theme);
        self.terminal.draw(|buffer| layout = ui::draw(model, theme, buffer))?;
        self.drawn = Some(revision);
        if layout != self.layout {
            self.layout = layout.clone();
            self.take(Msg::LaidOut(layout))?;
        }
        Ok(())
    }
}

/// The schedule of a fleet's reads, at their beginning.
fn schedule(session: &Session) -> Refresh {
    Refresh::new(session.model.fleet().policy().intervals.clone(), session.extras.clone(), 0)
}
