//! Guesses at one account, at many, and at a second factor: what is told of them, and what their alerts show.

use porchlight_domain::alert::{Alert, Resolution, store as alerts};
use porchlight_domain::risk::crowd::{Scope, Wave};
use porchlight_domain::time::SECOND;

use super::*;

/// A login that failed, from this address of this network.
fn guess(shop: ProjectId, user: &str, ip: &str, asn: u32, at: Timestamp) -> Arrival {
    let mut body = theft(user, "none");
    (body["verb"], body["ip"], body["device"]) = (json!("log-in-denied"), json!(ip), json!({}));
    let mut arrival = arrival(shop, at, body);
    arrival.observation.network =
        Some(Network { asn: Some(asn), name: Some(format!("AS {asn}")), ..Network::default() });
    arrival
}

async fn at_home(db: &Db, shop: ProjectId) {
    for day in 0..5 {
        put(db, &[arrival(shop, NOW.plus((day - 6) * DAY), login("eve", &format!("home-{day}")))]).await;
    }
}

async fn told(db: &Db, shop: ProjectId) -> Vec<Alert> {
    let mut rows = alerts::list(db, shop, &Default::default(), Paging::default()).await.expect("alerts").rows;
    rows.reverse();
    rows
}

fn titles(alerts: &[Alert]) -> Vec<&str> {
    alerts.iter().map(|alert| alert.title.as_str()).collect()
}

