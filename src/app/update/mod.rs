//! What each message comes to: one file per noun.

mod act;
mod command;
mod cursor;
mod data;
mod filter;
mod history;
mod insights;
mod key;
mod logs;
mod mouse;
mod overlay;

pub(super) use insights::{scan, scan_of_viewer};
pub(super) use overlay::choices;

use jiff::Timestamp;

use super::effect::Effect;
use super::layout::Layout;
use super::model::Model;
use super::msg::Msg;
use super::overlay::Overlay;
use super::place::Place;
use crate::fleet::reading::Panel;
use crate::fleet::scope::Scope;
use crate::fleet::snapshot::PanelRead;
use crate::fleet::view::Fleet;

/// Takes in what has happened and says what is to be done.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = take(model, msg);
    effects.extend(logs::arrived(model));
    effects.extend(logs::live(model));
    effects
}

fn take(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => return key::pressed(model, key),
        Msg::Mouse(mouse) => return mouse::moved(model, mouse),
        Msg::Pasted(text) => return key::pasted(model, &text),
        Msg::Resized { width, height } => resized(model, (width, height)),
        Msg::Tick(now) => return ticked(model, now),
        Msg::PanelRead(read) => return panels_read(model, vec![read]),
        Msg::PanelsRead(reads) => return panels_read(model, reads),
        Msg::RegionFound(region) => region_found(model, region),
        Msg::UsageRead(usage) => data::usage_read(model, usage),
        Msg::ClustersRead { region, outcome } => return overlay::clusters_read(model, region, outcome),
        Msg::LogsRead { number, batch } => return logs::read(model, number, batch),
        Msg::EventIdsRead { number, outcome } => logs::ids_read(model, number, outcome),
        Msg::LogsFound { number, found, ended } => logs::found(model, number, &found, ended),
        Msg::RequestNumbered { number, id } => act::numbered(model, number, id),
        Msg::StartAnswered { number, document, outcome } => return act::answered(model, number, &document, outcome),
        Msg::QueryRead { number, outcome } => insights::read(model, number, outcome),
        Msg::LaidOut(layout) => laid_out(model, layout),
        Msg::Failed(text) => model.say(text, true),
        Msg::Done(text) => model.say(text, false),
    }
    Vec::new()
}

fn ticked(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    data::ticked(model, now);
    logs::ticked(model);
    act::ticked(model)
}

/// Panels were read: what waits for them goes on.
fn panels_read(model: &mut Model, reads: Vec<PanelRead>) -> Vec<Effect> {
    // What comes late from another fleet tells nothing about this one.
    let generation = model.fleet.snapshot().generation;
    let ours = reads.iter().filter(|read| read.generation == generation);
    let landed: Vec<(Panel, Timestamp)> = ours.map(|read| (read.panel, read.at)).collect();
    let executions = landed.iter().any(|(panel, _)| *panel == Panel::Executions);
    let running = if executions { act::running(model) } else { Vec::new() };
    let mut effects = data::panels_read(model, reads);
    effects.extend(act::ended_since(model, &running));
    effects.extend(landed.into_iter().flat_map(|(panel, at)| act::read(model, panel, at)));
    effects
}

impl Model {
    /// What is to be done before anything has happened.
    #[must_use]
    pub fn begin(&self) -> Vec<Effect> {
        if self.chosen {
            let snapshot = self.fleet.snapshot();
            vec![Effect::SwitchFleet { scope: snapshot.scope.clone(), generation: snapshot.generation }]
        } else {
            vec![Effect::ListClusters]
        }
    }
}

/// A fleet that was named without its Region begins anew in the Region that was found.
fn region_found(model: &mut Model, region: String) {
    let snapshot = model.fleet.snapshot();
    if !model.chosen || !snapshot.scope.region.is_empty() {
        return;
    }
    let scope = Scope { cluster: snapshot.scope.cluster.clone(), region };
    model.fleet = Fleet::new(scope, snapshot.generation + 1, model.fleet.policy().clone());
    model.touch();
}

fn resized(model: &mut Model, size: (u16, u16)) {
    if model.size != size {
        model.size = size;
        model.touch();
    }
}

/// Takes what a frame showed where. It shows that already: nothing needs to be drawn again.
fn laid_out(model: &mut Model, layout: Layout) {
    if model.place == Place::Insights {
        model.insights.laid_out(layout.table_rows);
    }
    // The window was drawn for the room of the frame before: where that was another one, it is drawn again.
    if let (Some(logs), Some((columns, lines))) = (&mut model.logs, layout.log)
        && logs.laid_out(columns, lines)
    {
        model.touch();
    }
    match model.place.list() {
        Some(screen) => model.table_mut(screen).laid_out(layout.table_rows),
        None => {
            let lines = model.detail().map_or(0, |detail| detail.lines().len());
            model.page.height = layout.page_lines;
            model.page.offset = model.page.top(layout.page_lines, lines);
        }
    }
    model.overlay_height = layout.overlay_lines;
    if let Some(Overlay::Act(act)) = &mut model.overlay {
        act.laid_out(layout.furthest);
    }
    model.hits = layout.hits;
}
