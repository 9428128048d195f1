//! Skipping through text for an expression that has no literal to skip by.
//!
//! Every match of `[a-f]{7}[0-9]` begins with eight bytes, each out of a known set. Such a window is read from its end, and as
//! soon as what was read fits nowhere into the sets, all of it is stepped over: backward nondeterministic matching (Navarro
//! and Raffinot, "Fast and flexible string matching by combining bit-parallelism and suffix automata", 2000), where a set is as
//! good as a letter.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Bytes of a window at most: one bit of a `u16` for each.
const LONGEST: usize = 16;
/// Below this, nothing is gained over an automaton that reads every byte once.
const SHORTEST: usize = 4;
/// Steps beyond one for each byte after which it is not worth going on.
const PATIENCE: usize = 1_024;
/// What it costs to ask the expression itself, in steps.
const ASKING: usize = 64;

/// The bytes with which every match begins.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// For each byte the places where it may stand; the last place is bit 0.
    places: Box<[u16; 256]>,
    length: usize,
    /// Whether whatever fits the window is a match.
    exact: bool,
}

/// How a search for windows ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A match begins here.
    At(usize),
    /// No match begins before the end.
    Nothing,
    /// No match begins before here; from here on the expression itself is quicker.
    Unknown(usize),
}

impl Window {
    /// The window of an expression; `None`: it has none that is worth it.
    pub fn of(hir: &Hir) -> Option<Self> {
        let mut prefix = Prefix { sets: Vec::new(), exact: true };
        let whole = prefix.add(hir);
        if prefix.sets.len() < SHORTEST {
            return None;
        }
        let length = prefix.sets.len();
        let mut places = Box::new([0_u16; 256]);
        for (byte, places) in places.iter_mut().enumerate() {
            let fits = prefix.sets.iter().enumerate().filter(|(_, set)| set[byte]);
            *places = fits.fold(0, |bits, (at, _)| bits | 1 << (length - 1 - at));
        }
        Some(Self { places, length, exact: whole && prefix.exact })
    }

    /// The first match that begins in `from..to`, asking `is_match` of a place where the window fits but says too little.
    pub fn find(&self, text: &[u8], from: usize, to: usize, is_match: impl Fn(usize) -> bool) -> Found {
        let (mut at, mut spent) = (from, 0);
        while let Some(window) = text.get(at..(at + self.length).min(to)).filter(|w| w.len() == self.length) {
            let (fits, step, read) = self.look(window);
            spent += read;
            if fits {
                if self.exact || is_match(at) {
                    return Found::At(at);
                }
                spent += ASKING;
            }
            at += step;
            if spent > at - from + PATIENCE {
                return Found::Unknown(at);
            }
        }
        Found::Nothing
    }

    /// Whether the window fits, how far the next one is away that may, and how many bytes it took to see that.
    fn look(&self, window: &[u8]) -> (bool, usize, usize) {
        let first = 1_u16 << (self.length - 1);
        let (mut places, mut step) = (u16::MAX, self.length);
        for (left, byte) in (0..self.length).rev().zip(window.iter().rev()) {
            places &= self.places[usize::from(*byte)];
            if places == 0 {
                return (false, step, self.length - left);
            }
            if places & first != 0 {
                if left == 0 {
                    return (true, step, self.length);
                }
                // What was read is how a window may begin: the next one may begin there.
                step = left;
            }
            places <<= 1;
        }
        (false, step, self.length)
    }
}

type Set = [bool; 256];

/// The sets that were found so far.
struct Prefix {
    sets: Vec<Set>,
    exact: bool,
}

