//! Reading a theme file.

use std::collections::BTreeMap;

use ratatui::style::Modifier;
use toml::de::{DeTable, DeValue};

use super::color::{ANSI, Rgb};
use super::role::{NAMES, Role};
use super::{Look, Paint, Theme};
use crate::document::{Entry, Mistake, Mistakes, Source, did_you_mean, entries};

const MODIFIERS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
    ("strike", Modifier::CROSSED_OUT),
];

const DEFAULT: &str = "default";

/// A theme as it is written: roles still name their colours, so that one file can repaint another's palette.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    background: Option<Rgb>,
    foreground: Option<Rgb>,
    palette: BTreeMap<String, Paint>,
    roles: BTreeMap<&'static str, Written>,
}

/// A role as it is written, with the places to blame.
#[derive(Debug, Clone, Default)]
struct Written {
    fg: Option<(String, Mistake)>,
    bg: Option<(String, Mistake)>,
    modifiers: Modifier,
}

/// Reads `source`, over the built-in theme that it names as its base, if any.
pub(super) fn read(name: &str, source: Source<'_>) -> Result<Theme, Mistakes> {
    let document = source.parse()?;
    let root = entries(document.get_ref());
    let mut draft = match root.iter().find(|entry| entry.key == "base") {
        None => Draft::default(),
        Some(entry) => base(source, entry)?,
    };
    let mut mistakes = Vec::new();
    for entry in &root {
        if let Err(mistake) = draft.take(source, entry, &mut mistakes) {
            mistakes.push(mistake);
        }
    }
    draft.finish(name, source, mistakes)
}

fn base(source: Source<'_>, entry: &Entry<'_>) -> Result<Draft, Mistake> {
    let name = entry.value.as_str().unwrap_or_default();
    let Some((_, text)) = super::BUILT_IN.into_iter().find(|(known, _)| *known == name) else {
        let known = super::BUILT_IN.map(|(known, _)| known).join("\" or \"");
        return Err(source.mistake(&entry.span, format!("base must be \"{known}\"")));
    };
    let shipped = Source { file: name, text };
    let document = shipped.parse()?;
    let mut draft = Draft::default();
    for entry in entries(document.get_ref()) {
        draft.take(shipped, &entry, &mut Vec::new())?;
    }
    Ok(draft)
}

impl Draft {
    fn take(&mut self, source: Source<'_>, entry: &Entry<'_>, mistakes: &mut Vec<Mistake>) -> Result<(), Mistake> {
        match (entry.key, entry.value) {
            ("base", _) => {}
            ("background", value) => self.background = Some(rgb(source, entry, value)?),
            ("foreground", value) => self.foreground = Some(rgb(source, entry, value)?),
            ("palette", DeValue::Table(table)) => each(table, mistakes, |line| {
                self.palette.insert(line.key.to_owned(), paint(source, line)?);
                Ok(())
            }),
            ("role", DeValue::Table(table)) => each(table, mistakes, |line| self.take_role(source, line)),
            (key, _) => {
                let allowed = ["base", "background", "foreground", "palette", "role"];
                let hint = did_you_mean(key, allowed);
                let message = format!(
                    "unexpected \"{key}\"{hint} (a theme has base, background, foreground, [palette] and [role])"
                );
                return Err(source.mistake(&entry.key_span, message));
            }
        }
        Ok(())
    }

    fn take_role(&mut self, source: Source<'_>, line: &Entry<'_>) -> Result<(), Mistake> {
        let Some((_, name)) = NAMES.iter().find(|(_, name)| *name == line.key) else {
            let names = NAMES.map(|(_, name)| name);
            let (hint, allowed) = (did_you_mean(line.key, names), names.join(" "));
            return Err(
                source.mistake(&line.key_span, format!("unknown role \"{}\"{hint} (roles: {allowed})", line.key))
            );
        };
        let DeValue::Table(table) = line.value else {
            return Err(
                source.mistake(&line.span, "a role is a table such as { fg = \"sky\", modifiers = [\"bold\"] }")
            );
        };
        let mut written = Written::default();
        for part in entries(table) {
            match (part.key, part.value) {
                ("fg", DeValue::String(color)) => written.fg = Some(named(source, &part, color)),
                ("bg", DeValue::String(color)) => written.bg = Some(named(source, &part, color)),
                ("modifiers", DeValue::Array(_)) => written.modifiers = modifiers(source, &part)?,
                (key, _) => {
                    let message =
                        format!("\"{key}\" does not fit: a role has fg and bg (colours) and modifiers (a list)");
                    return Err(source.mistake(&part.key_span, message));
                }
            }
        }
        self.roles.insert(name, written);
        Ok(())
    }

