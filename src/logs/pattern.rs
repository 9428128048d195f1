//! One pattern that is looked for in many lines at once.

use memchr::memmem::Finder;
use regex_automata::meta::{Config, Regex};
use regex_automata::{Anchored, Input};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition,
};

use super::window::{Found, Window};

/// Longest pattern, in bytes.
const LONGEST: usize = 4_096;
/// How large a compiled pattern may get: what does not fit is refused, not waited for.
const SIZE_LIMIT: usize = 1 << 20;
/// The lazy automaton's memory.
const CACHE: usize = 4 << 20;
/// How deep a pattern nests.
const NEST_LIMIT: u32 = 100;

/// A literal or a regular expression, none of which reaches over the end of a line.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    /// These bytes.
    Literal(Box<Finder<'static>>),
    /// That expression.
    Regex(Box<Regex>),
    /// That expression, which has nothing to skip by but the bytes with which its matches begin.
    Windowed(Box<Regex>, Box<Window>),
}

impl Pattern {
    /// A literal in smart case: capitals count if it has one.
    pub fn literal(text: &str) -> Result<Self, String> {
        if text.contains('\n') {
            return Err("a line end is never part of a line".to_owned());
        }
        let cased = text.chars().any(|c| c.is_uppercase() || c.is_lowercase());
        if !cased || text.chars().any(char::is_uppercase) {
            return Ok(Self::Literal(Box::new(Finder::new(text.as_bytes()).into_owned())));
        }
        Self::compile(&regex_syntax::escape(text), true)
    }

    /// A regular expression in smart case: capitals count if it spells one.
    pub fn regex(pattern: &str) -> Result<Self, String> {
        Self::compile(pattern, !spells_capital(pattern))
    }

    fn compile(pattern: &str, any_case: bool) -> Result<Self, String> {
        if pattern.len() > LONGEST {
            return Err(format!("the pattern is longer than {LONGEST} bytes"));
        }
        let mut parser =
            ParserBuilder::new().multi_line(true).case_insensitive(any_case).nest_limit(NEST_LIMIT).build();
        let hir = parser.parse(pattern).map_err(|error| short(&error))?;
        let config = Config::new().nfa_size_limit(Some(SIZE_LIMIT)).hybrid_cache_capacity(CACHE);
        let hir = in_one_line(&hir);
        let regex =
            Regex::builder().configure(config).build_from_hir(&hir).map_err(|error| match error.size_limit() {
                Some(_) => "the pattern is too large: shorten its repetitions".to_owned(),
                None => error.to_string(),
            })?;
        let window = if regex.is_accelerated() { None } else { Window::of(&hir) };
        Ok(match window {
            Some(window) => Self::Windowed(Box::new(regex), Box::new(window)),
            None => Self::Regex(Box::new(regex)),
        })
    }

    /// A place in the line of the first match between the two offsets, which have to be starts of lines or the end.
    pub fn find(&self, text: &str, from: usize, to: usize) -> Option<usize> {
        match self {
            Self::Literal(finder) => finder.find(text.as_bytes().get(from..to)?).map(|at| from + at),
            Self::Regex(regex) => find_half(regex, text, from, to),
            Self::Windowed(regex, window) => {
                let to = to.min(text.len());
                let begins = |at| regex.is_match(Input::new(text).range(at..to).anchored(Anchored::Yes).earliest(true));
                match window.find(text.as_bytes(), from, to, begins) {
                    Found::At(at) => Some(at),
                    Found::Nothing => None,
                    Found::Unknown(at) => find_half(regex, text, at, to),
                }
            }
        }
    }

    /// Whether the line holds a match.
    pub fn is_in(&self, line: &str) -> bool {
        self.find(line, 0, line.len()).is_some()
    }

    /// Where the matches in a line are, for highlighting: byte ranges, none of them empty.
    pub fn ranges(&self, line: &str) -> Vec<std::ops::Range<usize>> {
        match self {
            Self::Literal(finder) => {
                let length = finder.needle().len();
                finder.find_iter(line.as_bytes()).map(|at| at..at + length).filter(|range| !range.is_empty()).collect()
            }
            Self::Regex(regex) | Self::Windowed(regex, _) => {
                regex.find_iter(line).map(|found| found.range()).filter(|r| !r.is_empty()).collect()
            }
        }
    }

    /// How well it narrows down what else has to be asked: the longer the better, a literal before an expression.
    pub fn weight(&self) -> usize {
        match self {
            Self::Literal(finder) => 2 + finder.needle().len(),
            Self::Regex(_) | Self::Windowed(..) => 1,
        }
    }
}

/// The end of the first match: nothing has to be known but its line, so the first end will do.
fn find_half(regex: &Regex, text: &str, from: usize, to: usize) -> Option<usize> {
    (from <= to && to <= text.len()).then_some(())?;
    regex.search_half(&Input::new(text).range(from..to).earliest(true)).map(|half| half.offset())
}

/// Whether a capital stands in the pattern that is not part of an escape such as `\W` or `\p{Lu}`.
fn spells_capital(pattern: &str) -> bool {
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                let class = rest.next();
                if matches!(class, Some('p' | 'P' | 'x' | 'u' | 'U')) && rest.as_str().starts_with('{') {
                    rest.by_ref().find(|c| *c == '}');
                }
            }
            c if c.is_uppercase() => return true,
            _ => {}
        }
    }
    false
}

/// The parser's message is a picture of several lines; its last line says what is wrong.
fn short(error: &regex_syntax::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// The same expression, unable to match a line feed, and with the ends of lines where it means the ends of the text.
/// Its depth is bounded by the parser's limit.
fn in_one_line(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => Hir::fail(),
        HirKind::Literal(literal) => Hir::literal(literal.0.clone()),
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut class = class.clone();
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Look(Look::Start) => Hir::look(Look::StartLF),
        HirKind::Look(Look::End) => Hir::look(Look::EndLF),
        HirKind::Look(look) => Hir::look(*look),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            min: repetition.min,
            max: repetition.max,
            greedy: repetition.greedy,
            sub: Box::new(in_one_line(&repetition.sub)),
        }),
        HirKind::Capture(capture) => in_one_line(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(in_one_line).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(in_one_line).collect()),
    }
}
