//! Which kinds of values operators and functions take, and what they give.

use cel::common::ast::{LiteralValue, operators};

use super::super::field::Kind;

/// What a call of this name gives for values of these kinds.
pub(super) fn result(name: &str, member: bool, kinds: &[Kind]) -> Result<Kind, String> {
    use Kind::{Decimals, Flag, Text, Texts, Whole, Wholes};
    let sign = name.replace(['_', '@'], "");
    let of = || kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" and ");
    match (name, member, kinds) {
        (operators::LOGICAL_AND | operators::LOGICAL_OR, false, [Flag, Flag]) => Ok(Flag),
        (operators::LOGICAL_NOT | operators::NOT_STRICTLY_FALSE, false, [Flag]) => Ok(Flag),
        (operators::CONDITIONAL, false, [Flag, one, other]) if one == other => Ok(*one),
        (operators::NEGATE, false, [one]) if is_number(*one) => Ok(*one),
        (
            operators::ADD | operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE,
            false,
            [one, other],
        ) if one == other && is_number(*one) => Ok(*one),
        (operators::MODULO, false, [Whole, Whole]) => Ok(Whole),
        (operators::EQUALS | operators::NOT_EQUALS, false, [one, other])
            if (one == other && !matches!(one, Texts | Wholes | Decimals))
                || (is_number(*one) && is_number(*other)) =>
        {
            Ok(Flag)
        }
        (
            operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
            false,
            [one, other],
        ) if (*one == Text && *other == Text) || (is_number(*one) && is_number(*other)) => Ok(Flag),
        (operators::IN, false, [Text, Texts]) => Ok(Flag),
        (operators::IN, false, [one, Wholes | Decimals]) if is_number(*one) => Ok(Flag),
        ("size", _, [Text | Texts | Wholes | Decimals]) => Ok(Whole),
        ("startsWith" | "endsWith" | "contains", true, [Text, Text]) => Ok(Flag),
        _ if name.chars().all(|char| char.is_alphanumeric() || char == '_')
            && !KNOWN_CALLS.contains(&name) =>
        {
            Err(format!("there is no function {name}; there are inCidr, has, {}", KNOWN_CALLS.join(", ")))
        }
        (operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT, ..) => {
            Err("values cannot be indexed: use in, exists or all".into())
        }
        _ => Err(format!("{sign} does not work on {}", of())),
    }
}

const KNOWN_CALLS: [&str; 4] = ["startsWith", "endsWith", "contains", "size"];

/// The kind of a value that is written out.
pub(super) fn literal(value: &LiteralValue) -> Result<Kind, String> {
    match value {
        LiteralValue::Boolean(_) => Ok(Kind::Flag),
        LiteralValue::Int(_) => Ok(Kind::Whole),
        LiteralValue::Double(_) => Ok(Kind::Decimal),
        LiteralValue::String(_) => Ok(Kind::Text),
        LiteralValue::UInt(_) => Err("write the number without u".into()),
        LiteralValue::Bytes(_) => Err("write the text without b".into()),
        LiteralValue::Null => Err("nothing is null here: has(…) tells whether a value is known".into()),
    }
}

fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Whole | Kind::Decimal)
}
