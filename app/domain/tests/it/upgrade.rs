//! A database that an older version filled is brought up with all that is in it.

use std::borrow::Cow;

use porchlight_domain::db::Db;
use porchlight_domain::event::EventFilter;
use porchlight_domain::id::{DeliveryId, EndpointId, ProjectId, RevocationId, SecretId};
use porchlight_domain::page::{About, Paging};
use porchlight_domain::revocation::{RevocationFilter, store as revocations};
use porchlight_domain::risk::Level;
use porchlight_domain::rule::{Effect, Mode};
use porchlight_domain::session::State;
use porchlight_domain::time::{DAY, HOUR};
use porchlight_domain::vault::Vault;
use porchlight_domain::webhook::{DeliveryState, store as webhooks};
use porchlight_domain::{Timestamp, event, rule, session, user};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};

use crate::support::{self, NOW};

/// What the older version sealed its secrets with.
const KEY: [u8; 32] = [7; 32];

/// The tables and columns of 0001, and a row of each kind that a later migration touches. `$now` and `$day` stand for
/// microseconds.
const FILLED: &str = r#"
INSERT INTO project VALUES (1, 'Shop', '{}', $now);
INSERT INTO end_user VALUES (2, 1, 'eve', 'Eve', 'eve@example.com', NULL, $now, $now, 2, 2);
INSERT INTO profile VALUES (2, 1, '{"logins":2}', $now);
INSERT INTO alert (id, project_id, user_key, event_id, kind, dedup_key, title, score, level, state, events, opened_at, last_event_at)
    VALUES (3, 1, 2, 5, 'login.suspicious', 'k', 'Eve logged in', 0.99, 2, 'open', 1, $now, $now);
INSERT INTO event (id, project_id, user_key, verb, occurred_at, received_at, score, level, decision, detail, raw)
    VALUES (4, 1, 2, 'log-in', $now, $now, 0.01, 0, 'allow', '{}', '{}');
INSERT INTO event (id, project_id, user_key, verb, occurred_at, received_at, score, level, decision, alert_id, detail, raw)
    VALUES (5, 1, 2, 'log-in', $now, $now, 0.99, 2, 'challenge', 3, '{}', '{}');
INSERT INTO session VALUES (1, 's', 2, 'live', $now, $now, NULL, 5, '{}');
INSERT INTO question (id, project_id, alert_id, user_key, event_id, token_hash, asked_at, expires_at)
    VALUES (6, 1, 3, 2, 5, 'q', $now, $now + $day);
INSERT INTO rule VALUES (7, 1, 'Kept out', '', 'block', 'location.address.country_iso_code', NULL, '["KP"]', $now, $now);
INSERT INTO rule VALUES (8, 1, 'Office', '', 'allow', 'location.ip', NULL, '["192.0.2.0/24"]', $now, $now);
INSERT INTO endpoint (id, project_id, url, format, description, types, state, created_at, updated_at)
    VALUES (9, 1, 'https://shop.example/hooks', 'standard', '', '[]', 'active', $now, $now);
INSERT INTO revocation (id, project_id, user_key, scope, state, reason_code, reason_text, initiated_by, question_id, receipt_hash, requested_at, confirm_by)
    VALUES (12, 1, 2, 'all', 'delivered', 'user.denied', 'Not me', 'user', 6, 'r', $now, $now + $day);
INSERT INTO revocation_session VALUES (12, 1, 's', 'deferred', NULL, $now + 400 * $day, NULL, $now);
INSERT INTO revocation_step VALUES (13, 12, 's', 'requested', 'asked', $now);
INSERT INTO revocation_step VALUES (14, 12, 's', 'delivered', 'sent', $now + 5);
INSERT INTO receipt VALUES (18, 1, 12, NULL, 'post', 0, 'refused: forged', '{}', $now);
INSERT INTO receipt VALUES (19, 1, 12, NULL, 'post', 0, 'accepted', '{"receipt":{"sessions":[{"id":"s","outcome":"failed"}]}}', $now);
INSERT INTO receipt VALUES (20, 1, 12, 16, 'post', 0, 'accepted', '{}', $now);
"#;

