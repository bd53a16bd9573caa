//! What surrounds the login: the distance travelled, failed attempts before it, the hour, what the user reported.

use std::sync::LazyLock;

use super::Level;
use super::crowd::guessing;
use super::evidence::{Case, Evidence};
use super::hypothesis::Subject;
use crate::alert::is_repeat;
use crate::place::distance_km;
use crate::profile::traits::Cover;
use crate::profile::{Failures, Kind, Position};

/// The fastest a traveller is, in km/h.
pub(super) const AIRLINER: f64 = 900.0;
/// How far a database's idea of a place may be off, in km: two of them disagree within one country by 638 km at the
/// 90th percentile, which is the sum of two errors.
const CITY_ERROR: f64 = 320.0;
/// … and where it names no city.
const COUNTRY_ERROR: f64 = 1_000.0;
/// Both ends together, where nothing says how well either is known.
pub(super) const PLACE_ERROR: f64 = CITY_ERROR + COUNTRY_ERROR;
/// The most that an impossible journey says: carriers and relays move addresses faster than aeroplanes.
const TRAVEL_MOST: f64 = 2.5;
/// Failed attempts count for a day.
const FAILURES_SECONDS: i64 = 86_400;
/// From so many logins on the user has usual hours.
const HOURS_FROM: f64 = 5.0;
/// How much of the hour's evidence counts, and the most that it says. The four imagined logins that smooth it keep it
/// small as it is; at less than its full weight fewer attackers are caught for the same number of challenges.
const HOUR_WEIGHT: f64 = 1.0;
const HOUR_MOST: f64 = 2.5;
/// What each reported trait says when it is seen again at once. A reported device decides, wherever it is.
const REPORTED: [(Kind, f64); 4] =
    [(Kind::Device, 16.0), (Kind::Prefix, 3.5), (Kind::Asn, 1.5), (Kind::Client, 1.0)];
const REPORTED_MOST: f64 = 16.0;

/// The most that all circumstances together say against the user, beside what was reported.
const TOGETHER: f64 = 9.0;
/// Tor, on top of what any cover says: few honest users, many attackers.
const TOR: f64 = 1.5;

/// Judges the circumstances.
pub(super) fn judge(case: &Case<'_>, out: &mut Evidence) {
    travel(case, out);
    failures(case, out);
    if case.seen.is_login() {
        hour(case, out);
    }
    if case.traits.cover == Some(Cover::Tor) {
        let used = case.profile.covers.weight(Cover::Tor.key(), case.today).unwrap_or(0.0);
        let text = || "Attackers use Tor more often than users do".to_owned();
        out.add("net.tor.exit", Subject::Common, TOR / (1.0 + used), None, text);
    }
    for reason in case.world.around {
        out.told(&reason.code, reason.evidence, &reason.text);
    }
    out.cap_common(TOGETHER);
    let own = reported(case);
    let others = case.world.population.reported(&case.traits);
    // Only the user's own "no" keeps anybody out; see [`crate::alert::is_repeat`].
    if own > 0.0 && (own >= others || is_repeat(Level::Red, own)) {
        let own = own.max(others);
        let text = || "Resembles a login that the user or an operator said was not theirs".to_owned();
        out.add(crate::alert::REPORTED, Subject::Common, own.min(REPORTED_MOST), None, text);
    } else if others > 0.0 {
        let text = || "Resembles a login that was said not to be another user’s own".to_owned();
        out.add("user.reported.elsewhere", Subject::Common, others, None, text);
    }
}

/// What the user's own reports say of it, whatever a calibration makes of that.
pub(super) fn reported(case: &Case<'_>) -> f64 {
    REPORTED.iter().map(|(kind, most)| most * case.profile.reported(&case.traits, *kind)).sum()
}

/// Excess speed since the last place, after both ends' error. Positions behind VPN, hosting or Tor are not kept, and an
/// exit that others use, too, is where it is and not where they are.
fn travel(case: &Case<'_>, out: &mut Evidence) {
    let Some((north, east)) = case.traits.position.filter(|_| case.traits.cover.is_none()) else { return };
    if is_shared(case) {
        return;
    }
    let place = |north: i32, east: i32| (f64::from(north) / 100.0, f64::from(east) / 100.0);
    let here = place(north, east);
    let has_city = case.seen.place.as_ref().is_some_and(|place| place.city.is_some());
    let error = CITY_ERROR + if has_city { CITY_ERROR } else { COUNTRY_ERROR };
    let far = |position: &Position| distance_km(here, place(position.0, position.1));
    // Somebody who was here lately has something here: a second device, an office's exit.
    let was_here = case.profile.was_near((north, east), error, case.traits.at);
    let Some(last) = case.profile.positions.last().filter(|_| !was_here) else { return };
    let km = far(last);
    let seconds = case.traits.at.seconds().abs_diff(last.2).max(60);
    let excess = (km - error) / (seconds as f64 / 3_600.0) / AIRLINER;
    if excess > 1.0 {
        let evidence = (0.5 + excess.ln()).min(TRAVEL_MOST);
        out.add("travel.impossible", Subject::Common, evidence, None, || {
            format!("{km:.0} km from the last login, {} earlier", span(seconds))
        });
    }
}

