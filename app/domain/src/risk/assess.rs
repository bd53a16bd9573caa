//! The judgement: rules first, then the sum of all evidence.

use super::evidence::{Case, Evidence};
use super::odds::logistic;
use super::{Assessment, Decision, Level, Reason, World, client, context, network};
use crate::alert::is_repeat;
use crate::event::{Observation, verb};
use crate::profile::Profile;
use crate::rule::{Hit, RuleKind};

/// The log-odds of an attacker before any evidence: about 1 in 28. Chosen so that, without
/// device tokens, a new country alone is orange, and that a new country on a new device is red.
const PRIOR: f64 = -3.3;
/// What a rule weighs: it ends the discussion.
const RULE: f64 = 30.0;

/// How likely it is that this event is not its user's doing. Pure: the same arguments, the same answer.
///
/// Rules decide about every event; beyond them only what an authenticated user did is judged. Failed attempts and
/// anonymous events are green: they say nothing of the user, and [`Profile::learn`] remembers the former.
pub fn assess(seen: &Observation, profile: &Profile, world: &World<'_>) -> Assessment {
    if let Some(hit) = world.rules.decide(seen) {
        return by_rule(hit);
    }
    let authenticated = seen.event.user.as_ref().is_some_and(|user| user.authenticated);
    if !authenticated || verb::is_failure(&seen.event.verb) {
        return Assessment::default();
    }
    let case = Case::new(seen, profile);
    // A login that awaits the user's word was told once; what its session goes on to do is not told again.
    if !seen.is_login() && case.profile.awaits(&case.traits) {
        return Assessment { probability: logistic(PRIOR), ..Assessment::default() };
    }
    let mut evidence = Evidence::default();
    let cover = network::cover(&case, &mut evidence);
    let device = client::judge(&case, &mut evidence);
    network::judge(&case, cover || device.is_new, &mut evidence);
    context::judge(&case, &mut evidence);
    let (sum, reasons) = evidence.conclude();
    let probability = logistic(PRIOR + sum);
    let level = Level::of(probability);
    let decision =
        if is_repeat(level, &reasons) { Decision::Block } else { decision(level, world.alert_level) };
    Assessment { probability, level, decision, reasons }
}

/// What operators want to hear of is worth a second factor.
fn decision(level: Level, alert_level: Level) -> Decision {
    if level >= alert_level.max(Level::Orange) { Decision::Challenge } else { Decision::Allow }
}

fn by_rule(hit: &Hit) -> Assessment {
    let denied = hit.kind == RuleKind::Deny;
    let (code, word, evidence) =
        if denied { ("rule.deny", "Denied", RULE) } else { ("rule.allow", "Allowed", -RULE) };
    Assessment {
        probability: if denied { 1.0 } else { 0.0 },
        level: if denied { Level::Red } else { Level::Green },
        decision: if denied { Decision::Block } else { Decision::Allow },
        reasons: vec![Reason {
            code: code.to_owned(),
            text: format!("{word} by the rule “{}”", hit.name),
            evidence,
        }],
    }
}
