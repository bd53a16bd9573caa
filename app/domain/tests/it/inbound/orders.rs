//! Orders in inbound webhooks: which sessions they mean, and those that cannot be obeyed yet.

use porchlight_domain::inbound::Obedience;
use porchlight_domain::revocation::Scope;

use super::*;

on_both! {
    async fn others_means_all_but_those_that_are_named_as_in_the_api(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let received = standard(db, &source, "msg_1", &order(json!("eve"), json!(["a"]), "others"), NOW).await;
        let ended = ordered(db, shop, received.revocation_id).await;
        assert_eq!(ended.scope, Scope::Others);
        assert_eq!(ended.sessions.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(), ["b"]);
        assert!(!session::store::get(db, shop, "a", NOW).await.expect("get").is_revoked(), "it stays");
    }

    async fn sessions_for_which_an_order_is_open_are_left_to_it_as_in_the_api(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let one = standard(db, &source, "msg_1", &order(json!("eve"), json!(["a"]), "listed"), NOW).await;
        let again = standard(db, &source, "msg_2", &order(json!("eve"), json!(["a"]), "listed"), NOW).await;
        assert_eq!((again.revocation_id, again.outcome), (one.revocation_id, Some(Obedience::Obeyed)));
        assert!(again.reason.starts_with("is under way already as rev_"), "{}", again.reason);
        let rest = standard(db, &source, "msg_3", &order(json!("eve"), json!(["a", "b"]), "listed"), NOW).await;
        let rest = ordered(db, shop, rest.revocation_id).await;
        assert_eq!(rest.sessions.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(), ["b"]);
    }

    async fn what_was_done_about_each_is_told_beside_its_signature(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let stranger = user(db, shop, "bob").await;
        see(db, &[event(db, shop, stranger, "bobs", "log-in", NOW)]).await;
        let cases: [(&str, Vec<u8>, Obedience); 6] = [
            ("msg_1", order(json!("eve"), json!(["a"]), "listed"), Obedience::Obeyed),
            ("msg_2", b"<xml/>".to_vec(), Obedience::CouldNot),
            ("msg_3", json!({ "type": "ping" }).to_string().into_bytes(), Obedience::NothingAsked),
            ("msg_4", order(json!("eve"), json!("a"), "listed"), Obedience::CouldNot),
            ("msg_5", order(json!("eve"), json!(["bobs"]), "listed"), Obedience::CouldNot),
            ("msg_6", order(json!("nobody"), json!(["n"]), "listed"), Obedience::CouldNot),
        ];
        for (id, body, outcome) in &cases {
            let received = standard(db, &source, id, body, NOW).await;
            assert_eq!((received.status, received.outcome), (Status::Valid, Some(*outcome)), "{id}: {}", received.reason);
            assert_eq!(received.revocation_id.is_some(), *outcome == Obedience::Obeyed);
        }
        let replayed = standard(db, &source, "msg_1", &cases[0].1, NOW).await;
        assert_eq!((replayed.status, replayed.outcome), (Status::Replayed, None));
        let page = store::received(db, shop, &InboundFilter::default(), Paging::default()).await.expect("received");
        let told: Vec<_> = page.rows.iter().rev().map(|one| one.outcome).collect();
        let expected = cases.iter().map(|(_, _, outcome)| Some(*outcome)).chain([None]).collect::<Vec<_>>();
        assert_eq!(told, expected);
    }

    async fn an_order_for_a_user_not_known_yet_is_obeyed_once_when_it_comes_again(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let body = order(json!("newcomer"), json!(["n"]), "listed");
        for at in [NOW, NOW.plus(SECOND)] {
            let received = standard(db, &source, "msg_1", &body, at).await;
            let told = (received.status, received.is_unmet, received.reason.as_str(), received.revocation_id);
            assert_eq!(told, (Status::Valid, true, "no such user is known", None));
        }
        assert_eq!(statuses(db, shop).await, [Status::Valid], "one record, however often it comes");
        let newcomer = user(db, shop, "newcomer").await;
        see(db, &[event(db, shop, newcomer, "n", "log-in", NOW)]).await;
        let received = standard(db, &source, "msg_1", &body, NOW.plus(2 * SECOND)).await;
        assert_eq!((received.status, received.is_unmet), (Status::Valid, false), "{}", received.reason);
        assert_eq!(ordered(db, shop, received.revocation_id).await.sessions[0].id, "n");
        assert_eq!(standard(db, &source, "msg_1", &body, NOW.plus(3 * SECOND)).await.status, Status::Replayed);
        let page = store::received(db, shop, &InboundFilter::default(), Paging::default()).await.expect("received");
        assert_eq!(page.rows[1].revocation_id, received.revocation_id);
    }

    async fn others_are_obeyed_without_an_order_where_none_but_those_that_stay_are_live(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let received = standard(db, &source, "msg_1", &order(json!("eve"), json!(["a", "b"]), "others"), NOW).await;
        let told = (received.outcome, received.revocation_id, received.reason.as_str());
        assert_eq!(told, (Some(Obedience::Obeyed), None, "nothing is to end: no other session of the user is known to live"));
        let alerts = porchlight_domain::alert::store::list(db, shop, &Default::default(), Paging::default()).await.expect("alerts");
        assert_eq!(alerts.rows, [], "nobody is woken");
        assert_eq!(standard(db, &source, "msg_1", &order(json!("eve"), json!(["a", "b"]), "others"), NOW).await.status, Status::Replayed);
    }

    async fn an_order_that_comes_late_is_about_what_it_lists_or_what_began_by_its_time(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let anew = porchlight_domain::user::store::by_id(db, shop, "eve").await.expect("eve").key;
        see(db, &[event(db, shop, anew, "anew", "log-in", NOW.plus(30 * SECOND))]).await;
        let body = |id: Value, sessions: Value, scope: &str| {
            let data = json!({ "revocation_id": id, "user": { "id": "eve" }, "sessions": sessions, "scope": scope,
                "requested_at": NOW.plus(SECOND) });
            json!({ "type": "session.revocation.requested", "data": data }).to_string().into_bytes()
        };
        let ids = async |id| ordered(db, shop, id).await.sessions.into_iter().map(|one| one.id).collect::<Vec<_>>();
        let late = NOW.plus(60 * SECOND);
        let given = standard(db, &source, "msg_1", &body(json!("rev_1"), json!([{ "id": "gone" }]), "all"), late).await;
        assert_eq!(ids(given.revocation_id).await, ["gone"], "another Porchlight lists those that are to end: {}", given.reason);
        let others = standard(db, &source, "msg_2", &body(json!(null), json!(["a"]), "others"), late).await;
        assert_eq!(ids(others.revocation_id).await, ["b", "gone"]);
        let all = standard(db, &source, "msg_3", &body(json!("rev_2"), json!([]), "all"), late).await;
        assert_eq!(ids(all.revocation_id).await, ["a", "b", "gone"]);
        assert!(!session::store::get(db, shop, "anew", late).await.expect("get").is_revoked(), "it began after that");
    }

    async fn what_says_a_key_twice_ends_nothing(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let body = br#"{"type":"session.revocation.requested","data":{"user":{"id":"eve"},"scope":"listed","sessions":["a"],"scope":"all"}}"#;
        let received = standard(db, &source, "msg_1", body, NOW).await;
        let told = (received.outcome, received.revocation_id, received.reason.as_str());
        assert_eq!(told, (Some(Obedience::CouldNot), None, "it says a key twice"));
        assert!(!session::store::get(db, shop, "b", NOW).await.expect("get").is_revoked());
    }

    async fn a_flat_no_with_a_scope_that_does_not_say_which_sessions_ends_none(db) {
        let (shop, source) = eve(db, Scheme::ThisData).await;
        for scope in ["one", "listed", "others"] {
            let body = json!({ "was_user": false, "user": { "id": "eve" }, "scope": scope }).to_string();
            let received = legacy(db, &source, body.as_bytes()).await;
            let told = (received.outcome, received.revocation_id, received.reason.as_str());
            assert_eq!(told, (Some(Obedience::CouldNot), None, "it names no sessions"), "{scope}");
        }
        for session in ["a", "b"] {
            assert!(!session::store::get(db, shop, session, NOW).await.expect("get").is_revoked());
        }
        let all = legacy(db, &source, json!({ "was_user": false, "user": { "id": "eve" }, "scope": "all" }).to_string().as_bytes()).await;
        assert_eq!(ordered(db, shop, all.revocation_id).await.sessions.len(), 2);
    }
}
