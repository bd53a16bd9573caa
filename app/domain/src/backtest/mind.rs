//! What a replay has learned so far, and how it judges and learns: as the live log does.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use super::profiles::{Profiles, Recent};
use super::replay::{Deed, Line};
use crate::Timestamp;
use crate::id::{EventId, UserKey};
use crate::mix::Mixing;
use crate::profile::{Profile, Sighting, Traits};
use crate::question::Answer;
use crate::risk::Assessment;
use crate::risk::budget::Keys;
use crate::risk::crowd::Incident;
use crate::risk::memory::{Known, Learned, Memory, Setup, remember};
use crate::risk::session::{Kept, refused};
use crate::session::checked_id;

/// How many sessions are remembered, at least: some 200 bytes each.
const SESSIONS: usize = 50_000;

/// What is said of a user.
#[derive(Clone, Debug)]
enum Word {
    /// Whether what was done was theirs.
    Was(Traits, Answer),
    /// An operator lets learning go on.
    Unfreeze,
    /// A session, by its number, is ordered to end; None: all of the user's.
    End(Option<u64>),
}

/// What has been learned so far.
#[derive(Clone, Debug)]
pub(super) struct Mind {
    pub(super) memory: Memory,
    profiles: Profiles,
    /// By a number of their id, which only this process knows how to make.
    sessions: Recent<u64, Kept, Mixing>,
    numbers: RandomState,
    /// What is not said yet, by its time and what it is about.
    words: BTreeMap<(Timestamp, EventId, usize), (UserKey, Word)>,
    /// Stands in where an event names nobody.
    nobody: Profile,
}

impl Default for Mind {
    fn default() -> Self {
        Self {
            memory: Memory::default(),
            profiles: Profiles::default(),
            sessions: Recent::new(SESSIONS),
            numbers: RandomState::new(),
            words: BTreeMap::new(),
            nobody: Profile::default(),
        }
    }
}

impl Mind {
    /// Judges an event; learns nothing of it.
    pub(super) fn judge<const N: usize>(
        &mut self,
        line: &Line,
        seen: &Sighting<'_>,
        setups: [&Setup<'_>; N],
        in_words: bool,
    ) -> [Assessment; N] {
        let Some(person) = &line.person else {
            return self.memory.judge_for(seen, &self.nobody, Known::default(), setups, in_words);
        };
        let kept = self.session(line).and_then(|id| self.sessions.get(&id));
        let taken = kept.and_then(|kept| kept.taken_by(person.key, seen));
        let session = kept.and_then(|kept| kept.memory_for(person.key));
        let known = Known { session, taken: taken.as_ref(), user_since: Some(person.since) };
        let refuses = kept.is_some_and(|kept| kept.refuses(seen));
        let profile = self.profiles.of(person.key.0);
        let judged = self.memory.judge_for(seen, profile, known, setups, in_words);
        if refuses { judged.map(refused) } else { judged }
    }

    /// Learns from a judged event. True when it opened the alert of a wave of guesses.
    pub(super) fn learn(&mut self, line: &Line, seen: &Sighting<'_>, assessment: &Assessment) -> bool {
        let Some(person) = &line.person else {
            // Only the crowd learns from what names no user.
            return self.memory.learn(seen, &mut Profile::default(), assessment).is_some_and(is_new);
        };
        let session = self.session(line);
        let profile = self.profiles.of(person.key.0);
        if let Some(id) = session {
            let kept = self.sessions.take(&id);
            let own = kept.as_ref().and_then(|kept| kept.memory_for(person.key)).cloned();
            let memory = remember(own, seen, profile, &self.memory.learned.rates, assessment);
            if let Some(kept) = Kept::after(kept, person.key, seen, memory) {
                self.sessions.put(id, kept);
            }
        }
        self.memory.learn(seen, profile, assessment).is_some_and(is_new)
    }

    /// The session that the event names, as a number.
    fn session(&self, line: &Line) -> Option<u64> {
        let id = line.seen.event.session_id.as_ref().filter(|id| checked_id(id).is_ok());
        id.map(|id| self.numbers.hash_one(id))
    }

    /// What the user answered, and operators said, will be learned when they did.
    pub(super) fn await_words(&mut self, line: &Line, seen: &Sighting<'_>) {
        let Some(person) = &line.person else { return };
        for (nth, (answer, at)) in line.answer.iter().chain(&line.closings).enumerate() {
            self.words.insert((*at, line.id, nth), (person.key, Word::Was(seen.traits, *answer)));
        }
    }

    /// At these times this will be done about users: after what is said at the same time, and an order also after what
    /// happens then, which may be what it ends.
    pub(super) fn await_deeds(&mut self, deeds: &[(UserKey, Timestamp, Deed)]) {
        for (nth, (user, at, deed)) in deeds.iter().enumerate() {
            let (at, word) = match deed {
                Deed::Unfrozen => (*at, Word::Unfreeze),
                Deed::Ordered(session) => {
                    (at.plus(1), Word::End(session.as_ref().map(|id| self.numbers.hash_one(id))))
                }
            };
            self.words.insert((at, EventId(i64::MAX), nth), (*user, word));
        }
    }

    /// Learns what was said until now.
    pub(super) fn hear(&mut self, now: Timestamp) {
        while let Some(entry) = self.words.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, ..), (user, word)) = entry.remove_entry();
            match word {
                Word::Was(traits, answer) => self.was(user, &traits, answer, at),
                // Who has no profile has nothing that could be stopped.
                Word::Unfreeze if self.profiles.has(user.0) => self.profiles.of(user.0).unfreeze(),
                Word::Unfreeze => {}
                Word::End(Some(session)) => match self.sessions.get_mut(&session) {
                    Some(kept) => end_of(user)(kept),
                    // It stands before any event has named the session.
                    None => self.sessions.put(session, Kept::ordered(user)),
                },
                Word::End(None) => self.sessions.values_mut().for_each(end_of(user)),
            }
        }
    }

    fn was(&mut self, user: UserKey, traits: &Traits, answer: Answer, at: Timestamp) {
        self.memory.learned.answered(Keys::of_traits(traits), answer, at, None);
        let profile = self.profiles.of(user.0);
        let population = &mut self.memory.learned.population;
        match answer {
            Answer::Yes => {
                profile.trust(traits, at);
                population.forgive(traits, user, at);
            }
            Answer::No => {
                profile.distrust(traits, at);
                population.report(traits, (user, profile), at);
            }
        }
    }

    /// The project's memory, and each user's profile, encoded.
    pub(super) fn into_learned(self) -> (Learned, impl Iterator<Item = (UserKey, Box<[u8]>)>) {
        (self.memory.learned, self.profiles.into_encoded().map(|(user, state)| (UserKey(user), state)))
    }
}

/// Marks what is this user's as ordered to end.
fn end_of(user: UserKey) -> impl Fn(&mut Kept) {
    move |kept| kept.ordered |= kept.user == user
}

/// A wave that goes on and is told again is the same alert.
fn is_new(wave: Incident) -> bool {
    !wave.goes_on()
}
