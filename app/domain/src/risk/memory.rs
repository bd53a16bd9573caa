//! What a project's judgement remembers beside its users' profiles, and the one way in which an event is judged and
//! learned: by the live log, by a back-test and by an import alike.

mod learned;

use super::budget::{ByBudget, Keys, Limits};
use super::crowd::{Attempt, Crowd, Incident, RELAYED};
use super::sequence::{self, Deeds, Rates};
use super::session::{self, SessionMemory, Within};
use super::term::Term;
use super::{Assessment, Calibration, Counterfactual, Decision, Level, Reason, World, assess_for, otherwise};
use crate::Timestamp;
use crate::event::{Observation, verb};
use crate::profile::{Profile, Sighting};
use crate::rule::RuleSet;

pub use learned::Learned;
use learned::Lesson;

/// What a project's operators set, for one judgement.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The rules.
    pub rules: &'a RuleSet,
    /// From this level on operators want to know.
    pub alert_level: Level,
    /// At most this share of logins is challenged, 0..1; None: by the level alone.
    pub challenge: Option<f64>,
    /// From evidence to probability.
    pub calibration: Calibration,
}

/// What is known of the event's user and session, for one judgement.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// What was kept of the session that the event names.
    pub session: Option<&'a SessionMemory>,
    /// What speaks against whose session it is; see [`session::Kept::taken_by`].
    pub taken: Option<&'a Term>,
    /// When the user was first seen.
    pub user_since: Option<Timestamp>,
}

/// What was found about an event beside its user's habits: see [`World`].
#[derive(Default)]
struct Around {
    reasons: Vec<Reason>,
    within: Option<Within>,
    otherwise: Option<Counterfactual>,
    session_since: Option<Timestamp>,
    held: bool,
}

/// What a project's judgement remembers.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// What adds up over replicas.
    pub learned: Learned,
    /// What goes on across users now: each replica sees its own part of it, and a new process begins with the latest.
    pub crowd: Crowd,
    deeds: Deeds,
}

