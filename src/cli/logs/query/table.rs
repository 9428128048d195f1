//! Rows of a result, as a table or as objects.

use std::io::{self, Write};

use serde_json::{Map, Value};

use crate::logs::insights::{QueryRow, QueryState};
use crate::text;
use crate::ui::format::{Align, clip, pad, width};

/// Columns of a terminal that a value may take where others follow it.
const WIDEST: usize = 60;

/// Between two columns.
const GAP: &str = "  ";

/// Rows with their columns aligned, numbers to the right. On a terminal long values are cut where others follow.
///
/// # Errors
/// When it can't be written.
pub(super) fn aligned(state: &QueryState, terminal: bool, mut out: impl Write) -> io::Result<()> {
    if state.columns.is_empty() {
        return out.flush();
    }
    let last = state.columns.len() - 1;
    let cell = |row: &QueryRow, place: usize| {
        let value = row.cells.get(place).and_then(Option::as_deref).unwrap_or_default();
        let value = text::clean(value).into_owned();
        if terminal && place < last { clip(&value, WIDEST).into_owned() } else { value }
    };
    let rows: Vec<Vec<String>> =
        state.rows.iter().map(|row| (0..=last).map(|place| cell(row, place)).collect()).collect();
    let columns: Vec<(usize, Align)> =
        state.columns.iter().enumerate().map(|(place, name)| shape(name, place, &rows)).collect();
    for row in std::iter::once(&state.columns).chain(&rows) {
        let cells = row.iter().zip(&columns).map(|(value, (columns, align))| pad(value, *columns, *align));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join(GAP).trim_end())?;
    }
    out.flush()
}

/// How wide a column is, and to which side its values go.
fn shape(name: &str, place: usize, rows: &[Vec<String>]) -> (usize, Align) {
    let values = || rows.iter().filter_map(|row| row.get(place));
    let widest = values().map(|value| width(value)).chain([width(name)]).max().unwrap_or(0);
    let numbers = values().all(|value| value.is_empty() || value.parse::<f64>().is_ok());
    (widest, if numbers && !rows.is_empty() { Align::Right } else { Align::Left })
}

/// One object a line, with the fields that the row has.
///
/// # Errors
/// When it can't be written.
pub(super) fn objects(state: &QueryState, mut out: impl Write) -> io::Result<()> {
    for row in &state.rows {
        let fields = state.columns.iter().zip(&row.cells);
        let fields = fields.filter_map(|(name, value)| Some((name.clone(), Value::from(value.as_deref()?))));
        let pointer = row.pointer.as_ref().map(|pointer| ("@ptr".to_owned(), Value::from(&*text::clean(pointer))));
        let object: Map<String, Value> = fields.chain(pointer).collect();
        writeln!(out, "{}", Value::from(object))?;
    }
    out.flush()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::logs::insights::QueryStatus;

    fn state() -> QueryState {
        let row = |cells: [Option<&str>; 3]| QueryRow {
            cells: cells.map(|cell| cell.map(str::to_owned)).into(),
            pointer: Some("p".to_owned()),
        };
        QueryState {
            status: QueryStatus::Complete,
            columns: ["@log", "n", "@message"].map(str::to_owned).into(),
            rows: vec![row([Some("größe/日本"), Some("5"), Some("one\ntwo")]), row([Some("b"), Some("1200"), None])],
            more: false,
            scanned_bytes: 0,
            scanned: 0,
            matched: 0,
        }
    }

    #[test]
    fn columns_are_aligned_by_what_a_terminal_shows() {
        let mut out = Vec::new();
        aligned(&state(), false, &mut out).unwrap();
        let wanted = "@log           n  @message\ngröße/日本     5  one␤two\nb           1200\n";
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }

    #[test]
    fn long_values_are_cut_on_a_terminal_alone_and_never_in_the_last_column() {
        let mut state = state();
        state.rows[0].cells = vec![Some("x".repeat(99)), None, Some("y".repeat(99))];
        let lengths = |terminal: bool| {
            let mut out = Vec::new();
            aligned(&state, terminal, &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            ["x", "y"].map(|letter| out.matches(letter).count())
        };
        assert_eq!(lengths(false), [99, 99]);
        assert_eq!(lengths(true), [WIDEST - 1, 99]);
    }

    #[test]
    fn objects_hold_what_a_row_has() {
        let mut out = Vec::new();
        objects(&state(), &mut out).unwrap();
        let lines: Vec<Value> =
            String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            lines[0],
            serde_json::json!({ "@log": "größe/日本", "n": "5", "@message": "one\ntwo", "@ptr": "p" })
        );
        assert_eq!(lines[1], serde_json::json!({ "@log": "b", "n": "1200", "@ptr": "p" }));
    }
}
