//! Every number of the lab's world, its people and its attackers; nothing below this folder hides another one.
//!
//! Shares and frequencies follow the literature and the figures the project set itself: what they must lead to is
//! [`NOVELTY`], which the report prints beside what came out.

/// Seeds the engine may be tuned on.
pub const TUNING_SEEDS: [u64; 3] = [11, 12, 13];
/// Seeds the published figures come from; nobody tunes on them.
pub const HELD_OUT_SEEDS: [u64; 3] = [9_001, 9_002, 9_003];

/// Users of one world.
pub const USERS: usize = 1_500;
/// Days of one history.
pub const DAYS: i32 = 365;
/// The first day, counted from 1970: 2025-01-06, a Monday.
pub const FIRST_DAY: i32 = 20_094;
/// Days before any login is measured.
pub const WARM_UP: i32 = 240;
/// Days before a *second* login is measured (T6) and before a newcomer's first dozen is (T7): the population must be
/// known, the user not.
pub const SETTLED: i32 = 60;
/// Of each user at most so many measured logins are also attacked, in each way.
pub const ATTACKED_LOGINS: usize = 8;
/// Attacks in each way upon each newcomer's second login.
pub const SECOND_LOGIN_ATTACKS: usize = 2;
/// Resamples of the users behind each interval.
pub const RESAMPLES: usize = 1_000;

/// Share of honest logins that show a value its user never showed: address, /24 or /48, autonomous system, country,
/// browser family, device token.
pub const NOVELTY: [(&str, f64); 6] = [
    ("address", 0.36),
    ("prefix", 0.14),
    ("network (AS)", 0.035),
    ("country", 0.01),
    ("browser family", 0.007),
    ("device token", 0.06),
];

// ---- How often -----------------------------------------------------------------------------------------------------

/// Mean days between two logins, and the share of users for whom it is that.
pub const INTERVALS: [(f64, f64); 5] = [(1.0, 0.18), (3.0, 0.22), (7.0, 0.25), (18.0, 0.20), (45.0, 0.15)];
/// The sparse population waits so many times longer.
pub const SPARSE: f64 = 8.0;
/// Users who join during the year rather than before it.
pub const NEWCOMERS: f64 = 0.3;
/// A weekend day's share of a working day's logins.
pub const WEEKEND: f64 = 0.6;
/// Logins within two hours of the user's own peak; the others are spread over the waking day.
pub const AT_PEAK: f64 = 0.8;
/// Honest logins that a mistyped password precedes.
pub const MISTYPED: f64 = 0.06;
/// … and when it no longer works, because all were reset.
pub const MISTYPED_BEFORE_RESET: f64 = 0.7;
/// Honest users who prove themselves when they are challenged; the others give up.
pub const PASSES: f64 = 0.95;

// ---- Where from ----------------------------------------------------------------------------------------------------

/// How long a home keeps its address, in days; 0: for ever.
pub const LEASES: [(f64, f64); 3] = [(0.0, 0.35), (30.0, 0.40), (1.0, 0.25)];
/// A new lease is in the old /24 this often; …
pub const LEASE_IN_PREFIX: f64 = 0.5;
/// … else in one of so many that serve the neighbourhood.
pub const NEIGHBOURHOOD: u32 = 40;
/// Users in an office with others; of their logins in office hours so many are made there.
pub const OFFICE: f64 = 0.45;
/// See [`OFFICE`].
pub const AT_OFFICE: f64 = 0.65;
/// People who share one office's egress, on average.
pub const OFFICE_SIZE: f64 = 8.0;
/// Users with a telephone on a carrier.
pub const PHONE: f64 = 0.8;
/// The share of such a user's logins made on it: between these.
pub const ON_PHONE: (f64, f64) = (0.1, 0.7);
/// A phone at home is on the home's Wi-Fi this often.
pub const PHONE_ON_WIFI: f64 = 0.5;
/// Prefixes of a carrier's translation pool that serve a region: between these.
pub const CARRIER_PREFIXES: (u32, u32) = (8, 48);
/// A region's phones leave through another region's pool this often.
pub const OTHER_REGION: f64 = 0.05;
/// VPN users: never, sometimes, always.
pub const VPN: [(f64, f64); 3] = [(0.0, 0.88), (0.2, 0.09), (0.95, 0.03)];
/// VPN users leave in their own country this often, else in one of three others they like.
pub const VPN_AT_HOME: f64 = 0.65;
/// Exits a VPN has in one country.
pub const VPN_PREFIXES: u32 = 6;
/// VPN exits that lists know as such; all are in data centres, which the network data know this often.
pub const VPN_LISTED: f64 = 0.6;
/// See [`VPN_LISTED`].
pub const HOSTING_KNOWN: f64 = 0.95;
/// Trips a year: 0 to 5, with these weights; each of 2 to 14 days.
pub const TRIPS: [(u32, f64); 6] = [(0, 0.17), (1, 0.17), (2, 0.17), (3, 0.17), (4, 0.16), (5, 0.16)];
/// A trip's next network, somewhere in the same country, after so many days.
pub const NEXT_STOP: f64 = 2.5;
/// Fixed networks of a larger and a smaller country.
pub const PROVIDERS: (usize, usize) = (12, 8);
/// Trips to another country; the others stay in the own one.
pub const ABROAD: f64 = 0.75;
/// Trips to where the user has been before.
pub const SAME_PLACE_AGAIN: f64 = 0.2;
/// Of the logins on a trip, those on the phone; home-routed by the own carrier this often, else by the hotel.
pub const TRIP_ON_PHONE: f64 = 0.6;
/// See [`TRIP_ON_PHONE`].
pub const HOME_ROUTED: f64 = 0.7;
/// Changes of provider or home, a year.
pub const MOVES: f64 = 0.12;
/// Of these, into another city of the country.
pub const MOVES_CITY: f64 = 0.4;
/// Logins in cafés, lobbies, at friends'.
pub const CAFE: f64 = 0.04;
/// … and of these, those at one of three places where the user is now and then.
pub const CAFE_AGAIN: f64 = 0.5;
/// Networks (autonomous systems) whose customers use IPv6.
pub const IPV6: f64 = 0.2;
/// Prefixes that the city database puts into the wrong city of the right country. Two such databases disagree by a
/// median of 21 km and by 638 km at the 90th percentile.
pub const WRONG_CITY: f64 = 0.2;
/// … and into the wrong country.
pub const WRONG_COUNTRY: f64 = 0.008;
/// Prefixes of which only the country is known.
pub const NO_CITY: f64 = 0.05;

