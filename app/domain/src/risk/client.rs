//! On what: the device token, the kind of client, its version.

use super::evidence::{Case, Evidence};
use super::odds::{CLIENT, DEVICE};
use crate::agent::DeviceClass;

/// An application that expects its device cookie and does not get it: cleared, or not the browser it was set in.
const MISSING: f64 = 1.0;
/// … where the user's devices always had one. Cookies get lost, so less than an unknown one says.
const MISSING_AS_USUAL: f64 = 2.0;
/// A program at the keyboard.
const BOT: f64 = 2.0;
/// An attacker's version is older than the user's last one at some 30 %, an honest user's at 3 % of logins: browsers
/// update themselves.
const DOWNGRADE: f64 = 2.3;
/// The kind of client on a new device: as likely as not a new one (70 : 30 among attackers, 30 : 70 among users).
const FAMILY_OF_NEW_DEVICE: f64 = 0.85;
/// A token is worth little in another client than it was given to: it cannot walk there by itself.
const TOKEN_ELSEWHERE: f64 = -1.0;

/// What was found of the device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Device {
    /// Nothing of it was seen before: not its token, or, without one, not its kind of client.
    pub(super) is_new: bool,
}

/// Judges token, client family and version.
pub(super) fn judge(case: &Case<'_>, out: &mut Evidence) -> Device {
    let (profile, today) = (&case.profile, case.today);
    let client = case.traits.client.filter(|_| !profile.clients.is_empty());
    let family_known = client.map(|client| profile.clients.weight(client, today).is_some());
    let token_known = token(case, family_known == Some(false), out);
    if let Some(client) = client {
        let evidence = match (token_known, family_known == Some(true)) {
            (Some(false), true) => -FAMILY_OF_NEW_DEVICE,
            (Some(false), false) => FAMILY_OF_NEW_DEVICE,
            (_, true) => CLIENT.seen(&profile.clients, client, today),
            (_, false) => CLIENT.unseen(&profile.clients, today, 0.0),
        };
        out.add("client.family.new", evidence, || format!("{} is a new kind of client", label(case)));
        version(case, client, out);
    }
    if case.seen.agent.class == DeviceClass::Bot && family_known != Some(true) {
        out.add("client.bot", BOT, || format!("{} is a program, not a browser", label(case)));
    }
    Device { is_new: token_known == Some(false) || (token_known.is_none() && family_known == Some(false)) }
}

/// None without a token, or without any that it could be compared with.
fn token(case: &Case<'_>, elsewhere: bool, out: &mut Evidence) -> Option<bool> {
    let devices = &case.profile.devices;
    let Some(device) = case.traits.device else {
        if case.seen.event.device_expected {
            let usual = DEVICE.unseen(devices, case.today, 0.0).min(MISSING_AS_USUAL);
            let evidence = if devices.is_empty() { MISSING } else { usual };
            out.add("device.token.missing", evidence, || "The device did not identify itself".to_owned());
        }
        return None;
    };
    if devices.is_empty() {
        return None;
    }
    if let Some(weight) = devices.weight(device, case.today) {
        let least = if elsewhere { TOKEN_ELSEWHERE } else { DEVICE.least };
        // Met once it is believed less than met often; see also Freeman et al. on thin histories.
        out.exonerate((-3.5 - weight.min(3.0) / 2.0).max(least));
        return Some(true);
    }
    let evidence = DEVICE.unseen(devices, case.today, 0.0);
    out.add("device.token.unknown", evidence, || "The device is new".to_owned());
    Some(false)
}

fn version(case: &Case<'_>, client: u64, out: &mut Evidence) {
    let Some((last, now)) = case.profile.clients.note(client).zip(case.traits.version) else { return };
    if now < last {
        let text = || format!("{} {now} is older than {last}, used before", label(case));
        out.add("client.version.downgrade", DOWNGRADE, text);
    }
}

fn label(case: &Case<'_>) -> String {
    case.seen.agent.label().unwrap_or_else(|| "This".to_owned())
}
