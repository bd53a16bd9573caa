//! What makes a condition useless though nothing in it is wrong: it always comes to the same, or compares a field with
//! what the field never says.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, Value};

use super::super::countries;
use super::super::doubts::slip;
use super::super::field::{DEVICES, FIELDS};
use super::super::filters::told_everything;
use super::{Condition, ENV, FIELD};
use crate::risk::codes;

/// Knows nothing: what comes of a condition all the same comes of it always. It remembers whether it was asked.
#[derive(Default)]
struct Nothing(AtomicBool);

impl VariableResolver for Nothing {
    fn resolve<'b>(&'b self, _: &str) -> Option<CowVal<'b, 'b>> {
        self.0.store(true, Relaxed);
        None
    }
}

impl Condition {
    /// What whoever writes it should know before they rely on it, each a sentence.
    pub fn doubts(&self) -> Vec<String> {
        let nothing = Nothing::default();
        let mut context = Context::with_env(ENV.clone());
        context.set_variable_resolver(&nothing);
        match Value::resolve(&self.expr, &context) {
            Ok(Value::Bool(false)) => vec!["Its condition never holds: it will never hit.".into()],
            Ok(Value::Bool(true)) => {
                vec!["Its condition always holds: it hits every event it is asked about.".into()]
            }
            Err(_) if !nothing.0.load(Relaxed) => {
                vec!["Its condition fails whatever the event says: it will never hit.".into()]
            }
            _ => {
                let mut told = Vec::new();
                walk(&self.expr, &mut told);
                told.extend(told_everything(self.ranges.iter().flatten().copied()));
                told
            }
        }
    }
}

fn walk(expr: &IdedExpr, told: &mut Vec<String>) {
    match &expr.expr {
        Expr::Call(call) => {
            compared(call, told);
            told.extend(divides_by_zero(call));
            call.target.as_deref().into_iter().chain(&call.args).for_each(|part| walk(part, told));
        }
        Expr::Comprehension(every) => {
            let parts = [&every.iter_range, &every.loop_cond, &every.loop_step, &every.result];
            parts.into_iter().for_each(|part| walk(part, told));
        }
        _ => {}
    }
}

/// Where it is evaluated at all, it fails.
fn divides_by_zero(call: &CallExpr) -> Option<String> {
    let divides = [operators::DIVIDE, operators::MODULO].contains(&call.func_name.as_str());
    let by = call.args.get(1).filter(|_| divides)?;
    let zero = matches!(
        &by.expr,
        Expr::Literal(LiteralValue::Int(number)) if *number.inner() == 0
    ) || matches!(&by.expr, Expr::Literal(LiteralValue::UInt(number)) if *number.inner() == 0);
    zero.then(|| "It divides by zero: where it comes to that it fails, and is skipped.".to_owned())
}

fn compared(call: &CallExpr, told: &mut Vec<String>) {
    let [one, other] = call.args.as_slice() else { return };
    let name = call.func_name.as_str();
    match (field(one), field(other)) {
        (Some(field), None) => match &other.expr {
            Expr::List(list) if name == operators::IN => {
                told.extend(
                    list.elements.iter().filter_map(|element| never(field, operators::EQUALS, element)),
                );
            }
            _ => told.extend(never(field, name, other)),
        },
        (None, Some(field)) if name == operators::IN => told.extend(never(field, operators::EQUALS, one)),
        (None, Some(field)) => told.extend(never(field, turned(name), one)),
        _ => {}
    }
}

/// The field that an expression is.
fn field(expr: &IdedExpr) -> Option<&'static str> {
    let Expr::Ident(name) = &expr.expr else { return None };
    let place: usize = name.strip_prefix(FIELD)?.parse().ok()?;
    Some(FIELDS.get(place)?.name)
}

/// The comparison with its sides exchanged.
fn turned(name: &str) -> &str {
    match name {
        operators::LESS => operators::GREATER,
        operators::LESS_EQUALS => operators::GREATER_EQUALS,
        operators::GREATER => operators::LESS,
        operators::GREATER_EQUALS => operators::LESS_EQUALS,
        same => same,
    }
}

/// Why the field never compares so with what is written out.
fn never(field: &str, name: &str, written: &IdedExpr) -> Option<String> {
    let Expr::Literal(value) = &written.expr else { return None };
    match value {
        LiteralValue::String(text) if matches!(name, operators::EQUALS | operators::NOT_EQUALS) => {
            let text = text.inner();
            if field == "event.verb" {
                return slip(text);
            }
            let says = unsaid(field, text)?;
            Some(format!("{field} is never “{}”: {says}.", text.chars().take(60).collect::<String>()))
        }
        LiteralValue::Int(number) => outside(field, name, *number.inner() as f64),
        LiteralValue::Double(number) => outside(field, name, *number.inner()),
        _ => None,
    }
}

/// What a field says instead of a text that it never is.
fn unsaid(field: &str, text: &str) -> Option<String> {
    let one_of = |all: &[&str]| (!all.contains(&text)).then(|| format!("it is one of {}", all.join(", ")));
    match field {
        "place.country" => match countries::checked(text) {
            Some(code) if code == text => None,
            Some(code) => Some(format!("write “{code}”")),
            None => Some("there is no such two-letter country".into()),
        },
        "agent.device" => one_of(&DEVICES),
        "risk.level" => one_of(&["green", "orange", "red"]),
        "risk.reasons" => codes::find(text).is_none().then(|| "there is no reason of this code".into()),
        "event.ip" => match text.parse::<std::net::IpAddr>() {
            Ok(ip) if ip.to_string() == text => None,
            Ok(ip) => Some(format!("write “{ip}”")),
            Err(_) => Some("it is one address; a range is asked for with inCidr(event.ip, …)".into()),
        },
        _ => None,
    }
}

/// Why a number that a field has never compares so with another.
fn outside(field: &str, name: &str, number: f64) -> Option<String> {
    let (least, most) = match field {
        "time.hour" => (0.0, 23.0),
        "time.weekday" => (1.0, 7.0),
        "risk.score" => (0.0, 1.0),
        "user.logins" | "user.first_seen_days" | "session.age_minutes" => (0.0, f64::INFINITY),
        _ => return None,
    };
    let (sign, never) = match name {
        operators::EQUALS => ("equal to", number < least || number > most),
        operators::LESS => ("less than", number <= least),
        operators::LESS_EQUALS => ("at most", number < least),
        operators::GREATER => ("more than", number >= most),
        operators::GREATER_EQUALS => ("at least", number > most),
        _ => return None,
    };
    let range = if most.is_finite() {
        format!("lies between {least} and {most}")
    } else {
        format!("is at least {least}")
    };
    never.then(|| format!("{field} is never {sign} {number}: it {range}."))
}
