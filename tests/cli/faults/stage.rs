//! A console without a terminal that goes wherever one can be.

use std::collections::BTreeMap;

use quarterdeck::app::logs::Limits;
use quarterdeck::app::{Area, Command, Effect, HitTarget, Layout, Model, Msg, Place, Screen, Start, update};
use quarterdeck::fleet::finding::Subject;
use quarterdeck::fleet::policy::Policy;
use quarterdeck::fleet::snapshot::PanelRead;
use quarterdeck::keymap::{DEFAULT, Keymap, parse_sequence};
use quarterdeck::theme::Theme;
use quarterdeck::ui;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::account::Account;

/// The key that leads to each list, and the columns that tell its rows apart.
pub const LISTS: [(Screen, &str, &[&str]); 9] = [
    (Screen::Bridge, "1", &["subject", "rule"]),
    (Screen::Instances, "2", &["id"]),
    (Screen::Services, "3", &["name"]),
    (Screen::Tasks, "T", &["id"]),
    (Screen::Targets, "4", &["group", "target", "port"]),
    (Screen::Alarms, "5", &["name"]),
    (Screen::Logs, "6", &["name"]),
    (Screen::Automation, "7", &["id"]),
    (Screen::Images, "8", &["id"]),
];

/// A frame, and what of it is a table, a summary or a tab.
pub struct Shot {
    /// Whether it is the page of a thing.
    pub page: bool,
    /// What stands elsewhere, line by line.
    pub lines: Vec<String>,
    /// Rows by what tells them apart; their cells by the name of the column.
    pub rows: BTreeMap<String, BTreeMap<&'static str, String>>,
    /// The lines of each summary, its title apart.
    pub summaries: Vec<(Screen, Vec<String>)>,
    /// What stands behind the name of each list in the header.
    pub tabs: Vec<(Screen, String)>,
}

/// A console to which reads landed.
pub struct Console {
    pub model: Model,
    theme: Theme,
    /// What it asked for and nobody did yet.
    pub effects: Vec<Effect>,
}

impl Console {
    pub fn new(account: &Account, reads: &[PanelRead]) -> Self {
        let start = Start {
            scope: Some(account.scope.clone()),
            policy: Policy::default(),
            keymap: Keymap::load(DEFAULT, None, &Command::names()).unwrap(),
            read_only: false,
            guarded: Vec::new(),
            limits: Limits::default(),
            queries: Vec::new(),
            names: quarterdeck::actions::catalogue::Names::default(),
            now: account.now(),
            size: (120, 40),
        };
        let mut console =
            Self { model: Model::new(start), theme: Theme::load("dark", |_| None).unwrap(), effects: Vec::new() };
        reads.iter().for_each(|read| console.send(Msg::PanelRead(read.clone())));
        // The page beside a list is one of those that are visited; stopped tasks are tasks too.
        console.press("2 p T x 1");
        console
    }

    pub fn send(&mut self, msg: Msg) {
        self.effects.extend(update(&mut self.model, msg));
    }

    pub fn press(&mut self, keys: &str) {
        parse_sequence(keys).unwrap().into_iter().for_each(|key| self.send(Msg::Key(key)));
    }

    /// Goes to `place` by way of a list. `false`: there is no such thing among what was read.
    pub fn go(&mut self, place: &Place) -> bool {
        let (screen, filter) = route(place);
        let (_, key, _) = LISTS.iter().find(|(list, ..)| *list == screen).unwrap();
        self.press(key);
        if !self.model.table(screen).filter().is_empty() {
            self.press("esc");
        }
        if *place == Place::List(screen) {
            return true;
        }
        self.press("/");
        self.send(Msg::Pasted(filter));
        self.press("enter g g");
        for _ in 0..self.model.table(screen).order().len() {
            self.press("enter");
            if self.model.place() == place || self.follow(place) {
                return true;
            }
            self.press(key);
            self.press("j");
        }
        false
    }

    /// Follows the link to `place` from the page on show.
    fn follow(&mut self, place: &Place) -> bool {
        let Some(page) = self.model.detail() else { return false };
        if !page.lines().iter().any(|line| line.link() == Some(place)) {
            return false;
        }
        self.press("g g");
        for _ in page.lines() {
            let (cursor, _) = self.model.page_window(40, page.lines().len());
            if page.lines()[cursor].link() == Some(place) {
                self.press("enter");
                return self.model.place() == place;
            }
            self.press("j");
        }
        false
    }

