//! "Was this you?": asked with the alert, shown without effect, answered once, with everything that the answer owes.

mod last_word;
mod repeats;
mod sessions;

use porchlight_domain::alert::{Alert, AlertFilter, Resolution, State, store as alerts};
use porchlight_domain::db::Db;
use porchlight_domain::event::store::assess_only;
use porchlight_domain::id::ProjectId;
use porchlight_domain::notice::store as notices;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::question::store::*;
use porchlight_domain::question::{Answer, LIFETIME, MAX_A_DAY, Standing};
use porchlight_domain::risk::Level;
use porchlight_domain::time::{DAY, HOUR};
use porchlight_domain::webhook::{DeliveryFilter, Format, MessageType, NewEndpoint, store as webhooks};
use porchlight_domain::{Error, Timestamp, ledger};
use serde_json::{Value, json};
use sqlx::Row;

use crate::event::{arrival, login, project, put, story, theft};
use crate::support::NOW;

const URL: &str = "https://watch.example";

/// The token in the newest mail.
pub async fn token_of(db: &Db, project: ProjectId) -> String {
    let newest =
        notices::list(db, project, None, Paging::new(None, Some(1))).await.expect("notices").rows.remove(0);
    let (_, body) = notices::get(db, project, newest.id).await.expect("notice");
    let (_, rest) = body.text.split_once("https://watch.example/q/").expect("a link");
    rest.split_once("?a=no").expect("the first link is no").0.to_owned()
}

async fn asked(db: &Db) -> (ProjectId, String) {
    let shop = project(db, "Shop").await;
    story(db, shop).await;
    (shop, token_of(db, shop).await)
}

async fn alert(db: &Db, project: ProjectId) -> Alert {
    alerts::list(db, project, &AlertFilter::default(), Paging::default())
        .await
        .expect("alerts")
        .rows
        .remove(0)
}

pub async fn say(db: &Db, token: &str, what: Answer, now: Timestamp) -> porchlight_domain::Result<bool> {
    answer(db, token, what, "203.0.113.9", URL, now).await.map(|answered| answered.revoking)
}

/// What was published: type, standard `data`, ThisData's body.
async fn messages(db: &Db) -> Vec<(String, Value, Option<Value>)> {
    let rows =
        sqlx::query("SELECT type, body, thisdata_body FROM message ORDER BY id").fetch_all(db.reader()).await;
    let message = |row: &sqlx::any::AnyRow| {
        let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
        let standard = read(row.get::<&[u8], _>("body"));
        (row.get("type"), standard["data"].clone(), row.get::<Option<&[u8]>, _>("thisdata_body").map(read))
    };
    rows.expect("messages").iter().map(message).collect()
}