// ---- On what -------------------------------------------------------------------------------------------------------

/// Devices beside the telephone: how many, with these weights.
pub const COMPUTERS: [(u32, f64); 3] = [(1, 0.62), (2, 0.28), (3, 0.10)];
/// A device is replaced so often a year …
pub const REPLACED: f64 = 0.35;
/// … and its successor is of the same kind, with the same browser, this often.
pub const SAME_KIND: f64 = 0.7;
/// Of the logins on a computer, those in its second browser; users who have one.
pub const SECOND_BROWSER: (f64, f64) = (0.04, 0.25);
/// Days from a browser's release until it is on an ordinary device (mean); devices that skip releases.
pub const UPDATE_DAYS: f64 = 6.0;
/// See [`UPDATE_DAYS`]: such devices take every fourth release only.
pub const LAGGARDS: f64 = 0.12;
/// Probability at each login that the token was lost, and the users for whom it is that.
pub const TOKEN_LOSS: [(f64, f64); 3] = [(0.01, 0.70), (0.05, 0.25), (0.5, 0.05)];

// ---- Attackers -----------------------------------------------------------------------------------------------------

/// A naive attacker's country is one of all countries alike this often, else as popular as among users.
pub const ANYWHERE: f64 = 0.8;
/// … and is in a data centre this often.
pub const NAIVE_HOSTING: f64 = 0.55;
/// What attackers are taken to be when probabilities are checked: naive, VPN, targeted, very targeted.
pub const ATTACKER_SHARES: [f64; 4] = [0.60, 0.25, 0.10, 0.05];

// ---- Figures -------------------------------------------------------------------------------------------------------

/// The share of logins that is an attacker's when probabilities are checked; what the shipped calibration believes.
pub const BASE_RATE: f64 = 0.035_57;
/// Bins of the reliability diagram.
pub const BINS: usize = 15;
/// Shares of honest logins challenged at which the curves are drawn.
pub const CURVE: [f64; 13] =
    [0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.10, 0.20];

// ---- Scenarios -----------------------------------------------------------------------------------------------------

/// The days on which a wave of guesses begins, each on a copy of the engine.
pub const WAVE_DAYS: [i32; 6] = [245, 265, 285, 305, 325, 345];
/// Attempts, addresses, hours, share of attempts upon accounts that exist, share of attempts that are right.
pub const STUFFING: (usize, usize, f64, f64, f64) = (10_000, 500, 4.0, 0.1, 0.005);
/// One attempt an hour from each of 200 addresses, for three days.
pub const SPRAY: (usize, usize, f64, f64, f64) = (14_400, 200, 72.0, 0.8, 0.001);
/// As above, on so many accounts only; the last guess on each of them is right.
pub const BRUTE_FORCE: (usize, usize, f64, f64, f64) = (4_000, 300, 12.0, 1.0, 0.0);
/// See [`BRUTE_FORCE`].
pub const BRUTE_FORCED: usize = 20;
/// People who share one account, where accounts are shared.
pub const SHARING: u32 = 3;
/// Proxies in data centres; the others are in homes.
pub const PROXY_HOSTING: f64 = 0.6;
/// The first day of a storm.
pub const STORM_DAY: i32 = 300;
/// Sessions whose events are looked at, of those in the measured time.
pub const FOLLOWED: f64 = 0.25;
/// Events of a session after its login (mean), and the minutes between two of them (mean).
pub const SESSION_EVENTS: (f64, f64) = (4.0, 12.0);
/// An event is from another of the user's networks, or from one that they never used before, this often.
pub const SESSION_MOVES: (f64, f64) = (0.03, 0.005);
/// Honest sessions that do something sensitive: what, how often.
pub const SENSITIVE: [(&str, f64); 7] = [
    ("email-update", 0.001),
    ("password-update", 0.004),
    ("two-factor-disable", 0.000_5),
    ("two-factor-update", 0.002),
    ("data-export", 0.003),
    ("api-key-create", 0.002),
    ("payout-update", 0.001),
];
/// A client pretends to be the victim's this often: a cookie thief's, a phishing proxy's, and that of the machine which
/// then uses the session that the proxy got.
pub const COPIED_AGENT: (f64, f64, f64) = (0.5, 0.7, 0.2);
/// The first sensitive thing that an attacker does in a session.
pub const FIRST_ACTION: [(&str, f64); 5] = [
    ("email-update", 0.35),
    ("password-update", 0.2),
    ("payout-update", 0.15),
    ("two-factor-disable", 0.15),
    ("data-export", 0.15),
];
/// The victim goes on using a stolen session this often.
pub const INTERLEAVED: f64 = 0.5;
/// A phishing proxy is in a data centre this often.
pub const RELAY_HOSTING: f64 = 0.8;
/// A patient attacker logs in so many times, so many days apart, in the hope of becoming a habit.
pub const PATIENT: (usize, i64) = (5, 9);
/// An account is dormant after so many days.
pub const DORMANT: i32 = 90;