impl Memory {
    /// Judges an event; remembers nothing.
    pub fn judge<'a>(
        &self,
        seen: impl Into<Sighting<'a>>,
        profile: &Profile,
        known: Known<'_>,
        setup: &Setup<'_>,
    ) -> Assessment {
        let [assessment] = self.judge_for(&seen.into(), profile, known, [setup], true);
        assessment
    }

    /// Judges an event for operators who set different things: the habits once, the rest for each. All have the first
    /// one's calibration. Reasons have their words only `in_words`.
    pub(crate) fn judge_for<const N: usize>(
        &self,
        seen: &Sighting<'_>,
        profile: &Profile,
        known: Known<'_>,
        setups: [&Setup<'_>; N],
        in_words: bool,
    ) -> [Assessment; N] {
        let mut found = match known.session {
            Some(_) => self.look_around(seen, profile, &known),
            // What names no session is weighed with the login that it follows.
            None => self.look_around(seen, profile, &Known { session: profile.unnamed(seen), ..known }),
        };
        // To rules it says when the named one began.
        found.session_since = found.session_since.filter(|_| known.session.is_some());
        // A wave speaks against failures as evidence: where there are none, nobody asks.
        let failed = seen.event.user.as_ref().filter(|_| !profile.failures.is_empty());
        let wave = failed.map_or(0.0, |user| self.crowd.excuses(&user.id, seen.at.min(seen.received_at)));
        let worlds = setups.map(|setup| World {
            population: &self.learned.population,
            calibration: setups.first().map_or(setup.calibration, |first| first.calibration),
            around: &found.reasons,
            wave,
            in_session: found.within.as_ref(),
            otherwise: found.otherwise.as_ref(),
            challenge_from: self.challenge_from(setup),
            held: found.held,
            user_since: known.user_since,
            session_since: found.session_since,
            in_words,
            ..World::new(setup.rules, setup.alert_level)
        });
        let mut judged = assess_for(seen, profile, &worlds);
        for (one, setup) in judged.iter_mut().zip(setups).filter(|_| in_words) {
            one.account.budget = self.by_budget(one, setup, found.held);
        }
        judged
    }

    /// That the budget is why it is challenged: no rule, and nothing that is challenged whatever the budget says.
    fn by_budget(&self, judged: &Assessment, setup: &Setup<'_>, held: bool) -> Option<ByBudget> {
        let other =
            judged.is_awaited() || judged.reasons.iter().any(|reason| reason.code == "rule.challenge");
        let challenged = setup.challenge.is_some() && judged.decision == Decision::Challenge && !other;
        let one_in = || self.learned.budget.one_in(session::log_odds(judged.probability));
        challenged.then(|| ByBudget { one_in: one_in(), again: held && judged.level > Level::Green })
    }

    fn look_around(&self, seen: &Sighting<'_>, profile: &Profile, known: &Known<'_>) -> Around {
        let mut found = Around::default();
        let mut crowd =
            Attempt::of(seen, profile).map_or_else(Vec::new, |attempt| self.crowd.evidence(&attempt));
        crowd.extend(relayed(seen, profile, known.session));
        // What the user denied is judged by that, whatever session it acts in.
        let in_own = !seen.is_login() && authenticated(seen) && !profile.denied(&seen.traits);
        if let Some(memory) = known.session.filter(|_| in_own) {
            found.session_since = Some(memory.started());
            let mut theft = memory.evidence(seen, profile);
            theft.extend(known.taken.cloned());
            theft.append(&mut crowd);
            let action = sequence::evidence(memory, seen, &self.learned.rates);
            let within = memory.within(seen, profile, &theft, &action);
            found.otherwise = otherwise::in_session(memory, seen, &theft, &action, &within);
            // Whoever comes back as the session began is not the one who took it.
            theft.retain(|term| within.is_strange || term.code != session::INTERLEAVED);
            found.reasons.extend(theft.into_iter().chain(action).map(Term::reason));
            found.within = Some(within);
        }
        found.reasons.extend(crowd.into_iter().map(Term::reason));
        let taken = known.taken.filter(|_| found.within.is_none());
        found.reasons.extend(taken.cloned().map(Term::reason));
        // What was challenged stays so until somebody vouches for it.
        let told = found.within.as_ref().is_some_and(|within| within.told.is_some());
        let unvouched = told || profile.awaits(&seen.traits);
        found.held = unvouched && self.learned.budget.holds(Keys::of(seen, &seen.traits), seen.at);
        found
    }

    fn challenge_from(&self, setup: &Setup<'_>) -> Option<f64> {
        let limits = setup.challenge.map(|challenge| Limits { challenge, ask_a_day: 0 });
        limits.map(|limits| self.learned.budget.challenge_from(&limits))
    }

    /// Learns from a judged event: this memory and the user's profile. A wave of guesses that it opened is answered once.
    pub fn learn<'a>(
        &mut self,
        seen: impl Into<Sighting<'a>>,
        profile: &mut Profile,
        assessment: &Assessment,
    ) -> Option<Incident> {
        self.learn_beside(&seen.into(), profile, assessment, None)
    }

    /// The same, and teaches what adds up to another memory as well.
    pub(crate) fn learn_beside(
        &mut self,
        seen: &Sighting<'_>,
        profile: &mut Profile,
        assessment: &Assessment,
        other: Option<&mut Learned>,
    ) -> Option<Incident> {
        let opened = Attempt::of(seen, profile).and_then(|attempt| self.crowd.saw(&attempt).cloned());
        if let Some(mut lesson) = Lesson::of(seen, profile, assessment) {
            lesson.count_once(&mut self.deeds);
            self.learned.take(&lesson, other);
        }
        self.teach(seen, profile, assessment);
        opened
    }

    /// Teaches the user's profile alone.
    pub(crate) fn teach(&self, seen: &Sighting<'_>, profile: &mut Profile, assessment: &Assessment) {
        let mut unnamed = None;
        if seen.event.session_id.is_none() && authenticated(seen) {
            let before = profile.take_unnamed(seen).filter(|_| !seen.is_login());
            if before.is_some() || seen.is_login() {
                unnamed = remember(before, seen, profile, &self.learned.rates, assessment);
            }
        }
        profile.learn(seen, assessment);
        if let Some(memory) = unnamed {
            profile.keep_unnamed(seen, memory);
        }
    }
}

/// What is to be kept of a session after an event that was judged so; None when the event says nothing of one.
pub fn remember<'a>(
    before: Option<SessionMemory>,
    seen: impl Into<Sighting<'a>>,
    profile: &Profile,
    rates: &Rates,
    assessment: &Assessment,
) -> Option<SessionMemory> {
    let seen = &seen.into();
    if !authenticated(seen) || verb::is_failure(&seen.event.verb) {
        return before;
    }
    match before {
        Some(memory) if assessment.is_guessed() && seen.event.verb == verb::CHALLENGE_PASS => Some(memory),
        Some(mut memory) if !seen.is_login() => {
            session::observe(&mut memory, seen, profile, rates);
            memory.tell(seen, profile, assessment);
            Some(memory)
        }
        _ => Some(SessionMemory::begin(seen, session::log_odds(assessment.probability))),
    }
}

/// While a "no" is fresh, a right second factor vouches for no unusual login: whoever has the password may relay that, too.
fn relayed(seen: &Sighting<'_>, profile: &Profile, session: Option<&SessionMemory>) -> Option<Term> {
    let passes = seen.event.verb == verb::CHALLENGE_PASS && authenticated(seen) && profile.is_frozen(seen.at);
    let in_session = || session.is_some_and(|session| session.awaits_word(seen, profile));
    let is_unusual = || profile.awaits(&seen.traits) || in_session();
    let text = "A second factor, so soon after the user said that a login was not theirs";
    (passes && is_unusual()).then(|| Term::new(RELAYED, 1.0, text))
}

fn authenticated(seen: &Observation) -> bool {
    seen.event.user.as_ref().is_some_and(|user| user.authenticated)
}
