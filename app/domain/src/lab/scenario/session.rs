//! After the login: stolen cookies, phishing proxies, takeovers, beside what honest sessions do.

mod honest;
mod thief;

use super::Limit;
use crate::lab::login::Login;
use crate::lab::measure::Scored;
use crate::lab::parameters as p;
use crate::lab::policy::Policy;
use crate::lab::policy::engine::Engine;
use crate::lab::population::History;
use crate::lab::random::Random;
use crate::lab::trial::Account;
use crate::risk::session::SessionMemory;
use honest::Places;

/// Scores of sessions: of each the most alarming event after its login.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    /// Honest ones.
    pub honest: Vec<Scored>,
    /// Cookies used elsewhere, until the first sensitive action.
    pub theft: Vec<Scored>,
    /// Logins through a phishing proxy: infinite when the login itself was challenged.
    pub middle: Vec<Scored>,
    /// Logins with a known password and what follows, likewise.
    pub takeover: Vec<Scored>,
}

/// Follows some of the sessions of the measured time; attacks are tried on copies.
pub fn run(history: &History, seed: u64, limit: Limit) -> Sessions {
    let mut random = Random::stream(seed, 20);
    let (mut out, mut engine) = (Sessions::default(), Engine::new("session"));
    let mut accounts: Vec<(Account, Places)> = vec![Default::default(); history.accounts];
    for login in &history.logins {
        let seen = login.observe(&history.world, limit.tokens);
        engine.score(&seen);
        let (account, places) = &mut accounts[login.account as usize];
        let followed = login.is_login()
            && login.day() >= p::WARM_UP
            && account.logins >= 1
            && random.chance(p::FOLLOWED);
        let session = engine.remember(None, &seen).filter(|_| followed);
        engine.learn(&seen);
        if let Some(session) = session {
            let usual = *account.usual().unwrap_or(login);
            let mut scene = Scene { history, limit, engine: &mut engine, random: &mut random, usual };
            scene.attack(login, &mut out);
            scene.follow(login, session, places, &mut out);
        }
        if login.is_login() {
            account.note(login);
            places.note(login.spot);
        }
    }
    out
}

/// One session and all that is needed to judge what goes on in it.
struct Scene<'a> {
    history: &'a History,
    limit: Limit,
    engine: &'a mut Engine,
    random: &'a mut Random,
    /// What an attacker would imitate.
    usual: Login,
}

impl Scene<'_> {
    /// Judges an event of a session and remembers it in the session alone.
    fn judge(&mut self, session: &mut Option<SessionMemory>, event: &Login) -> f64 {
        let seen = event.observe(&self.history.world, self.limit.tokens);
        let score = self.engine.judge(&seen, session.as_ref());
        *session = self.engine.remember(session.take(), &seen);
        score
    }

    /// What the user does; at some moment a thief takes a copy of the session.
    fn follow(&mut self, login: &Login, session: SessionMemory, places: &Places, out: &mut Sessions) {
        let events = honest::events(self.history, login, places, self.random);
        let stolen = self.random.below(events.len());
        let (mut session, mut most) = (Some(session), f64::NEG_INFINITY);
        for (index, event) in events.iter().enumerate() {
            most = most.max(self.judge(&mut session, event));
            if index == stolen {
                let score = self.steal(session.clone(), event);
                out.theft.push((score, login.account));
            }
        }
        out.honest.push((most, login.account));
    }
}
