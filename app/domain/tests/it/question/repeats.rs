//! After a "no": what resembles it is kept out, told, and its session ended, without asking first. Without an answer: the
//! user is asked again.

use porchlight_domain::alert::{Alert, AlertFilter, REPEAT, Resolution, Unasked, store as alerts};
use porchlight_domain::db::Db;
use porchlight_domain::event::store::{assess_only, get};
use porchlight_domain::id::ProjectId;
use porchlight_domain::notice::{State, store as notices};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::question::store::{list_for_alert, view};
use porchlight_domain::question::{AGAIN, Answer, LIFETIME, Standing, View};
use porchlight_domain::revocation::{InitiatedBy, Revocation, RevocationFilter, store as revocations};
use porchlight_domain::risk::{Decision, Level};
use porchlight_domain::time::{DAY, HOUR, MINUTE};
use porchlight_domain::{Timestamp, event, session};
use serde_json::{Value, json};

use super::{asked, messages, say, token_of};
use crate::event::{arrival, login, project, story, theft};
use crate::support::NOW;

const URL: &str = "https://watch.example";

/// Records one event as if it were received then.
async fn at(db: &Db, project: ProjectId, now: Timestamp, what: Value) -> event::Recorded {
    event::store::record(db, &[arrival(project, now, what)], URL, now).await.expect("record").remove(0)
}

