//! Expressions, which the languages share but for a few spellings.

use std::sync::Arc;

use super::aggregate::{Aggregate, Kind as Aggregation};
use super::cell::Cell;
use super::function::Function;
use super::lex::{Kind, Lexer, Token};
use super::plan::{Column, Comparison, Expr, Matcher, Operator};
use super::{Language, Malformed, pattern};

/// How deep an expression may nest.
const DEEPEST: usize = 100;

/// Reads expressions from tokens.
pub(super) struct Parser<'t> {
    pub lexer: Lexer<'t>,
    depth: usize,
    /// The aggregates found so far, while aggregates may be named.
    aggregates: Option<Vec<Aggregate>>,
    /// Whether rows have been put together before: their columns go by the words that made them.
    pub grouped: bool,
}

impl<'t> Parser<'t> {
    pub fn new(text: &'t str, language: Language) -> Self {
        Self { lexer: Lexer::new(text, language), depth: 0, aggregates: None, grouped: false }
    }

    /// An error about a token.
    pub fn wrong(&self, token: &Token, wanted: &str) -> Malformed {
        let found = match token.kind {
            Kind::End => "the query ends".to_owned(),
            _ => format!("unexpected {}", self.lexer.slice(token.start, token.end)),
        };
        self.lexer.malformed(format!("{found}, where {wanted} should stand"), token.start, token.end)
    }

    /// Takes the next token if it is this keyword.
    pub fn takes(&mut self, keyword: &str) -> Result<bool, Malformed> {
        self.takes_if(|token| token.is(keyword))
    }

    /// Takes the next token if it is this sign.
    pub fn takes_sign(&mut self, sign: &str) -> Result<bool, Malformed> {
        self.takes_if(|token| token.is_sign(sign))
    }

    fn takes_if(&mut self, wanted: impl Fn(&Token) -> bool) -> Result<bool, Malformed> {
        let taken = wanted(&self.lexer.peek()?);
        if taken {
            self.lexer.next()?;
        }
        Ok(taken)
    }

    /// Takes this sign, which has to stand here.
    pub fn sign(&mut self, sign: &str) -> Result<(), Malformed> {
        let token = self.lexer.next()?;
        if token.is_sign(sign) { Ok(()) } else { Err(self.wrong(&token, sign)) }
    }

    /// Takes this keyword, which has to stand here.
    pub fn keyword(&mut self, keyword: &str) -> Result<(), Malformed> {
        let token = self.lexer.next()?;
        if token.is(keyword) { Ok(()) } else { Err(self.wrong(&token, keyword)) }
    }

    /// A field's name.
    pub fn name(&mut self) -> Result<String, Malformed> {
        let token = self.lexer.next()?;
        match token.kind {
            Kind::Word(name) | Kind::Name(name) => Ok(name),
            _ => Err(self.wrong(&token, "a field")),
        }
    }

    /// A whole number above zero.
    pub fn count(&mut self) -> Result<usize, Malformed> {
        let token = self.lexer.next()?;
        match token.kind {
            Kind::Number(number) if number >= 1.0 && number.fract() == 0.0 => Ok(number as usize),
            _ => Err(self.wrong(&token, "a whole number")),
        }
    }

