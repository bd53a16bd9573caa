//! A challenge that was told, and was passed: by the user, or by whoever relays the user's own second factor.

use porchlight_domain::alert::{AlertFilter, Resolution, State, store as alerts};
use porchlight_domain::time::SECOND;

use super::stolen::{act, put_one, told};
use super::*;

on_both! {
    async fn a_challenge_that_was_told_and_is_passed_says_so_and_stays_open(db) {
        let shop = project(db, "Shop").await;
        for day in 0..6 {
            put(db, &[arrival(shop, NOW.plus((day - 7) * DAY), login("eve", &format!("home-{day}")))]).await;
        }
        put_one(db, shop, 0, act("s", "log-in-challenge")).await;
        let first = told(db).await.last().expect("the challenge was told").clone();
        put_one(db, shop, 10, act("s", "authentication-challenge-pass")).await;
        put_one(db, shop, 20, act("s", "authentication-challenge-pass")).await;
        assert_eq!(told(db).await, [first.clone(), format!("{first}; then passed a challenge")]);
        put_one(db, shop, 25, act("s", "email-update")).await;
        assert_eq!(told(db).await.last(), Some(&format!("{first}; then passed a challenge, changed the e-mail address")));
        let home = arrival(shop, NOW.plus(30 * SECOND), json!({"verb": "authentication-challenge-pass", "ip": "122.56.232.10", "device": {"id": "home"}, "user": {"id": "eve"}, "session": {"id": "home-5"}}));
        put(db, &[home]).await;
        let alerts = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        assert_eq!((alerts.len(), alerts[0].events), (1, 4), "a pass at home is of no alert");
    }

    async fn what_a_session_goes_on_to_do_belongs_to_its_logins_alert_whatever_device_it_tells(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let tokenless = |verb: &str| {
            let mut event = theft("eve", "stolen");
            (event["verb"], event["device"]) = (json!(verb), json!({}));
            event
        };
        put_one(db, shop, 10, tokenless("authentication-challenge-pass")).await;
        put_one(db, shop, 20, tokenless("email-update")).await;
        let told = told(db).await;
        let last = told.last().expect("told");
        assert!(last.ends_with("; then passed a challenge, changed the e-mail address"), "{told:?}");
        let alerts = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        assert_eq!((alerts.len(), alerts[0].events), (1, 3), "{alerts:?}");
    }

    async fn whoever_got_in_is_not_asked_at_an_address_of_their_own(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        put_one(db, shop, 10, act("stolen", "authentication-challenge-pass")).await;
        let mut change = theft("eve", "stolen");
        change["verb"] = json!("email-update");
        put_one(db, shop, 20, change).await;
        let known = user::store::by_id(db, shop, "eve").await.expect("eve").email;
        assert_eq!(known.as_deref(), Some("thief@example.com"), "as the application says");
        let mut window = theft("eve", "window");
        (window["device"]["id"], window["ip"]) = (json!("private"), json!("1.99.1.1"));
        put_one(db, shop, 30, window).await;
        let mails = porchlight_domain::notice::store::list(db, shop, None, Paging::default()).await.expect("mails").rows;
        let recipients: Vec<_> = mails.iter().map(|mail| mail.recipient.as_str()).collect();
        assert_eq!(recipients, ["eve@example.com"; 2]);
        for (round, said) in [(1, Resolution::Inconclusive), (2, Resolution::ConfirmedThreat)] {
            let open = AlertFilter { state: Some(State::Open), ..AlertFilter::default() };
            for alert in alerts::list(db, shop, &open, Paging::default()).await.expect("alerts").rows {
                alerts::close(db, &Actor::System, shop, alert.id, said, "", NOW.plus(MINUTE)).await.expect("closed");
            }
            let mut again = theft("eve", &format!("again-{round}"));
            (again["device"]["id"], again["ip"]) = (json!(format!("once more {round}")), json!(format!("1.77.{round}.1")));
            put_one(db, shop, 60 + round * 30, again).await;
            let mails = porchlight_domain::notice::store::list(db, shop, None, Paging::default()).await.expect("mails").rows;
            let of_eve = mails.iter().filter(|mail| mail.recipient == "eve@example.com").count();
            assert_eq!((mails.len(), of_eve), (2 + usize::try_from(round).expect("small"), mails.len()), "{said:?}: {mails:?}");
        }
    }
}
