//! On what: the device token, the kind of client, its version.

use super::evidence::{Case, Evidence, Facts, Novelty};
use super::hypothesis::Subject;
use super::population::{Axis, Device};
use super::shipped;
use crate::agent::DeviceClass;

/// A token in an attacker's hands is one the user has: stolen from the device itself.
const TOKEN_STOLEN: f64 = 0.001;
/// … and where it was met once or twice only, it may have been the attacker's own before: so much more for each login
/// less.
const TOKEN_YOUNG: f64 = 0.002;
/// How often an honest user's token shows up in another kind of client than it was given to.
const TOKEN_WANDERS: f64 = 0.0005;
/// An application that expects its device cookie and does not get it: cleared, or not the browser it was set in.
const MISSING: f64 = 1.0;
/// … where the user's devices always had one. Cookies get lost, so less than an unknown one says.
const MISSING_AS_USUAL: f64 = 2.0;
/// Where nobody says that one is expected, one is missing after so many logins with one and hardly any part of a login
/// (what rounding makes) without.
const ALWAYS: (u32, f64) = (5, 0.2);
/// The most that it says that no client can be read: what is new cannot be told from what is hidden.
const UNREADABLE_MOST: f64 = 4.5;
/// A password that anybody can buy.
const BREACHED: f64 = 1.0;
/// A user agent that the browser's hints contradict.
const HINTS: f64 = 1.5;
/// A program at the keyboard.
const BOT: f64 = 2.0;
/// An attacker's kind of client follows the population's to this part; the rest is spread evenly …
const POPULAR: f64 = 0.8;
/// … over so many kinds at least.
const CLIENTS: f64 = 40.0;

/// The release train: the same version, the next one, an older one; the rest jumps ahead.
const SAME: f64 = 0.75;
const NEXT: f64 = 0.20;
const OLDER: f64 = 0.03;
/// A browser that was not used for so many days follows the train to one half, the population to the other.
const TRAIN_DAYS: f64 = 21.0;
/// Versions in use at a time.
const VERSIONS: f64 = 30.0;
/// What is believed of an attacker's version before any is counted, worth so many users and days: that it is the user's
/// own, the next one, or another.
const VERSIONS_WEIGHT: f64 = 10.0;
const SAME_AS_USER: f64 = 0.5;
const NEXT_TO_USER: f64 = 0.15;
const VERSION_CLIP: (f64, f64) = (-2.5, 4.0);

const JUMP: &str = "client.version.jump";

/// Judges token, client family and version.
pub(super) fn judge(case: &Case<'_>, out: &mut Evidence) {
    if case.seen.is_login() {
        told(case, out);
    }
    token(case, out);
    let known = family(case, out);
    if case.seen.agent.class == DeviceClass::Bot && !known {
        out.add("client.bot", Subject::Common, BOT, None, || {
            format!("{} is a program, not a browser", label(case))
        });
    }
}

/// What the application says of the password, and the browser of itself.
fn told(case: &Case<'_>, out: &mut Evidence) {
    let event = &case.seen.event;
    if event.password_breached {
        let text =
            || "The password stands in a collection of stolen ones, as the application says".to_owned();
        out.add("account.password.breached", Subject::Common, BREACHED, None, text);
    }
    if event.hints.as_ref().is_some_and(|hints| hints.contradict(&case.seen.agent)) {
        let text = || "The browser's own hints contradict its user agent: one of them is forged".to_owned();
        out.add("client.hints.differ", Subject::Common, HINTS, None, text);
    }
}

fn token(case: &Case<'_>, out: &mut Evidence) {
    let habit = &case.profile.devices;
    let Some(device) = case.traits.device else { return no_token(case, out) };
    let Some(Novelty { likely, is_new, .. }) = case.novelty(Axis::Device, habit, device, None) else {
        return;
    };
    let facts = Facts { share: None, ..case.facts(habit, device, 0.0) };
    if is_new {
        let evidence = ((1.0 - TOKEN_STOLEN) / likely).ln();
        let text = || "The device is new".to_owned();
        return out.add("device.token.unknown", Subject::Device, evidence, Some(facts), text);
    }
    let stolen = TOKEN_STOLEN + TOKEN_YOUNG / (1.0 + facts.logins);
    if wanders(case) {
        let text = || format!("The device identifies itself as one that was no {}", label(case));
        let evidence = (stolen / TOKEN_WANDERS).ln();
        return out.add("device.token.elsewhere", Subject::Device, evidence, Some(facts), text);
    }
    let evidence = (stolen / (1.0 - likely)).ln();
    out.add("device.token.known", Subject::Device, evidence, Some(facts), || {
        "The device is known".to_owned()
    });
}

/// Whoever takes the token off takes off what an unknown one would say.
fn no_token(case: &Case<'_>, out: &mut Evidence) {
    let profile = case.profile.as_ref();
    let novelty = case.novelty(Axis::Device, &profile.devices, 0, None);
    let surprise = |novelty: Novelty| -novelty.likely.ln();
    if case.seen.event.device_expected {
        let lost = |novelty: Novelty| surprise(novelty).clamp(0.0, MISSING_AS_USUAL);
        let evidence = novelty.map_or(MISSING, lost);
        let text = || "The device did not identify itself".to_owned();
        return out.add("device.token.missing", Subject::Device, evidence, None, text);
    }
    let with = case.logins([&profile.devices]);
    let all = case.logins([&profile.clients, &profile.networks, &profile.prefixes, &profile.addresses]);
    let always = profile.logins() >= ALWAYS.0 && with > 0.0 && all - with < ALWAYS.1;
    if let Some(novelty) = novelty.filter(|_| always && case.seen.is_login()) {
        let evidence = (0.5 * surprise(novelty)).clamp(0.0, MISSING_AS_USUAL);
        let text = || "The device did not identify itself, as it did at every login before".to_owned();
        out.add("device.token.absent", Subject::Device, evidence, None, text);
    }
}

