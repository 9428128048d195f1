//! OpenSearch PPL, as far as CloudWatch Logs takes it
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData_PPL.html>).

use super::cell::Cell;
use super::cwli;
use super::express::Parser;
use super::function::Function;
use super::lex::{Kind, Token};
use super::plan::{Column, Command, Expr, Key, Plan};
use super::{Language, Malformed};

/// The most rows that a query may ask for.
const MOST_ROWS: usize = 10_000;

/// Rows that `head` gives where it does not say how many.
const HEAD: usize = 10;

pub(super) fn parse(text: &str) -> Result<Plan, Malformed> {
    let mut parser = Parser::new(text, Language::Ppl);
    let groups = source(&mut parser)?;
    let mut commands = Vec::new();
    if !groups.is_empty() && ended(&mut parser)? {
        return Ok(Plan::of(groups, commands));
    }
    loop {
        let token = parser.lexer.next()?;
        let Kind::Word(word) = &token.kind else { return Err(parser.wrong(&token, "a command")) };
        command(&mut parser, &token, &word.to_ascii_lowercase(), &mut commands)?;
        parser.grouped |= word.eq_ignore_ascii_case("stats");
        if ended(&mut parser)? {
            return Ok(Plan::of(groups, commands));
        }
    }
}

/// Whether the query ends here, or else another command follows.
fn ended(parser: &mut Parser<'_>) -> Result<bool, Malformed> {
    let token = parser.lexer.next()?;
    match token.kind {
        Kind::End => Ok(true),
        Kind::Sign("|") => Ok(false),
        _ => Err(parser.wrong(&token, "| or the end")),
    }
}

/// `source = group` or `source = [group, group]`, which may be left out.
fn source(parser: &mut Parser<'_>) -> Result<Vec<String>, Malformed> {
    if !parser.takes("source")? {
        return Ok(Vec::new());
    }
    parser.sign("=")?;
    if !parser.takes_sign("[")? {
        return Ok(vec![parser.name()?]);
    }
    let groups = parser.list(Parser::name)?;
    parser.sign("]")?;
    Ok(groups)
}

fn command(parser: &mut Parser<'_>, token: &Token, word: &str, commands: &mut Vec<Command>) -> Result<(), Malformed> {
    match word {
        "fields" => {
            parser.takes_sign("+")?;
            let names = parser.list(Parser::name)?;
            commands.push(Command::Display(names.iter().map(|name| column(name)).collect()));
        }
        "where" => commands.push(Command::Filter(parser.expression()?)),
        "eval" => commands.push(Command::Make(parser.list(assigned)?)),
        "stats" => {
            let stats = cwli::stats(parser)?;
            let shown = stats.columns.iter().chain(&stats.by).map(|made| column(&made.name)).collect();
            commands.extend([Command::Stats(stats), Command::Display(shown)]);
        }
        "sort" => commands.push(Command::Sort(parser.list(key)?)),
        "head" => {
            let given = matches!(parser.lexer.peek()?.kind, Kind::Number(_));
            commands.push(Command::Limit(if given { cwli::limit(parser, MOST_ROWS)? } else { HEAD }));
        }
        "dedup" => {
            // Rows that lack one of the values go, unlike in Logs Insights QL.
            let fields: Vec<Expr> = deduplicated(parser)?.iter().map(|name| Expr::field(name)).collect();
            let all = fields.iter().map(|field| Expr::Call(Function::IsPresent, vec![field.clone()]));
            let all = all.fold(Expr::Const(Cell::Bool(true)), |all, one| Expr::And(Box::new(all), Box::new(one)));
            commands.extend([Command::Filter(all), Command::Dedup(fields)]);
        }
        "parse" => {
            let from = Expr::Field(parser.name()?);
            let token = parser.lexer.next()?;
            let Kind::Text(text) = &token.kind else { return Err(parser.wrong(&token, "a pattern")) };
            let parse = cwli::by_regex(parser, from, text, &token)?;
            commands.push(Command::Parse(parse));
        }
        _ => {
            let told = format!("{word} is no command that is known here");
            return Err(parser.lexer.malformed(told, token.start, token.end));
        }
    }
    Ok(())
}

fn column(name: &str) -> Column {
    Column { name: name.to_owned(), value: Expr::field(name) }
}

/// `name = expression`.
fn assigned(parser: &mut Parser<'_>) -> Result<Column, Malformed> {
    let name = parser.name()?;
    parser.sign("=")?;
    Ok(Column { name, value: parser.expression()? })
}

/// `dedup [1] field, field`: more than one of each is not understood.
fn deduplicated(parser: &mut Parser<'_>) -> Result<Vec<String>, Malformed> {
    let token = parser.lexer.peek()?;
    if matches!(token.kind, Kind::Number(_)) && parser.count()? != 1 {
        return Err(parser.lexer.malformed("dedup keeps one of each here", token.start, token.end));
    }
    parser.list(Parser::name)
}

/// `[+ | -] field [asc | desc]`.
fn key(parser: &mut Parser<'_>) -> Result<Key, Malformed> {
    let minus = parser.takes_sign("-")?;
    if !minus {
        parser.takes_sign("+")?;
    }
    let value = Expr::Field(parser.name()?);
    let desc = parser.takes("desc")?;
    if !desc {
        parser.takes("asc")?;
    }
    Ok(Key { value, descending: minus || desc })
}