on_both! {
    async fn an_account_that_is_tried_from_everywhere_has_its_own_alert_and_the_login_after_it_is_red(db) {
        let shop = project(db, "Shop").await;
        at_home(db, shop).await;
        let targeted = |after: i64, session: &str| {
            let mut body = login("eve", session);
            (body["ip"], body["device"]["id"]) = (json!("122.56.232.99"), json!("zz"));
            arrival(shop, NOW.plus(after * MINUTE), body)
        };
        let judge = async |after| assess_only(db, &targeted(after, "x"), NOW).await.expect("asked").probability;
        let mut last = judge(0).await;
        for n in 0..40_u8 {
            let ip = format!("{}.{}.{}.7", 60 + n, n * 3, n * 5);
            put(db, &[guess(shop, "eve", &ip, 7_000 + u32::from(n), NOW.plus(i64::from(n) * MINUTE / 2))]).await;
            if n % 8 == 7 {
                let now = judge(21).await;
                assert!(now >= last, "{n}: {now} after {last}");
                last = now;
            }
        }
        assert_eq!(titles(&told(db, shop).await), ["Several places keep trying to log in as eve"]);
        let entered = put(db, &[targeted(21, "in")]).await.remove(0).assessment;
        assert_eq!(entered.level, Level::Red, "{entered:?}");
        assert!(entered.reasons.iter().any(|reason| reason.code == "account.bruteforce.distributed"), "{entered:?}");
    }

    async fn a_wave_hides_neither_another_nor_an_account_and_its_page_says_what_is_in_it_by_now(db) {
        let shop = project(db, "Shop").await;
        at_home(db, shop).await;
        let wide = |n: i64| {
            let ip = format!("{}.{}.{}.9", 60 + n, n % 7, n % 11);
            guess(shop, &format!("leaked-{n}"), &ip, 7_000 + n as u32, NOW.plus(n * SECOND))
        };
        put(db, &(0..60).map(wide).collect::<Vec<_>>()).await;
        let narrow = |n: i64| {
            let ip = format!("51.15.9.{}", n % 20 + 1);
            guess(shop, &format!("stuffed-{n}"), &ip, 12_876, NOW.plus(MINUTE + n * SECOND))
        };
        put(db, &(0..150).map(narrow).collect::<Vec<_>>()).await;
        let at_eve = |n: i64| guess(shop, "eve", &format!("45.77.10.{}", n % 4), 20_473, NOW.plus((5 + n) * MINUTE));
        put(db, &(0..60).map(at_eve).collect::<Vec<_>>()).await;
        let found = told(db, shop).await;
        let expected = [
            "Stolen passwords are being tried from many networks",
            "Stolen passwords are being tried from 51.15.9.0/24",
        ];
        assert_eq!(titles(&found)[..2], expected);
        assert!(found.len() == 3 && found[2].title.ends_with("keeps trying to log in as eve"), "{:?}", titles(&found));
        let figures = alerts::wave(db, shop, found[0].id, NOW.plus(2 * HOUR)).await.expect("read").expect("a wave");
        let common = figures.common.expect("most of it comes from one range");
        assert_eq!((common.scope, common.from.as_str(), common.failures), (Scope::Prefix, "51.15.9.0/24", 150));
        let beside: Vec<_> = figures.beside.iter().map(|other| other.alert).collect();
        assert_eq!(beside, [found[1].id, found[2].id]);
        let own = alerts::wave(db, shop, found[1].id, NOW.plus(2 * HOUR)).await.expect("read").expect("a wave");
        assert!(own.common.is_none() && own.failures > 100, "it is that range: {own:?}");
    }

    async fn a_second_factor_that_is_guessed_at_has_one_alert_and_a_right_one_after_it_proves_nothing(db) {
        let shop = project(db, "Shop").await;
        at_home(db, shop).await;
        let does = |minute: i64, verb: &str, session: &str| {
            let mut body = theft("eve", session);
            body["verb"] = json!(verb);
            arrival(shop, NOW.plus(minute * MINUTE), body)
        };
        put(db, &[does(0, "log-in", "in")]).await;
        let fails: Vec<_> = (1..=30).map(|n| does(n, "authentication-challenge-fail", "in")).collect();
        let failed = put(db, &fails).await;
        let orange = failed.iter().filter(|one| one.assessment.level == Level::Orange).count();
        assert_eq!(orange, 30, "the login awaits a word, from the first on");
        let awaited = failed.iter().take_while(|one| one.assessment.is_awaited()).count();
        assert_eq!(awaited, 4, "from the fifth on it is a row of guesses");
        let found = told(db, shop).await;
        assert_eq!(titles(&found)[1..], ["The second factor of eve is being guessed"], "one alert");
        let figures = alerts::wave(db, shop, found[1].id, NOW.plus(HOUR)).await.expect("read").expect("a wave");
        assert_eq!((figures.kind(), figures.failures, figures.addresses), (Wave::SecondFactor, 30, 1), "from the first on");
        let passed = put(db, &[does(31, "authentication-challenge-pass", "in")]).await.remove(0).assessment;
        assert!(passed.level == Level::Red && passed.is_guessed(), "{passed:?}");
        let gives_away = put(db, &[does(32, "email-update", "in")]).await.remove(0).assessment;
        assert_eq!(gives_away.level, Level::Red, "{gives_away:?}");
        let again = put(db, &[does(33, "log-in", "next")]).await.remove(0).assessment;
        assert_eq!(again.level, Level::Red, "its device is not known: {again:?}");
    }

    async fn the_users_own_program_may_fail_a_hundred_times_and_a_colleague_beside_them_twenty(db) {
        let shop = project(db, "Shop").await;
        at_home(db, shop).await;
        let fails = |device: &str, n: i64| {
            let mut body = login("eve", "none");
            (body["verb"], body["device"]["id"]) = (json!("log-in-denied"), json!(device));
            arrival(shop, NOW.plus(n * MINUTE), body)
        };
        put(db, &(0..30).map(|n| fails("home", n)).collect::<Vec<_>>()).await;
        assert!(told(db, shop).await.is_empty(), "an old password on the user's own device");
        put(db, &(30..55).map(|n| fails("insider", n)).collect::<Vec<_>>()).await;
        assert_eq!(titles(&told(db, shop).await), ["122.56.232.10 keeps trying to log in as eve"]);
    }

    async fn a_wave_that_goes_on_after_its_alert_was_closed_is_told_anew_unless_it_was_expected(db) {
        let shop = project(db, "Shop").await;
        at_home(db, shop).await;
        let guesses = async |from: i64| {
            let at = |n: i64| guess(shop, "eve", "45.77.10.9", 20_473, NOW.plus((from + n) * MINUTE));
            put(db, &(0..90).map(at).collect::<Vec<_>>()).await;
        };
        let close = async |alert: &Alert, resolution| {
            alerts::close(db, &Actor::System, shop, alert.id, resolution, "", NOW.plus(HOUR)).await.expect("closed");
        };
        guesses(0).await;
        let told_of = "45.77.10.9 keeps trying to log in as eve";
        let found = told(db, shop).await;
        assert_eq!((titles(&found), found[0].events), (vec![told_of], 2), "it went on for more than an hour");
        close(&found[0], Resolution::ConfirmedThreat).await;
        guesses(90).await;
        let on = format!("{told_of}; it goes on");
        let found = told(db, shop).await;
        assert_eq!(titles(&found), [told_of, &on]);
        let figures = alerts::wave(db, shop, found[1].id, NOW.plus(3 * HOUR)).await.expect("read").expect("a wave");
        assert_eq!((figures.failures, figures.last_hour, figures.more), (180, 60, false), "{figures:?}");
        assert_eq!((figures.last_at, figures.usual_failures), (Some(NOW.plus(179 * MINUTE)), 0.0));
        let later = alerts::wave(db, shop, found[1].id, NOW.plus(10 * DAY)).await.expect("read").expect("a wave");
        assert!(!figures.is_over() && later.is_over() && later.since == NOW.plus(3 * DAY), "{later:?}");
        close(&found[1], Resolution::Expected).await;
        guesses(180).await;
        assert_eq!(told(db, shop).await.len(), 2, "a test, as somebody said");
    }

    async fn of_more_failures_than_are_counted_it_is_said_so_and_who_got_in_is_counted_all_the_same(db) {
        let shop = project(db, "Shop").await;
        at_home(db, shop).await;
        let narrow = |n: i64| guess(shop, &format!("st-{n}"), &format!("51.15.9.{}", n % 20 + 1), 12_876, NOW.plus(n * SECOND));
        put(db, &(0..150).map(narrow).collect::<Vec<_>>()).await;
        let mut tx = db.begin().await.expect("begin");
        sqlx::query(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) \
             INSERT INTO event (id, project_id, verb, ip, occurred_at, received_at, score, level, decision, detail, raw) \
             SELECT i, $1, 'log-in-denied', '51.15.9.7', $2, $2, 0, 0, 'allow', '{}', '{}' FROM n",
        )
        .bind(shop.0)
        .bind(NOW.plus(10 * MINUTE).0)
        .execute(tx.conn())
        .await
        .expect("many more");
        tx.commit().await.expect("commit");
        let mut entered = narrow(0);
        entered.observation.event.verb = "log-in".into();
        entered.observation.event.user.as_mut().expect("a user").authenticated = true;
        (entered.observation.at, entered.observation.received_at) = (NOW.plus(20 * MINUTE), NOW.plus(20 * MINUTE));
        put(db, &[entered]).await;
        let alert = told(db, shop).await.remove(0);
        let figures = alerts::wave(db, shop, alert.id, NOW.plus(HOUR)).await.expect("read").expect("a wave");
        assert!(figures.more && figures.failures >= 49_999 && figures.attempts == figures.failures + 1, "{figures:?}");
    }

    async fn the_figures_of_a_wave_from_one_line_of_ipv6_are_its_own(db) {
        let shop = project(db, "Shop").await;
        at_home(db, shop).await;
        let from = |n: i64, ip: &str| {
            let asn = if n < 60 { 14_061 } else { 7_000 + n as u32 };
            guess(shop, &format!("leaked-{n}"), ip, asn, NOW.plus(n * SECOND))
        };
        put(db, &(0..60).map(|n| from(n, &format!("2a03:b0c0:1:d0::{n:x}"))).collect::<Vec<_>>()).await;
        put(db, &(60..63).map(|n| from(n, &format!("45.{n}.1.9"))).collect::<Vec<_>>()).await;
        let found = told(db, shop).await;
        assert_eq!(titles(&found), ["Stolen passwords are being tried from 2a03:b0c0:1:d0::/64"]);
        let figures = alerts::wave(db, shop, found[0].id, NOW.plus(HOUR)).await.expect("read").expect("a wave");
        assert_eq!((figures.failures, figures.users, figures.addresses), (60, 60, 60), "{figures:?}");
        let line = EventFilter { ip: Some(figures.origin.from), ..Default::default() };
        assert_eq!(count(db, shop, &line).await.expect("count"), 60, "its page leads to these");
    }
}
