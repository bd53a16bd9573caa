//! Guesses at one account, at many, and at a second factor: what is told of them, and what their alerts show.

use porchlight_domain::alert::{Alert, store as alerts};
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
        assert_eq!(titles(&told(db, shop).await), ["Many places are trying to log in as eve"]);
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
        assert_eq!(orange, 26, "from the fifth on");
        let found = told(db, shop).await;
        assert_eq!(titles(&found)[1..], ["The second factor of eve is being guessed"], "one alert");
        let figures = alerts::wave(db, shop, found[1].id, NOW.plus(HOUR)).await.expect("read").expect("a wave");
        assert_eq!((figures.kind(), figures.failures, figures.addresses), (Wave::SecondFactor, 21, 1), "from the tenth on");
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
}