/// A token cannot walk into another kind of client by itself.
pub(super) fn wanders(case: &Case<'_>) -> bool {
    let given = case.traits.device.and_then(|device| case.profile.devices.note(device));
    let now = case.traits.client_note();
    now != 0 && given.is_some_and(|given| given != now)
}

/// True when the user has used this kind of client.
fn family(case: &Case<'_>, out: &mut Evidence) -> bool {
    let Some(client) = case.traits.client else {
        unreadable(case, out);
        return false;
    };
    let (habit, today) = (&case.profile.clients, case.today);
    let frequency = case.world.population.client(client, today);
    let g = shipped::client_share(&case.seen.agent, frequency);
    let attacker = POPULAR * g + (1.0 - POPULAR) / frequency.values.max(CLIENTS);
    let facts = case.facts(habit, client, g);
    match case.novelty(Axis::Client, habit, client, None) {
        None => {
            let text = || format!("{} is a kind of client that hardly any user shows", label(case));
            out.add("client.family.rare", Subject::Client, (attacker / g).ln(), Some(facts), text);
            false
        }
        Some(Novelty { likely, is_new: true, .. }) => {
            let text = || format!("{} is a new kind of client", label(case));
            let evidence = (attacker / (likely * g)).ln();
            out.add("client.family.new", Subject::Client, evidence, Some(facts), text);
            false
        }
        Some(Novelty { likely, is_new: false, .. }) => {
            let share = (facts.logins / habit.total(today).max(facts.logins)).clamp(1e-3, 1.0);
            let evidence = (attacker / ((1.0 - likely) * share + likely * g)).ln();
            let text = || format!("{} is a known kind of client", label(case));
            out.add("client.family.known", Subject::Client, evidence, Some(facts), text);
            version(case, client, out);
            true
        }
    }
}

/// No user agent, or one that tells nothing, against how often this user shows none: at most what a new kind of client
/// that everybody uses says. Were it no evidence, a thief would leave it out.
fn unreadable(case: &Case<'_>, out: &mut Evidence) {
    let profile = case.profile.as_ref();
    let Some(novelty) = case.novelty(Axis::Client, &profile.clients, 0, None) else { return };
    if !case.seen.is_login() {
        return;
    }
    let logins = case.logins([&profile.networks, &profile.prefixes, &profile.addresses, &profile.devices]);
    let new = (POPULAR / novelty.likely).ln().clamp(0.0, UNREADABLE_MOST);
    let evidence = case.absence(case.logins([&profile.clients]), logins).clamp(0.0, new);
    let text = || "The client cannot be told: it sent no user agent that says anything".to_owned();
    out.add("client.unreadable", Subject::Client, evidence, None, text);
}

/// The version against the user's last one of this kind: browsers update themselves, one release after the other.
fn version(case: &Case<'_>, client: u64, out: &mut Evidence) {
    let habit = &case.profile.clients;
    let Some((last, now)) = habit.note(client).zip(case.traits.version) else { return };
    let days = f64::from(case.today.saturating_sub(habit.last_day(client).unwrap_or(case.today)).max(0));
    let frequency = case.world.population.version(client, now, case.today);
    let rest = (1.0 - SAME_AS_USER - NEXT_TO_USER) / VERSIONS;
    let believed = match now.checked_sub(last) {
        Some(0) => SAME_AS_USER,
        Some(1) => NEXT_TO_USER,
        _ => rest,
    };
    let g = (frequency.count.min(frequency.above) + VERSIONS_WEIGHT * believed)
        / (frequency.above + VERSIONS_WEIGHT);
    let train = match now.checked_sub(last) {
        Some(0) => SAME,
        Some(1) => NEXT,
        Some(_) => (1.0 - SAME - NEXT - OLDER) * g,
        None => OLDER * g,
    };
    let aboard = (-days / TRAIN_DAYS).exp2();
    let follows = if now < last { OLDER * g } else { g };
    let user = aboard * train + (1.0 - aboard) * follows;
    let attacker = 0.9 * g + 0.1 / VERSIONS;
    let evidence = (attacker / user).ln().clamp(VERSION_CLIP.0, VERSION_CLIP.1);
    let facts = Facts { share: Some(g), ..Facts::default() };
    let (code, text) = if now < last {
        ("client.version.downgrade", format!("{} {now} is older than {last}, used before", label(case)))
    } else if now > last.saturating_add(1) {
        (JUMP, format!("{} {now} is far ahead of {last}, used before", label(case)))
    } else {
        ("client.version.usual", format!("{} {now} follows what was used before", label(case)))
    };
    // How often the user had it is not kept: only one that is far ahead is surely new.
    let facts = Some(facts).filter(|_| code == JUMP);
    out.add(code, Subject::Version, evidence, facts, || text);
}

fn label(case: &Case<'_>) -> String {
    case.seen.agent.label().unwrap_or_else(|| "This".to_owned())
}

/// The evidence of a known device, in place of what was found: for the counterfactual. On a kind of client that the user
/// never had, where the wish is not for a usual one as well, it would be a token that has wandered.
pub(super) fn if_known(case: &Case<'_>, usual_client: bool) -> Option<f64> {
    let stolen = TOKEN_STOLEN + TOKEN_YOUNG / 4.0;
    let known = |client| case.profile.clients.weight(client, case.today).is_some();
    let at_home = usual_client || case.traits.client.is_none_or(known);
    (case.device == Device::New).then(|| if at_home { stolen.ln() } else { (stolen / TOKEN_WANDERS).ln() })
}
