//! The rows of a chunk that pass a query.
//!
//! All lines of a chunk are one haystack: the pattern that narrows most runs over it and stops at lines that hold it, and only
//! those are asked the rest.

use super::chunk::{Chunk, GAP};
use super::event::Source;
use super::query::{Asked, Query, Term};

/// Bytes between two looks at whether anybody still wants the answer.
const WINDOW: usize = 64 << 10;
/// Lines that are stepped over before the index is searched by halves.
const STEPS: usize = 8;

/// One walk over a chunk.
pub(super) struct Scan<'a> {
    pub chunk: &'a Chunk,
    pub sources: &'a [Source],
    /// Whether rows that stand for gaps pass whatever is asked.
    pub gaps: bool,
    /// Whether nobody wants the answer any more.
    pub stop: &'a dyn Fn() -> bool,
}

impl Scan<'_> {
    /// The numbers in the chunk of the rows from `from` on that pass, in order. Nothing complete if it was stopped.
    pub fn rows(&self, query: &Query, from: usize) -> Vec<u32> {
        let all = from..self.chunk.len();
        if query.is_empty() {
            return all.map(|index| index as u32).collect();
        }
        let mut found = Vec::new();
        for clause in &query.clauses {
            self.clause(clause, from, &mut found);
        }
        if self.gaps && self.chunk.has_gaps() {
            found.extend(all.filter(|index| self.chunk.flag(*index) & GAP != 0).map(|index| index as u32));
        }
        if query.clauses.len() > 1 || self.chunk.has_gaps() {
            found.sort_unstable();
            found.dedup();
        }
        found
    }

    fn clause(&self, terms: &[Term], from: usize, found: &mut Vec<u32>) {
        let drivers = terms.iter().enumerate().filter_map(|(at, term)| Some((at, term.driver()?)));
        let Some((driving, driver)) = drivers.max_by_key(|(_, pattern)| pattern.weight()) else {
            for index in from..self.chunk.len() {
                if index % 1_024 == 0 && (self.stop)() {
                    return;
                }
                self.ask(terms.iter(), index, found);
            }
            return;
        };
        // A text that was found is found; what a hint found may still not be the field.
        let found_is_enough = terms.get(driving).is_some_and(Term::is_text);
        let rest: Vec<&Term> = terms
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != driving || !found_is_enough)
            .map(|(_, term)| term)
            .collect();
        let (text, ends) = (self.chunk.text(), self.chunk.ends());
        let mut index = from;
        while index < ends.len() && !(self.stop)() {
            // Whole lines, so that a window's end is never looked at as a place inside one.
            let start = self.chunk.start(index);
            let last = ends.partition_point(|end| (*end as usize) < start + WINDOW).min(ends.len() - 1);
            let to = ends.get(last).map_or(text.len(), |end| *end as usize);
            while index <= last {
                let Some(place) = driver.find(text, self.chunk.start(index), to) else { break };
                index = line_of(ends, index, place);
                if rest.is_empty() {
                    found.push(index as u32);
                } else {
                    self.ask(rest.iter().copied(), index, found);
                }
                index += 1;
            }
            index = last + 1;
        }
    }

    fn ask<'t>(&self, mut terms: impl Iterator<Item = &'t Term>, index: usize, found: &mut Vec<u32>) {
        let unknown = Source::default();
        let source = self.sources.get(usize::from(self.chunk.source(index))).unwrap_or(&unknown);
        let row = Asked { text: self.chunk.line(index), level: self.chunk.level(index), source };
        if terms.all(|term| term.passes(&row)) {
            found.push(index as u32);
        }
    }
}

/// The line that holds `place`, which is not above the line `from`.
fn line_of(ends: &[u32], from: usize, place: usize) -> usize {
    let below = ends.get(from..).unwrap_or_default();
    let near = below.iter().take(STEPS).position(|end| *end as usize >= place);
    from + near.unwrap_or_else(|| below.partition_point(|end| (*end as usize) < place))
}