on_both! {
    async fn the_page_shows_what_the_mail_said_and_showing_changes_nothing(db) {
        let (shop, token) = asked(db).await;
        let seen = view(db, &token, NOW).await.expect("view");
        assert_eq!((seen.facts.service.as_str(), seen.standing), ("Shop", Standing::Open));
        assert_eq!((seen.facts.place.as_deref(), seen.facts.ip.as_deref(), seen.facts.at), (Some("China"), Some("1.80.1.9"), NOW));
        assert_eq!(view(db, &token, NOW).await.expect("view"), seen);
        let alert = alert(db, shop).await;
        assert_eq!((alert.state, alert.answer(), alert.question.map(|q| q.id)), (State::Open, None, Some(seen.id)));
    }

    async fn a_token_is_stored_as_a_hash_and_an_unknown_one_is_not_found(db) {
        let (_, token) = asked(db).await;
        let stored: String = sqlx::query_scalar("SELECT token_hash FROM question").fetch_one(db.reader()).await.expect("hash");
        assert!(!stored.contains(&token) && !token.contains(&stored));
        for unknown in ["", "q_", "q_unknown", stored.as_str(), &"x".repeat(100_000)] {
            assert!(matches!(view(db, unknown, NOW).await, Err(Error::NotFound)), "{unknown:.20}");
            assert!(matches!(say(db, unknown, Answer::No, NOW).await, Err(Error::NotFound)), "{unknown:.20}");
        }
    }

    async fn no_marks_the_threat_orders_the_session_ended_and_tells_everybody_once(db) {
        let (shop, token) = asked(db).await;
        let answered = answer(db, &token, Answer::No, "203.0.113.9", URL, NOW.plus(HOUR)).await.expect("answer");
        assert!(answered.revoking && answered.answer == Answer::No && !answered.told, "no endpoint heard it");
        let alert = alert(db, shop).await;
        assert_eq!((alert.state, alert.resolution, alert.answer()), (State::Open, None, Some(Answer::No)));
        let counts = alerts::counts(db, shop).await.expect("counts");
        assert_eq!((counts.open, counts.closed, counts.confirmed_threats), (1, 0, 1), "open until an operator is done with it");
        assert_eq!(alerts::threats(db, shop, NOW).await.expect("threats"), 1);
        let question = alert.question.clone().expect("question");
        assert_eq!((question.answer, question.answered_at), (Some(Answer::No), Some(NOW.plus(HOUR))));
        assert_eq!(question.answered_from.as_deref(), Some("203.0.113.9"));
        let all = messages(db).await;
        assert_eq!(all.iter().map(|m| m.0.as_str()).collect::<Vec<_>>(), ["alert.opened", "session.revocation.requested", "question.answered"]);
        let flat: Vec<_> = all.iter().filter_map(|m| m.2.as_ref()).map(|body| body["was_user"].clone()).collect();
        assert_eq!(flat, [Value::Null, json!(false)], "was_user: false goes out flattened exactly once");
        let order = all[1].2.as_ref().expect("the order's flattened body");
        assert_eq!((&order["user"]["email"], &order["alert"]["id"]), (&json!("eve@example.com"), &json!(alert.id)));
        assert_eq!(all[1].1["sessions"], json!([{ "id": "stolen" }]));
        let told = &all[2].1;
        assert_eq!((&told["was_user"], &told["answer"], &told["user"]["id"]), (&json!(false), &json!("no"), &json!("eve")));
        let entries = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        let by_user = Actor::User(question.id).to_string();
        assert!(entries.iter().any(|e| e.action == "question.answered" && e.actor == by_user));
    }

    async fn each_endpoint_hears_of_the_answer_once_in_its_own_format(db) {
        let (shop, token) = asked(db).await;
        let mut endpoints = Vec::new();
        for format in [Format::ThisData, Format::Standard] {
            let url = "https://app.example/hook".to_owned();
            let new = NewEndpoint { url, format, ..NewEndpoint::default() };
            endpoints.push(webhooks::create(db, &Actor::System, shop, new, NOW).await.expect("endpoint").0.id);
        }
        let answered = answer(db, &token, Answer::No, "203.0.113.9", URL, NOW).await.expect("answer");
        assert!(answered.revoking && answered.told);
        let mut heard = Vec::new();
        for endpoint in endpoints {
            let filter = DeliveryFilter { endpoint: Some(endpoint), ..DeliveryFilter::default() };
            let mut types = Vec::new();
            for delivery in webhooks::list_deliveries(db, shop, filter, Paging::default()).await.expect("deliveries").rows {
                let body = webhooks::get_delivery(db, shop, delivery.id).await.expect("delivery").body;
                let body: Value = serde_json::from_str(&body).expect("JSON");
                types.push((delivery.r#type, body["was_user"].clone()));
            }
            types.sort_by_key(|(kind, _)| kind.as_str());
            heard.push(types);
        }
        let order = MessageType::SessionRevocationRequested;
        assert_eq!(heard[0], [(order, json!(false))], "one delivery is both ThisData's webhook and our order");
        assert_eq!(heard[1], [(MessageType::QuestionAnswered, Value::Null), (order, Value::Null)]);
    }

    async fn yes_closes_the_alert_and_the_device_is_known_from_then_on(db) {
        let (shop, token) = asked(db).await;
        assert!(!say(db, &token, Answer::Yes, NOW.plus(HOUR)).await.expect("answer"));
        let alert = alert(db, shop).await;
        assert_eq!((alert.state, alert.resolution), (State::Closed, Some(Resolution::ConfirmedByUser)));
        assert_eq!((alert.closed_at, alert.closed_by), (Some(NOW.plus(HOUR)), None));
        let all = messages(db).await;
        assert_eq!(all.iter().map(|m| m.0.as_str()).collect::<Vec<_>>(), ["alert.opened", "question.answered"]);
        assert_eq!(all[1].2.as_ref().map(|body| body["was_user"].clone()), Some(json!(true)));
        let again = assess_only(db, &arrival(shop, NOW.plus(2 * HOUR), theft("eve", "next")), NOW).await.expect("assess");
        assert!(again.level < Level::Red, "{again:?}");
    }

    async fn after_a_no_the_same_device_is_never_believed_for_being_quiet(db) {
        let (shop, token) = asked(db).await;
        let later = NOW.plus(9 * DAY);
        say(db, &token, Answer::No, NOW).await.expect("answer");
        put(db, &[arrival(shop, NOW.plus(8 * DAY), login("eve", "home"))]).await;
        let again = assess_only(db, &arrival(shop, later, theft("eve", "next")), later).await.expect("assess");
        assert_eq!(again.level, Level::Red, "{again:?}");
    }

    async fn the_first_answer_wins_even_in_a_race(db) {
        let (shop, token) = asked(db).await;
        let (no, yes) = tokio::join!(say(db, &token, Answer::No, NOW), say(db, &token, Answer::Yes, NOW));
        let won: Vec<_> = [&no, &yes].into_iter().filter(|result| result.is_ok()).collect();
        assert_eq!(won.len(), 1, "{no:?} {yes:?}");
        let lost = if no.is_err() { no } else { yes };
        assert!(matches!(&lost, Err(Error::Conflict(text)) if text.contains("answered")), "{lost:?}");
        let answered = messages(db).await.iter().filter(|m| m.0 == "question.answered").count();
        assert_eq!(answered, 1);
        let alert = alert(db, shop).await;
        let expected = if alert.answer() == Some(Answer::No) { State::Open } else { State::Closed };
        assert_eq!(alert.state, expected);
        assert!(matches!(view(db, &token, NOW).await.expect("view").standing, Standing::Answered(..)));
    }

    async fn an_expired_question_takes_no_answer(db) {
        let (shop, token) = asked(db).await;
        let last = NOW.plus(LIFETIME - 1);
        assert_eq!(view(db, &token, last).await.expect("view").standing, Standing::Open);
        let late = NOW.plus(LIFETIME);
        assert_eq!(view(db, &token, late).await.expect("view").standing, Standing::Expired);
        let answered = say(db, &token, Answer::No, late).await;
        assert!(matches!(&answered, Err(Error::Conflict(text)) if text.contains("expired")), "{answered:?}");
        assert_eq!(alert(db, shop).await.answer(), None);
        assert!(say(db, &token, Answer::No, last).await.is_ok());
    }

    async fn a_no_opens_again_what_an_operator_had_closed_unless_it_was_raised_anew(db) {
        let (shop, token) = asked(db).await;
        let id = alert(db, shop).await.id;
        alerts::close(db, &Actor::System, shop, id, Resolution::FalseAlarm, "", NOW).await.expect("close");
        say(db, &token, Answer::No, NOW).await.expect("answer");
        let reopened = alerts::get(db, shop, id).await.expect("alert");
        assert_eq!((reopened.state, reopened.resolution, reopened.closed_at), (State::Open, None, None));
        alerts::close(db, &Actor::System, shop, id, Resolution::Expected, "", NOW.plus(HOUR)).await.expect("close");
        assert_eq!(alerts::counts(db, shop).await.expect("counts").confirmed_threats, 0, "the operator's word is the last");

        let other = project(db, "Other").await;
        story(db, other).await;
        let (token, id) = (token_of(db, other).await, alert(db, other).await.id);
        alerts::close(db, &Actor::System, other, id, Resolution::Inconclusive, "", NOW).await.expect("close");
        put(db, &[arrival(other, NOW.plus(HOUR), theft("eve", "again"))]).await;
        assert_ne!(alert(db, other).await.id, id, "raised anew");
        say(db, &token, Answer::No, NOW.plus(HOUR)).await.expect("answer");
        let closed = alerts::get(db, other, id).await.expect("alert");
        assert_eq!((closed.state, closed.resolution), (State::Closed, Some(Resolution::ConfirmedThreat)));
    }

    async fn a_yes_leaves_the_resolution_that_an_operator_gave(db) {
        let (shop, token) = asked(db).await;
        let id = alert(db, shop).await.id;
        alerts::close(db, &Actor::System, shop, id, Resolution::Expected, "", NOW).await.expect("close");
        say(db, &token, Answer::Yes, NOW.plus(HOUR)).await.expect("answer");
        let closed = alerts::get(db, shop, id).await.expect("alert");
        assert_eq!((closed.state, closed.resolution, closed.closed_at), (State::Closed, Some(Resolution::Expected), Some(NOW)));
        assert_eq!(closed.answer(), Some(Answer::Yes));
    }

    async fn a_user_is_asked_five_times_a_day_and_the_ledger_says_what_was_left_out(db) {
        let shop = project(db, "Shop").await;
        for day in 0..5 {
            put(db, &[arrival(shop, NOW.plus((day - 6) * DAY), login("eve", "home"))]).await;
        }
        for n in 0..MAX_A_DAY + 2 {
            let mut event = theft("eve", &format!("s{n}"));
            event["device"]["id"] = json!(format!("thief-{n}"));
            put(db, &[arrival(shop, NOW, event)]).await;
        }
        let mails = notices::list(db, shop, None, Paging::default()).await.expect("notices").rows.len();
        assert_eq!(mails, 5);
        let open = alerts::counts(db, shop).await.expect("counts").open;
        assert_eq!(open, MAX_A_DAY + 2, "the alerts open nevertheless");
        let entries = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        assert_eq!(entries.iter().filter(|e| e.action == "question.skipped").count(), 2);
    }
}
