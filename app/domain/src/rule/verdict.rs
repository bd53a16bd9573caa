//! What a project's rules say of one event, and what becomes of its judgement.

use serde::{Deserialize, Serialize};

use super::{Effect, Ends, MAX_EVIDENCE};
use crate::id::RuleId;
use crate::risk::{Account, Assessment, Decision, Level, MODEL_VERSION, Reason};

/// The code of the reason that a rule blocks.
pub const DENIED: &str = "rule.deny";
/// The code of the reason that a rule ends sessions.
pub const ENDED: &str = "rule.revoke";
/// What a rule that ends the discussion weighs, in log-odds.
const DECIDES: f64 = 30.0;
/// Where the log-odds of an event begin that the habits say nothing of: failed and anonymous ones. About 1 in 28.
const UNJUDGED: f64 = -3.3;
/// The most notes kept with an event: what sets something in motion comes before what decides, this before tags, then other
/// hits, and what was skipped. All are counted.
pub const MAX_NOTES: usize = 32;

/// What one rule had to do with an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RuleNote {
    /// The rule.
    pub rule: RuleId,
    /// Its name at that time.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How a rule came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// It hit.
    Hit,
    /// It hit, and is only tried out: nothing changed.
    Shadow,
    /// It could not be evaluated.
    Skipped {
        /// `place.country is not known`
        why: String,
    },
}

/// What the rules say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Every rule that hit, would have hit, or was skipped: by falling priority, then by age.
    pub notes: Vec<RuleNote>,
    /// Which of the notes decides, and its priority.
    decider: Option<(usize, i64)>,
}

impl Verdict {
    /// Takes the next rule's note. Rules come by falling priority, then by age.
    pub(super) fn take(&mut self, mut note: RuleNote, priority: i64) {
        if let Some(allows) = self.spares(&note, priority) {
            note.outcome =
                Outcome::Skipped { why: format!("the rule “{allows}” of a higher priority allows it") };
        }
        if note.outcome == Outcome::Hit && note.effect.severity().is_some() {
            let wins = self.decider.is_none_or(|(first, its)| {
                its == priority && self.notes[first].effect.severity() < note.effect.severity()
            });
            if wins {
                self.decider = Some((self.notes.len(), priority));
            }
        }
        self.notes.push(note);
    }

    /// The rule that keeps one of lower priority from ending sessions.
    fn spares(&self, note: &RuleNote, priority: i64) -> Option<&str> {
        let ends = note.outcome == Outcome::Hit && matches!(note.effect, Effect::Revoke(_));
        let (first, its) = self.decider.filter(|_| ends)?;
        let decider = &self.notes[first];
        (its > priority && decider.effect == Effect::Allow).then_some(decider.name.as_str())
    }

    /// The rule that decides whether the event passes, if any does.
    pub fn decider(&self) -> Option<&RuleNote> {
        self.decider.map(|(place, _)| &self.notes[place])
    }

    /// The effects that hold.
    pub fn effects(&self) -> impl Iterator<Item = &RuleNote> {
        self.notes.iter().filter(|note| note.outcome == Outcome::Hit)
    }

    /// The judgement with what the rules say. `decide` gives the decision for a probability, where no rule does.
    pub fn apply(self, habits: Assessment, decide: impl Fn(f64) -> Decision) -> Assessment {
        if self.notes.is_empty() {
            return habits;
        }
        let mut judged = match self.decider().map(|note| (&note.effect, note.name.clone())) {
            Some((Effect::Block, name)) => ended(habits, &name, true),
            Some((Effect::Allow, name)) => ended(habits, &name, false),
            Some((_, name)) => {
                let mut judged = self.weighed(habits, decide);
                judged.decision = judged.decision.max(Decision::Challenge);
                let text = format!("A second factor is asked for by the rule “{name}”");
                judged.reasons.push(Reason { code: "rule.challenge".into(), text, ..Reason::default() });
                judged
            }
            None => self.weighed(habits, decide),
        };
        if let Some(note) = self.effects().find(|note| note.effect == Effect::Notify) {
            let text = format!("Reported by the rule “{}”", note.name);
            judged.reasons.push(Reason { code: "rule.notify".into(), text, ..Reason::default() });
        }
        if let Some((note, ends)) = revoker(&self.notes) {
            let text = format!("The rule “{}” ends {}", note.name, ends.words());
            judged.reasons.push(Reason { code: ENDED.into(), text, ..Reason::default() });
        }
        (judged.account.rules, judged.account.left_out) = kept(self.notes);
        judged
    }

