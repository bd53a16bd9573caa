//! The checker: every name is in the table, every operator gets values it can compare, and the whole has a price.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr, IdedExpr, ListExpr, LiteralValue, SelectExpr, operators,
};
use ipnet::IpNet;

use super::super::field::{FIELDS, Kind, MAX_REASONS, position};
use super::super::filters::{range, told_widened};
use super::kinds::{literal, result};
use super::{FIELD, KNOWN, RANGES};

/// How deep the checked expression may be: its evaluation recurses.
const MAX_DEPTH: usize = 64;

/// What a condition's check found.
#[derive(Debug)]
pub(super) struct Checked {
    /// The ranges its calls of `inCidr` name.
    pub ranges: Vec<Vec<IpNet>>,
    /// The most steps its evaluation can take.
    pub steps: u64,
    /// The first of its ranges that has bits beyond its length.
    pub widened: Option<Wrong>,
}

/// What is wrong at which node.
#[derive(Debug)]
pub(super) struct Wrong {
    pub node: u64,
    pub text: String,
}

type Outcome = Result<Typed, Wrong>;

/// The kind of an expression, the most steps it takes, and the most values it holds if it is a list.
#[derive(Clone, Copy)]
struct Typed {
    kind: Kind,
    steps: u64,
    length: u64,
}

#[derive(Default)]
struct Checker {
    /// Names that enclosing loops bind, the innermost last.
    bound: Vec<(String, Kind)>,
    ranges: Vec<Vec<IpNet>>,
    widened: Option<Wrong>,
    depth: usize,
}

/// Checks an expression and replaces each field in it by its place in the table.
pub(super) fn check(expr: &mut IdedExpr) -> Result<Checked, Wrong> {
    let mut checker = Checker::default();
    let typed = checker.check(expr)?;
    if typed.kind != Kind::Flag {
        return Err(wrong(
            expr.id,
            format!("a condition must be true or false, and this is a {}", typed.kind.as_str()),
        ));
    }
    Ok(Checked { ranges: checker.ranges, steps: typed.steps, widened: checker.widened })
}

fn wrong(node: u64, text: impl Into<String>) -> Wrong {
    Wrong { node, text: text.into() }
}

fn plain(kind: Kind) -> Outcome {
    Ok(Typed { kind, steps: 1, length: 1 })
}

