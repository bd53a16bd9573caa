//! Who says that a session could not be ended: that stands for each session until the same one says that it is dead.

use porchlight_domain::webhook::{self, NewEndpoint};

use super::*;

/// An order for these sessions, carried to two endpoints.
async fn carried(
    db: &Db,
    shop: ProjectId,
    eve: UserKey,
    sessions: &[&str],
) -> (RevocationId, Vec<DeliveryId>) {
    for url in ["https://one.example/hook", "https://two.example/hook"] {
        let new = NewEndpoint { url: url.into(), ..NewEndpoint::default() };
        webhook::store::create(db, &Actor::System, shop, new, NOW).await.expect("endpoint");
    }
    let id = order(db, shop, eve, sessions).await;
    (id, dossier(db, shop, id).await.deliveries)
}

async fn says(
    db: &Db,
    shop: ProjectId,
    id: RevocationId,
    by: DeliveryId,
    sessions: &[(&str, &str)],
) -> Verdict {
    store::submit(db, shop, answered(id, by, sessions), NOW).await.expect("receipt")
}

/// The sessions that somebody says live although they are confirmed dead.
async fn contested(db: &Db, shop: ProjectId, id: RevocationId) -> Vec<String> {
    let order = dossier(db, shop, id).await.revocation;
    let listed =
        store::list(db, shop, &RevocationFilter::default(), Paging::default()).await.expect("list").rows;
    assert_eq!(listed.iter().find(|one| one.id == id), Some(&order));
    let named = order.sessions.iter().filter(|session| !session.contested_by.is_empty());
    let named: Vec<_> = named.map(|session| session.id.clone()).collect();
    assert_eq!(order.contested, !named.is_empty());
    assert_eq!(order.left_over(), named, "what a new order is about");
    named
}

on_both! {
    async fn an_objection_to_one_session_stands_when_its_endpoint_speaks_of_another(db) {
        let (shop, eve) = eve(db).await;
        let (id, by) = carried(db, shop, eve, &["a", "b"]).await;
        says(db, shop, id, by[0], &[("a", "failed")]).await;
        says(db, shop, id, by[1], &[("a", "revoked"), ("b", "revoked")]).await;
        assert_eq!(contested(db, shop, id).await, ["a"]);
        assert_eq!(alerts(db, shop).await, ["revocation.contradicted"], "nobody was told of it before");
        says(db, shop, id, by[0], &[("b", "already_ended")]).await;
        receive(db, shop, id, &[("b", "revoked"), ("unknown", "failed")], NOW).await.expect("receipt");
        assert_eq!(contested(db, shop, id).await, ["a"], "it is not taken back");
        says(db, shop, id, by[1], &[("b", "revoked"), ("a", "revoked")]).await;
        assert_eq!(contested(db, shop, id).await, ["a"], "one does not speak for another");
        says(db, shop, id, by[0], &[("a", "already_ended")]).await;
        assert_eq!(contested(db, shop, id).await, Vec::<String>::new());
    }

    async fn what_one_says_is_heard_again_after_it_said_otherwise(db) {
        let (shop, eve) = eve(db).await;
        let (id, by) = carried(db, shop, eve, &["a"]).await;
        for _ in 0..2 {
            says(db, shop, id, by[0], &[("a", "revoked")]).await;
            assert_eq!(contested(db, shop, id).await, Vec::<String>::new());
            assert!(matches!(says(db, shop, id, by[0], &[("a", "failed")]).await, Verdict::Contradicts(_)));
            assert_eq!(contested(db, shop, id).await, ["a"]);
        }
        assert_eq!(dossier(db, shop, id).await.receipts.len(), 4);
        assert_eq!(says(db, shop, id, by[1], &[("a", "revoked")]).await, Verdict::Accepted { unknown: vec![], late: vec![] });
        assert_eq!(says(db, shop, id, by[1], &[("a", "revoked")]).await, Verdict::Repeated);
        assert_eq!(dossier(db, shop, id).await.receivers.iter().map(|one| one.receipt_id.is_some()).collect::<Vec<_>>(), [true, true]);
    }

    async fn a_contradiction_is_kept_however_long_its_receipt_is(db) {
        let (shop, eve) = eve(db).await;
        let names: Vec<String> = (0..900).map(|number| format!("session-{number:04}")).collect();
        let id = order(db, shop, eve, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let all = |last| names.iter().map(|name| (name.as_str(), if name.ends_with("0899") { last } else { "revoked" })).collect::<Vec<_>>();
        receive(db, shop, id, &all("revoked"), NOW).await.expect("receipt");
        let verdict = receive(db, shop, id, &all("failed"), NOW).await.expect("receipt");
        assert_eq!(verdict, Verdict::Contradicts("session-0899 was revoked and is now failed".into()));
        assert_eq!((contested(db, shop, id).await, alerts(db, shop).await), (vec!["session-0899".into()], vec!["revocation.contradicted".into()]));
    }

    async fn what_says_the_same_at_another_time_is_no_new_receipt(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        for second in 0..3 {
            let sessions = json!([{ "id": "a", "outcome": "revoked" }]);
            let raw = json!({ "receipt": { "completed_at": NOW.plus(second * SECOND), "sessions": sessions } }).to_string();
            let report = read(raw.as_bytes(), NOW).expect("read").expect("a receipt");
            let new = NewReceipt { revocation: id, delivery: None, endpoint: None, via: Via::Poll, signed: false, report, raw };
            let verdict = store::submit(db, shop, new, NOW).await.expect("receipt");
            assert_eq!(verdict == Verdict::Repeated, second > 0, "{verdict:?}");
        }
        assert_eq!(dossier(db, shop, id).await.receipts.len(), 1);
    }

    async fn a_session_that_is_there_after_all_lives_again(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        let seen = async || session::store::get(db, shop, "a", NOW).await.expect("get");
        receive(db, shop, id, &[("a", "not_found")], NOW).await.expect("receipt");
        assert_eq!(seen().await.state, State::Ended);
        receive(db, shop, id, &[("a", "failed")], NOW).await.expect("receipt");
        assert_eq!((seen().await.state, seen().await.ended_at), (State::Live, None));
        let all = store::revoke_sessions(db, &Actor::System, shop, eve, &[], PUBLIC, NOW).await.expect("order");
        assert_eq!(states(&dossier(db, shop, all).await), [("a", "requested"), ("b", "requested")]);
    }

    async fn sessions_that_only_a_receipt_names_are_not_known_before_it_is_believed(db) {
        let shop = crate::session::shop(db, "Shop").await;
        let eve = user(db, shop, "eve").await;
        let id = store::revoke_sessions(db, &Actor::System, shop, eve, &[], PUBLIC, NOW).await.expect("order");
        let tell = async |receipt: Value| {
            let raw = json!({ "receipt": receipt }).to_string();
            let report = read(raw.as_bytes(), NOW).expect("read").expect("a receipt");
            let new = NewReceipt { revocation: id, delivery: None, endpoint: None, via: Via::Poll, signed: false, report, raw };
            store::submit(db, shop, new, NOW).await.expect("receipt")
        };
        tell(json!({ "outcome": "revoked" })).await;
        let lies = tell(json!({ "outcome": "failed", "sessions": [{ "id": "made-up", "outcome": "revoked" }] })).await;
        assert!(matches!(lies, Verdict::Contradicts(_)), "{lies:?}");
        assert!(matches!(session::store::get(db, shop, "made-up", NOW).await, Err(Error::NotFound)));
        assert!(dossier(db, shop, id).await.revocation.whole.is_some_and(|whole| whole.contested_by.len() == 1));
    }
}
