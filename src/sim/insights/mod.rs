//! The languages of CloudWatch Logs Insights and what they are evaluated by.
//!
//! Each language has a small parser that gives a [`plan::Plan`]; [`run::Run`] evaluates any of them, record by record, so
//! that a query under way has partial results. What a language has and this does not is refused as a query that can't be
//! compiled: there is no answer rather than a wrong one.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData_Languages.html>

mod aggregate;
pub mod cell;
mod cwli;
mod evaluate;
mod express;
mod function;
mod lex;
mod pattern;
pub mod plan;
mod ppl;
pub mod record;
pub mod run;
mod sql;
#[cfg(test)]
mod tests;

use std::str::FromStr;

use plan::Plan;

/// A language that queries are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Logs Insights QL.
    #[default]
    Cwli,
    /// OpenSearch PPL.
    Ppl,
    /// OpenSearch SQL.
    Sql,
}

impl Language {
    /// The name that the API has for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cwli => "CWLI",
            Self::Ppl => "PPL",
            Self::Sql => "SQL",
        }
    }
}

impl FromStr for Language {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        [Self::Cwli, Self::Ppl, Self::Sql].into_iter().find(|language| language.name() == name).ok_or(())
    }
}

/// Why a text is no query, and where; offsets count characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong.
    pub message: String,
    /// The first character that is wrong.
    pub start: usize,
    /// The first character after it.
    pub end: usize,
}

/// Reads a query.
///
/// # Errors
/// The text is no query of the language, or uses what is not understood here.
pub fn compile(language: Language, text: &str) -> Result<Plan, Malformed> {
    match language {
        Language::Cwli => cwli::parse(text),
        Language::Ppl => ppl::parse(text),
        Language::Sql => sql::parse(text),
    }
}
