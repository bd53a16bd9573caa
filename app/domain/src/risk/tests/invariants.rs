//! What holds whatever comes: rules, other verbs, and ten thousand events that nobody would think of.

use super::random::SplitMix;
use super::story::{Login, codes, habits, home, judge, live, thief};
use crate::Timestamp;
use crate::agent::DeviceClass;
use crate::id::UserKey;
use crate::profile::{MAX_BYTES, Profile, Traits};
use crate::risk::{Decision, Level, Population, World, assess};
use crate::rule::RuleSet;
use crate::rule::tests::rule;
use crate::time::SECOND;

#[test]
fn a_deny_rule_blocks_whoever_it_is_and_teaches_nothing() {
    let set = RuleSet::new(&[rule(1, "deny", "location.ip", &["203.0.113.0/24"])]);
    let world = World::new(&set, Level::Red);
    for login in [home(), home().anonymous(), home().failed(), home().verb("access")] {
        let judged = assess(&login.0, &habits(5, &home()), &world);
        assert_eq!((judged.probability, judged.level, judged.decision), (1.0, Level::Red, Decision::Block));
        assert_eq!(codes(&judged), ["rule.deny"]);
        assert_eq!(judged.reasons[0].text, "Denied by the rule “Rule 1”");
    }
    let mut profile = Profile::default();
    let judged = assess(&home().0, &profile, &world);
    profile.learn(&home().0, &judged);
    assert_eq!(profile, Profile::default());
}

#[test]
fn an_allow_rule_makes_a_thiefs_address_green() {
    let set = RuleSet::new(&[rule(1, "allow", "location.ip", &["198.51.100.9"])]);
    let judged = assess(&thief().0, &habits(5, &home()), &World::new(&set, Level::Red));
    assert_eq!((judged.probability, judged.level, judged.decision), (0.0, Level::Green, Decision::Allow));
    assert_eq!(judged.reasons[0].code, "rule.allow");
}

#[test]
fn what_alarms_the_operators_is_challenged_and_nothing_else() {
    let abroad = thief().client("Chrome", "120.0", "Windows", DeviceClass::Desktop);
    let orange = |profile: &Profile| judge(&abroad, profile).level == Level::Orange;
    let profile = (1..50).map(|logins| habits(logins, &home())).find(orange).expect("an orange login");
    let decide = |login: &Login, alert_level| {
        let judged = assess(&login.0, &profile, &World::new(&RuleSet::default(), alert_level));
        (judged.level, judged.decision)
    };
    assert_eq!(decide(&abroad, Level::Red), (Level::Orange, Decision::Allow));
    assert_eq!(decide(&abroad, Level::Orange), (Level::Orange, Decision::Challenge));
    assert_eq!(decide(&thief().tor(), Level::Red), (Level::Red, Decision::Challenge));
    assert_eq!(decide(&home(), Level::Green), (Level::Green, Decision::Allow));
}

#[test]
fn failures_and_anonymous_events_are_green() {
    let profile = habits(5, &home());
    for login in [thief().failed(), thief().anonymous(), thief().anonymous().tor()] {
        let judged = judge(&login, &profile);
        assert_eq!((judged.level, judged.probability, judged.reasons.len()), (Level::Green, 0.0, 0));
    }
}

#[test]
fn what_a_login_goes_on_to_do_stays_as_alarming_and_is_told_once() {
    let mut profile = habits(5, &home());
    assert_eq!(judge(&home().verb("access"), &profile).level, Level::Green);
    assert_eq!(judge(&thief().verb("access"), &profile).level, Level::Red, "nobody logged in from there");
    assert_eq!(live(&mut profile, &thief()).level, Level::Red);
    let next = live(&mut profile, &thief().verb("password-update").minutes(1));
    assert_eq!((next.level, next.decision), (Level::Red, Decision::Challenge));
    assert!(next.is_awaited() && !next.alarms(Level::Orange), "the login awaits the user's word: {next:?}");
    let access = live(&mut profile, &thief().verb("access").minutes(1));
    assert!(access.level == Level::Red && access.is_awaited() && access.reasons.len() > 1, "{access:?}");
    assert!(access.reasons.is_sorted_by(|a, b| a.evidence >= b.evidence), "{access:?}");
    let again = live(&mut profile, &thief().minutes(2));
    assert!(again.alarms(Level::Red), "a new login is told again");
    live(&mut profile, &thief().verb("authentication-challenge-pass").minutes(3));
    assert_eq!(live(&mut profile, &thief().verb("access").minutes(4)).level, Level::Green, "they proved it");
}

