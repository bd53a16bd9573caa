//! What answers and waves set in motion beyond the user they are about, and what the budget holds back.

use std::time::Duration;

use porchlight_domain::alert::wave::Origin;
use porchlight_domain::alert::{AlertFilter, Resolution, store as alerts};
use porchlight_domain::db::{Db, Queue};
use porchlight_domain::id::ProjectId;
use porchlight_domain::notice::store as notices;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::place::Network;
use porchlight_domain::profile::store::usual;
use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::question::Answer;
use porchlight_domain::risk::calibration::Refusal;
use porchlight_domain::risk::crowd::{Scope, Wave};
use porchlight_domain::risk::store::{labels, refit, siblings};
use porchlight_domain::risk::{Decision, Level};
use porchlight_domain::time::{DAY, HOUR, SECOND};
use porchlight_domain::user::store::by_id;
use serde_json::json;

use crate::event::{arrival, login, project, put, story, theft};
use crate::question::{say, token_of};
use crate::support::NOW;

async fn kinds(db: &Db, shop: ProjectId) -> Vec<String> {
    let page = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts");
    page.rows.into_iter().map(|alert| alert.kind).collect()
}

async fn closed(db: &Db, shop: ProjectId, resolution: Resolution) {
    let page = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts");
    let id = page.rows[0].id;
    alerts::close(db, &Actor::System, shop, id, resolution, "", NOW.plus(HOUR)).await.expect("close");
}

