//! A town of users who log in from home, and what may come over it.

use std::collections::HashMap;

use crate::Timestamp;
use crate::agent::DeviceClass::{Desktop, Mobile};
use crate::profile::Profile;
use crate::risk::crowd::{Attempt, Crowd, mix};
use crate::risk::term::Term;
use crate::risk::tests::story::{Login, START, home};
use crate::time::{HOUR, SECOND};

/// Users of the town.
pub(super) const USERS: u64 = 400;

/// A town and its crowd.
pub(super) struct Town {
    pub(super) crowd: Crowd,
    pub(super) opened: Vec<u64>,
    /// … and what was told again of them.
    pub(super) told: Vec<u64>,
    profiles: HashMap<String, Profile>,
    random: u64,
    pub(super) now: Timestamp,
}

impl Town {
    /// After so many days of ordinary life.
    pub(super) fn after(days: i64) -> Self {
        let mut town = Self {
            crowd: Crowd::default(),
            opened: Vec::new(),
            told: Vec::new(),
            profiles: HashMap::new(),
            random: 0,
            now: START.plus(-days * 24 * HOUR),
        };
        (0..days * 24).for_each(|_| town.hour());
        assert_eq!(town.opened, [] as [u64; 0], "ordinary life is no wave");
        town
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.random += 1;
        mix(self.random) % bound
    }

    /// A user at home, on a device with a token, or, one in three, on the telephone.
    pub(super) fn user(&self, user: u64) -> Login {
        let network = 1_000 + (user % 9) as u32;
        let login = home()
            .ip(&format!("10{}.{}.{}.9", user % 9, user / 200, user % 200))
            .network(network, &format!("ISP {network}"))
            .device(&format!("device {user}"))
            .at(self.now);
        let login =
            if user.is_multiple_of(3) { login.client("Safari", "17.1", "iOS", Mobile) } else { login };
        named(login, &format!("user {user}"))
    }

    /// The same somewhere else: a café, a hotel, a new telephone.
    pub(super) fn away(&mut self, user: u64) -> Login {
        let (a, b) = (self.below(200), self.below(200));
        let network = 3_000 + self.below(40) as u32;
        self.user(user)
            .ip(&format!("150.{a}.{b}.7"))
            .network(network, &format!("ISP {network}"))
            .client("Chrome", "120.0", "Android", Mobile)
            .device(&format!("new {a} {b}"))
    }

    /// An hour in which some thirty users log in, some mistype, some are elsewhere, some names are wrong.
    pub(super) fn hour(&mut self) {
        for _ in 0..30 {
            self.now = self.now.plus(HOUR / 30);
            let user = self.below(USERS);
            let login = if self.below(25) == 0 { self.away(user) } else { self.user(user) };
            if self.below(12) == 0 {
                self.sees(&login.clone().failed());
            }
            if self.below(150) == 0 {
                let nobody = format!("typo {}", self.random);
                self.sees(&named(login.clone(), &nobody).failed());
            }
            self.sees(&login);
        }
    }

    /// What the crowd says of this attempt, counted and learned.
    pub(super) fn sees(&mut self, login: &Login) -> Vec<Term> {
        let id = login.0.event.user.as_ref().map(|user| user.id.clone()).unwrap_or_default();
        let profile = self.profiles.entry(id).or_default();
        let Some(attempt) = Attempt::of(&login.0, profile) else { return Vec::new() };
        let terms = self.crowd.evidence(&attempt);
        let opened = self.crowd.saw(&attempt);
        self.told.extend(opened.filter(|incident| incident.goes_on()).map(|incident| incident.number));
        self.opened.extend(opened.filter(|incident| !incident.goes_on()).map(|incident| incident.number));
        if attempt.passed && Term::sum(&terms) < 0.1 {
            profile.learn(&login.0, &Default::default());
        }
        terms
    }

    /// A guess: this user from this proxy, by a program that says it is a browser.
    pub(super) fn guess(&mut self, user: &str, proxy: u64, hit: bool) -> Vec<Term> {
        let network = 6_000 + (proxy % 60) as u32;
        let login = home()
            .ip(&format!("45.{}.{}.3", proxy / 250, proxy % 250))
            .network(network, &format!("Proxy {network}"))
            .client("Chrome", "120.0", "Windows", Desktop)
            .device("")
            .at(self.now);
        let login = if proxy.is_multiple_of(2) { login.hosting() } else { login };
        let login = named(login, user);
        self.sees(&if hit { login } else { login.failed() })
    }

    pub(super) fn seconds(&mut self, seconds: i64) {
        self.now = self.now.plus(seconds * SECOND);
    }
}

/// The login of another user.
pub(super) fn named(mut login: Login, id: &str) -> Login {
    login.0.event.user.iter_mut().for_each(|user| id.clone_into(&mut user.id));
    login
}