    /// Draws what is on show in so many columns and lines.
    pub fn shot(&mut self, (width, height): (u16, u16)) -> Shot {
        self.send(Msg::Resized { width, height });
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let layout = ui::draw(&self.model, &self.theme, &mut buffer);
        self.send(Msg::LaidOut(layout.clone()));
        let summaries = screens(&layout, |area| area.y > 1);
        let tabs = screens(&layout, |area| area.y == 1);
        let summarised: Vec<(u16, u16)> =
            screens(&layout, |area| area.y > 1).map(|(_, area)| (area.x, area.y)).collect();
        let tab = |text: Vec<String>, screen: Screen| text.concat().replacen(screen.title(), "", 1).trim().to_owned();
        let summaries = summaries.map(|(screen, area)| (screen, text(&buffer, area).split_off(1))).collect();
        let tabs = tabs.map(|(screen, area)| (screen, tab(text(&buffer, area), screen))).collect();
        let rows = self.rows(&buffer, &layout);
        let apart = layout.hits.iter().filter(|hit| !matches!(hit.target, HitTarget::Lines { .. }));
        for Area { x, y, width, height } in apart.map(|hit| hit.area) {
            // The title of a summary counts rows too.
            let title = summarised.contains(&(x, y));
            (y..y + height).skip(title.into()).for_each(|y| (x..x + width).for_each(|x| buffer[(x, y)].reset()));
        }
        let page = self.model.place().list().is_none();
        Shot { page, lines: text(&buffer, Area { x: 0, y: 0, width, height }), rows, summaries, tabs }
    }

    /// All text on show.
    pub fn text(&mut self, (width, height): (u16, u16)) -> String {
        self.send(Msg::Resized { width, height });
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        drop(ui::draw(&self.model, &self.theme, &mut buffer));
        text(&buffer, Area { x: 0, y: 0, width, height }).join("\n")
    }

    fn rows(&self, buffer: &Buffer, layout: &Layout) -> BTreeMap<String, BTreeMap<&'static str, String>> {
        let Place::List(screen) = *self.model.place() else { return BTreeMap::new() };
        let (listing, order) = (self.model.listing(screen), self.model.table(screen).order());
        let ctx = self.model.ctx();
        let named = LISTS.iter().find(|(list, ..)| *list == screen).unwrap().2;
        let found = layout.hits.iter().find_map(|hit| match hit.target {
            HitTarget::Rows { first } => Some((hit.area, first)),
            _ => None,
        });
        let Some((area, first)) = found else { return BTreeMap::new() };
        let mut rows = BTreeMap::new();
        for (y, row) in (area.y..area.y + area.height).zip(order.iter().skip(first)) {
            let names = listing.columns.iter().filter(|column| named.contains(&column.id));
            let name: Vec<String> = names.map(|column| (column.cell)(&ctx, *row).words()).collect();
            let cells = layout.hits.iter().filter_map(|hit| match hit.target {
                HitTarget::Column(n) => Some((listing.columns.get(n)?, hit.area)),
                _ => None,
            });
            let cells = cells.map(|(column, hit)| {
                (column.id, text(buffer, Area { y, height: 1, ..hit }).concat().trim().to_owned())
            });
            rows.insert(name.join(" "), cells.collect());
        }
        rows
    }
}

/// The list from which a place is reached, and what narrows it to the row that leads there.
fn route(place: &Place) -> (Screen, String) {
    let last = |arn: &str| arn.rsplit('/').next().unwrap_or(arn).to_owned();
    match place {
        Place::List(screen) => (*screen, String::new()),
        Place::Finding(rule, _) => (Screen::Bridge, rule.name()),
        Place::Logs(_) | Place::Insights => (Screen::Logs, String::new()),
        Place::Thing(subject) => match subject {
            Subject::Fleet => (Screen::Bridge, String::new()),
            Subject::Group(name) | Subject::LogGroup(name) => (Screen::Bridge, name.clone()),
            Subject::Instance(key) => (Screen::Instances, last(key)),
            Subject::Service(name) => (Screen::Services, name.clone()),
            Subject::Task(arn) => (Screen::Tasks, last(arn)),
            Subject::TargetGroup(arn) => (Screen::Targets, arn.split('/').nth(1).unwrap_or(arn).to_owned()),
            Subject::Target { target, .. } => (Screen::Targets, target.clone()),
            Subject::Alarm(name) => (Screen::Alarms, name.clone()),
            Subject::Execution(id) => (Screen::Automation, id.clone()),
            Subject::Image(id) => (Screen::Images, id.clone()),
            Subject::Refresh(id) => (Screen::Images, id.clone()),
        },
    }
}

fn screens(layout: &Layout, wanted: fn(&Area) -> bool) -> impl Iterator<Item = (Screen, Area)> {
    layout.hits.iter().filter_map(move |hit| match hit.target {
        HitTarget::Screen(screen) if wanted(&hit.area) => Some((screen, hit.area)),
        _ => None,
    })
}

fn text(buffer: &Buffer, area: Area) -> Vec<String> {
    let line = |y| (area.x..area.x + area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (area.y..area.y + area.height).map(line).collect()
}
