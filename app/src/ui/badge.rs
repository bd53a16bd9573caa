//! Small marks of state. Each has a shape and a word; the colour only repeats them.

use leptos::prelude::*;
use porchlight_domain::risk::Level;
use porchlight_domain::rule::Effect;

use crate::format;

/// What a mark means for whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Under way, or worth a look.
    Warn,
    /// Something is wrong.
    Bad,
    /// Neither.
    Neutral,
}

impl Tone {
    /// As the style sheet knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Neutral => "neutral",
        }
    }
}

impl From<Level> for Tone {
    fn from(level: Level) -> Self {
        match level {
            Level::Green => Self::Good,
            Level::Orange => Self::Warn,
            Level::Red => Self::Bad,
        }
    }
}

/// A rule is marked by what it does.
impl From<&Effect> for Tone {
    fn from(effect: &Effect) -> Self {
        match effect {
            Effect::Block | Effect::Revoke(_) => Self::Bad,
            Effect::Challenge => Self::Warn,
            Effect::Allow => Self::Good,
            Effect::Notify | Effect::Evidence(_) | Effect::Tag(_) => Self::Neutral,
        }
    }
}

/// A word with its shape.
pub fn badge(tone: Tone, word: impl Into<String>) -> AnyView {
    view! { <span class="badge" data-tone=tone.as_str()>{word.into()}</span> }.into_any()
}

/// A traffic light with its score of 0..100.
pub fn level(level: Level, score: f64) -> AnyView {
    let title = format!("{}: {} of 100", level.as_str(), format::score(score));
    view! {
        <span class="level" data-tone=Tone::from(level).as_str() title=title>
            <span class="visually-hidden">{level.as_str()}" "</span>
            {format::score(score)}
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rule_that_keeps_somebody_out_looks_as_if_something_were_wrong() {
        let tone = |effect: &str| Tone::from(&effect.parse::<Effect>().expect("effect"));
        assert_eq!(["block", "revoke(all)"].map(tone), [Tone::Bad, Tone::Bad]);
        assert_eq!(["allow", "tag(office)", "challenge"].map(tone), [Tone::Good, Tone::Neutral, Tone::Warn]);
    }
}