    /// What `one` reads, separated by commas.
    pub fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Result<T, Malformed>) -> Result<Vec<T>, Malformed> {
        let mut items = vec![one(self)?];
        while self.takes_sign(",")? {
            items.push(one(self)?);
        }
        Ok(items)
    }

    /// Columns, each with the name that `as` gives it or its own words.
    pub fn columns(&mut self) -> Result<Vec<Column>, Malformed> {
        self.list(Self::column)
    }

    /// A column, with the name that `as` gives it or its own words.
    pub fn column(&mut self) -> Result<Column, Malformed> {
        let start = self.lexer.peek()?.start;
        let value = self.expression()?;
        let end = self.lexer.position();
        let name = match (&value, self.takes("as")?) {
            (_, true) => self.name()?,
            (Expr::Field(name), false) => name.clone(),
            (_, false) => self.lexer.slice(start, end).to_owned(),
        };
        Ok(Column { name, value })
    }

    /// Columns that may speak of aggregates, and the aggregates that they speak of.
    pub fn aggregates(&mut self) -> Result<(Vec<Column>, Vec<Aggregate>), Malformed> {
        self.allow_aggregates(Vec::new());
        let columns = self.columns()?;
        Ok((columns, self.forbid_aggregates()))
    }

    /// From here on aggregates may be named, beside those known already.
    pub fn allow_aggregates(&mut self, known: Vec<Aggregate>) {
        self.aggregates = Some(known);
    }

    /// From here on none may be named; gives those that were.
    pub fn forbid_aggregates(&mut self) -> Vec<Aggregate> {
        self.aggregates.take().unwrap_or_default()
    }

    /// An expression.
    pub fn expression(&mut self) -> Result<Expr, Malformed> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let token = self.lexer.peek()?;
            return Err(self.lexer.malformed("the expression nests too deep", token.start, token.end));
        }
        let mut left = self.all()?;
        while self.takes("or")? || self.takes_sign("||")? {
            left = Expr::Or(Box::new(left), Box::new(self.all()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn all(&mut self) -> Result<Expr, Malformed> {
        let mut left = self.negation()?;
        while self.takes("and")? || self.takes_sign("&&")? {
            left = Expr::And(Box::new(left), Box::new(self.negation()?));
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expr, Malformed> {
        let mut negated = false;
        while self.takes("not")? {
            negated = !negated;
        }
        let inner = self.comparison()?;
        Ok(if negated { Expr::Not(Box::new(inner)) } else { inner })
    }

    fn comparison(&mut self) -> Result<Expr, Malformed> {
        let left = self.sum()?;
        let token = self.lexer.peek()?;
        if let Some(comparison) = self.compares(&token) {
            self.lexer.next()?;
            return Ok(Expr::Compare(comparison, Box::new(left), Box::new(self.sum()?)));
        }
        if token.is_sign("=~") && self.lexer.language() == Language::Cwli {
            self.lexer.next()?;
            return self.like(left);
        }
        if token.is("is") && self.lexer.language() == Language::Sql {
            self.lexer.next()?;
            let absent = !self.takes("not")?;
            self.keyword("null")?;
            let present = Expr::Call(Function::IsPresent, vec![left]);
            return Ok(if absent { Expr::Not(Box::new(present)) } else { present });
        }
        self.membership(left)
    }

    fn compares(&self, token: &Token) -> Option<Comparison> {
        let Kind::Sign(sign) = token.kind else { return None };
        Some(match sign {
            "=" => Comparison::Equal,
            "==" if self.lexer.language() == Language::Ppl => Comparison::Equal,
            "!=" => Comparison::Unequal,
            "<>" if self.lexer.language() == Language::Sql => Comparison::Unequal,
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::More,
            ">=" => Comparison::AtLeast,
            _ => return None,
        })
    }

    /// `[not] like`, `[not] in`, `between`; a value that is not there is in nothing and like nothing, with `not` or without.
    fn membership(&mut self, left: Expr) -> Result<Expr, Malformed> {
        let negated = self.takes("not")?;
        let present = negated.then(|| Expr::Call(Function::IsPresent, vec![left.clone()]));
        let found = if self.takes("like")? {
            self.like(left)?
        } else if self.takes("in")? {
            let (open, close) = if self.lexer.language() == Language::Cwli { ("[", "]") } else { ("(", ")") };
            self.sign(open)?;
            let several = self.list(Self::sum)?;
            self.sign(close)?;
            Expr::In(Box::new(left), several)
        } else if self.lexer.language() != Language::Cwli && self.takes("between")? {
            let low = self.sum()?;
            self.keyword("and")?;
            let high = self.sum()?;
            let below = Expr::Compare(Comparison::AtMost, Box::new(low), Box::new(left.clone()));
            let above = Expr::Compare(Comparison::AtMost, Box::new(left), Box::new(high));
            Expr::And(Box::new(below), Box::new(above))
        } else if negated {
            let token = self.lexer.peek()?;
            return Err(self.wrong(&token, "like or in"));
        } else {
            return Ok(left);
        };
        Ok(match present {
            Some(present) => Expr::And(Box::new(present), Box::new(Expr::Not(Box::new(found)))),
            None => found,
        })
    }

    /// What follows `like`: in Logs Insights QL a text that is contained or an expression, else a text with wildcards.
    fn like(&mut self, left: Expr) -> Result<Expr, Malformed> {
        let start = self.lexer.peek()?.start;
        let cwli = self.lexer.language() == Language::Cwli;
        if cwli && let Some(regex) = self.lexer.regex()? {
            let end = self.lexer.peek()?.start;
            let regex = pattern::regex(&regex).map_err(|told| self.lexer.malformed(told, start, end))?;
            return Ok(Expr::Matches(Box::new(left), Matcher::Regex(Arc::from(regex))));
        }
        let token = self.lexer.next()?;
        let Kind::Text(text) = &token.kind else { return Err(self.wrong(&token, "a pattern")) };
        let matcher = if cwli {
            Matcher::Contains(text.clone())
        } else {
            let regex = pattern::wildcard(text).map_err(|told| self.lexer.malformed(told, start, token.end))?;
            Matcher::Regex(Arc::from(regex))
        };
        Ok(Expr::Matches(Box::new(left), matcher))
    }

    fn sum(&mut self) -> Result<Expr, Malformed> {
        let operators = [("+", Operator::Plus), ("-", Operator::Minus)];
        self.chain(&operators, Self::product)
    }

    fn product(&mut self) -> Result<Expr, Malformed> {
        let operators = [("*", Operator::Times), ("/", Operator::Over), ("%", Operator::Modulo)];
        self.chain(&operators, Self::power)
    }

    fn chain(
        &mut self,
        operators: &[(&str, Operator)],
        operand: fn(&mut Self) -> Result<Expr, Malformed>,
    ) -> Result<Expr, Malformed> {
        let mut left = operand(self)?;
        loop {
            let token = self.lexer.peek()?;
            let Some((_, operator)) = operators.iter().find(|(sign, _)| token.is_sign(sign)) else { return Ok(left) };
            self.lexer.next()?;
            left = Expr::Arithmetic(*operator, Box::new(left), Box::new(operand(self)?));
        }
    }

    fn power(&mut self) -> Result<Expr, Malformed> {
        let base = self.operand()?;
        if self.lexer.language() == Language::Cwli && self.takes_sign("^")? {
            return Ok(Expr::Arithmetic(Operator::Power, Box::new(base), Box::new(self.operand()?)));
        }
        Ok(base)
    }

    fn operand(&mut self) -> Result<Expr, Malformed> {
        let token = self.lexer.next()?;
        match &token.kind {
            Kind::Number(number) => Ok(Expr::Const(Cell::Number(*number))),
            Kind::Text(text) => Ok(Expr::Const(Cell::Text(text.clone()))),
            Kind::Name(name) => Ok(Expr::field(name)),
            Kind::Sign("-") => self.negative(),
            Kind::Sign("(") => {
                let inner = self.expression()?;
                self.sign(")")?;
                Ok(inner)
            }
            Kind::Word(word) if self.lexer.peek()?.is_sign("(") => {
                self.lexer.next()?;
                let apart = self.aggregates.is_none();
                let call = self.call(&token, word)?;
                if !(self.grouped && apart) {
                    return Ok(call);
                }
                let made = Expr::field(self.lexer.slice(token.start, self.lexer.position()));
                Ok(Expr::Call(Function::Coalesce, vec![made, call]))
            }
            Kind::Word(word) => Ok(Expr::field(word)),
            Kind::Span(_) | Kind::Sign(_) | Kind::End => Err(self.wrong(&token, "a value")),
        }
    }

    /// What stands after a minus sign.
    fn negative(&mut self) -> Result<Expr, Malformed> {
        let token = self.lexer.peek()?;
        if token.is_sign("-") {
            return Err(self.wrong(&token, "a value"));
        }
        Ok(match self.operand()? {
            Expr::Const(Cell::Number(number)) => Expr::Const(Cell::Number(-number)),
            inner => Expr::Call(Function::Negate, vec![inner]),
        })
    }

    /// A call, after its opening bracket.
    fn call(&mut self, name: &Token, word: &str) -> Result<Expr, Malformed> {
        if self.lexer.language() == Language::Ppl && word.eq_ignore_ascii_case("like") {
            let left = self.stepped()?;
            let found = self.like(left)?;
            self.sign(")")?;
            return Ok(found);
        }
        if let Some(stepped) = self.time(word)? {
            return Ok(stepped);
        }
        if let Some(kind) = Aggregation::named(word, self.lexer.language()) {
            return self.aggregate(name, kind);
        }
        let given = if self.lexer.peek()?.is_sign(")") { Vec::new() } else { self.list(Self::expression)? };
        self.sign(")")?;
        let function = Function::named(word, self.lexer.language(), given.len());
        let function = function.map_err(|told| self.lexer.malformed(told, name.start, name.end))?;
        Ok(Expr::Call(function, given))
    }

    /// `bin(5m)`, `datefloor(@timestamp, 1h)` and their like.
    fn time(&mut self, word: &str) -> Result<Option<Expr>, Malformed> {
        let cwli = self.lexer.language() == Language::Cwli;
        let (of, floor) = match word.to_ascii_lowercase().as_str() {
            "bin" if cwli => (Expr::field("@timestamp"), true),
            "datefloor" if cwli => (self.stepped()?, true),
            "dateceil" if cwli => (self.stepped()?, false),
            "span" if self.lexer.language() == Language::Ppl => (self.stepped()?, true),
            _ => return Ok(None),
        };
        let token = self.lexer.next()?;
        let span = match token.kind {
            Kind::Span(span) if span > 0 => span,
            _ => return Err(self.wrong(&token, "a time such as 5m")),
        };
        self.sign(")")?;
        Ok(Some(if floor { Expr::Floor(Box::new(of), span) } else { Expr::Ceil(Box::new(of), span) }))
    }

    fn stepped(&mut self) -> Result<Expr, Malformed> {
        let of = self.expression()?;
        self.sign(",")?;
        Ok(of)
    }

    /// An aggregate, after its opening bracket.
    fn aggregate(&mut self, name: &Token, kind: Aggregation) -> Result<Expr, Malformed> {
        let apart = self.aggregates.is_none();
        if apart && !self.grouped {
            let told = "an aggregate where rows are looked at one by one";
            return Err(self.lexer.malformed(told, name.start, name.end));
        }
        let mut found = self.aggregates.take().unwrap_or_default();
        let everything = self.takes_sign("*")? || self.lexer.peek()?.is_sign(")");
        if everything && kind != Aggregation::Count {
            let token = self.lexer.peek()?;
            return Err(self.wrong(&token, "a field"));
        }
        let distinct = kind == Aggregation::Count
            && !everything
            && self.lexer.language() == Language::Sql
            && self.takes("distinct")?;
        // Aggregates of aggregates make no sense, so that none are known in here.
        let of = if everything { None } else { Some(self.expression()?) };
        let kind = match kind {
            _ if distinct => Aggregation::Distinct,
            Aggregation::Percentile(_) => {
                self.sign(",")?;
                Aggregation::Percentile(self.percent()?)
            }
            other => other,
        };
        self.sign(")")?;
        if apart {
            return Ok(Expr::Const(Cell::Missing));
        }
        found.push(Aggregate { kind, of });
        let slot = found.len() - 1;
        self.aggregates = Some(found);
        Ok(Expr::Slot(slot))
    }

    fn percent(&mut self) -> Result<f64, Malformed> {
        let token = self.lexer.next()?;
        match token.kind {
            Kind::Number(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
            _ => Err(self.wrong(&token, "a percentage")),
        }
    }
}
