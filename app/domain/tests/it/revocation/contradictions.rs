//! What is said twice, and what one says against another.

use porchlight_domain::webhook::{self, NewEndpoint};

use super::*;

on_both! {
    async fn the_same_receipt_again_changes_nothing_and_a_contradicting_one_is_recorded_not_believed(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a", "b"]).await;
        receive(db, shop, id, &[("a", "revoked"), ("b", "already_ended")], NOW).await.expect("receipt");
        assert_eq!(receive(db, shop, id, &[("a", "revoked"), ("b", "already_ended")], NOW).await.expect("again"), Verdict::Repeated);
        assert!(matches!(receive(db, shop, id, &[("a", "already_ended")], NOW).await.expect("weaker"), Verdict::Accepted { .. }));
        for _ in 0..2 {
            let verdict = receive(db, shop, id, &[("b", "revoked"), ("a", "failed")], NOW).await.expect("receipt");
            assert_eq!(verdict, Verdict::Contradicts("a was revoked and is now failed".into()));
        }
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.receipts.len()), (Overall::Confirmed, 3));
        assert!(read.revocation.contested, "whoever reads that it is confirmed reads this too");
        assert_eq!(states(&read), [("a", "confirmed"), ("b", "confirmed")]);
        assert_eq!(session::store::get(db, shop, "b", NOW).await.expect("get").state, State::Ended, "nothing of it was believed");
        assert_eq!(alerts(db, shop).await, ["revocation.contradicted"]);
    }

    async fn an_order_that_one_endpoint_confirms_and_another_could_not_carry_out_is_contested(db) {
        let (shop, eve) = eve(db).await;
        for url in ["https://one.example/hook", "https://two.example/hook"] {
            let new = NewEndpoint { url: url.into(), ..NewEndpoint::default() };
            webhook::store::create(db, &Actor::System, shop, new, NOW).await.expect("endpoint");
        }
        let id = order(db, shop, eve, &["a"]).await;
        let carried = dossier(db, shop, id).await.deliveries;
        let says = async |delivery: DeliveryId, outcome: &str| {
            store::submit(db, shop, answered(id, delivery, &[("a", outcome)]), NOW).await.expect("receipt");
            let listed = store::list(db, shop, &RevocationFilter::default(), Paging::default()).await.expect("list");
            let order = dossier(db, shop, id).await.revocation;
            assert_eq!(listed.rows[0], order);
            (order.state, order.contested)
        };
        assert_eq!(says(carried[0], "failed").await, (Overall::Refused, false));
        assert_eq!(says(carried[1], "revoked").await, (Overall::Confirmed, true), "the first did not end it");
        assert_eq!(says(carried[0], "already_ended").await, (Overall::Confirmed, false), "it is gone there too");
    }

    async fn a_session_that_could_not_be_ended_is_an_alert(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        receive(db, shop, id, &[("a", "failed")], NOW).await.expect("receipt");
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.revocation.settled_at), (Overall::Refused, Some(NOW)));
        assert_eq!(alerts(db, shop).await, ["revocation.refused"]);
        assert_eq!(session::store::get(db, shop, "a", NOW).await.expect("get").state, State::Live);
    }

    async fn a_session_that_lives_although_it_was_not_found_elsewhere_is_an_alert(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        receive(db, shop, id, &[("a", "not_found")], NOW).await.expect("receipt");
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Confirmed);
        receive(db, shop, id, &[("a", "failed")], NOW.plus(SECOND)).await.expect("receipt");
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Refused);
        assert_eq!(alerts(db, shop).await, ["revocation.refused"]);
        assert_eq!(receive(db, shop, id, &[("a", "failed")], NOW.plus(SECOND)).await.expect("again"), Verdict::Repeated);
        let told = alert::store::list(db, shop, &alert::AlertFilter::default(), Paging::default()).await.expect("alerts").rows.remove(0);
        assert_eq!(told.events, 1, "once");
    }

    async fn a_receipt_that_says_two_things_of_one_session_contradicts_itself_in_any_order(db) {
        let (shop, eve) = eve(db).await;
        for (one, other, words) in [
            ("failed", "revoked", "a is both failed and revoked"),
            ("revoked", "failed", "a is both revoked and failed"),
            ("not_found", "failed", "a is both not_found and failed"),
            ("deferred", "already_ended", "a is both deferred and already_ended"),
            ("already_ended", "deferred", "a is both already_ended and deferred"),
        ] {
            let id = order(db, shop, eve, &["a"]).await;
            let verdict = receive(db, shop, id, &[("a", one), ("a", other)], NOW).await.expect("receipt");
            assert_eq!(verdict, Verdict::Contradicts(words.into()));
            let read = dossier(db, shop, id).await;
            assert_eq!((states(&read), read.receipts[0].contradicts()), (vec![("a", "requested")], true), "nothing of it is believed");
            let told = store::alarms_of(db, shop, &read.revocation).await.expect("alarms");
            assert_eq!(alert::store::get(db, shop, told[0]).await.expect("alert").kind, "revocation.contradicted");
        }
        let id = order(db, shop, eve, &["b"]).await;
        receive(db, shop, id, &[("b", "already_ended"), ("b", "revoked")], NOW).await.expect("receipt");
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Confirmed, "it is dead either way");
    }
}