impl Prefix {
    /// Adds what every match of a part begins with. Whether that is all of it, so that what follows the part follows here.
    fn add(&mut self, hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Empty => true,
            HirKind::Look(_) => {
                self.exact = false;
                true
            }
            HirKind::Literal(literal) => literal.0.iter().all(|byte| self.push(|other| other == *byte)),
            HirKind::Class(Class::Unicode(class)) => {
                let ascii = class.ranges().last().is_some_and(|last| last.end().is_ascii());
                let holds =
                    |byte: u8| class.iter().any(|range| (range.start()..=range.end()).contains(&char::from(byte)));
                ascii && self.push(holds)
            }
            HirKind::Class(Class::Bytes(class)) => {
                self.push(|byte| class.iter().any(|range| (range.start()..=range.end()).contains(&byte)))
            }
            HirKind::Repetition(repeated) => {
                (0..repeated.min).all(|_| self.add(&repeated.sub)) && repeated.max == Some(repeated.min)
            }
            HirKind::Capture(capture) => self.add(&capture.sub),
            HirKind::Concat(parts) => parts.iter().all(|part| self.add(part)),
            HirKind::Alternation(parts) => self.add_either(parts),
        }
    }

    fn push(&mut self, holds: impl Fn(u8) -> bool) -> bool {
        if self.sets.len() == LONGEST {
            return false;
        }
        let mut set = [false; 256];
        (0..=u8::MAX).zip(&mut set).for_each(|(byte, fits)| *fits = holds(byte));
        self.sets.push(set);
        true
    }

    /// What all of them have in common: as many sets as the shortest has, each holding what any of them may have there.
    fn add_either(&mut self, parts: &[Hir]) -> bool {
        self.exact = false;
        let branches = parts.iter().map(|part| {
            let mut branch = Self { sets: Vec::new(), exact: false };
            let whole = branch.add(part);
            (branch.sets, whole)
        });
        let branches: Vec<(Vec<Set>, bool)> = branches.collect();
        let shortest = branches.iter().map(|(sets, _)| sets.len()).min().unwrap_or(0);
        let alike = branches.iter().all(|(sets, whole)| *whole && sets.len() == shortest);
        (0..shortest).all(|at| self.push(|byte| branches.iter().any(|(sets, _)| sets[at][usize::from(byte)]))) && alike
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use regex_automata::meta::Regex;
    use regex_automata::{Anchored, Input};

    use super::{Found, Window};

    fn window(pattern: &str) -> Option<Window> {
        Window::of(&regex_syntax::parse(pattern).unwrap())
    }

    #[test]
    fn a_window_is_as_long_as_what_every_match_begins_with() {
        for (pattern, length, exact) in [
            ("[a-f]{7}[0-9]", 8, true),
            ("[0-9]{4}-[0-9]{2}", 7, true),
            ("[a-z]{3}[0-9]+", 4, false),
            (r"\b[a-f]{5}", 5, false),
            ("(?:[a-c]{4}|[0-9]{6})x", 4, false),
            ("(?:[a-c]{4}|[0-9]{4})x", 5, false),
            ("[a-f]{40}", 16, false),
        ] {
            let window = window(pattern).unwrap();
            assert_eq!((window.length, window.exact), (length, exact), "{pattern}");
        }
        for pattern in ["[a-f]{3}", "[a-f]*[0-9]{8}", "[a-ÿ]{9}", ""] {
            assert!(window(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn it_finds_what_the_expression_finds() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let patterns =
            ["[ab]{3}[cd]", "(?:ab|ba|cc){2}[a-d]", "[a-c]{4}d*a", r"\b[ab]{4}", "a[bc]{2}[cd]$", "[abc]{15}[d]"];
        for pattern in patterns {
            let (regex, window) = (Regex::new(pattern).unwrap(), window(pattern).unwrap());
            for _ in 0..300 {
                let letters: &[char] =
                    if random.bool() { &['a', 'b', 'c', 'd'] } else { &['a', 'b', 'c', 'd', ' ', 'x', 'é'] };
                let text: String = (0..random.usize(..200)).map(|_| letters[random.usize(..letters.len())]).collect();
                let starts: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
                let from = starts[random.usize(..starts.len())];
                let is_match = |at| regex.is_match(Input::new(&text).range(at..).anchored(Anchored::Yes));
                let expected = regex.find(Input::new(&text).range(from..)).map(|found| found.start());
                match window.find(text.as_bytes(), from, text.len(), is_match) {
                    Found::At(at) => assert_eq!(Some(at), expected, "{pattern} in {text:?} from {from}"),
                    Found::Nothing => assert_eq!(None, expected, "{pattern} in {text:?} from {from}"),
                    Found::Unknown(at) => {
                        assert!(expected.is_none_or(|expected| expected >= at), "{pattern} in {text:?} from {from}");
                    }
                }
            }
        }
    }

    #[test]
    fn it_gives_up_where_it_would_be_slower_than_reading_every_byte() {
        let text = "abcdef ".repeat(10_000);
        let everywhere = window("[a-f ]{8}[0-9]").unwrap().find(text.as_bytes(), 0, text.len(), |_| true);
        assert!(matches!(everywhere, Found::Unknown(at) if at < 5_000), "{everywhere:?}");
        let often = window("[a-f]{6}.*[0-9]").unwrap().find(text.as_bytes(), 0, text.len(), |_| false);
        assert!(matches!(often, Found::Unknown(at) if at < 5_000), "{often:?}");
        let seldom = window("[0-9]{8}").unwrap().find(text.as_bytes(), 0, text.len(), |_| true);
        assert_eq!(seldom, Found::Nothing);
    }
}