on_both! {
    async fn a_no_finds_the_other_accounts_that_the_same_device_logged_in_to(db) {
        let shop = project(db, "Shop").await;
        // Ben's first login was the thief's already: nothing was known to hold it against.
        put(db, &[arrival(shop, NOW.plus(-2 * DAY), theft("ben", "bens"))]).await;
        put(db, &[arrival(shop, NOW.plus(-2 * DAY), login("ann", "anns"))]).await;
        story(db, shop).await;
        say(db, &token_of(db, shop).await, Answer::No, NOW.plus(HOUR)).await.expect("answer");
        let woken = tokio::time::timeout(Duration::from_secs(20), db.wakes().woken(Queue::Learning)).await;
        assert!(woken.is_ok(), "who looks back does so at once");
        assert!(siblings::step(db, NOW.plus(HOUR)).await.expect("looks back"));
        assert_eq!(kinds(db, shop).await, ["login.sibling", "login"], "ben's, and not ann's");
        assert!(!siblings::step(db, NOW.plus(HOUR)).await.expect("nothing more"), "each answer once");
        let mut elsewhere = arrival(shop, NOW.plus(2 * HOUR), theft("eve", "elsewhere"));
        elsewhere.observation.network = Some(Network { asn: Some(20_473), ..Network::default() });
        put(db, &[elsewhere]).await;
        say(db, &token_of(db, shop).await, Answer::No, NOW.plus(3 * HOUR)).await.expect("answer");
        siblings::step(db, NOW.plus(3 * HOUR)).await.expect("looks back");
        let siblings = kinds(db, shop).await.into_iter().filter(|kind| kind == "login.sibling").count();
        assert_eq!(siblings, 1, "however many logins ben's resembles");
    }

    async fn one_who_is_often_there_hides_no_other(db) {
        let shop = project(db, "Shop").await;
        put(db, &[arrival(shop, NOW.plus(-20 * DAY), theft("ben", "bens"))]).await;
        story(db, shop).await;
        say(db, &token_of(db, shop).await, Answer::No, NOW.plus(HOUR)).await.expect("answer");
        for minute in 0..60 {
            let mut often = login("zoe", "zoes");
            often["ip"] = theft("eve", "e")["ip"].clone();
            put(db, &[arrival(shop, NOW.plus(minute * SECOND), often)]).await;
        }
        assert!(siblings::step(db, NOW.plus(HOUR)).await.expect("looks back"));
        let told = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        let told: Vec<_> = told.iter().filter(|alert| alert.kind == "login.sibling").map(|alert| (alert.title.as_str(), alert.level)).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().any(|(title, level)| title.contains("on the device") && *level == Level::Red), "{told:?}");
    }

    async fn a_network_that_many_share_tells_of_nobody_and_says_so(db) {
        for (name, others) in [("Shop", 50), ("Town", 51)] {
            let shop = project(db, name).await;
            let at_work = |number: i64| {
                let mut own = login(&format!("clerk {number}"), &format!("clerk {number}"));
                (own["ip"], own["device"]["id"]) = (json!(format!("1.80.1.{}", number % 9)), json!(format!("own {number}")));
                arrival(shop, NOW.plus((number - 9_000) * SECOND), own)
            };
            put(db, &(0..others).map(at_work).collect::<Vec<_>>()).await;
            let mut ben = theft("ben", "bens");
            ben["verb"] = json!("desktop-login-success");
            put(db, &[arrival(shop, NOW.plus(-2 * DAY), ben)]).await;
            story(db, shop).await;
            closed(db, shop, Resolution::ConfirmedThreat).await;
            let paging = Paging::new(None, Some(100));
            let told = alerts::list(db, shop, &AlertFilter::default(), paging).await.expect("alerts").rows;
            let (note, title) = (told.last().expect("the thief's").note.clone(), &told[told.len() - 2].title);
            assert_eq!(title, "Eve logged in on the device of a login that was not another user’s own", "ben on a desktop");
            let told = told.len() - 2;
            match note {
                None => assert_eq!((name, told), ("Shop", 50)),
                Some(note) => assert!(name == "Town" && told == 0 && note.starts_with("More than 50 other users"), "{note}"),
            }
        }
    }

    async fn an_operators_threat_teaches_what_the_users_no_would_have(db) {
        let shop = project(db, "Shop").await;
        put(db, &[arrival(shop, NOW.plus(-2 * DAY), theft("ben", "bens"))]).await;
        story(db, shop).await;
        closed(db, shop, Resolution::ConfirmedThreat).await;
        assert_eq!(kinds(db, shop).await, ["login.sibling", "login"]);
        let eve = by_id(db, shop, "eve").await.expect("eve").key;
        assert!(usual(db, shop, eve, NOW.plus(HOUR)).await.expect("usual").frozen.is_some());
        let again = put(db, &[arrival(shop, NOW.plus(2 * HOUR), theft("eve", "again"))]).await.remove(0).assessment;
        assert_eq!((again.level, again.decision), (Level::Red, Decision::Block));
        let ann = put(db, &[arrival(shop, NOW.plus(2 * HOUR), theft("ann", "anns"))]).await.remove(0).assessment;
        assert!(ann.reasons.iter().any(|reason| reason.code == "user.reported.elsewhere"), "{ann:?}");
    }

    async fn an_alert_closed_as_expected_teaches_what_the_users_yes_would_have(db) {
        for (resolution, expected) in [
            (Resolution::Expected, Level::Green),
            (Resolution::FalseAlarm, Level::Green),
            (Resolution::Inconclusive, Level::Red),
        ] {
            let shop = project(db, &format!("Shop {resolution:?}")).await;
            story(db, shop).await;
            closed(db, shop, resolution).await;
            let again = put(db, &[arrival(shop, NOW.plus(2 * HOUR), theft("eve", "again"))]).await.remove(0).assessment;
            assert_eq!(again.level, expected, "{resolution:?}: {again:?}");
        }
    }

    async fn a_yes_looks_for_nobody(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        say(db, &token_of(db, shop).await, Answer::Yes, NOW.plus(HOUR)).await.expect("answer");
        assert!(!siblings::step(db, NOW.plus(HOUR)).await.expect("nothing to do"));
    }

    async fn answers_are_labels_and_a_handful_refits_nothing(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        say(db, &token_of(db, shop).await, Answer::No, NOW.plus(HOUR)).await.expect("answer");
        let known = labels(db, shop).await.expect("labels");
        assert_eq!(known.iter().map(|(_, attack)| *attack).collect::<Vec<_>>(), [true]);
        assert_eq!(refit(db, &Actor::System, shop, NOW).await.expect("refit").came, Err(Refusal::TooFew(1)));
    }

    async fn a_wave_of_guesses_opens_one_alert(db) {
        let shop = project(db, "Shop").await;
        for n in 0..200 {
            let mut guess = theft(&format!("leaked-{n}"), "none");
            (guess["verb"], guess["ip"]) = (json!("log-in-denied"), json!(format!("1.80.{}.9", n % 50)));
            put(db, &[arrival(shop, NOW.plus(n * SECOND), guess)]).await;
        }
        assert_eq!(kinds(db, shop).await, ["wave"]);
        let page = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts");
        let later = NOW.plus(HOUR);
        let figures = alerts::wave(db, shop, page.rows[0].id, later).await.expect("read").expect("a wave");
        assert_eq!((figures.origin.kind, figures.until), (Wave::Stuffing, later));
        assert!(figures.failures > 150 && figures.attempts == figures.failures, "nobody got in: {figures:?}");
        assert_eq!((figures.addresses, figures.usual_failures > 0.0), (50, figures.failures < 200), "{figures:?}");
        let other = project(db, "Other").await;
        assert_eq!(alerts::wave(db, other, page.rows[0].id, later).await.expect("read"), None);
    }

    async fn who_logs_in_as_usual_is_not_counted_among_those_whom_a_wave_let_in(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let origin = |scope, from: &str| Origin {
            kind: Wave::Stuffing, scope, from: from.into(), place: None, asn: None, started_at: NOW.plus(-6 * DAY - HOUR),
        };
        let opened = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows.remove(0).id;
        for (scope, from, counted) in [
            (Scope::Address, "122.56.232.10", (0, 0)),
            (Scope::Address, "1.80.1.9", (1, 0)),
            (Scope::Account, "eve", (1, 0)),
            (Scope::Project, "many networks", (0, 0)),
        ] {
            let mut tx = db.begin().await.expect("begin");
            sqlx::query("UPDATE alert SET kind = 'wave', wave = $1 WHERE id = $2")
                .bind(serde_json::to_string(&origin(scope, from)).expect("JSON"))
                .bind(opened.0)
                .execute(tx.conn())
                .await
                .expect("a wave");
            tx.commit().await.expect("commit");
            let figures = alerts::wave(db, shop, opened, NOW.plus(HOUR)).await.expect("read").expect("a wave");
            assert_eq!((figures.attempts, figures.failures), counted, "{from}: five logins from home, one theft");
        }
    }

    async fn whom_the_budget_does_not_let_ask_is_not_asked(db) {
        let shop = project(db, "Shop").await;
        let budget = Settings { ask_users: true, ask_a_day: Some(0), ..Settings::default() };
        projects::update(db, &Actor::System, shop, "Shop", budget, NOW).await.expect("settings");
        assert_eq!(story(db, shop).await.assessment.level, Level::Red);
        assert_eq!(kinds(db, shop).await, ["login"], "the alert opens nevertheless");
        let mails = notices::list(db, shop, None, Paging::default()).await.expect("notices").rows;
        assert!(mails.is_empty());
    }

    async fn a_budget_of_nothing_challenges_nobody(db) {
        let shop = project(db, "Shop").await;
        let budget = Settings { challenge_per_10_000: Some(0), ..Settings::default() };
        projects::update(db, &Actor::System, shop, "Shop", budget, NOW).await.expect("settings");
        let stolen = story(db, shop).await.assessment;
        assert_eq!((stolen.level, stolen.decision), (Level::Red, Decision::Allow));
    }
}