impl Checker {
    fn check(&mut self, expr: &mut IdedExpr) -> Outcome {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(wrong(expr.id, format!("must not be deeper than {MAX_DEPTH} operators")));
        }
        let id = expr.id;
        let typed = match &mut expr.expr {
            Expr::Literal(value) => literal(value).map_err(|text| wrong(id, text)).and_then(plain),
            Expr::Ident(name) => self.name(id, name),
            Expr::Select(select) => {
                let (typed, place) = self.field(id, select)?;
                expr.expr = Expr::Ident(place);
                Ok(typed)
            }
            Expr::List(list) => self.list(id, list),
            Expr::Comprehension(every) => self.every(id, every),
            Expr::Call(call) if call.func_name == "inCidr" && call.target.is_none() => {
                let ranges = in_cidr(id, call, &mut self.widened)?;
                let length = ranges.len() as u64;
                expr.expr = Expr::Ident(format!("{RANGES}{}", self.ranges.len()));
                self.ranges.push(ranges);
                Ok(Typed { kind: Kind::Flag, steps: 1 + length, length: 1 })
            }
            Expr::Call(call) => self.call(id, call),
            Expr::Map(_) | Expr::Struct(_) => Err(wrong(id, "{…} has no use in a condition")),
            Expr::Unspecified => Err(wrong(id, "cannot be read")),
        };
        self.depth -= 1;
        typed
    }

    fn name(&self, id: u64, name: &str) -> Outcome {
        if let Some((_, kind)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
            return plain(*kind);
        }
        match members(name) {
            None => Err(unknown(id, name)),
            Some(members) => Err(wrong(id, format!("{name} is a group: write {}", members.join(", ")))),
        }
    }

    fn field(&self, id: u64, select: &SelectExpr) -> Result<(Typed, String), Wrong> {
        let Expr::Ident(group) = &select.operand.expr else {
            return Err(wrong(id, format!("a value has no field {}", select.field)));
        };
        if self.bound.iter().any(|(bound, _)| bound == group) {
            return Err(wrong(id, format!("{group} has no field {}", select.field)));
        }
        let name = format!("{group}.{}", select.field);
        let Some(place) = position(&name) else {
            let Some(members) = members(group) else { return Err(unknown(select.operand.id, group)) };
            return Err(wrong(id, format!("there is no {name}; there is: {}", members.join(", "))));
        };
        let (kind, mark) = match select.test {
            true => (Kind::Flag, KNOWN),
            false => (FIELDS[place].kind, FIELD),
        };
        let length = if kind == Kind::Texts { MAX_REASONS as u64 } else { 1 };
        Ok((Typed { kind, steps: length, length }, format!("{mark}{place}")))
    }

    fn list(&mut self, id: u64, list: &mut ListExpr) -> Outcome {
        let mut kind = None;
        let mut steps = 1_u64;
        for element in &mut list.elements {
            let typed = self.check(element)?;
            let of = match typed.kind {
                Kind::Text => Kind::Texts,
                Kind::Whole => Kind::Wholes,
                Kind::Decimal => Kind::Decimals,
                _ => return Err(wrong(element.id, "a list holds text or numbers")),
            };
            if kind.is_some_and(|kind| kind != of) {
                return Err(wrong(element.id, "a list holds values of one kind"));
            }
            kind = Some(of);
            steps = steps.saturating_add(typed.steps);
        }
        let Some(kind) = kind else { return Err(wrong(id, "an empty list has no use in a condition")) };
        Ok(Typed { kind, steps, length: list.elements.len() as u64 })
    }

    /// `exists`, `all`, `exists_one`: the parser has made loops of them.
    fn every(&mut self, id: u64, every: &mut ComprehensionExpr) -> Outcome {
        let range = self.check(&mut every.iter_range)?;
        let item = match range.kind {
            Kind::Texts => Kind::Text,
            Kind::Wholes => Kind::Whole,
            Kind::Decimals => Kind::Decimal,
            _ => return Err(wrong(every.iter_range.id, "only a list can be gone through")),
        };
        if matches!(every.accu_init.expr, Expr::List(_)) {
            return Err(wrong(id, "map and filter are not available: use exists, all or exists_one"));
        }
        let begin = self.check(&mut every.accu_init)?;
        self.bound.push((every.iter_var.clone(), item));
        self.bound.push((every.accu_var.clone(), begin.kind));
        let (go_on, step) = (self.check(&mut every.loop_cond)?, self.check(&mut every.loop_step)?);
        self.bound.remove(self.bound.len() - 2);
        let result = self.check(&mut every.result)?;
        self.bound.pop();
        let turn = go_on.steps.saturating_add(step.steps);
        let steps = range.length.saturating_mul(turn).saturating_add(range.steps).saturating_add(2);
        Ok(Typed { kind: result.kind, steps, length: 1 })
    }

    fn call(&mut self, id: u64, call: &mut CallExpr) -> Outcome {
        let mut kinds = Vec::with_capacity(3);
        let mut steps = 1_u64;
        let mut length = 1;
        for argument in call.target.as_deref_mut().into_iter().chain(&mut call.args) {
            let typed = self.check(argument)?;
            kinds.push(typed.kind);
            steps = steps.saturating_add(typed.steps);
            length = typed.length;
        }
        if call.func_name == operators::IN {
            steps = steps.saturating_add(length);
        }
        let kind = result(&call.func_name, call.target.is_some(), &kinds).map_err(|text| wrong(id, text))?;
        Ok(Typed { kind, steps, length: 1 })
    }
}

/// The ranges of `inCidr(event.ip, "…")` or of a list of them, written out so that they are read once.
fn in_cidr(id: u64, call: &CallExpr, widened: &mut Option<Wrong>) -> Result<Vec<IpNet>, Wrong> {
    let [ip, ranges] = call.args.as_slice() else {
        return Err(wrong(id, "inCidr takes event.ip and a range, or a list of ranges"));
    };
    let is_ip = matches!(&ip.expr, Expr::Select(select) if !select.test && select.field == "ip"
        && matches!(&select.operand.expr, Expr::Ident(group) if group == "event"));
    if !is_ip {
        return Err(wrong(ip.id, "inCidr looks at event.ip: write inCidr(event.ip, …)"));
    }
    let written = match &ranges.expr {
        Expr::List(list) => list.elements.as_slice(),
        _ => std::slice::from_ref(ranges),
    };
    let read = |one: &IdedExpr| {
        let Expr::Literal(LiteralValue::String(text)) = &one.expr else {
            return Err(wrong(one.id, "the ranges must be written out: \"10.0.0.0/8\""));
        };
        if widened.is_none() {
            *widened = told_widened(text.inner()).map(|told| wrong(one.id, told));
        }
        range(text.inner()).ok_or_else(|| wrong(one.id, "must be an address or a range like 122.56.232.0/22"))
    };
    written.iter().map(read).collect()
}

/// The names of a group; None when there is no such group.
fn members(group: &str) -> Option<Vec<&'static str>> {
    let is_member = |name: &str| name.split_once('.').is_some_and(|(of, _)| of == group);
    let members: Vec<_> = FIELDS.iter().map(|field| field.name).filter(|name| is_member(name)).collect();
    (!members.is_empty()).then_some(members)
}

fn unknown(id: u64, name: &str) -> Wrong {
    wrong(id, format!("there is no {name}; names begin with {}", groups().join(", ")))
}

fn groups() -> Vec<&'static str> {
    let mut groups: Vec<_> = FIELDS.iter().filter_map(|field| Some(field.name.split_once('.')?.0)).collect();
    groups.dedup();
    groups
}