    /// With the evidence that rules add. Each is told with its part of what all together may say.
    fn weighed(&self, mut habits: Assessment, decide: impl Fn(f64) -> Decision) -> Assessment {
        let hits = || self.effects().filter_map(|note| Some((note, note.effect.evidence()?)));
        let sum: i32 = hits().map(|(_, hundredths)| hundredths).sum();
        let most = sum.clamp(-MAX_EVIDENCE, MAX_EVIDENCE);
        let part = if most == sum { 1.0 } else { f64::from(most) / f64::from(sum) };
        for (note, hundredths) in hits() {
            let side = if hundredths > 0 { "against it" } else { "for the user" };
            habits.reasons.push(Reason {
                code: "rule.evidence".into(),
                text: format!("The rule “{}” speaks {side}", note.name),
                evidence: f64::from(hundredths) / 100.0 * part,
                ..Reason::default()
            });
        }
        if sum != 0 {
            let base = match habits.probability {
                nothing if nothing <= 0.0 => UNJUDGED,
                probability => {
                    let probability = probability.clamp(1e-12, 1.0 - 1e-12);
                    (probability / (1.0 - probability)).ln()
                }
            };
            habits.probability = 1.0 / (1.0 + (-(base + f64::from(most) / 100.0)).exp());
            habits.level = Level::of(habits.probability);
            habits.account.counterfactual = None;
            habits.decision = decide(habits.probability);
            habits.reasons.sort_by(|a, b| b.evidence.total_cmp(&a.evidence));
        }
        habits
    }
}

/// What an event is when a rule ends the discussion: the habits' reasons would only confuse.
fn ended(habits: Assessment, name: &str, blocked: bool) -> Assessment {
    let (code, word, evidence) =
        if blocked { (DENIED, "Denied", DECIDES) } else { ("rule.allow", "Allowed", -DECIDES) };
    let text = format!("{word} by the rule “{name}”");
    Assessment {
        probability: if blocked { 1.0 } else { 0.0 },
        level: if blocked { Level::Red } else { Level::Green },
        decision: if blocked { Decision::Block } else { Decision::Allow },
        reasons: vec![Reason { code: code.into(), text, evidence, ..Reason::default() }],
        account: Account { model: MODEL_VERSION, sums: habits.account.sums, ..Account::default() },
    }
}

impl Ends {
    /// In a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Session => "this session",
            Self::All => "all sessions of the user",
        }
    }
}

/// As many notes as are kept, and the others. What sets something in motion is never among those.
fn kept(mut notes: Vec<RuleNote>) -> (Vec<RuleNote>, Vec<RuleNote>) {
    notes.sort_by_key(|note| matches!(note.outcome, Outcome::Skipped { .. }));
    if notes.len() <= MAX_NOTES {
        return (notes, Vec::new());
    }
    notes.sort_by_key(|note| match (&note.outcome, &note.effect) {
        (Outcome::Hit, Effect::Notify | Effect::Revoke(_)) => 0,
        (Outcome::Hit, Effect::Block | Effect::Challenge | Effect::Allow) => 1,
        (Outcome::Hit, Effect::Tag(_)) => 2,
        (Outcome::Hit, Effect::Evidence(_)) | (Outcome::Shadow, _) => 3,
        (Outcome::Skipped { .. }, _) => 4,
    });
    let left_out = notes.split_off(MAX_NOTES);
    (notes, left_out)
}

/// All rules that had to do with an event that was judged just now.
pub fn noted(account: &Account) -> impl Iterator<Item = &RuleNote> {
    account.rules.iter().chain(&account.left_out)
}

/// The rule that hit and ends sessions, if any does: one that ends them all comes before one that ends this one.
pub fn revoker(notes: &[RuleNote]) -> Option<(&RuleNote, Ends)> {
    let hits = notes.iter().filter(|note| note.outcome == Outcome::Hit);
    let ends = hits.filter_map(|note| match note.effect {
        Effect::Revoke(ends) => Some((note, ends)),
        _ => None,
    });
    ends.min_by_key(|(_, ends)| *ends != Ends::All)
}

/// The rule that hit and wants the operators to know, if any does.
pub fn notifier(notes: &[RuleNote]) -> Option<&RuleNote> {
    notes.iter().find(|note| note.outcome == Outcome::Hit && note.effect == Effect::Notify)
}

/// The rule that blocked a judged event, if one did.
pub fn denier(judged: &Assessment) -> Option<&RuleNote> {
    let denied = judged.reasons.iter().any(|reason| reason.code == DENIED);
    // By falling priority, then by age: the first that blocks is the one that decided.
    let blocks = |note: &&RuleNote| note.outcome == Outcome::Hit && note.effect == Effect::Block;
    judged.account.rules.iter().find(blocks).filter(|_| denied)
}

/// The tags that rules gave.
pub fn tags(notes: &[RuleNote]) -> Vec<&str> {
    let named = notes.iter().filter_map(|note| match (&note.effect, &note.outcome) {
        (Effect::Tag(tag), Outcome::Hit) => Some(tag.as_str()),
        _ => None,
    });
    let mut tags: Vec<_> = named.collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}