/// What hangs on a message, whose body is bytes.
const SENT: &str = r#"
INSERT INTO delivery (id, project_id, message_id, endpoint_id, type, state, attempts, next_attempt_at, lease_until, claim, created_at)
    VALUES (16, 1, 15, 9, 'session.revocation.requested', 'pending', 1, $now, $now + 9, 77, $now);
INSERT INTO attempt (id, delivery_id, number, started_at, duration_us, request_headers, response_headers, response_body, signature)
    VALUES (17, 16, 1, $now, 1200, '[]', '[]', '', '{"schemes":["v1"],"secrets":["whsec_ab…"],"self_verified":true,"clock_offset_seconds":null,"receipt":"none","diagnosis":null}');
"#;

async fn fill(connection: &mut AnyConnection, mut migrator: Migrator) {
    let first = migrator.iter().next().cloned().expect("a first migration");
    migrator.migrations = Cow::Owned(vec![first]);
    migrator.run(&mut *connection).await.expect("the first version");
    insert(connection, FILLED).await;
    sqlx::query("INSERT INTO message VALUES (15, 1, 'session.revocation.requested', 2, NULL, NULL, NULL, 12, $1, NULL, $2)")
        .bind(&b"{\"a\":1}"[..])
        .bind(NOW.0)
        .execute(&mut *connection)
        .await
        .expect("a message");
    insert(connection, SENT).await;
    for (id, hint) in [(10_i64, "whsec_ab…"), (11, "whpk_cd…")] {
        let sealed =
            Vault::new(KEY).seal(&format!("endpoint_secret:{}", SecretId(id)), b"secret").expect("sealed");
        sqlx::query("INSERT INTO endpoint_secret VALUES ($1, 9, $2, $3, $4, NULL)")
            .bind(id)
            .bind(sealed)
            .bind(hint)
            .bind(NOW.0)
            .execute(&mut *connection)
            .await
            .expect("a secret");
    }
}

async fn insert(connection: &mut AnyConnection, rows: &str) {
    let text = rows.replace("$now", &NOW.0.to_string()).replace("$day", &DAY.to_string());
    sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await.expect("rows of the first version");
}

async fn is_brought_up(url: &str) {
    let db = Db::connect(url, KEY, NOW.plus(HOUR)).await.expect("all migrations");
    let shop = ProjectId(1);
    events_are_counted(&db, shop).await;
    rules_have_effects(&db, shop).await;
    deliveries_go_on(&db, shop).await;
    orders_are_fed(&db, shop).await;
    db.close().await;
}

async fn events_are_counted(db: &Db, shop: ProjectId) {
    let page =
        event::store::list(db, shop, &EventFilter::default(), Paging::default()).await.expect("events");
    assert_eq!(page.rows.len(), 2);
    let deeds: i64 =
        sqlx::query_scalar("SELECT deeds FROM alert").fetch_one(db.reader()).await.expect("an alert");
    assert_eq!(deeds, 256, "a login opened it: that somebody got in is no news");
    let row =
        sqlx::query("SELECT events, unusual FROM event_day").fetch_one(db.reader()).await.expect("one day");
    assert_eq!((row.get::<i64, _>("events"), row.get::<i64, _>("unusual")), (2, 1));
    let profiles: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM profile").fetch_one(db.reader()).await.expect("count");
    assert_eq!(profiles, 0, "profiles of the first engine are learned anew");
}

async fn rules_have_effects(db: &Db, shop: ProjectId) {
    let rules = rule::store::list(db, shop).await.expect("rules");
    let told: Vec<_> = rules.iter().map(|rule| (rule.effect.clone(), rule.mode)).collect();
    assert_eq!(told, [(Effect::Block, Mode::Enforce), (Effect::Allow, Mode::Enforce)]);
}

