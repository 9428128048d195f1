//! Functions of one row.

use super::Language;
use super::cell::Cell;

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Abs,
    Ceil,
    Floor,
    Round,
    Sqrt,
    Log,
    Greatest,
    Least,
    IsPresent,
    IsMissing,
    IsEmpty,
    IsBlank,
    Coalesce,
    Concat,
    StrLen,
    ToUpper,
    ToLower,
    Trim,
    LTrim,
    RTrim,
    Contains,
    Replace,
    Substr,
    ToMillis,
    FromMillis,
    Negate,
}

/// Where a function is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Everywhere,
    Cwli,
    OpenSearch,
}

use Where::{Cwli, Everywhere, OpenSearch};

/// Names, where they are known, and the fewest and the most arguments
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html>).
const FUNCTIONS: &[(&str, Function, Where, usize, usize)] = &[
    ("abs", Function::Abs, Everywhere, 1, 1),
    ("ceil", Function::Ceil, Everywhere, 1, 1),
    ("floor", Function::Floor, Everywhere, 1, 1),
    ("round", Function::Round, Everywhere, 1, 2),
    ("sqrt", Function::Sqrt, Everywhere, 1, 1),
    ("log", Function::Log, Everywhere, 1, 1),
    ("greatest", Function::Greatest, Everywhere, 1, 20),
    ("least", Function::Least, Everywhere, 1, 20),
    ("ispresent", Function::IsPresent, Cwli, 1, 1),
    ("isnotnull", Function::IsPresent, OpenSearch, 1, 1),
    ("isnull", Function::IsMissing, OpenSearch, 1, 1),
    ("isempty", Function::IsEmpty, Cwli, 1, 1),
    ("isblank", Function::IsBlank, Cwli, 1, 1),
    ("coalesce", Function::Coalesce, Everywhere, 1, 20),
    ("concat", Function::Concat, Everywhere, 1, 20),
    ("strlen", Function::StrLen, Cwli, 1, 1),
    ("length", Function::StrLen, OpenSearch, 1, 1),
    ("toupper", Function::ToUpper, Cwli, 1, 1),
    ("tolower", Function::ToLower, Cwli, 1, 1),
    ("upper", Function::ToUpper, Everywhere, 1, 1),
    ("lower", Function::ToLower, Everywhere, 1, 1),
    ("trim", Function::Trim, Everywhere, 1, 2),
    ("ltrim", Function::LTrim, Everywhere, 1, 2),
    ("rtrim", Function::RTrim, Everywhere, 1, 2),
    ("strcontains", Function::Contains, Cwli, 2, 2),
    ("replace", Function::Replace, Everywhere, 3, 3),
    ("substr", Function::Substr, Cwli, 2, 3),
    ("tomillis", Function::ToMillis, Cwli, 1, 1),
    ("frommillis", Function::FromMillis, Cwli, 1, 1),
];

impl Function {
    /// The function of that name that takes so many arguments.
    pub fn named(name: &str, language: Language, arguments: usize) -> Result<Self, String> {
        let known = |place: Where| match place {
            Everywhere => true,
            Cwli => language == Language::Cwli,
            OpenSearch => language != Language::Cwli,
        };
        let found = FUNCTIONS.iter().find(|(one, _, place, ..)| one.eq_ignore_ascii_case(name) && known(*place));
        let (_, function, _, least, most) = found.ok_or_else(|| format!("{name} is no function that is known here"))?;
        if (*least..=*most).contains(&arguments) {
            return Ok(*function);
        }
        let wanted = if least == most { least.to_string() } else { format!("{least} to {most}") };
        Err(format!("{name} takes {wanted} arguments, not {arguments}"))
    }

    /// Its value; nothing where an argument that it needs is not there.
    pub fn call(self, given: &[Cell]) -> Cell {
        match self {
            Self::IsPresent => Cell::Bool(!matches!(first(given), Cell::Missing)),
            Self::IsMissing => Cell::Bool(matches!(first(given), Cell::Missing)),
            Self::IsEmpty => Cell::Bool(first(given).text().is_none_or(|text| text.is_empty())),
            Self::IsBlank => Cell::Bool(first(given).text().is_none_or(|text| text.trim().is_empty())),
            Self::Coalesce => given.iter().find(|cell| **cell != Cell::Missing).cloned().unwrap_or(Cell::Missing),
            Self::Greatest => extreme(given, true),
            Self::Least => extreme(given, false),
            Self::ToMillis | Self::FromMillis => self.of_time(first(given)),
            Self::Abs | Self::Ceil | Self::Floor | Self::Round | Self::Sqrt | Self::Log | Self::Negate => {
                self.of_numbers(given).filter(|number| number.is_finite()).map_or(Cell::Missing, Cell::Number)
            }
            _ => self.of_texts(given).unwrap_or(Cell::Missing),
        }
    }

    fn of_time(self, given: &Cell) -> Cell {
        match (self, given) {
            (Self::ToMillis, Cell::Time(at)) => Cell::Number(*at as f64),
            (Self::FromMillis, other) => other.number().map_or(Cell::Missing, |at| Cell::Time(at as i64)),
            _ => Cell::Missing,
        }
    }

    fn of_numbers(self, given: &[Cell]) -> Option<f64> {
        let number = first(given).number()?;
        Some(match self {
            Self::Abs => number.abs(),
            Self::Ceil => number.ceil(),
            Self::Floor => number.floor(),
            Self::Sqrt => number.sqrt(),
            Self::Log => number.ln(),
            Self::Negate => -number,
            _ => {
                let places = given.get(1).map_or(Some(0.0), Cell::number)?;
                let scale = 10_f64.powi(places.clamp(-9.0, 9.0) as i32);
                (number * scale).round() / scale
            }
        })
    }

    fn of_texts(self, given: &[Cell]) -> Option<Cell> {
        if self == Self::Concat {
            let texts: Vec<_> = given.iter().filter_map(Cell::text).collect();
            return Some(Cell::Text(texts.concat()));
        }
        let text = first(given).text()?;
        let further = |place: usize| given.get(place).and_then(Cell::text);
        let letters = further(1);
        let cut = |c: char| letters.as_ref().map_or(c.is_whitespace(), |letters| letters.contains(c));
        let made = match self {
            Self::StrLen => return Some(Cell::Number(text.chars().count() as f64)),
            Self::Contains => return Some(Cell::Bool(text.contains(&*further(1)?))),
            Self::ToUpper => text.to_uppercase(),
            Self::ToLower => text.to_lowercase(),
            Self::Trim => text.trim_matches(cut).to_owned(),
            Self::LTrim => text.trim_start_matches(cut).to_owned(),
            Self::RTrim => text.trim_end_matches(cut).to_owned(),
            Self::Replace => text.replace(&*further(1)?, &further(2)?),
            Self::Substr => {
                let begin = given.get(1)?.number()?.max(0.0) as usize;
                let length = given.get(2).map_or(Some(f64::MAX), Cell::number)?.max(0.0) as usize;
                text.chars().skip(begin).take(length).collect()
            }
            _ => return None,
        };
        Some(Cell::Text(made))
    }
}

fn first(given: &[Cell]) -> &Cell {
    given.first().unwrap_or(&Cell::Missing)
}

fn extreme(given: &[Cell], greatest: bool) -> Cell {
    let numbers = given.iter().filter_map(Cell::number);
    let found = if greatest { numbers.max_by(f64::total_cmp) } else { numbers.min_by(f64::total_cmp) };
    found.map_or(Cell::Missing, Cell::Number)
}
