//! OpenSearch SQL, as far as one table goes
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData_SQL.html>).

use super::aggregate::Aggregate;
use super::express::Parser;
use super::lex::Kind;
use super::plan::{Column, Command, Expr, Key, Plan, Stats};
use super::{Language, Malformed, cwli};

/// The most rows that a query may ask for.
const MOST_ROWS: usize = 10_000;

/// Columns that nobody asked to see: no field is called so.
const HAVING: &str = "\0having";

/// What a query selects: the column, and the words that it was written with.
struct Item {
    column: Column,
    words: String,
}

pub(super) fn parse(text: &str) -> Result<Plan, Malformed> {
    let mut parser = Parser::new(text, Language::Sql);
    parser.keyword("select")?;
    parser.allow_aggregates(Vec::new());
    let items = parser.list(item)?;
    let aggregates = parser.forbid_aggregates();
    parser.keyword("from")?;
    let groups = from(&mut parser)?;
    let mut commands = Vec::new();
    if parser.takes("where")? {
        commands.push(Command::Filter(parser.expression()?));
    }
    let grouped = grouping(&mut parser, &items, aggregates, &mut commands)?;
    let shown = |item: &Item| match grouped {
        true => Column { name: item.column.name.clone(), value: Expr::field(&item.column.name) },
        false => item.column.clone(),
    };
    commands.push(Command::Display(items.iter().map(shown).collect()));
    if parser.takes("order")? {
        parser.keyword("by")?;
        commands.push(Command::Sort(parser.list(|parser| key(parser, &items, grouped))?));
    }
    if parser.takes("limit")? {
        commands.push(Command::Limit(cwli::limit(&mut parser, MOST_ROWS)?));
    }
    let end = parser.lexer.next()?;
    match end.kind {
        Kind::End => Ok(Plan::of(groups, commands)),
        _ => Err(parser.wrong(&end, "the end")),
    }
}

fn item(parser: &mut Parser<'_>) -> Result<Item, Malformed> {
    let start = parser.lexer.peek()?;
    if start.is_sign("*") {
        let told = "all fields cannot be asked for here: name them";
        return Err(parser.lexer.malformed(told, start.start, start.end));
    }
    if start.is("distinct") {
        return Err(parser.lexer.malformed("DISTINCT is known here within COUNT alone", start.start, start.end));
    }
    let value = parser.expression()?;
    let words = parser.lexer.slice(start.start, parser.lexer.position()).to_owned();
    let name = match (&value, parser.takes("as")?) {
        (_, true) => parser.name()?,
        (Expr::Field(name), false) => name.clone(),
        (_, false) => words.clone(),
    };
    Ok(Item { column: Column { name, value }, words })
}

/// A group in backticks, or `logGroups(logGroupIdentifier: ['a', 'b'])`.
fn from(parser: &mut Parser<'_>) -> Result<Vec<String>, Malformed> {
    let token = parser.lexer.next()?;
    match &token.kind {
        Kind::Name(name) => Ok(vec![name.clone()]),
        Kind::Word(word) if !word.eq_ignore_ascii_case("loggroups") => Ok(vec![word.clone()]),
        Kind::Word(_) => {
            parser.sign("(")?;
            parser.keyword("logGroupIdentifier")?;
            parser.sign(":")?;
            parser.sign("[")?;
            let groups = parser.list(group)?;
            parser.sign("]")?;
            parser.sign(")")?;
            Ok(groups)
        }
        _ => Err(parser.wrong(&token, "a log group")),
    }
}

fn group(parser: &mut Parser<'_>) -> Result<String, Malformed> {
    let token = parser.lexer.next()?;
    match &token.kind {
        Kind::Text(name) | Kind::Name(name) => Ok(name.clone()),
        _ => Err(parser.wrong(&token, "a log group in quotes")),
    }
}

/// `GROUP BY` and `HAVING`, if rows are put together at all; whether they are.
fn grouping(
    parser: &mut Parser<'_>,
    items: &[Item],
    aggregates: Vec<Aggregate>,
    commands: &mut Vec<Command>,
) -> Result<bool, Malformed> {
    let by_token = parser.lexer.peek()?;
    let keys = if parser.takes("group")? {
        parser.keyword("by")?;
        parser.list(item)?
    } else if aggregates.is_empty() {
        return Ok(false);
    } else {
        Vec::new()
    };
    let is_key = |item: &Item| keys.iter().any(|key| key.words == item.words || key.words == item.column.name);
    let by_words = || keys.iter().flat_map(|key| [key.words.as_str(), key.column.name.as_str()]);
    let known: Vec<&str> = by_words().chain(items.iter().map(|item| item.column.name.as_str())).collect();
    let loose = |item: &&Item| {
        let keyed = by_words().collect::<Vec<_>>();
        !is_key(item) && (!item.column.value.has_slot() || item.column.value.has_other_field(&keyed))
    };
    if let Some(loose) = items.iter().find(loose) {
        let told = format!("{} is neither an aggregate nor in GROUP BY", loose.words);
        return Err(parser.lexer.malformed(told, by_token.start, by_token.end));
    }
    // A key that is selected goes by the name that it has there.
    let selected = |key: &Item| items.iter().find(|item| key.words == item.words || key.words == item.column.name);
    let by: Vec<Column> = keys.iter().map(|key| selected(key).unwrap_or(key).column.clone()).collect();
    let mut columns: Vec<Column> = items.iter().filter(|item| !is_key(item)).map(|item| item.column.clone()).collect();
    // Under its own words too, for HAVING.
    columns.extend(
        keys.iter()
            .zip(&by)
            .filter(|(key, by)| key.words != by.name)
            .map(|(key, by)| Column { name: key.words.clone(), value: Expr::field(&by.name) }),
    );
    parser.allow_aggregates(aggregates);
    let token = parser.lexer.peek()?;
    let having = if parser.takes("having")? { Some(parser.expression()?) } else { None };
    let aggregates = parser.forbid_aggregates();
    if having.as_ref().is_some_and(|having| having.has_other_field(&known)) {
        let told = "HAVING speaks of what is neither selected nor in GROUP BY";
        return Err(parser.lexer.malformed(told, token.start, parser.lexer.position()));
    }
    let filter = having.map(|value| {
        columns.push(Column { name: HAVING.to_owned(), value });
        Command::Filter(Expr::field(HAVING))
    });
    commands.push(Command::Stats(Stats { by, aggregates, columns }));
    commands.extend(filter);
    Ok(true)
}

/// What to order by. Once rows are put together only what is selected is there.
fn key(parser: &mut Parser<'_>, items: &[Item], grouped: bool) -> Result<Key, Malformed> {
    let start = parser.lexer.peek()?;
    parser.allow_aggregates(Vec::new());
    let value = parser.expression()?;
    let aggregates = parser.forbid_aggregates();
    let words = parser.lexer.slice(start.start, parser.lexer.position());
    let named =
        |item: &&Item| item.words == words || matches!(&value, Expr::Field(field) if *field == item.column.name);
    let value = match items.iter().find(named) {
        Some(item) => Expr::field(&item.column.name),
        None if grouped || !aggregates.is_empty() => {
            let told = format!("{words} is not selected: rows cannot be ordered by it");
            return Err(parser.lexer.malformed(told, start.start, parser.lexer.position()));
        }
        None => value,
    };
    let descending = parser.takes("desc")?;
    if !descending {
        parser.takes("asc")?;
    }
    Ok(Key { value, descending })
}