async fn deliveries_go_on(db: &Db, shop: ProjectId) {
    let whole = webhooks::get_delivery(db, shop, DeliveryId(16)).await.expect("delivery");
    assert_eq!((whole.delivery.state, whole.body.as_str()), (DeliveryState::Pending, "{\"a\":1}"));
    assert_eq!(whole.attempts.iter().map(|attempt| attempt.duration_us).collect::<Vec<_>>(), [1_200]);
    let row = sqlx::query("SELECT lane, claim, lease_until FROM delivery")
        .fetch_one(db.reader())
        .await
        .expect("row");
    let stored = (row.get::<i64, _>("lane"), row.get::<i64, _>("claim"), row.get::<i64, _>("lease_until"));
    assert_eq!(stored, (1, 0, 0), "a retry that nobody holds");
    let secrets = webhooks::hints(db, shop, EndpointId(9), NOW).await.expect("secrets");
    let keys: Vec<_> = secrets.iter().map(|secret| secret.public_key.as_deref()).collect();
    assert_eq!(keys, [Some("whpk_cd…"), None]);
}

async fn orders_are_fed(db: &Db, shop: ProjectId) {
    let order = revocations::get(db, shop, RevocationId(12)).await.expect("order").revocation;
    assert_eq!((order.asked_at, order.delivered_at), (Some(NOW), Some(Timestamp(NOW.0 + 5))));
    assert_eq!((order.sessions.len(), order.next_limit), (1, order.confirm_by));
    let about = About { user_id: Some("EVE@example.com".into()), ..About::default() };
    let filter = RevocationFilter { about, ..RevocationFilter::default() };
    let found = revocations::list(db, shop, &filter, Paging::default()).await.expect("orders").rows;
    assert_eq!(
        found.iter().map(|one| one.id).collect::<Vec<_>>(),
        [RevocationId(12)],
        "found by mail address"
    );
    let until: i64 = sqlx::query_scalar("SELECT deferred_until FROM revocation_session")
        .fetch_one(db.reader())
        .await
        .expect("row");
    assert_eq!(until, NOW.plus(DAY).0, "a promise counts for a day at most");
    let feed: i64 =
        sqlx::query_scalar("SELECT feed FROM revocation").fetch_one(db.reader()).await.expect("row");
    assert_eq!(feed, 1);
    let of = sqlx::query_scalar("SELECT endpoint_id FROM receipt ORDER BY id").fetch_all(db.reader());
    let of: Vec<Option<i64>> = of.await.expect("receipts");
    assert_eq!(of, [None, None, Some(9)], "whose delivery's answer it was");
    let heard = sqlx::query_scalar("SELECT hearing FROM receipt ORDER BY id").fetch_all(db.reader());
    let heard: Vec<String> = heard.await.expect("receipts");
    assert_eq!(heard, ["refused", "against", "taken"]);
    let objections: Vec<(i64, String, i64, i64)> =
        sqlx::query_as("SELECT revocation_id, session_id, endpoint_id, receipt_id FROM revocation_objection")
            .fetch_all(db.reader())
            .await
            .expect("objections");
    assert_eq!(objections, [(12, "s".to_owned(), 0, 19)], "nobody can tell whose, and it was not taken back");
    let seen = session::store::get(db, shop, "s", NOW).await.expect("session");
    assert_eq!(seen.state, State::Live);
    let eve = user::store::by_id(db, shop, "eve").await.expect("eve");
    assert_eq!((eve.level, eve.level_at), (Level::Red, Some(NOW)), "nobody vouched for the red login");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_version_s_rows_are_readable_on_sqlite() {
    let fresh = support::sqlite().await;
    let url = format!("{}-old?mode=rwc", fresh.url);
    let mut connection = AnyConnection::connect(&url).await.expect("a file");
    fill(&mut connection, sqlx::migrate!("../../migrations/sqlite")).await;
    connection.close().await.expect("close");
    is_brought_up(&url).await;
    fresh.db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_version_s_rows_are_readable_on_postgres() {
    let fresh = support::postgres().await;
    // Beside the tables of today, in a schema of its own.
    let url = format!("{}?options=-c%20search_path%3Dold", fresh.url);
    let mut connection = AnyConnection::connect(&url).await.expect("a connection");
    sqlx::raw_sql("CREATE SCHEMA old").execute(&mut connection).await.expect("schema");
    fill(&mut connection, sqlx::migrate!("../../migrations/postgres")).await;
    connection.close().await.expect("close");
    is_brought_up(&url).await;
    fresh.db.close().await;
}
