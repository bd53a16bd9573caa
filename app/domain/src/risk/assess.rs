//! The judgement: the mixture of all evidence, then what the rules say of it.

use super::crowd::ATTEMPT;
use super::evidence::{Case, Evidence};
use super::explain::{self, Found};
use super::sequence::Action;
use super::{
    Account, Assessment, Decision, Level, MODEL_VERSION, Reason, World, aged, client, context, network,
};
use crate::alert::is_repeat;
use crate::event::{Observation, verb};
use crate::profile::{Kind, Profile, Sighting};
use crate::rule::Facts;
use crate::rule::verdict::{ENDED, revoker};
use crate::session;
use crate::time::DAY;

/// How likely it is that this event is not its user's doing. Pure: the same arguments, the same answer.
///
/// The habits are judged first, then the rules are told of it and may overrule it: they see every event.
pub fn assess<'a>(seen: impl Into<Sighting<'a>>, profile: &Profile, world: &World<'_>) -> Assessment {
    let [assessment] = assess_for(&seen.into(), profile, &[*world]);
    assessment
}

/// The same in worlds that differ only in what operators set: the habits are judged once.
pub(super) fn assess_for<const N: usize>(
    seen: &Sighting<'_>,
    profile: &Profile,
    worlds: &[World<'_>; N],
) -> [Assessment; N] {
    let mut habits = worlds.first().map(|world| by_habits(seen, profile, world));
    let mut left = N;
    worlds.each_ref().map(|world| {
        left -= 1;
        // The last one needs no copy.
        let habits = if left == 0 { habits.take() } else { habits.clone() };
        ruled(habits.unwrap_or_default(), seen, profile, world)
    })
}

/// What the habits say, before anybody decides.
#[derive(Clone, Default)]
struct Habits {
    judged: Assessment,
    /// The decision is left to the budget.
    open: bool,
}

/// Decides, asks the rules, and says which rules and data that was.
fn ruled(habits: Habits, seen: &Sighting<'_>, profile: &Profile, world: &World<'_>) -> Assessment {
    let mut judged = decided(habits, seen, profile, world);
    (judged.account.rule_set, judged.account.data) = (world.rules.version(), seen.data);
    judged
}

fn decided(habits: Habits, seen: &Sighting<'_>, profile: &Profile, world: &World<'_>) -> Assessment {
    let Habits { mut judged, open } = habits;
    if open {
        judged.decision = decision(judged.probability, world);
    }
    if world.rules.is_empty() {
        return judged;
    }
    let facts = Facts {
        seen: seen.seen,
        assessment: &judged,
        logins: seen.event.user.as_ref().map(|_| profile.logins()),
        device_known: seen.traits.device.map(|key| profile.shows(Kind::Device, key)),
        user_since: world.user_since,
        session_since: world.session_since,
    };
    let mut ruled = world.rules.evaluate(&facts).apply(judged, |probability| decision(probability, world));
    if ends_its_own(seen, &ruled) {
        ruled.decision = Decision::Block;
        // What blocks it comes first.
        ruled.reasons.sort_by_key(|reason| reason.code != ENDED);
    }
    ruled
}

/// A login into a session that a rule orders ended: whoever is to be put out is not let in. What comes late ends none.
fn ends_its_own(seen: &Sighting<'_>, ruled: &Assessment) -> bool {
    let named = seen.event.session_id.as_ref().is_some_and(|id| session::checked_id(id).is_ok());
    let in_time = seen.received_at.since(seen.at) <= DAY;
    named && in_time && seen.is_login() && revoker(&ruled.account.rules).is_some()
}

/// Only what an authenticated user did is judged. Failed attempts and anonymous events say nothing of the user, and are
/// green but for those of a wave; [`Profile::learn`] remembers the former.
fn by_habits(seen: &Sighting<'_>, profile: &Profile, world: &World<'_>) -> Habits {
    let Some(case) = judged(seen, profile, world) else { return in_wave(world) };
    if let Some(log_odds) = world.in_session {
        return in_session(&case, log_odds);
    }
    // A login that awaits the user's word was told once; what its session goes on to do is not told again. What the user
    // has denied is told whatever else awaits their word.
    if !seen.is_login() && case.profile.awaits(&case.traits) && !case.profile.denied(&case.traits) {
        let probability = logistic(world.calibration.prior);
        let judged = Assessment { probability, ..Assessment::default() };
        return Habits { judged: held(judged, &case), open: false };
    }
    let silent = gather(&case, Evidence::silent());
    let in_words = || world.in_words.then(|| gather(&case, Evidence::default()));
    let Found { log_odds, reasons, account } = explain::conclude(&case, &silent, in_words);
    let probability = logistic(log_odds);
    let level = Level::of(probability);
    let repeat = is_repeat(level, &reasons);
    let decision = if repeat { Decision::Block } else { Decision::Allow };
    Habits { judged: Assessment { probability, level, decision, reasons, account }, open: !repeat }
}

/// Whoever failed is no user, and was not let in; that it is part of a wave is said.
fn in_wave(world: &World<'_>) -> Habits {
    let part = world.around.iter().filter(|reason| reason.code == ATTEMPT);
    let reasons: Vec<_> = part.cloned().collect();
    let Some(first) = reasons.first() else { return Habits::default() };
    let probability = logistic(first.evidence);
    let account = Account { model: MODEL_VERSION, ..Account::default() };
    let (level, decision) = (Level::of(probability), Decision::Allow);
    Habits { judged: Assessment { probability, level, decision, reasons, account }, open: false }
}

/// What a session goes on to do: its login was judged and told, so only what speaks against it since is told.
fn in_session(case: &Case<'_>, log_odds: f64) -> Habits {
    let world = case.world;
    let account = Account { model: MODEL_VERSION, ..Account::default() };
    let mut reasons: Vec<_> =
        world.around.iter().filter(|reason| reason.evidence >= explain::TOLD).cloned().collect();
    if reasons.is_empty() {
        let probability = logistic(world.calibration.prior.min(log_odds));
        let judged = Assessment { probability, account, ..Assessment::default() };
        let suspect = Level::of(logistic(log_odds)) > Level::Green;
        let judged = if suspect && case.profile.awaits(&case.traits) { held(judged, case) } else { judged };
        return Habits { judged, open: false };
    }
    reasons.sort_by(|a, b| b.evidence.total_cmp(&a.evidence).then_with(|| a.code.cmp(&b.code)));
    let probability = logistic(log_odds);
    let (level, decision) = (Level::of(probability), Decision::Allow);
    Habits { judged: Assessment { probability, level, decision, reasons, account }, open: true }
}

/// While the login of a session awaits the user's word, what an account is taken over with is not simply let through, how
/// often ever it comes: it is told once, and challenged each time.
fn held(mut judged: Assessment, case: &Case<'_>) -> Assessment {
    if Action::of(&case.seen.event.verb).is_some() {
        let text = "The login of this session awaits the user's word".to_owned();
        judged.reasons.push(Reason { code: "session.awaited".to_owned(), text, ..Reason::default() });
        judged.decision = Decision::Challenge;
    }
    judged
}

/// The probability that would be left without the evidence of these codes: what an explanation is worth.
pub fn probability_without(seen: &Observation, profile: &Profile, world: &World<'_>, codes: &[&str]) -> f64 {
    let Some(case) = judged(&seen.into(), profile, world) else { return 0.0 };
    let sums = gather(&case, Evidence::silent()).sums(|piece| codes.contains(&piece.code.as_ref()));
    logistic(world.calibration.log_odds(&sums))
}

fn judged<'a>(seen: &Sighting<'a>, profile: &'a Profile, world: &'a World<'a>) -> Option<Case<'a>> {
    let authenticated = seen.event.user.as_ref().is_some_and(|user| user.authenticated);
    (authenticated && !verb::is_failure(&seen.event.verb)).then(|| Case::new(seen, profile, world))
}

fn gather(case: &Case<'_>, mut evidence: Evidence) -> Evidence {
    client::judge(case, &mut evidence);
    network::judge(case, &mut evidence);
    context::judge(case, &mut evidence);
    aged::temper(&case.seen.aged, &mut evidence);
    evidence
}

/// Log-odds as a probability, finite and within 0..1 whatever comes.
pub(super) fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds.clamp(-30.0, 30.0)).exp())
}

/// The budget says what is challenged; without one, what operators want to hear of is worth a second factor. Only a rule
/// keeps anybody out, and the user's own "no".
fn decision(probability: f64, world: &World<'_>) -> Decision {
    let challenged = match world.challenge_from {
        Some(from) => super::session::log_odds(probability) >= from,
        None => Level::of(probability) >= world.alert_level.max(Level::Orange),
    };
    if challenged { Decision::Challenge } else { Decision::Allow }
}