impl SplitMix {
    /// Such a login, now and then years late or at a time that no clock shows.
    fn moved(&mut self, at_hours: i64) -> Login {
        let login = self.login(at_hours);
        match self.below(60) {
            0 => login.later(-2 * 365 * 24),
            1 => login.later(30 * 365 * 24),
            2 => login.at(Timestamp::from_seconds(i64::MAX / SECOND)),
            3 => login.at(Timestamp::from_seconds(i64::MIN / SECOND)),
            _ => login,
        }
    }

    /// A login of which any part may be missing, usual, unusual or absurd.
    fn login(&mut self, at_hours: i64) -> Login {
        let mut login = home().later(at_hours);
        if self.below(3) > 0 {
            let (a, b) = (self.below(256), self.below(256));
            let v6 = format!("2{:03x}:{:x}:{:x}:{:x}::1", a, self.below(65_536), b, self.below(65_536));
            login = login.ip(&if self.below(2) == 0 { v6 } else { format!("{a}.{b}.{}.7", self.below(256)) });
        }
        if self.below(2) == 0 {
            let letter = |n: u64| char::from(b'A' + n as u8);
            let country = format!("{}{}", letter(self.below(26)), letter(self.below(26)));
            let degrees = (self.below(400) as f64 - 200.0, self.below(800) as f64 - 400.0);
            login =
                login.place(&country, "", None, degrees).network(self.below(u64::from(u32::MAX)) as u32, "x");
        }
        login = match self.below(12) {
            0 => login.tor(),
            1 => login.vpn(),
            2 => login.hosting(),
            3 => login.nowhere(),
            4 => login.place("ZZ", "", Some(""), (f64::NAN, f64::INFINITY)),
            5 => login.no_cookie(),
            6 => login.ip(""),
            _ => login,
        };
        if self.below(2) == 0 {
            let class = [DeviceClass::Desktop, DeviceClass::Mobile, DeviceClass::Bot, DeviceClass::Unknown];
            let browser = "\"\\\u{1}ß".repeat(self.below(200) as usize);
            let version = format!("{}.0", self.below(u64::MAX));
            login = login.client(
                &browser,
                &version,
                &self.below(1_000).to_string(),
                class[self.below(4) as usize],
            );
            login = login.device(&self.below(u64::MAX).to_string());
        }
        let verbs =
            ["access", "log-out", "log-in-challenge", "authentication-challenge-pass", "", "email-update"];
        match self.below(5) {
            0 => login.failed(),
            1 => login.verb(verbs[self.below(6) as usize]),
            _ => login,
        }
    }
}

#[test]
fn whatever_comes_the_judgement_is_a_probability_and_the_profile_stays_small() {
    let mut random = SplitMix(7);
    let mut largest = 0;
    let (mut population, rules) = (Population::default(), RuleSet::default());
    for _user in 0..20 {
        let mut profile = Profile::default();
        let mut hours = 0;
        for _ in 0..500 {
            hours += random.below(30) as i64 - 3;
            let login = random.moved(hours);
            let judge = |population: &Population| {
                assess(&login.0, &profile, &World { population, ..World::new(&rules, Level::Red) })
            };
            let judged = judge(&population);
            assert!(
                judged.probability.is_finite() && (0.0..=1.0).contains(&judged.probability),
                "{judged:?}"
            );
            assert_eq!(judged.level, Level::of(judged.probability));
            assert!(judged.reasons.is_sorted_by(|a, b| a.evidence >= b.evidence), "{judged:?}");
            assert!(
                judged.reasons.iter().all(|reason| reason.evidence.is_finite() && !reason.text.is_empty())
            );
            assert_eq!(judge(&population), judged, "the same arguments, the same answer");
            population.learn(&login.0, &profile, &judged);
            match random.below(20) {
                0 => profile.trust(&Traits::of_observation(&login.0), login.0.at),
                1 => {
                    profile.distrust(&Traits::of_observation(&login.0), login.0.at);
                    population.report(&Traits::of_observation(&login.0), (UserKey(1), &profile), login.0.at);
                }
                2..10 => profile.learn(&login.0, &Default::default()),
                _ => profile.learn(&login.0, &judged),
            }
            let bytes = profile.encode();
            assert_eq!(Profile::decode(&bytes).expect("profile"), profile);
            largest = largest.max(bytes.len());
        }
    }
    assert_eq!(Population::decode(&population.encode()).expect("population"), population);
    assert!((1_200..=MAX_BYTES).contains(&largest), "{largest}: the stream was to fill it, not to burst it");
}
