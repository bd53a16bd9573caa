//! How fast a draft is played against the stored log: the whole way, and the engine alone.

use std::time::Instant;

use porchlight_domain::Timestamp;
use porchlight_domain::agent::{Agent, DeviceClass};
use porchlight_domain::backtest::store::{Log, run};
use porchlight_domain::backtest::{Contest, Draft, Line, Replay, RuleChange, Tally, Terms};
use porchlight_domain::db::Db;
use porchlight_domain::event::address::Address;
use porchlight_domain::event::store::{Arrival, record};
use porchlight_domain::event::{NewEvent, NewUser, Observation, verb};
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::Actor;
use porchlight_domain::place::{Network, Place};
use porchlight_domain::project::{Settings, store};
use porchlight_domain::risk::Calibration;
use porchlight_domain::rule::{Effect, Mode, NewRule, RuleSet};
use porchlight_domain::time::{DAY, SECOND};

const EVENTS: i64 = 200_000;
const USERS: i64 = 10_000;
/// Ninety days.
const APART: i64 = 90 * DAY / EVENTS;
const START: Timestamp = Timestamp(1_760_000_000 * SECOND);

/// Stores the events in a file of its own, then plays a rule against them.
pub async fn measure() {
    let folder = std::env::temp_dir().join(format!("porchlight-backtest-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("folder");
    let url = format!("sqlite:{}", folder.join("porchlight.db").display());
    let db = Db::connect(&url, [7; 32], START).await.expect("database");
    let project =
        store::create(&db, &Actor::System, "Bench", Settings::default(), START).await.expect("project").id;
    let now = START.plus(91 * DAY);
    let began = Instant::now();
    for group in 0..EVENTS / 500 {
        let arrivals: Vec<_> =
            (group * 500..(group + 1) * 500).map(|number| arrival(project, number)).collect();
        record(&db, &arrivals, "http://127.0.0.1", now).await.expect("record");
    }
    println!("recorded in groups of 500: {:.0} events/s", EVENTS as f64 / began.elapsed().as_secs_f64());
    let draft = draft();
    let began = Instant::now();
    let outcome = run(&db, project, &draft, now, |_| std::future::ready(Ok(true)))
        .await
        .expect("run")
        .expect("outcome");
    let whole = EVENTS as f64 / began.elapsed().as_secs_f64();
    println!("back-test, {EVENTS} events of {USERS} users, both sides: {whole:.0} events/s with SQLite");
    println!("  it touches {} events, {} alerts as it is", outcome.touched, outcome.before.alerts);
    engine(&db, project, &draft).await;
    db.close().await;
    let _ = std::fs::remove_dir_all(&folder);
}

/// The same without the store: pages that are in memory already.
async fn engine(db: &Db, project: ProjectId, draft: &Draft) {
    let mut log = Log::open(db, project, START, draft.to).await.expect("log");
    let mut pages: Vec<Vec<Line>> = Vec::new();
    let began = Instant::now();
    loop {
        let page = log.next().await.expect("page");
        if page.is_empty() {
            break;
        }
        pages.push(page);
    }
    println!("  reading alone: {:.0} events/s", EVENTS as f64 / began.elapsed().as_secs_f64());
    let rules = draft.rules(&[]);
    let mut contest = Contest::new(terms(&[]), terms(&rules));
    let mut tally = Tally::new(draft, &[], &rules, Calibration::SHIPPED);
    let began = Instant::now();
    for page in &pages {
        let (before, after) = contest.play(page).expect("page");
        tally.count(page, &before, &after);
    }
    println!("  engine alone, both sides: {:.0} events/s", EVENTS as f64 / began.elapsed().as_secs_f64());
    let (mut before, mut after) = (Replay::new(terms(&[])), Replay::new(terms(&rules)));
    let began = Instant::now();
    for page in &pages {
        std::thread::scope(|scope| {
            scope.spawn(|| after.play(page));
            before.play(page)
        });
    }
    let apart = EVENTS as f64 / began.elapsed().as_secs_f64();
    println!("  engine alone, sides that have parted: {apart:.0} events/s");
    let began = Instant::now();
    let mut alone = Replay::new(terms(&[]));
    pages.iter().for_each(|page| drop(alone.play(page)));
    println!(
        "  engine alone, one side on one core: {:.0} events/s",
        EVENTS as f64 / began.elapsed().as_secs_f64()
    );
}

fn terms(rules: &[porchlight_domain::rule::Rule]) -> Terms {
    let (settings, calibration) = (Settings::default(), Calibration::SHIPPED);
    Terms { settings, rules: RuleSet::new(rules), calibration, hears_all: true }
}

fn draft() -> Draft {
    let rule = NewRule {
        name: "Strangers abroad".into(),
        description: String::new(),
        effect: Effect::Challenge,
        condition: Some("place.country == \"AU\" && !device.known".into()),
        target: None,
        filters: Vec::new(),
        source: None,
        verbs: Vec::new(),
        priority: 0,
        expires_at: None,
        mode: Mode::Enforce,
    };
    let rules = vec![RuleChange::Write { rule: Box::new(rule) }];
    Draft { rules, ..Draft::of(START.plus(30 * DAY), START.plus(91 * DAY)) }
}

/// A user at home; one login of 200 is from elsewhere.
fn arrival(project: ProjectId, number: i64) -> Arrival {
    let user = number.wrapping_mul(2_654_435_761).rem_euclid(USERS);
    let away = (number / USERS + user) % 200 == 199;
    let at = START.plus(number * APART);
    let (country, name, asn) = if away { ("AU", "Australia", 1_221) } else { ("NZ", "New Zealand", 4_771) };
    let ip =
        format!("{}.{}.{}.{}", if away { 101 } else { 122 }, 56 + user % 8, user / 8 % 250, 1 + user % 250);
    let event = NewEvent {
        verb: verb::LOG_IN.into(),
        address: Address::parse(&ip),
        user: Some(NewUser { id: format!("user-{user}"), authenticated: true, ..NewUser::default() }),
        session_id: Some(format!("session-{number}")),
        device_id: Some(format!("device-{}", if away { -user } else { user })),
        raw: format!("{{\"verb\":\"log-in\",\"ip\":\"{ip}\",\"user\":{{\"id\":\"user-{user}\"}}}}"),
        ..NewEvent::default()
    };
    let place = Place { country: Some(country.into()), country_name: Some(name.into()), ..Place::default() };
    let network = Network { asn: Some(asn), ..Network::default() };
    let agent = Agent {
        browser: Some("Chrome".into()),
        browser_version: Some("141.0".into()),
        os: Some("Windows".into()),
        os_version: None,
        class: DeviceClass::Desktop,
    };
    let seen = Observation {
        event,
        at,
        received_at: at,
        is_history: true,
        place: Some(place),
        network: Some(network),
        agent,
        ..Observation::default()
    };
    Arrival { project, observation: seen }
}
