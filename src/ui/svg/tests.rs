#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use quick_xml::Reader;
use quick_xml::events::Event;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use super::*;
use crate::theme::Role;

fn dark() -> Theme {
    Theme::load("dark", |_| None).unwrap()
}

fn frame(width: u16, height: u16, paint: impl FnOnce(&mut Buffer)) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    paint(&mut buffer);
    render(&buffer, &dark(), "quarterdeck <demo>")
}

/// Lines of the picture that hold `part`.
fn lines<'s>(svg: &'s str, part: &str) -> Vec<&'s str> {
    svg.lines().filter(|line| line.contains(part)).collect()
}

#[test]
fn it_is_well_formed_whatever_the_cells_hold() {
    let svg = frame(30, 2, |buffer| {
        buffer.set_string(0, 0, "<&>\"' 日本 ●│█ é", Style::new().underlined().crossed_out());
        if let Some(cell) = buffer.cell_mut((0, 1)) {
            cell.set_symbol("\u{1b}");
        }
    });
    let mut reader = Reader::from_str(&svg);
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => {
                depth += 1;
                assert!(element.attributes().all(|attribute| attribute.is_ok()));
            }
            Event::Empty(element) => assert!(element.attributes().all(|attribute| attribute.is_ok())),
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    assert!(!svg.contains('\u{1b}'));
    assert!(svg.contains("<title>quarterdeck &lt;demo&gt;</title>"));
}

#[test]
fn words_stand_at_their_columns_and_fill_them() {
    let svg = frame(20, 2, |buffer| {
        buffer.set_string(2, 1, "web  日 api", Style::new());
    });
    let found: Vec<&str> = lines(&svg, "textLength");
    assert_eq!(found.len(), 3, "{svg}");
    assert!(found[0].contains("x=\"32\" y=\"67\" textLength=\"27\"") && found[0].contains(">web<"), "{}", found[0]);
    assert!(found[1].contains("x=\"77\" y=\"67\" textLength=\"18\"") && found[1].contains(">日<"), "{}", found[1]);
    assert!(found[2].contains("x=\"104\" y=\"67\" textLength=\"27\"") && found[2].contains(">api<"), "{}", found[2]);
}

#[test]
fn styles_are_kept() {
    let theme = dark();
    let svg = frame(20, 1, |buffer| {
        buffer.set_string(0, 0, "bad", theme.style(Role::Critical));
        buffer.set_string(4, 0, "rev", Style::new().fg(Color::Rgb(1, 2, 3)).reversed());
        buffer.set_string(8, 0, "dim", Style::new().fg(Color::Rgb(255, 255, 255)).bg(Color::Rgb(0, 0, 0)).dim());
        buffer.set_string(12, 0, "x y", Style::new().underlined());
    });
    assert!(lines(&svg, ">bad<")[0].contains("fill=\"#ff8a80\" font-weight=\"bold\""));
    assert!(lines(&svg, ">rev<")[0].contains(&format!("fill=\"{}\"", theme.background())));
    assert_eq!(lines(&svg, "fill=\"#010203\" shape").len(), 1, "the ground of what is reversed");
    assert!(lines(&svg, ">dim<")[0].contains("fill=\"#999999\""));
    assert!(lines(&svg, ">x y<")[0].contains("text-decoration=\"underline\""));
}

#[test]
fn frames_and_bars_meet_their_neighbours() {
    let svg = frame(6, 3, |buffer| {
        buffer.set_string(0, 0, "┌──┐", Style::new());
        buffer.set_string(0, 1, "│██▌", Style::new());
    });
    assert_eq!(lines(&svg, "d=\"M23 43.5H41\"").len(), 1, "two lines are one stroke\n{svg}");
    assert_eq!(lines(&svg, "d=\"M18 43.5H23M18.5 43V53\"").len(), 1, "{svg}");
    assert_eq!(lines(&svg, "d=\"M18.5 53V72\"").len(), 1, "{svg}");
    assert_eq!(lines(&svg, "<rect x=\"23\" y=\"53\" width=\"18\" height=\"19\"").len(), 1, "{svg}");
    assert_eq!(lines(&svg, "<rect x=\"41\" y=\"53\" width=\"4.5\" height=\"19\"").len(), 1, "{svg}");
    assert!(lines(&svg, "textLength").is_empty());
}

#[test]
fn grounds_of_one_colour_are_one_rectangle() {
    let svg = frame(10, 2, |buffer| buffer.set_style(Rect::new(2, 0, 5, 2), Style::new().bg(Color::Indexed(16))));
    assert_eq!(lines(&svg, "width=\"45\" height=\"19\" fill=\"#000000\"").len(), 2);
}

#[test]
fn the_same_frame_is_the_same_picture() {
    let paint = |buffer: &mut Buffer| {
        buffer.set_string(0, 0, "● web ▲", Style::new().fg(Color::Red));
    };
    assert_eq!(frame(10, 1, paint), frame(10, 1, paint));
}
