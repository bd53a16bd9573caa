//! The judgement: the mixture of all evidence, then what the rules say of it.

use super::crowd::{ATTEMPT, FAILURES, PART, is_guessed};
use super::evidence::{Case, Evidence};
use super::explain::{self, Found};
use super::sequence::Action;
use super::session::{self, Within};
use super::term::Term;
use super::{
    Account, Assessment, Decision, Level, MODEL_VERSION, Reason, World, aged, client, context, network,
};
use crate::alert::is_repeat;
use crate::event::{Observation, verb};
use crate::profile::{Kind, Profile, Sighting};
use crate::rule::Facts;
use crate::rule::verdict::{ENDED, revoker};
use crate::session::checked_id;
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
    judged.account.weights = world.calibration.version();
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
    // What is no question of the budget (the user has denied the like of it) a rule's evidence can only make stricter.
    let settled = Some(judged.decision).filter(|_| !open);
    let decide = |probability| settled.max(Some(decision(probability, world))).unwrap_or_default();
    let mut ruled = world.rules.evaluate(&facts).apply(judged, decide);
    if ends_its_own(seen, &ruled) {
        ruled.decision = Decision::Block;
        // What blocks it comes first.
        ruled.reasons.sort_by_key(|reason| reason.code != ENDED);
    }
    ruled
}

/// A login into a session that a rule orders ended: whoever is to be put out is not let in. What comes late ends none.
fn ends_its_own(seen: &Sighting<'_>, ruled: &Assessment) -> bool {
    let named = seen.event.session_id.as_ref().is_some_and(|id| checked_id(id).is_ok());
    let in_time = seen.received_at.since(seen.at) <= DAY;
    named && in_time && seen.is_login() && revoker(&ruled.account.rules).is_some()
}

/// Only what an authenticated user did is judged. Failed attempts and anonymous events say nothing of the user, and are
/// green but for those of a wave; [`Profile::learn`] remembers the former.
fn by_habits(seen: &Sighting<'_>, profile: &Profile, world: &World<'_>) -> Habits {
    let Some(case) = judged(seen, profile, world) else { return failed(seen, profile, world) };
    if let Some(within) = world.in_session {
        return in_session(&case, within);
    }
    // A login that awaits the user's word was told once; what it goes on to do is no news, and as alarming as it was. What
    // the user has denied is told whatever else awaits their word.
    let awaits = !seen.is_login() && case.profile.awaits(&case.traits) && !case.profile.denied(&case.traits);
    let guessed = is_guessed(world.around);
    if awaits && !guessed && seen.event.verb == verb::CHALLENGE_PASS {
        return Habits { judged: calm(world.calibration.prior), open: false };
    }
    let silent = gather(&case, Evidence::silent());
    let in_words = || world.in_words.then(|| gather(&case, Evidence::default()));
    let Found { log_odds, reasons, mut account } = explain::conclude(&case, &silent, in_words);
    let probability = logistic(log_odds.max(session::acts_for_another(case.seen, world.around)));
    let level = Level::of(probability);
    if awaits && level == Level::Green {
        return Habits { judged: held(calm(world.calibration.prior), &case), open: false };
    }
    if awaits {
        let judged = Assessment { probability, level, reasons, account, ..Assessment::default() };
        return still(judged, AWAITS_LOGIN, &case);
    }
    let reported = context::reported(&case);
    // Rules may make it red yet.
    account.repeat = is_repeat(Level::Red, reported);
    let (decision, open) =
        if is_repeat(level, reported) { (Decision::Block, false) } else { (Decision::Allow, true) };
    Habits { judged: Assessment { probability, level, decision, reasons, account }, open }
}

/// Whoever failed is no user, and was not let in; that it is part of a wave, or of a row of guesses, is said, and that it
/// was a second factor for what awaits the user's word.
fn failed(seen: &Sighting<'_>, profile: &Profile, world: &World<'_>) -> Habits {
    let part = world.around.iter().filter(|reason| [ATTEMPT, FAILURES].contains(&reason.code.as_str()));
    let mut reasons: Vec<_> = part.cloned().collect();
    let is_factor = seen.event.verb == verb::CHALLENGE_FAIL;
    if is_factor && reasons.is_empty() && profile.awaits(&seen.traits) {
        reasons.push(awaited(AWAITS_FACTOR));
    }
    let Some(first) = reasons.first() else { return Habits::default() };
    let probability = logistic(first.evidence.max(PART));
    let account = Account { model: MODEL_VERSION, ..Account::default() };
    let (level, decision) = (Level::of(probability), Decision::Allow);
    Habits { judged: Assessment { probability, level, decision, reasons, account }, open: false }
}

