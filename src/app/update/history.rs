//! Going somewhere, and back.

use crate::app::listing::Ctx;
use crate::app::model::Model;
use crate::app::place::Place;
use crate::app::screens;
use crate::app::visit::{Page, Visit};

/// Places that are remembered.
const LENGTH: usize = 100;

fn here(model: &Model) -> Visit {
    let stance = model.place.list().map(|screen| model.table(screen).stance());
    Visit { place: model.place.clone(), page: model.page, stance }
}

/// Goes to a place; the way back is remembered.
pub(super) fn go(model: &mut Model, place: Place) {
    if place == model.place {
        return;
    }
    remember(model);
    arrive(model, place);
}

/// Goes to a list that shows only what `filter` says; the way back is remembered.
pub(super) fn go_filtered(model: &mut Model, screen: crate::app::place::Screen, filter: &str) {
    remember(model);
    model.table_mut(screen).set_filter(filter);
    arrive(model, Place::List(screen));
}

fn remember(model: &mut Model) {
    let visit = here(model);
    model.back.push(visit);
    if model.back.len() > LENGTH {
        model.back.remove(0);
    }
    model.forward.clear();
}

fn arrive(model: &mut Model, place: Place) {
    model.place = place;
    model.page = Page::default();
    model.filtering = None;
    model.overlay = None;
    model.refresh_rows();
    if model.place.list().is_none() {
        // The cursor begins on the first line that it can rest on.
        super::cursor::moved(model, super::cursor::Motion::Top);
    }
    model.touch();
}

/// Goes back to where one was.
pub(super) fn back(model: &mut Model) {
    if let Some(visit) = model.back.pop() {
        let left = here(model);
        model.forward.push(left);
        resume(model, visit);
    }
}

/// Goes forward again.
pub(super) fn forward(model: &mut Model) {
    if let Some(visit) = model.forward.pop() {
        let left = here(model);
        model.back.push(left);
        resume(model, visit);
    }
}

fn resume(model: &mut Model, visit: Visit) {
    if let (Some(screen), Some(stance)) = (visit.place.list(), &visit.stance) {
        let ctx =
            Ctx { fleet: &model.fleet, hosts: &model.hosts, names: &model.names, now: model.shown, unfolded: false };
        model.tables[screen as usize].resume(stance, screens::listing(screen), &ctx);
    }
    model.place = visit.place;
    model.page = visit.page;
    model.overlay = None;
    model.touch();
}
