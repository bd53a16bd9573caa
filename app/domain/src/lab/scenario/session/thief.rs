//! What attackers do in a session: they have what they need, and little time.

use super::{Scene, Sessions};
use crate::lab::attack::{Attacker, forge};
use crate::lab::login::Login;
use crate::lab::parameters as p;
use crate::risk::session::SessionMemory;

impl Scene<'_> {
    /// The two attacks that begin with a login, before the honest one.
    pub(super) fn attack(&mut self, login: &Login, out: &mut Sessions) {
        let index = self.random.weighted(p::ATTACKER_SHARES.iter().copied());
        let entry = forge(Attacker::ALL[index], &self.usual, login.at, &self.history.world, self.random);
        let score = self.enter(entry, entry);
        out.takeover.push((score, login.account));
        let relayed = self.relayed(login);
        let own = self.elsewhere(&relayed, p::COPIED_AGENT.2);
        let score = self.enter(relayed, own);
        out.middle.push((score, login.account));
    }

    /// A login through a phishing proxy: the right password, often the victim's own user agent, no cookie.
    fn relayed(&mut self, login: &Login) -> Login {
        let near = self.random.chance(0.5);
        let hosting = self.random.chance(p::RELAY_HOSTING);
        let from = match (hosting, near) {
            (false, _) => Attacker::Targeted,
            (true, true) => Attacker::Vpn,
            (true, false) => Attacker::Naive,
        };
        let relay = forge(from, &self.usual, login.at, &self.history.world, self.random);
        let copied = self.random.chance(p::COPIED_AGENT.1);
        Login { client: if copied { self.usual.client } else { relay.client }, ..relay }
    }

    /// The same session on the thief's own machine; with this probability the client is a copy of the victim's.
    fn elsewhere(&mut self, of: &Login, copied: f64) -> Login {
        let from =
            self.random.pick(&[(Attacker::Naive, 0.5), (Attacker::Vpn, 0.3), (Attacker::Targeted, 0.2)]);
        let thief = forge(from, &self.usual, of.at, &self.history.world, self.random);
        let client = if self.random.chance(copied) { of.client } else { thief.client };
        Login { spot: thief.spot, client, ..*of }
    }

    /// Logs in and acts with `own` machine: the most alarming event until the first sensitive action, or infinity when
    /// the login was challenged.
    fn enter(&mut self, login: Login, own: Login) -> f64 {
        let mut session = None;
        if self.judge(&mut session, &login) > self.limit.score {
            return f64::INFINITY;
        }
        self.act(&mut session, own, None)
    }

    /// Uses the session that was stolen at this event.
    pub(super) fn steal(&mut self, mut session: Option<SessionMemory>, event: &Login) -> f64 {
        let thief = self.elsewhere(event, p::COPIED_AGENT.0);
        let later = 30 + self.random.below(4 * 3_600) as i64;
        let victim = self.random.chance(p::INTERLEAVED).then_some(*event);
        self.act(&mut session, Login { at: event.at + later, ..thief }, victim)
    }

    /// A look around, then the first sensitive action; a victim who is still there acts in between.
    fn act(&mut self, session: &mut Option<SessionMemory>, mut own: Login, victim: Option<Login>) -> f64 {
        let looks = self.random.below(3);
        let first = self.random.pick(&p::FIRST_ACTION);
        let mut most = f64::NEG_INFINITY;
        for verb in std::iter::repeat_n("access", looks).chain([first]) {
            own.at += 10 + self.random.exponential(60.0) as i64;
            most = most.max(self.judge(session, &Login { verb, ..own }));
            if let Some(victim) = victim.filter(|_| verb == "access") {
                own.at += 5 + self.random.below(40) as i64;
                most = most.max(self.judge(session, &Login { at: own.at, verb: "access", ..victim }));
            }
        }
        most
    }
}
