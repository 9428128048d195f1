//! Logs Insights QL (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html>).

use std::sync::Arc;

use regex_automata::PatternID;

use super::express::Parser;
use super::lex::{Kind, Token};
use super::plan::{Command, Expr, Key, Parse, Plan, Stats};
use super::{Language, Malformed, pattern};

/// The most rows that `limit` may ask for
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html>).
const MOST_ROWS: usize = 100_000;

/// How often a query may put rows together.
const MOST_STATS: usize = 2;

pub(super) fn parse(text: &str) -> Result<Plan, Malformed> {
    let mut parser = Parser::new(text, Language::Cwli);
    let mut commands = Vec::new();
    loop {
        let token = parser.lexer.next()?;
        let Kind::Word(word) = &token.kind else { return Err(parser.wrong(&token, "a command")) };
        commands.push(command(&mut parser, &token, &word.to_ascii_lowercase())?);
        parser.grouped |= word.eq_ignore_ascii_case("stats");
        let stats = commands.iter().filter(|command| matches!(command, Command::Stats(_))).count();
        if stats > MOST_STATS {
            return Err(parser.lexer.malformed("stats stands at most twice", token.start, token.end));
        }
        let end = parser.lexer.next()?;
        match end.kind {
            Kind::End => return Ok(Plan::new(commands)),
            Kind::Sign("|") => {}
            _ => return Err(parser.wrong(&end, "| or the end")),
        }
    }
}

fn command(parser: &mut Parser<'_>, token: &Token, word: &str) -> Result<Command, Malformed> {
    Ok(match word {
        "fields" => Command::Fields(parser.columns()?),
        "display" => Command::Display(parser.columns()?),
        "filter" => Command::Filter(parser.expression()?),
        "parse" => Command::Parse(extract(parser)?),
        "stats" => Command::Stats(stats(parser)?),
        "sort" => Command::Sort(parser.list(key)?),
        "limit" => {
            // Which rows `any` gives is for the service to say.
            parser.takes("any")?;
            limit(parser, MOST_ROWS).map(Command::Limit)?
        }
        "dedup" => Command::Dedup(parser.list(Parser::expression)?),
        _ => {
            return Err(parser.lexer.malformed(
                format!("{word} is no command that is known here"),
                token.start,
                token.end,
            ));
        }
    })
}

/// A number of rows.
pub(super) fn limit(parser: &mut Parser<'_>, most: usize) -> Result<usize, Malformed> {
    let token = parser.lexer.peek()?;
    let count = parser.count()?;
    if count > most {
        return Err(parser.lexer.malformed(format!("at most {most} rows can be asked for"), token.start, token.end));
    }
    Ok(count)
}

/// `stats aggregates [by columns]`.
pub(super) fn stats(parser: &mut Parser<'_>) -> Result<Stats, Malformed> {
    let start = parser.lexer.peek()?.start;
    let (columns, aggregates) = parser.aggregates()?;
    let end = parser.lexer.position();
    let by = if parser.takes("by")? { parser.columns()? } else { Vec::new() };
    let known: Vec<&str> = by.iter().map(|column| column.name.as_str()).collect();
    if columns.iter().any(|column| column.value.has_other_field(&known) || !column.value.has_slot()) {
        return Err(parser.lexer.malformed("only aggregates can stand here", start, end));
    }
    Ok(Stats { by, aggregates, columns })
}

fn key(parser: &mut Parser<'_>) -> Result<Key, Malformed> {
    let value = parser.expression()?;
    let descending = parser.takes("desc")?;
    if !descending {
        parser.takes("asc")?;
    }
    Ok(Key { value, descending })
}

/// `parse [field] "pattern *" as a, b` or `parse [field] /(?<a>…)/`.
fn extract(parser: &mut Parser<'_>) -> Result<Parse, Malformed> {
    let next = parser.lexer.peek()?;
    let from = match next.kind {
        Kind::Text(_) | Kind::Sign("/") => Expr::field("@message"),
        _ => Expr::Field(parser.name()?),
    };
    let start = parser.lexer.peek()?.start;
    if let Some(regex) = parser.lexer.regex()? {
        let end = parser.lexer.position();
        return by_regex(parser, from, &regex, &Token { kind: Kind::End, start, end });
    }
    let token = parser.lexer.next()?;
    let Kind::Text(text) = &token.kind else { return Err(parser.wrong(&token, "a pattern")) };
    let (regex, stars) = pattern::glob(text).map_err(|told| parser.lexer.malformed(told, start, token.end))?;
    parser.keyword("as")?;
    let names = parser.list(Parser::name)?;
    if names.len() != stars {
        let told = format!("{stars} wildcards for {} fields", names.len());
        return Err(parser.lexer.malformed(told, token.start, token.end));
    }
    Ok(Parse { from, pattern: Arc::from(regex), fields: names.into_iter().zip(1..).collect() })
}

/// What an expression with capturing groups extracts, each by its name or by the one that follows after `as`.
pub(super) fn by_regex(parser: &mut Parser<'_>, from: Expr, regex: &str, token: &Token) -> Result<Parse, Malformed> {
    let wrong = |parser: &Parser<'_>, told: String| parser.lexer.malformed(told, token.start, token.end);
    let regex = pattern::regex(regex).map_err(|told| wrong(parser, told))?;
    let groups = regex.group_info();
    let names = groups.pattern_names(PatternID::ZERO).enumerate();
    let mut fields: Vec<(String, usize)> = names.filter_map(|(group, name)| Some((name?.to_owned(), group))).collect();
    if parser.lexer.language() == Language::Cwli && parser.takes("as")? {
        fields = parser.list(Parser::name)?.into_iter().zip(1..).collect();
    }
    let held = groups.group_len(PatternID::ZERO);
    if fields.is_empty() || fields.iter().any(|(_, group)| *group >= held) {
        return Err(wrong(parser, "each extracted field needs a capturing group".to_owned()));
    }
    Ok(Parse { from, pattern: Arc::from(regex), fields })
}
