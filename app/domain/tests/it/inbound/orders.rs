//! Orders in inbound webhooks: which sessions they mean, and those that cannot be obeyed yet.

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
}
