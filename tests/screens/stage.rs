//! A console without a terminal: messages in, a buffer out.

use jiff::SignedDuration;
use quarterdeck::app::logs::Limits;
use quarterdeck::app::{Command, Effect, Layout, Model, Msg, Start, update};
use quarterdeck::fleet::policy::Policy;
use quarterdeck::fleet::snapshot::PanelRead;
use quarterdeck::keymap::{DEFAULT, Keymap, parse_sequence};
use quarterdeck::theme::{Role, Theme};
use quarterdeck::ui;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use crate::fixture;

/// A console on a stage.
pub struct Stage {
    pub model: Model,
    theme: Theme,
    pub layout: Layout,
    pub effects: Vec<Effect>,
}

impl Stage {
    /// A console of that size that has read nothing yet.
    pub fn new(width: u16, height: u16) -> Self {
        Self::with_memory(width, height, Limits::default().memory)
    }

    /// The same with clusters in which nothing may be started.
    pub fn guarded((width, height): (u16, u16), clusters: &[&str]) -> Self {
        let guarded = clusters.iter().map(|name| (*name).to_owned()).collect();
        Self::of((width, height), Limits::default().memory, guarded)
    }

    /// The same with so many bytes for log lines.
    pub fn with_memory(width: u16, height: u16, memory: usize) -> Self {
        Self::of((width, height), memory, Vec::new())
    }

    fn of((width, height): (u16, u16), memory: usize, guarded: Vec<String>) -> Self {
        let keymap = Keymap::load(DEFAULT, None, &Command::names()).unwrap();
        let start = Start {
            scope: Some(fixture::scope()),
            policy: Policy::default(),
            keymap,
            read_only: false,
            guarded,
            limits: Limits { memory, ..Limits::default() },
            queries: Vec::new(),
            names: quarterdeck::actions::catalogue::Names::default(),
            now: fixture::now(),
            size: (width, height),
        };
        let theme = Theme::load("dark", |_| None).unwrap();
        Self { model: Model::new(start), theme, layout: Layout::default(), effects: Vec::new() }
    }

    /// Sends a message.
    pub fn send(&mut self, msg: Msg) -> &mut Self {
        self.effects.extend(update(&mut self.model, msg));
        self
    }

    /// Lands reads.
    pub fn land(&mut self, reads: Vec<PanelRead>) -> &mut Self {
        for read in reads {
            self.send(Msg::PanelRead(read));
        }
        self
    }

    /// Presses keys, drawing after each as the console does.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for key in parse_sequence(keys).unwrap() {
            self.send(Msg::Key(key));
            self.draw();
        }
        self
    }

    /// Types text.
    pub fn type_text(&mut self, text: &str) -> &mut Self {
        self.send(Msg::Pasted(text.to_owned()))
    }

    /// Lets time pass.
    pub fn wait(&mut self, seconds: i64) -> &mut Self {
        self.send(Msg::Tick(fixture::now() + SignedDuration::from_secs(seconds)))
    }

    /// Draws a frame and hands its layout back.
    pub fn draw(&mut self) -> Buffer {
        let (width, height) = self.model.size();
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        self.layout = ui::draw(&self.model, &self.theme, &mut buffer);
        self.send(Msg::LaidOut(self.layout.clone()));
        buffer
    }

    /// The text of a frame, line by line.
    pub fn text(&mut self) -> String {
        text(&self.draw())
    }

    /// Text and styles of a frame in one snapshot.
    pub fn snapshot(&mut self) -> String {
        let buffer = self.draw();
        format!("{}\n{}\n{}", text(&buffer), "─".repeat(20), self.styles(&buffer))
    }

    /// For each line the runs of cells that look alike: `column-column role`.
    fn styles(&self, buffer: &Buffer) -> String {
        let mut out = String::new();
        for y in 0..buffer.area.height {
            let mut runs: Vec<(u16, u16, String)> = Vec::new();
            let mut gap = false;
            for x in 0..buffer.area.width {
                let name = self.name(&buffer[(x, y)]);
                // A single blank inside words does not end their run; two do.
                let blank = name == "text" && buffer[(x, y)].symbol() == " ";
                match runs.last_mut() {
                    Some((_, end, held)) if *held == name && (x - *end == 1 || (x - *end == 2 && gap)) => *end = x,
                    _ if blank => {}
                    _ => runs.push((x, x, name)),
                }
                gap = blank;
            }
            let runs: Vec<String> = runs
                .into_iter()
                .filter(|(_, _, name)| name != "text")
                .map(|(start, end, name)| format!("{start}-{end} {name}"))
                .collect();
            if !runs.is_empty() {
                out.push_str(&format!("{y:>2}: {}\n", runs.join(", ")));
            }
        }
        out
    }

    /// The role that a cell plays, with the ground under it: what a theme would call them.
    fn name(&self, cell: &Cell) -> String {
        let matches = |style: Style| {
            style.fg.unwrap_or(Color::Reset) == cell.fg
                && style.bg.unwrap_or(Color::Reset) == cell.bg
                && style.add_modifier == cell.modifier
        };
        let roles = || Role::all().map(|(role, name)| (self.theme.style(role), name));
        if cell.symbol() == " " && cell.bg == Color::Reset && !cell.modifier.contains(Modifier::REVERSED) {
            return "text".to_owned();
        }
        if let Some((_, name)) = roles().find(|(style, _)| matches(*style)) {
            return name.to_owned();
        }
        for (ground, under) in roles().filter(|(style, _)| style.bg.is_some()) {
            if let Some((_, name)) = roles().find(|(style, _)| matches(style.patch(ground))) {
                return format!("{name} on {under}");
            }
            if let Some((_, name)) = roles().find(|(style, _)| matches(ground.patch(*style))) {
                return format!("{name} on {under}");
            }
        }
        format!("fg={} bg={} {:?}", cell.fg, cell.bg, cell.modifier)
    }
}

/// The text of a buffer, without blanks at the ends of lines.
pub fn text(buffer: &Buffer) -> String {
    let line = |y: u16| -> String {
        let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        line.trim_end().to_owned()
    };
    (0..buffer.area.height).map(line).collect::<Vec<_>>().join("\n")
}
