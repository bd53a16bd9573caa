//! Clients and their release trains.

use super::parameters as p;
use super::random::Random;
use crate::agent::{Agent, DeviceClass};

/// A kind of client: what a user agent names.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    os: &'static str,
    class: DeviceClass,
    browser: &'static str,
    /// Share among its class's logins.
    share: f64,
    /// Days between releases, and the major version on the lab's first day.
    train: (f64, u16),
}

const fn kind(
    os: &'static str,
    class: DeviceClass,
    browser: &'static str,
    share: f64,
    train: (f64, u16),
) -> Kind {
    Kind { os, class, browser, share, train }
}

const CHROMIUM: (f64, u16) = (28.0, 131);
const FIREFOX: (f64, u16) = (28.0, 133);
/// Safari comes with the system: a train every two months, numbered here by its release (182 is 18.2).
const SAFARI: (f64, u16) = (56.0, 182);

/// Computers first, telephones from [`FIRST_PHONE`] on.
const KINDS: [Kind; 15] = [
    kind("Windows", DeviceClass::Desktop, "Chrome", 0.42, CHROMIUM),
    kind("Windows", DeviceClass::Desktop, "Edge", 0.15, CHROMIUM),
    kind("Windows", DeviceClass::Desktop, "Firefox", 0.06, FIREFOX),
    kind("macOS", DeviceClass::Desktop, "Safari", 0.12, SAFARI),
    kind("macOS", DeviceClass::Desktop, "Chrome", 0.11, CHROMIUM),
    kind("macOS", DeviceClass::Desktop, "Firefox", 0.01, FIREFOX),
    kind("Linux", DeviceClass::Desktop, "Chrome", 0.025, CHROMIUM),
    kind("Linux", DeviceClass::Desktop, "Firefox", 0.025, FIREFOX),
    kind("Chrome OS", DeviceClass::Desktop, "Chrome", 0.03, CHROMIUM),
    kind("iOS", DeviceClass::Tablet, "Safari", 0.05, SAFARI),
    kind("Android", DeviceClass::Mobile, "Chrome", 0.47, CHROMIUM),
    kind("Android", DeviceClass::Mobile, "Samsung Internet", 0.07, (84.0, 27)),
    kind("Android", DeviceClass::Mobile, "Firefox", 0.02, FIREFOX),
    kind("iOS", DeviceClass::Mobile, "Safari", 0.39, SAFARI),
    kind("iOS", DeviceClass::Mobile, "Chrome", 0.05, CHROMIUM),
];
const FIRST_PHONE: usize = 10;

/// A client as one login shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Client {
    /// Index of its kind.
    pub kind: u8,
    /// Major version (Safari: release).
    pub version: u16,
}

/// How a device takes updates.
#[derive(Clone, Copy, Debug)]
pub struct Updates {
    lag: f64,
    every: u16,
}

impl Updates {
    /// An ordinary device, or a laggard.
    pub fn new(random: &mut Random) -> Self {
        let lag = random.exponential(p::UPDATE_DAYS);
        Self { lag, every: if random.chance(p::LAGGARDS) { 4 } else { 1 } }
    }

    /// At once, on the day of the release.
    pub const PROMPT: Self = Self { lag: 0.0, every: 1 };
}

impl Client {
    /// The client of this kind on a device that updates like this, on a day of the lab.
    pub fn on(kind: u8, updates: Updates, day: i32) -> Self {
        let (period, first) = KINDS[usize::from(kind)].train;
        // Releases before the lab's first day keep the arithmetic above zero.
        let phase = f64::from(kind % 5) * 5.0;
        let releases = ((f64::from(day) + phase + 10.0 * period - updates.lag) / period).max(0.0) as u16;
        let taken = releases / updates.every * updates.every;
        Self { kind, version: first - 10 + taken }
    }

    /// As enrichment would read it.
    pub fn agent(self) -> Agent {
        let Kind { os, class, browser, train, .. } = KINDS[usize::from(self.kind)];
        let safari = train == SAFARI;
        let browser_version = if safari {
            format!("{}.{}", self.version / 10, self.version % 10)
        } else {
            format!("{}.0.0.0", self.version)
        };
        let os_version = match os {
            "iOS" if safari => browser_version.clone(),
            "Windows" => "10".to_owned(),
            "Android" => "10".to_owned(),
            _ => "10.15.7".to_owned(),
        };
        Agent {
            browser: Some(browser.to_owned()),
            browser_version: Some(browser_version),
            os: Some(os.to_owned()),
            os_version: Some(os_version),
            class,
        }
    }
}

/// A computer's or a telephone's kind, by popularity.
pub fn any_kind(phone: bool, random: &mut Random) -> u8 {
    let (first, kinds) =
        if phone { (FIRST_PHONE, &KINDS[FIRST_PHONE..]) } else { (0, &KINDS[..FIRST_PHONE]) };
    (first + random.weighted(kinds.iter().map(|kind| kind.share))) as u8
}

/// Another browser for the same device; the same one where its system has no other.
pub fn other_browser(kind: u8, random: &mut Random) -> u8 {
    let this = KINDS[usize::from(kind)];
    let fits =
        |other: &Kind| other.os == this.os && other.class == this.class && other.browser != this.browser;
    let weights = KINDS.iter().map(|other| if fits(other) { other.share } else { 0.0 });
    if KINDS.iter().any(fits) { random.weighted(weights) as u8 } else { kind }
}
