//! An action before it is started: form, plan, and two buttons of which the safe one has the keys.

use ratatui::layout::Rect;

use super::{button, frame};
use crate::actions::form::{self, Takes};
use crate::actions::plan::{Fate, Move, Note, Weight};
use crate::app::{Act, Focus, Layout, Model, Stage};
use crate::theme::Role;
use crate::ui::canvas::{Canvas, wrapped};
use crate::ui::format;
use crate::ui::widgets::{hints, stamps};

/// The most columns of the box.
const WIDTH: u16 = 110;
/// Columns of the names of fields.
const LABEL: u16 = 16;

/// Columns of the longest name that is shown in full.
const LONGEST: u16 = 23;
/// Lines that a long form leaves to the plan.
const PLAN: usize = 3;
/// Tasks that are listed by name.
const TASKS: usize = 40;

/// A line of the plan: pieces in their roles, behind an indent.
struct Line {
    indent: u16,
    text: String,
    role: Role,
}

/// Draws the box, as high as what it says needs.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, act: &Act, layout: &mut Layout) {
    let title = format!("{} · {}", act.title(), act.name());
    let lines = lines(model, act, usize::from(WIDTH.min(area.width).saturating_sub(4)));
    let rest = 2 + 1 + act.form().fields.len() + 1 + usize::from(foot_height(act));
    let height = u16::try_from(lines.len() + rest).unwrap_or(u16::MAX).min(area.height);
    let inner = frame(canvas, area, (WIDTH, height), &title);
    let top = head(model, canvas, inner, act);
    let top = form(model, canvas, Rect { y: top, height: inner.bottom().saturating_sub(top), ..inner }, act);
    let bottom = foot(canvas, inner, act);
    canvas.rule(inner.x, top, inner.width, Role::Border);
    let body = Rect { y: top + 1, height: bottom.saturating_sub(top + 1), ..inner };
    plan(canvas, body, &lines, act.offset(), layout);
}

/// Where it would run, and what does it; gives the line below.
fn head(model: &Model, canvas: &mut Canvas<'_>, area: Rect, act: &Act) -> u16 {
    let snapshot = model.fleet().snapshot();
    let identity = &snapshot.identity.rows;
    let account = match &identity.account_alias {
        Some(alias) => format!("{alias} ({})", identity.account),
        None if identity.account.is_empty() => "account not known".to_owned(),
        None => identity.account.clone(),
    };
    let version = if act.runbook().version.is_empty() { String::new() } else { format!(" v{}", act.runbook().version) };
    let runbook = format!("{}{version}", act.runbook().name);
    let dot = ("  ·  ", Role::Muted);
    canvas.pieces(
        area.x,
        area.y,
        area.width,
        &[
            (&account, Role::Strong),
            dot,
            (&snapshot.scope.region, Role::Text),
            dot,
            (identity.role(), Role::Text),
            dot,
            (&snapshot.scope.cluster, Role::Strong),
            dot,
            (&runbook, Role::Accent),
        ],
    );
    area.y + 1
}

/// The fields, as many as there is room for and always the one that has the keys; gives the line below.
fn form(model: &Model, canvas: &mut Canvas<'_>, area: Rect, act: &Act) -> u16 {
    let mut y = area.y;
    let rest = usize::from(foot_height(act)) + 1 + PLAN;
    let room = usize::from(area.height).saturating_sub(rest).max(1);
    let at = if let Focus::Field(number) = act.focus() { number } else { 0 };
    let first = (at + 1).saturating_sub(room);
    for (number, field) in act.form().fields.iter().enumerate().skip(first).take(room) {
        let hint = match field.choices() {
            [] => field.parameter.description.clone().unwrap_or_default(),
            choices => format!("{}← → {}", until(model, act, number), choices.join(" ")),
        };
        line(canvas, Rect { y, height: 1, ..area }, act, (Focus::Field(number), &field.parameter.name, &hint));
        y += 1;
    }
    more_fields(
        canvas,
        Rect { y: y.saturating_sub(1), height: 1, ..area },
        act.form().fields.len().saturating_sub(room),
    );
    y
}

/// How many fields there was no room for.
fn more_fields(canvas: &mut Canvas<'_>, area: Rect, hidden: usize) {
    if hidden > 0 {
        let more = format!(" ↕ {hidden} more ");
        let width = u16::try_from(more.chars().count()).unwrap_or(0);
        canvas.text(area.right().saturating_sub(width), area.y, width, &more, Role::HintKey);
    }
}

/// When something ends that begins now and lasts as long as a field says.
fn until(model: &Model, act: &Act, number: usize) -> String {
    let said = act.line(Focus::Field(number)).map(|line| line.text());
    let end = said.and_then(form::lasts).and_then(|time| model.now().checked_add(time).ok());
    match (&act.form().fields.get(number).map(|field| &field.takes), end) {
        (Some(Takes::Duration(_) | Takes::Until(_)), Some(end)) => format!("until {}   ", end.strftime("%a %H:%M UTC")),
        _ => String::new(),
    }
}