/// How far the clocks of an application's servers may differ.
const SKEW_SECONDS: i64 = 60;

/// Failures from elsewhere say: somebody has been trying. A user mistypes too, so the first two from the same network say
/// nothing, and few say little.
fn failures(case: &Case<'_>, out: &mut Evidence) {
    let since = case.traits.at.seconds().saturating_sub(FAILURES_SECONDS);
    // What failed after it came before nothing: an event may come late.
    let until = case.traits.at.seconds().saturating_add(SKEW_SECONDS);
    let recent = || case.profile.failures.iter().filter(|failures| (since..=until).contains(&failures.2));
    // The crowd told it better, unless it was another process', or this one has been restarted.
    let told = case.world.around.iter().any(|reason| reason.code == "account.bruteforce");
    let own = |failures: &&Failures| Some(failures.0) == case.traits.prefix;
    let guessed = recent().find(own).map_or(0.0, |failures| guessing(failures.1));
    let (mut elsewhere, mut here) = (0_u32, 0_u32);
    for failures in recent().filter(|failures| failures.0 != 0 && !(told && own(failures))) {
        let known = case.profile.prefixes.last_day(failures.0).is_some();
        if Some(failures.0) == case.traits.prefix || known {
            here = here.saturating_add(failures.1);
        } else {
            elsewhere = elsewhere.saturating_add(failures.1);
        }
    }
    let from_elsewhere = if elsewhere > 0 { (1.0 + f64::from(elsewhere).ln()).min(2.5) } else { 0.0 };
    // While a wave of guesses goes over many accounts, that it came over this one as well says nothing.
    let from_elsewhere = from_elsewhere * (1.0 - case.world.wave);
    let from_here = (0.2 * f64::from(here.saturating_sub(2))).min(0.8).max(if told { 0.0 } else { guessed });
    let text = || match (elsewhere, here.saturating_add(elsewhere)) {
        (0, 1) => "A failed attempt came before".to_owned(),
        (0, all) => format!("{all} failed attempts came before"),
        (_, 1) => "A failed attempt from another network came before".to_owned(),
        (_, all) => format!("{all} failed attempts came before, {elsewhere} from other networks"),
    };
    out.add("account.failures", Subject::Common, from_elsewhere + from_here, None, text);
}

/// How much a login so many hours later says of this hour.
static KERNEL: LazyLock<[f64; 24]> = LazyLock::new(|| {
    std::array::from_fn(|later| {
        let apart = later.min(24 - later) as f64;
        (-apart * apart / 8.0).exp() / 5.013
    })
});

/// The hour against the user's own, smoothed by a circular kernel with a deviation of two hours.
fn hour(case: &Case<'_>, out: &mut Evidence) {
    let counts = &case.profile.hours;
    let all: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    if all < HOURS_FROM {
        return;
    }
    let hour = i32::from(case.traits.at.hour());
    let apart = |other: i32| (hour - other).rem_euclid(24).unsigned_abs() as usize;
    let kernel = |other: i32| KERNEL.get(apart(other)).copied().unwrap_or_default();
    let near: f64 = (0..).zip(counts).map(|(other, count)| f64::from(*count) * kernel(other)).sum();
    let density = (near + 4.0 / 24.0) / (all + 4.0);
    let evidence = (HOUR_WEIGHT * (1.0 / 24.0 / density).ln()).clamp(-HOUR_MOST, HOUR_MOST);
    let usual = evidence <= 0.0;
    let code = if usual { "hour.usual" } else { "hour.unusual" };
    let word = if usual { "a usual" } else { "an unusual" };
    out.add(code, Subject::Common, evidence, None, || format!("{hour:02}:00 UTC is {word} hour"));
}

/// True when at least two other users and days were seen behind the address.
fn is_shared(case: &Case<'_>) -> bool {
    let Some((prefix, address)) = case.traits.prefix.zip(case.traits.address) else { return false };
    let all = case.world.population.address(prefix, address, case.today).count;
    all - case.profile.addresses.weight(address, case.today).unwrap_or(0.0) >= 1.5
}

/// So many seconds, as people say it.
pub(super) fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..7_200 => (seconds.div_ceil(60).max(1), "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn a_span_reads_as_people_say_it() {
        let read = [0, 60, 61, 7_199, 7_200, 90_000, 172_800, 259_200].map(span);
        let expected =
            ["1 minute", "1 minute", "2 minutes", "120 minutes", "2 hours", "25 hours", "2 days", "3 days"];
        assert_eq!(read, expected);
    }
}