/// What a session goes on to do: its login was judged and told, so only what speaks against it since is news. What was
/// told stands while nobody has vouched for it.
fn in_session(case: &Case<'_>, within: &Within) -> Habits {
    let world = case.world;
    let otherwise = world.otherwise.cloned();
    let account = Account { model: MODEL_VERSION, counterfactual: otherwise, ..Account::default() };
    let mut reasons: Vec<_> =
        world.around.iter().filter(|reason| reason.evidence >= explain::TOLD).cloned().collect();
    let is_news = !reasons.is_empty();
    let log_odds = within.told.map_or(within.log_odds, |told| within.log_odds.max(told));
    let probability = logistic(log_odds);
    let level = Level::of(probability);
    let moved = within.moved.iter().filter(|moved| moved.evidence >= explain::TOLD);
    let moved = moved.filter(|moved| reasons.iter().all(|reason| reason.code != moved.code));
    reasons.extend(moved.cloned().map(Term::reason).collect::<Vec<_>>());
    let stands = level > Level::Green && (within.told.is_some() || !reasons.is_empty());
    if !is_news && (!stands || case.seen.event.verb == verb::CHALLENGE_PASS) {
        let account = Account { counterfactual: None, ..account };
        let judged = Assessment { account, ..calm(world.calibration.prior.min(log_odds)) };
        let suspect = level > Level::Green && case.profile.awaits(&case.traits);
        return Habits { judged: if suspect { held(judged, case) } else { judged }, open: false };
    }
    reasons.sort_by(|a, b| b.evidence.total_cmp(&a.evidence).then_with(|| a.code.cmp(&b.code)));
    let judged = Assessment { probability, level, reasons, account, ..Assessment::default() };
    match within.told.filter(|told| !is_news && Level::of(logistic(*told)) >= level) {
        Some(_) if within.moved.is_some() => still(judged, AWAITS, case),
        Some(_) => still(judged, AWAITS_LOGIN, case),
        None => Habits { judged, open: true },
    }
}

/// As usual as a login is at all.
fn calm(log_odds: f64) -> Assessment {
    Assessment { probability: logistic(log_odds), ..Assessment::default() }
}

const AWAITS: &str = "What happened in this session before still awaits the user's word";
const AWAITS_FACTOR: &str = "A wrong second factor, and what it was asked for awaits the user's word";
const AWAITS_LOGIN: &str = "The login of this session awaits the user's word";

/// As alarming as it was when it was told: what applications are to do stays the same until somebody vouches for it.
fn still(mut judged: Assessment, text: &str, case: &Case<'_>) -> Habits {
    let for_the_user = judged.reasons.partition_point(|reason| reason.evidence >= 0.0);
    judged.reasons.insert(for_the_user, awaited(text));
    let gives_away = Action::of(&case.seen.event.verb).is_some();
    if gives_away {
        judged.decision = Decision::Challenge;
    }
    Habits { judged, open: !gives_away }
}

fn awaited(text: &str) -> Reason {
    Reason { code: session::AWAITED.to_owned(), text: text.to_owned(), ..Reason::default() }
}

/// While the login of a session awaits the user's word, what an account is taken over with is not simply let through, how
/// often ever it comes: it is told once, and challenged each time.
fn held(mut judged: Assessment, case: &Case<'_>) -> Assessment {
    if Action::of(&case.seen.event.verb).is_some() {
        judged.reasons.push(awaited(AWAITS_LOGIN));
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
/// keeps anybody out, and the user's own "no". Who was challenged is challenged again, whatever the budget says by now.
fn decision(probability: f64, world: &World<'_>) -> Decision {
    let challenged = match world.challenge_from {
        Some(_) if world.held && Level::of(probability) > Level::Green => true,
        Some(from) => session::log_odds(probability) >= from,
        None => Level::of(probability) >= world.alert_level.max(Level::Orange),
    };
    if challenged { Decision::Challenge } else { Decision::Allow }
}