/// Columns of the names, a gap included.
fn label(act: &Act) -> u16 {
    let names = act.form().fields.iter().map(|field| format::width(&field.parameter.name) + 1);
    names.filter_map(|width| u16::try_from(width).ok()).max().unwrap_or(0).clamp(LABEL, LONGEST)
}

/// One line to type in: its name, what it says, and beside it what is wrong or what it takes.
fn line(canvas: &mut Canvas<'_>, area: Rect, act: &Act, (focus, name, hint): (Focus, &str, &str)) {
    let Some(input) = act.line(focus) else { return };
    let has_keys = act.focus() == focus && *act.stage() == Stage::Asking;
    let label = label(act);
    canvas.text(area.x, area.y, label - 1, name, if has_keys { Role::TitleFocused } else { Role::Muted });
    let value = Rect { x: area.x + label, width: area.width.saturating_sub(label), ..area };
    let used = if has_keys {
        hints::input(canvas, value, "", input)
    } else {
        canvas.text(value.x, value.y, value.width, input.text(), Role::Text)
    };
    let beside = value.width.saturating_sub(used + 2);
    let x = value.x + used + 2;
    match act.wrong(focus) {
        Some(wrong) => drop(canvas.text(x, area.y, beside, wrong, Role::Warning)),
        None if has_keys || input.text().is_empty() => drop(canvas.text(x, area.y, beside, hint, Role::HintText)),
        None => {}
    }
}

/// Lines of what has to be typed before it starts, with a rule above and the buttons below.
fn foot_height(act: &Act) -> u16 {
    let stops = act.stops();
    2 + u16::from(stops.contains(&Focus::Overrides)) + u16::from(stops.contains(&Focus::Name))
}

/// What has to be typed before it starts, and the buttons; gives the topmost line of it.
fn foot(canvas: &mut Canvas<'_>, area: Rect, act: &Act) -> u16 {
    let stops = act.stops();
    let overrides = stops.contains(&Focus::Overrides);
    let grave = stops.contains(&Focus::Name);
    let mut y = area.bottom().saturating_sub(foot_height(act));
    let top = y;
    canvas.rule(area.x, y, area.width, Role::Border);
    if overrides {
        y += 1;
        let names: Vec<&str> = act.plan().blocks().into_iter().map(|topic| topic.name()).collect();
        let hint = format!("blocked; to start all the same, type {}", names.join(" "));
        line(canvas, Rect { y, height: 1, ..area }, act, (Focus::Overrides, "override", &hint));
    }
    if grave {
        y += 1;
        let hint = format!("type {} to confirm", act.name());
        line(canvas, Rect { y, height: 1, ..area }, act, (Focus::Name, "confirm", &hint));
    }
    buttons(canvas, Rect { y: y + 1, height: 1, ..area }, act);
    top
}

fn buttons(canvas: &mut Canvas<'_>, area: Rect, act: &Act) {
    match act.stage() {
        Stage::Checking(..) => {
            canvas.text(area.x, area.y, area.width, "Reading again what the plan rests on…", Role::Accent);
            return;
        }
        Stage::Sending => {
            canvas.text(area.x, area.y, area.width, "Noted in the journal, and sent…", Role::Accent);
            return;
        }
        Stage::Asking | Stage::Refused(_) | Stage::Unknown(_) => {}
    }
    let over = *act.stage() != Stage::Asking;
    let mut x = button(canvas, area, if over { "Close" } else { "Cancel" }, act.focus() == Focus::Cancel);
    if !over {
        let rest = Rect { x, width: area.right().saturating_sub(x), ..area };
        x = button(canvas, rest, act.title(), act.focus() == Focus::Start);
    }
    if let Some(notice) = act.notice() {
        canvas.text(x + 1, area.y, area.right().saturating_sub(x + 1), notice, Role::Warning);
    }
}

/// The plan, from the line that it is scrolled to.
fn plan(canvas: &mut Canvas<'_>, area: Rect, lines: &[Line], offset: usize, layout: &mut Layout) {
    let room = usize::from(area.height);
    let furthest = lines.len().saturating_sub(room);
    let offset = offset.min(furthest);
    for (n, line) in lines.iter().skip(offset).take(room).enumerate() {
        let y = area.y + u16::try_from(n).unwrap_or(0);
        canvas.text(area.x + line.indent, y, area.width.saturating_sub(line.indent), &line.text, line.role);
    }
    let below = lines.len().saturating_sub(offset + room);
    if below > 0 && area.height > 1 {
        let more = format!(" ↓ {} more ", below + 1);
        let width = u16::try_from(more.chars().count()).unwrap_or(0);
        canvas.text(area.right().saturating_sub(width), area.bottom() - 1, width, &more, Role::HintKey);
    }
    layout.overlay_lines = room;
    layout.furthest = furthest;
}

