//! A rule's condition: CEL (cel.dev), parsed, checked against the table of fields, bounded, and evaluated.
//!
//! The checker leaves few things for the evaluation to fail at: a missing value, arithmetic out of range. It bounds what
//! a condition may cost before it is ever run: the text, its operators, its depth, and the steps it can take.

mod check;
mod doubts;
mod kinds;
mod syntax;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use cel::common::ast::{IdedExpr, SourceInfo};
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::parser::{ParseErrors, Parser};
use cel::{Context, Env, ExecutionError, Value};
use ipnet::IpNet;

use super::field::{FIELDS, Fact, Facts};
use super::{MAX_CONDITION, MAX_STEPS};

/// How deep the text may nest: brackets, conditionals.
const MAX_NESTING: u16 = 32;
/// How many operator signs the text may have. The parser recurses once for each in a row of them: at 2,048 comparisons it
/// has used up a thread's two megabytes, at 1,100 it has not.
const MAX_OPERATORS: usize = 500;

/// Marks a field in the checked expression: its place in [`FIELDS`] follows.
const FIELD: char = '#';
/// Marks the question whether a field is known.
const KNOWN: char = '?';
/// Marks a test of the address against ranges: their place in the condition's list follows.
const RANGES: char = '~';

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A condition that may be evaluated.
#[derive(Clone, Debug)]
pub struct Condition {
    expr: IdedExpr,
    ranges: Vec<Vec<IpNet>>,
    steps: u64,
    /// A range in it that has bits beyond its length.
    widened: Option<Fault>,
}

/// What is wrong with a condition, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line and column, from 1; None when it is about the whole.
    pub at: Option<(usize, usize)>,
    /// What is wrong.
    pub text: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "line {line}, column {column}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl Condition {
    /// Reads a condition. The first thing that is wrong with it is told.
    pub fn new(source: &str) -> Result<Self, Fault> {
        let whole = |text: String| Fault { at: None, text };
        if source.trim().is_empty() {
            return Err(whole("must not be blank".into()));
        }
        if source.len() > MAX_CONDITION {
            return Err(whole(format!("must be at most {MAX_CONDITION} bytes, and is {}", source.len())));
        }
        if source.chars().filter(|char| "+-*/%<>=!".contains(*char)).count() > MAX_OPERATORS {
            return Err(whole(format!("must have at most {MAX_OPERATORS} operators")));
        }
        let parser = Parser::new().max_recursion_depth(MAX_NESTING);
        let (mut expr, info) = parser.parse_with_source_info(source).map_err(|errors| unreadable(&errors))?;
        let checked = check::check(&mut expr);
        let checked =
            checked.map_err(|wrong| Fault { at: place(source, &info, wrong.node), text: wrong.text })?;
        if checked.steps > MAX_STEPS {
            let cost = if checked.steps == u64::MAX { "more".into() } else { checked.steps.to_string() };
            return Err(whole(format!("may take at most {MAX_STEPS} steps, and could take {cost}")));
        }
        let told = |wrong: check::Wrong| Fault { at: place(source, &info, wrong.node), text: wrong.text };
        Ok(Self { expr, ranges: checked.ranges, steps: checked.steps, widened: checked.widened.map(told) })
    }

    /// Reads a condition that is to be stored: what was stored in former days may be less exact.
    pub fn written(source: &str) -> Result<Self, Fault> {
        let mut condition = Self::new(source)?;
        condition.widened.take().map_or(Ok(condition), Err)
    }

    /// The most steps it can take.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether it holds; else why that cannot be said.
    pub fn holds(&self, facts: &Facts<'_>) -> Result<bool, String> {
        let look = Look { facts, ranges: &self.ranges };
        let mut context = Context::with_env(ENV.clone());
        context.set_variable_resolver(&look);
        match Value::resolve(&self.expr, &context) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(_) => Err("it says neither true nor false".into()),
            Err(error) => Err(why(&error)),
        }
    }
}

/// Gives the evaluation the values that the checked expression names.
struct Look<'a> {
    facts: &'a Facts<'a>,
    ranges: &'a [Vec<IpNet>],
}

impl VariableResolver for Look<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let mut rest = name.chars();
        let mark = rest.next()?;
        let place = |rest: &str| rest.parse::<usize>().ok();
        match mark {
            FIELD => FIELDS.get(place(rest.as_str())?)?.of(self.facts).map(value),
            KNOWN => {
                let known = FIELDS.get(place(rest.as_str())?)?.of(self.facts).is_some();
                Some(CowVal::owned(CelBool::from(known)))
            }
            RANGES => {
                let ip = self.facts.seen.event.address.as_ref()?.ip;
                let ranges = self.ranges.get(place(rest.as_str())?)?;
                Some(CowVal::owned(CelBool::from(ranges.iter().any(|range| range.contains(&ip)))))
            }
            _ => None,
        }
    }
}

fn value(fact: Fact<'_>) -> CowVal<'_, '_> {
    match fact {
        Fact::Flag(flag) => CowVal::owned(CelBool::from(flag)),
        Fact::Whole(number) => CowVal::owned(CelInt::from(number)),
        Fact::Decimal(number) => CowVal::owned(CelDouble::from(number)),
        Fact::Text(text) => CowVal::owned(CelString::from(text.into_owned())),
        Fact::Texts(texts) => {
            let texts = texts.into_iter().map(|text| Box::new(CelString::from(text)) as Box<dyn Val>);
            CowVal::owned(CelList::from(texts.collect::<Vec<_>>()))
        }
    }
}

fn why(error: &ExecutionError) -> String {
    match error {
        ExecutionError::UndeclaredReference(name) => {
            let mut rest = name.chars();
            let field = match rest.next() {
                Some(RANGES) => Some("event.ip"),
                _ => rest.as_str().parse().ok().and_then(|place: usize| Some(FIELDS.get(place)?.name)),
            };
            format!("{} is not known", field.unwrap_or(name))
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "it divides by zero".into(),
        ExecutionError::Overflow(..) => "a number in it grows too large".into(),
        _ => "it cannot be evaluated".into(),
    }
}

fn unreadable(errors: &ParseErrors) -> Fault {
    let Some(error) = errors.errors.first() else {
        return Fault { at: None, text: "cannot be read".into() };
    };
    if errors.errors.iter().any(|error| error.msg.contains("Recursion limit")) {
        return Fault { at: None, text: format!("must not nest deeper than {MAX_NESTING}") };
    }
    let whole = |number: isize| usize::try_from(number).ok().filter(|number| *number > 0);
    Fault { at: whole(error.pos.0).zip(whole(error.pos.1)), text: syntax::in_words(&error.msg) }
}

/// Line and column of a node, from 1, in characters.
fn place(source: &str, info: &SourceInfo, node: u64) -> Option<(usize, usize)> {
    let (start, _) = info.offset_for(node)?;
    let before = source.get(..start as usize)?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some((line, column))
}