    fn finish(self, name: &str, source: Source<'_>, mut mistakes: Vec<Mistake>) -> Result<Theme, Mistakes> {
        let mut looks = [Look::default(); Role::COUNT];
        for (look, (_, role)) in looks.iter_mut().zip(NAMES) {
            match self.roles.get(role) {
                None => mistakes.push(
                    source
                        .mistake(&(0..0), format!("role \"{role}\" is missing; set it, or start from base = \"dark\"")),
                ),
                Some(written) => *look = self.resolve(written, &mut mistakes),
            }
        }
        for (key, value) in [("background", self.background), ("foreground", self.foreground)] {
            if value.is_none() {
                mistakes.push(
                    source.mistake(&(0..0), format!("{key} is missing: the colour that the terminal is taken to have")),
                );
            }
        }
        let ground = (self.background.unwrap_or(Rgb(0, 0, 0)), self.foreground.unwrap_or(Rgb(255, 255, 255)));
        Mistakes::unless_none(mistakes, Theme::new(name, ground, looks))
    }

    fn resolve(&self, written: &Written, mistakes: &mut Vec<Mistake>) -> Look {
        let mut paint = |color: &Option<(String, Mistake)>| {
            let (color, place) = color.as_ref()?;
            let found = self.paint_named(color);
            if found.is_none() {
                let hint = did_you_mean(color, self.palette.keys().map(String::as_str).chain([DEFAULT]));
                let message =
                    format!("unknown colour \"{color}\"{hint} (a name of [palette], \"#rrggbb\" or \"{DEFAULT}\")");
                mistakes.push(Mistake { message, ..place.clone() });
            }
            found
        };
        Look { fg: paint(&written.fg), bg: paint(&written.bg), modifiers: written.modifiers }
    }

    fn paint_named(&self, color: &str) -> Option<Paint> {
        if color == DEFAULT {
            return Some(Paint::Default);
        }
        self.palette.get(color).copied().or_else(|| Rgb::parse(color).map(|rgb| Paint::Color { rgb, ansi: None }))
    }
}

fn each(table: &DeTable<'_>, mistakes: &mut Vec<Mistake>, mut take: impl FnMut(&Entry<'_>) -> Result<(), Mistake>) {
    mistakes.extend(entries(table).iter().filter_map(|line| take(line).err()));
}

fn named(source: Source<'_>, part: &Entry<'_>, color: &str) -> (String, Mistake) {
    (color.to_owned(), source.mistake(&part.span, ""))
}

fn rgb(source: Source<'_>, entry: &Entry<'_>, value: &DeValue<'_>) -> Result<Rgb, Mistake> {
    value
        .as_str()
        .and_then(Rgb::parse)
        .ok_or_else(|| source.mistake(&entry.span, format!("{} must be \"#rrggbb\"", entry.key)))
}

fn paint(source: Source<'_>, line: &Entry<'_>) -> Result<Paint, Mistake> {
    let DeValue::Array(pair) = line.value else {
        return rgb(source, line, line.value).map(|rgb| Paint::Color { rgb, ansi: None });
    };
    let parts: Vec<&str> = pair.iter().filter_map(|part| part.get_ref().as_str()).collect();
    let (Some(rgb), Some(name), 2) = (parts.first().copied().and_then(Rgb::parse), parts.get(1), pair.len()) else {
        let message = format!("{} must be \"#rrggbb\" or [\"#rrggbb\", \"one of the 16 ANSI colours\"]", line.key);
        return Err(source.mistake(&line.span, message));
    };
    let known = ANSI.iter().find(|(known, _, _)| known == name).map(|(_, color, _)| *color);
    let ansi = if *name == DEFAULT { Some(ratatui::style::Color::Reset) } else { known };
    if ansi.is_none() {
        let names = ANSI.map(|(name, _, _)| name);
        let (hint, allowed) = (did_you_mean(name, names), names.join(" "));
        return Err(
            source.mistake(&line.span, format!("unknown ANSI colour \"{name}\"{hint} (ANSI: {allowed} {DEFAULT})"))
        );
    }
    Ok(Paint::Color { rgb, ansi })
}

fn modifiers(source: Source<'_>, part: &Entry<'_>) -> Result<Modifier, Mistake> {
    let mut all = Modifier::empty();
    for item in part.value.as_array().into_iter().flat_map(|list| list.iter()) {
        let name = item.get_ref().as_str().unwrap_or_default();
        let Some((_, modifier)) = MODIFIERS.iter().find(|(known, _)| *known == name) else {
            let names = MODIFIERS.map(|(name, _)| name);
            let (hint, allowed) = (did_you_mean(name, names), names.join(" "));
            return Err(
                source.mistake(&item.span(), format!("unknown modifier \"{name}\"{hint} (modifiers: {allowed})"))
            );
        };
        all |= *modifier;
    }
    Ok(all)
}