async fn all(db: &Db, project: ProjectId) -> Vec<Alert> {
    alerts::list(db, project, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows
}

async fn orders(db: &Db, project: ProjectId) -> Vec<Revocation> {
    revocations::list(db, project, &RevocationFilter::default(), Paging::default())
        .await
        .expect("orders")
        .rows
}

async fn mails(db: &Db, project: ProjectId) -> usize {
    notices::list(db, project, None, Paging::default()).await.expect("notices").rows.len()
}

fn access(session: &str) -> Value {
    let mut event = theft("eve", session);
    event["verb"] = json!("access");
    event
}

async fn denied(db: &Db) -> ProjectId {
    let (shop, token) = asked(db).await;
    say(db, &token, Answer::No, NOW.plus(HOUR)).await.expect("answer");
    shop
}

on_both! {
    async fn a_login_like_the_denied_one_is_blocked_told_and_ended_at_once(db) {
        let shop = denied(db).await;
        let (told, now) = (messages(db).await.len(), NOW.plus(2 * HOUR));
        let verified = assess_only(db, &arrival(shop, now, theft("eve", "again")), now).await.expect("assess");
        assert_eq!(verified.decision, Decision::Block);
        let again = at(db, shop, now, theft("eve", "again")).await;
        assert_eq!((again.assessment.level, again.assessment.decision), (Level::Red, Decision::Block));
        let alerts = all(db, shop).await;
        assert_eq!(alerts.iter().map(|alert| alert.kind.as_str()).collect::<Vec<_>>(), [REPEAT, "login"]);
        assert!(alerts[0].title.contains("like a login that was denied"), "{}", alerts[0].title);
        assert_eq!(get(db, shop, again.id).await.expect("event").event.alert_id, Some(alerts[0].id));
        let order = &orders(db, shop).await[0];
        assert_eq!((order.initiated_by, order.reason.code.as_str()), (InitiatedBy::Rule, "user.reported"));
        assert_eq!((order.alert_id, order.question_id, order.sessions.len()), (Some(alerts[0].id), None, 1));
        assert_eq!(order.sessions[0].id, "again");
        assert!(session::store::get(db, shop, "again", now).await.expect("session").is_revoked());
        let new = messages(db).await.split_off(told);
        assert_eq!(new.iter().map(|m| m.0.as_str()).collect::<Vec<_>>(), ["alert.opened", "session.revocation.requested"]);
        assert_eq!((&new[0].1["alert"]["kind"], &new[0].2.as_ref().expect("flat")["was_user"]), (&json!(REPEAT), &Value::Null));
        assert_eq!((&new[1].1["sessions"], &new[1].2), (&json!([{ "id": "again" }]), &None));
        assert_eq!(mails(db, shop).await, 2, "the user hears of it, and can say that it was them after all");
    }

    async fn repeats_join_one_alert_and_each_new_session_is_ended(db) {
        let shop = denied(db).await;
        for (n, session) in ["one", "two", "one"].into_iter().enumerate() {
            at(db, shop, NOW.plus(2 * HOUR + i64::try_from(n).expect("few") * MINUTE), theft("eve", session)).await;
        }
        let alerts = all(db, shop).await;
        assert_eq!((alerts.len(), alerts[0].events), (2, 3));
        let named: Vec<_> = orders(db, shop).await.iter().map(|order| order.sessions[0].id.clone()).collect();
        assert_eq!(named, ["one", "two", "one", "stolen"], "a login under an old session id begins it anew");
        assert_eq!(mails(db, shop).await, 2);
    }

    async fn a_second_no_is_followed_by_an_alert_of_its_own(db) {
        let shop = denied(db).await;
        at(db, shop, NOW.plus(2 * HOUR), theft("eve", "again")).await;
        let token = token_of(db, shop).await;
        assert!(say(db, &token, Answer::No, NOW.plus(3 * HOUR)).await.expect("answer"), "its session is being ended");
        assert_eq!(orders(db, shop).await.len(), 2, "by the order that there is");
        at(db, shop, NOW.plus(4 * HOUR), theft("eve", "and-again")).await;
        let alerts = all(db, shop).await;
        assert_eq!(alerts.iter().map(|alert| alert.kind.as_str()).collect::<Vec<_>>(), [REPEAT, REPEAT, "login"]);
        assert_eq!(orders(db, shop).await.len(), 3);
    }

    async fn what_a_denied_session_does_while_it_is_being_ended_is_no_news_and_another_session_is(db) {
        let shop = denied(db).await;
        let late = at(db, shop, NOW.plus(HOUR + MINUTE), access("stolen")).await;
        assert_eq!(late.assessment.decision, Decision::Block);
        assert_eq!((all(db, shop).await.len(), all(db, shop).await[0].events, orders(db, shop).await.len()), (1, 2, 1));
        let hijacked = at(db, shop, NOW.plus(HOUR + 2 * MINUTE), access("home-4")).await;
        assert_eq!(hijacked.assessment.decision, Decision::Block);
        let (alerts, orders) = (all(db, shop).await, orders(db, shop).await);
        assert_eq!((alerts.len(), alerts[0].kind.as_str()), (2, REPEAT));
        assert_eq!((orders.len(), orders[0].sessions[0].id.as_str()), (2, "home-4"));
        assert_eq!(mails(db, shop).await, 1, "only logins are asked about");
    }

    async fn the_users_own_logins_are_not_touched_by_their_no_and_a_yes_takes_it_back(db) {
        let shop = denied(db).await;
        let home = at(db, shop, NOW.plus(2 * HOUR), login("eve", "home-5")).await;
        assert_eq!((home.assessment.level, home.assessment.decision), (Level::Green, Decision::Allow));
        assert_eq!((all(db, shop).await.len(), orders(db, shop).await.len()), (1, 1));
        at(db, shop, NOW.plus(3 * HOUR), theft("eve", "again")).await;
        say(db, &token_of(db, shop).await, Answer::Yes, NOW.plus(4 * HOUR)).await.expect("answer");
        let mine = at(db, shop, NOW.plus(5 * HOUR), theft("eve", "mine")).await;
        assert_ne!(mine.assessment.decision, Decision::Block, "{mine:?}");
        assert_eq!((all(db, shop).await.len(), orders(db, shop).await.len()), (2, 2));
    }

    async fn a_report_that_has_faded_is_still_told_anew_while_its_alert_is_open(db) {
        let shop = denied(db).await;
        let later = NOW.plus(60 * DAY);
        let again = at(db, shop, later, theft("eve", "again")).await;
        assert_eq!(again.assessment.level, Level::Red, "{again:?}");
        let alerts = all(db, shop).await;
        assert_eq!((alerts.len(), alerts[0].kind.as_str(), orders(db, shop).await.len()), (2, REPEAT, 2));
    }

    async fn the_user_is_asked_again_after_a_day_and_a_no_in_the_older_mail_counts(db) {
        let (shop, first) = asked(db).await;
        at(db, shop, NOW.plus(AGAIN - 1), theft("eve", "soon")).await;
        assert_eq!(mails(db, shop).await, 1, "asked within the day");
        let next = NOW.plus(AGAIN);
        at(db, shop, next, theft("eve", "next-day")).await;
        let alerts = all(db, shop).await;
        assert_eq!((alerts.len(), alerts[0].events, mails(db, shop).await), (1, 3, 2));
        let second = token_of(db, shop).await;
        let (older, newer) = (view(db, &first, next).await.expect("view"), view(db, &second, next).await.expect("view"));
        assert_eq!((newer.standing, newer.asked_since, newer.facts.at), (Standing::Open, false, next));
        assert_eq!(older, View { asked_since: true, ..newer }, "it leads to the newer question");
        assert_eq!(view(db, &first, NOW.plus(LIFETIME)).await.expect("view").standing, Standing::Expired, "while it would have worked");
        let questions = list_for_alert(db, shop, alerts[0].id).await.expect("questions");
        assert_eq!(questions.iter().filter(|question| question.standing(next) == Standing::Open).count(), 1);
        say(db, &first, Answer::No, next).await.expect("answer");
        assert!(matches!(view(db, &second, next).await.expect("view").standing, Standing::Answered(Answer::No, _)));
        let named: Vec<_> = orders(db, shop).await[0].sessions.iter().map(|session| session.id.clone()).collect();
        assert_eq!(named, ["next-day", "soon", "stolen"]);
    }

    async fn of_the_mails_that_wait_only_the_newest_asks_and_none_after_the_answer(db) {
        let (shop, first) = asked(db).await;
        let next = NOW.plus(AGAIN);
        at(db, shop, next, theft("eve", "next-day")).await;
        let waiting = notices::list(db, shop, None, Paging::default()).await.expect("notices").rows;
        let told: Vec<_> = waiting.iter().map(|mail| (mail.state, mail.last_error.as_deref())).collect();
        assert_eq!(told, [(State::Pending, None), (State::Failed, Some("not sent: a newer mail asks"))]);
        say(db, &first, Answer::No, next).await.expect("answer");
        assert!(notices::claim(db, next).await.expect("claim").is_empty(), "she has said it");
    }

    async fn an_alert_that_nobody_was_asked_about_asks_at_the_next_login(db) {
        let shop = project(db, "Shop").await;
        let quiet = Settings { ask_users: false, ..Settings::default() };
        projects::update(db, &Actor::System, shop, "Shop", quiet.clone(), NOW).await.expect("settings");
        story(db, shop).await;
        assert_eq!((mails(db, shop).await, all(db, shop).await[0].unasked), (0, Some(Unasked::Off)));
        projects::update(db, &Actor::System, shop, "Shop", Settings { ask_users: true, ..quiet }, NOW).await.expect("settings");
        at(db, shop, NOW.plus(MINUTE), theft("eve", "again")).await;
        assert_eq!((all(db, shop).await.len(), mails(db, shop).await), (1, 1));
        assert_eq!(all(db, shop).await[0].unasked, None, "they were, after all");
    }

    async fn an_alert_whose_level_rises_is_told_again(db) {
        let shop = project(db, "Shop").await;
        let orange = Settings { alert_level: Level::Orange, ..Settings::default() };
        projects::update(db, &Actor::System, shop, "Shop", orange, NOW).await.expect("settings");
        for day in 0..5 {
            let mut home = login("eve", "home");
            home.as_object_mut().expect("object").remove("device");
            at(db, shop, NOW.plus((day - 6) * DAY), home).await;
        }
        let mut mild = theft("eve", "s1");
        mild.as_object_mut().expect("object").remove("device");
        let level = at(db, shop, NOW.plus(7 * HOUR), mild.clone()).await.assessment.level;
        assert_eq!(level, Level::Orange, "the scene is set");
        for n in 0..4 {
            let mut failed = theft("eve", "s1");
            failed["verb"] = json!("log-in-denied");
            failed["ip"] = json!(format!("203.0.113.{n}"));
            at(db, shop, NOW.plus(7 * HOUR + MINUTE), failed).await;
        }
        let level = at(db, shop, NOW.plus(7 * HOUR + 2 * MINUTE), mild.clone()).await.assessment.level;
        assert_eq!((level, all(db, shop).await.len()), (Level::Red, 1));
        at(db, shop, NOW.plus(7 * HOUR + 3 * MINUTE), mild).await;
        let told = messages(db).await;
        assert_eq!(told.iter().map(|m| m.0.as_str()).collect::<Vec<_>>(), ["alert.opened", "alert.opened"]);
        assert_eq!((told[0].1.get("rose_from"), told[1].1.get("rose_from")), (None, Some(&json!("orange"))));
        assert_eq!((&told[1].1["alert"]["level"], &told[1].1["alert"]["id"]), (&json!("red"), &told[0].1["alert"]["id"]));
    }

    async fn a_closed_alert_does_not_hide_what_comes_after_a_no(db) {
        let shop = denied(db).await;
        let id = all(db, shop).await[0].id;
        alerts::close(db, &Actor::System, shop, id, Resolution::ConfirmedThreat, "", NOW.plus(HOUR)).await.expect("close");
        at(db, shop, NOW.plus(2 * HOUR), theft("eve", "again")).await;
        let alerts = all(db, shop).await;
        assert_eq!((alerts.len(), alerts[0].kind.as_str(), orders(db, shop).await.len()), (2, REPEAT, 2));
    }

    async fn what_one_user_denied_ends_no_session_of_another_before_they_are_asked(db) {
        let shop = project(db, "Shop").await;
        for day in 0..5 {
            at(db, shop, NOW.plus((day - 6) * DAY), login("bob", &format!("bobs-{day}"))).await;
        }
        story(db, shop).await;
        say(db, &token_of(db, shop).await, Answer::No, NOW.plus(HOUR)).await.expect("answer");
        let bobs = at(db, shop, NOW.plus(2 * HOUR), theft("bob", "bobs")).await;
        assert_eq!(bobs.assessment.level, Level::Red, "{bobs:?}");
        let alerts = all(db, shop).await;
        assert_eq!((alerts[0].kind.as_str(), alerts[0].question.is_some(), orders(db, shop).await.len()), ("login", true, 1));
    }
}
