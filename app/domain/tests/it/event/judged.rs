//! What stands with a judgement, and what guesses at one account lead to.

use super::*;

on_both! {
    async fn each_judgement_names_the_rules_and_the_data_that_it_was_made_with(db) {
        use porchlight_domain::version::Version;
        let shop = project(db, "Shop").await;
        let at = |at, verb: &str| {
            let mut body = login("eve", "s");
            body["verb"] = json!(verb);
            let mut arrival = arrival(shop, at, body);
            arrival.observation.data = Some(Version::of("geo"));
            arrival
        };
        put(db, &[at(NOW, "log-in"), at(NOW.plus(MINUTE), "log-in-denied")]).await;
        let rule = crate::rule::condition("Nobody", "network.tor", "block");
        porchlight_domain::rule::store::create(db, &Actor::System, shop, rule, NOW).await.expect("rule");
        let judged = put(db, &[at(NOW.plus(HOUR), "log-in")]).await;
        let page = list(db, shop, &EventFilter::default(), Paging::default()).await.expect("list").rows;
        let told: Vec<_> = page.iter().map(|event| (event.detail.account.rule_set, event.detail.account.data)).collect();
        let rules = judged[0].assessment.account.rule_set;
        assert!(rules.is_some());
        assert_eq!(told, [(rules, Some(Version::of("geo"))), (None, Some(Version::of("geo"))), (None, Some(Version::of("geo")))]);
    }

    async fn an_account_whose_password_is_guessed_from_one_address_has_one_alert_and_the_login_after_it_another(db) {
        let shop = project(db, "Shop").await;
        for day in 0..5 {
            put(db, &[arrival(shop, NOW.plus((day - 6) * DAY), login("eve", &format!("home-{day}")))]).await;
        }
        let mut failed = theft("eve", "guess");
        failed["verb"] = json!("log-in-denied");
        let guesses: Vec<_> = (0..30).map(|second| arrival(shop, NOW.plus(second * MINUTE / 6), failed.clone())).collect();
        put(db, &guesses[..10]).await;
        let alerts = async || porchlight_domain::alert::store::list(db, shop, &Default::default(), Paging::default()).await.expect("alerts").rows;
        assert_eq!(alerts().await.len(), 0, "ten are no attack");
        let judged = put(db, &guesses[10..]).await;
        let orange = judged.iter().filter(|one| one.assessment.level == Level::Orange).count();
        assert_eq!(orange, 10, "from the twentieth on");
        let found = alerts().await;
        let [wave] = &found[..] else { panic!("{found:?}") };
        assert_eq!((wave.kind.as_str(), wave.title.as_str()), ("wave", "1.80.1.9 keeps trying to log in as eve"));
        let entered = put(db, &[arrival(shop, NOW.plus(6 * MINUTE), theft("eve", "in"))]).await.remove(0);
        let told = entered.assessment.reasons.iter().find(|reason| reason.code == "account.bruteforce").expect("told");
        assert_eq!(told.text, "After 30 failed attempts from this address in 5 minutes");
        assert_eq!((entered.assessment.level, alerts().await.len()), (Level::Red, 2));
    }
}