fn lines(model: &Model, act: &Act, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    match act.stage() {
        Stage::Refused(failure) => {
            push(&mut lines, width, 0, "It was not started: nothing runs.", Role::Critical);
            push(&mut lines, width, 2, &stamps::cause(failure), Role::Text);
            gap(&mut lines);
        }
        Stage::Unknown(failure) => {
            push(
                &mut lines,
                width,
                0,
                "It was sent and not answered, and no execution carries its tag yet.",
                Role::Critical,
            );
            push(&mut lines, width, 2, &stamps::cause(failure), Role::Text);
            push(
                &mut lines,
                width,
                2,
                "It is never sent again by itself. The console looks for it when it starts; until then look under Automation.",
                Role::Text,
            );
            gap(&mut lines);
        }
        Stage::Asking | Stage::Checking(..) | Stage::Sending => {}
    }
    for note in &act.plan().notes {
        note_lines(&mut lines, width, model, act, note);
    }
    moves(&mut lines, width, model, act);
    by_hand(&mut lines, width, model, act);
    lines
}

fn note_lines(lines: &mut Vec<Line>, width: usize, model: &Model, act: &Act, note: &Note) {
    let (glyph, role) = match note.weight {
        Weight::Blocking => ("✖ ", Role::Critical),
        Weight::Warning => ("▲ ", Role::Warning),
        Weight::Fact => ("· ", Role::Text),
    };
    let about =
        note.subject.as_ref().filter(|_| act.subjects().len() > 1).map(|one| format!("{}: ", model.name_of(one)));
    let name = if note.weight == Weight::Blocking { format!("  [{}]", note.topic.name()) } else { String::new() };
    let text = format!("{}{}{name}", about.unwrap_or_default(), note.text);
    for (n, part) in wrapped(&text, width.saturating_sub(2)).into_iter().enumerate() {
        let (indent, text) = if n == 0 { (0, format!("{glyph}{part}")) } else { (2, part) };
        lines.push(Line { indent, text, role });
    }
}

fn moves(lines: &mut Vec<Line>, width: usize, model: &Model, act: &Act) {
    let moves = &act.plan().moves;
    if moves.is_empty() {
        return;
    }
    gap(lines);
    push(lines, width, 0, "Tasks", Role::Header);
    let tasks = &model.fleet().snapshot().tasks.rows;
    let owner = |one: &Move| {
        let task = tasks.iter().find(|task| task.arn == one.task)?;
        task.service().map(str::to_owned)
    };
    let width_of = moves.iter().filter_map(owner).map(|name| format::width(&name)).max().unwrap_or(0).clamp(10, 30);
    for one in moves.iter().take(TASKS) {
        let task = tasks.iter().find(|task| task.arn == one.task);
        let id = task.map_or(one.task.as_str(), |task| task.id());
        let of = task.and_then(|task| task.service()).unwrap_or("no service");
        let (fate, role) = match one.fate {
            Fate::Replaced => ("starts elsewhere", Role::Muted),
            Fate::Lost => ("stops, and finds no room elsewhere", Role::Warning),
            Fate::Stuck => ("stays: its service may not stop it", Role::Critical),
            Fate::Stays => ("stays until it ends or is stopped", Role::Warning),
            Fate::Ends => ("ends with its instance", Role::Muted),
            Fate::Unknown => ("cannot be told", Role::Warning),
        };
        let short: String = id.chars().take(8).collect();
        lines.push(Line { indent: 2, text: format!("{short:<10}{of:<width_of$}  {fate}"), role });
    }
    if moves.len() > TASKS {
        push(lines, width, 2, &format!("and {} more", moves.len() - TASKS), Role::Muted);
    }
}

/// The same by the AWS CLI: the start, and what to do when Automation itself is the fault.
fn by_hand(lines: &mut Vec<Line>, width: usize, model: &Model, act: &Act) {
    let start = act.start(model.now());
    let line = crate::actions::command::start(&start, &model.fleet().snapshot().scope.region);
    gap(lines);
    push(lines, width, 0, "The same with the AWS CLI", Role::Header);
    push(lines, width, 2, &line, Role::Muted);
    if act.plan().by_hand.is_empty() {
        return;
    }
    gap(lines);
    push(
        lines,
        width,
        0,
        "By hand, for the day when Automation is the fault; the console never runs this",
        Role::Header,
    );
    for step in &act.plan().by_hand {
        push(lines, width, 2, &step.command, Role::Muted);
        if let Some(undo) = &step.undo {
            push(lines, width, 2, &format!("undo: {undo}"), Role::Muted);
        }
    }
}

fn push(lines: &mut Vec<Line>, width: usize, indent: u16, text: &str, role: Role) {
    let parts = wrapped(text, width.saturating_sub(usize::from(indent)));
    lines.extend(parts.into_iter().map(|text| Line { indent, text, role }));
}

fn gap(lines: &mut Vec<Line>) {
    lines.push(Line { indent: 0, text: String::new(), role: Role::Text });
}
