//! The parts of Quarterdeck that read what comes from outside, compiled without the rest of it, and what must hold of their answers.

pub mod logs;
#[path = "../../../src/text.rs"]
pub mod text;

use std::sync::LazyLock;

use regex_automata::meta::Regex;

/// What must not come out: controls, format characters, separators of lines, what is private, and whatever draws nothing. By the
/// tables of another crate than the sanitiser asks.
static FORBIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    let class = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Default_Ignorable_Code_Point}]";
    Regex::new(class).expect("the class compiles")
});

/// The first character that must not come out of the sanitiser, if one did.
#[must_use]
pub fn leaked(text: &str) -> Option<char> {
    let found = FORBIDDEN.find_iter(text).filter_map(|found| {
        let c = text[found.start()..].chars().next()?;
        let before = text[..found.start()].chars().next_back();
        // The choice between a text's and an emoji's looks stays after what may have either.
        let chooses = matches!(c, '\u{FE0E}' | '\u{FE0F}') && before.is_some_and(|before| !before.is_ascii());
        (!chooses).then_some(c)
    });
    { found }.next()
}

/// Stops if the text is not clean, or cleaning changes it.
///
/// # Panics
/// That is how a fuzzer is told.
pub fn assert_clean(text: &str) {
    assert_eq!(leaked(text), None, "came out in {text:?}");
    assert_eq!(text::clean(text), text, "cleaning twice is not cleaning once");
}
