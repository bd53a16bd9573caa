//! By hand, about an order that did not do what it should: sent once more, or ordered again.

use porchlight_domain::id::EndpointId;
use porchlight_domain::webhook::store::{create, last_tried, list_deliveries, update};
use porchlight_domain::webhook::{
    DeliveryFilter, DeliveryState, EndpointChange, EndpointState, NewEndpoint, Policy,
};

use super::*;

const LATER: Timestamp = NOW.plus(HOUR);

async fn actions(db: &Db, project: ProjectId) -> Vec<String> {
    let entries = ledger::list(db, project, Paging::default()).await.expect("ledger").rows;
    entries.into_iter().map(|entry| entry.action).collect()
}

/// The order's deliveries, oldest first: where to, and when they are due.
async fn sent(db: &Db, project: ProjectId, id: RevocationId) -> Vec<(EndpointId, Option<Timestamp>)> {
    let filter = DeliveryFilter { revocation: Some(id), ..DeliveryFilter::default() };
    let listed = list_deliveries(db, project, filter, Paging::default()).await.expect("deliveries").rows;
    let open = listed.iter().rev().filter(|one| one.state != DeliveryState::Cancelled);
    open.map(|one| (one.endpoint_id, one.next_attempt_at)).collect()
}

async fn hook(db: &Db, project: ProjectId, observer: bool) -> EndpointId {
    let policy = Policy { observer, ..Policy::default() };
    let new = NewEndpoint { url: "https://app.example/hook".into(), policy, ..NewEndpoint::default() };
    create(db, &Actor::System, project, new, LATER).await.expect("endpoint").0.id
}

async fn turn(db: &Db, project: ProjectId, id: EndpointId, state: EndpointState) {
    let change = EndpointChange { state: Some(state), ..EndpointChange::default() };
    update(db, &Actor::System, project, id, change, LATER).await.expect("changed");
}

async fn run(db: &Db, sql: &'static str) {
    let mut tx = db.begin().await.expect("begin");
    sqlx::query(sql).execute(tx.conn()).await.expect("run");
    tx.commit().await.expect("commit");
}

async fn again(db: &Db, project: ProjectId, id: RevocationId) -> Result<RevocationId> {
    store::order_again(db, &Actor::System, project, id, PUBLIC, LATER).await
}

on_both! {
    async fn an_order_is_sent_once_more_to_every_endpoint_and_placed_anew_in_the_feed(db) {
        let (shop, eve) = eve(db).await;
        let other = crate::session::shop(db, "Other").await;
        let new = NewEndpoint { url: "https://app.example/hook".into(), ..NewEndpoint::default() };
        create(db, &Actor::System, shop, new, NOW).await.expect("endpoint");
        let id = order(db, shop, eve, &["a", "b"]).await;
        run(db, "UPDATE delivery SET state = 'failed', attempts = 3").await;
        let (_, place) = store::feed(db, shop, 0).await.expect("feed");
        let redeliver = async |project| store::redeliver(db, &Actor::System, project, id, LATER).await;
        assert!(matches!(redeliver(other).await, Err(Error::NotFound)), "another project's");
        assert_eq!(redeliver(shop).await.expect("sent"), 1);
        let filter = DeliveryFilter { revocation: Some(id), ..DeliveryFilter::default() };
        let sent = list_deliveries(db, shop, filter, Paging::default()).await.expect("deliveries").rows.remove(0);
        assert_eq!((sent.state, sent.next_attempt_at), (DeliveryState::Pending, Some(LATER)));
        assert_eq!(last_tried(db, &[sent.id]).await.expect("tried"), [].into(), "no attempt was made yet");
        let (fed, _) = store::feed(db, shop, place).await.expect("feed");
        assert_eq!(fed.iter().map(|one| one.order.id).collect::<Vec<_>>(), [id], "whoever polls gets it once more");
        assert_eq!(actions(db, shop).await[0], "revocation.redelivered");

        receive(db, shop, id, &[("a", "revoked")], LATER).await.expect("receipt");
        redeliver(shop).await.expect("one session is awaited still");
        receive(db, shop, id, &[("b", "revoked")], LATER).await.expect("receipt");
        let answered = redeliver(shop).await;
        assert!(matches!(answered, Err(Error::Conflict(_))), "{answered:?}");
        let sent = actions(db, shop).await.into_iter().filter(|action| action == "revocation.redelivered").count();
        assert_eq!(sent, 2, "what was refused is not recorded as done");
    }

    async fn an_endpoint_that_comes_to_work_gets_the_orders_that_still_wait(db) {
        let (shop, eve) = eve(db).await;
        let one = hook(db, shop, false).await;
        turn(db, shop, one, EndpointState::Disabled).await;
        let dead = order(db, shop, eve, &["b"]).await;
        receive(db, shop, dead, &[("b", "revoked")], NOW).await.expect("receipt");
        let id = order(db, shop, eve, &["a"]).await;
        assert_eq!(sent(db, shop, id).await, []);
        turn(db, shop, one, EndpointState::Active).await;
        assert_eq!(sent(db, shop, id).await, [(one, Some(LATER))]);
        assert_eq!(sent(db, shop, dead).await, [], "it is over");
        let two = hook(db, shop, false).await;
        hook(db, shop, true).await;
        assert_eq!(sent(db, shop, id).await, [(one, Some(LATER)), (two, Some(LATER))], "a new one, too, but none that only listens");
        for state in [EndpointState::Disabled, EndpointState::Active] {
            turn(db, shop, two, state).await;
        }
        assert_eq!(sent(db, shop, id).await, [(one, Some(LATER)), (two, Some(LATER))], "what was cancelled is owed again");
    }

    async fn send_again_reaches_every_endpoint_once(db) {
        let (shop, eve) = eve(db).await;
        let one = hook(db, shop, false).await;
        let id = order(db, shop, eve, &["a"]).await;
        let doubled = "INSERT INTO delivery (id, project_id, message_id, endpoint_id, type, state, attempts, next_attempt_at, lease_until, claim, created_at, lane, replay_id) \
            SELECT id + 1, project_id, message_id, endpoint_id, type, 'delivered', 1, 0, 0, 0, created_at, lane, 7 FROM delivery";
        run(db, doubled).await;
        run(db, "UPDATE delivery SET state = 'delivered'").await;
        let two = hook(db, shop, false).await;
        turn(db, shop, two, EndpointState::Disabled).await;
        run(db, "UPDATE endpoint SET state = 'active' WHERE state = 'disabled'").await;
        assert_eq!(store::redeliver(db, &Actor::System, shop, id, LATER).await.expect("sent"), 2);
        let due: Vec<_> = sent(db, shop, id).await.into_iter().filter(|(_, due)| due.is_some()).collect();
        assert_eq!(due, [(one, Some(LATER)), (two, Some(LATER))]);
    }

    async fn an_order_waits_for_an_endpoint_that_was_disabled_because_it_failed(db) {
        let (shop, eve) = eve(db).await;
        let one = hook(db, shop, false).await;
        run(db, "UPDATE endpoint SET state = 'disabled', state_reason = 'answered 410'").await;
        let id = order(db, shop, eve, &["a"]).await;
        assert_eq!(sent(db, shop, id).await, [(one, None)], "held");
        turn(db, shop, one, EndpointState::Active).await;
        assert_eq!(sent(db, shop, id).await, [(one, Some(LATER))]);
    }

    async fn what_was_not_confirmed_is_ordered_again_and_what_died_is_not(db) {
        let (shop, eve) = eve(db).await;
        let other = crate::session::shop(db, "Other").await;
        let id = order(db, shop, eve, &["a", "b"]).await;
        let open = again(db, shop, id).await;
        assert!(matches!(&open, Err(Error::Conflict(why)) if why.contains("still awaits")), "{open:?}");
        receive(db, shop, id, &[("a", "revoked")], NOW).await.expect("receipt");
        overdue(db, LIMIT).await.expect("overdue");
        assert!(matches!(again(db, other, id).await, Err(Error::NotFound)), "another project's");
        let new = again(db, shop, id).await.expect("ordered");
        let read = dossier(db, shop, new).await;
        assert_eq!((states(&read), read.revocation.scope), (vec![("b", "requested")], Scope::Listed));
        assert_eq!(read.revocation.reason.text, format!("Ordered again: {id} was partly"));
        assert_eq!(again(db, shop, id).await.expect("ordered"), new, "a second click is no second order");
        assert_eq!(actions(db, shop).await[0], "revocation.ordered_again");

        let month = NOW.plus(-DAY);
        assert_eq!(dossier(db, shop, id).await.revocation.again, Some(new));
        assert_eq!(store::failures(db, shop, month).await.expect("count"), 0, "the new order says how it goes on");
        overdue(db, LATER.plus(HOUR)).await.expect("overdue");
        assert_eq!(store::failures(db, shop, month).await.expect("count"), 1, "once");
        let third = again(db, shop, id).await.expect("from the last one on");
        assert_eq!((dossier(db, shop, new).await.revocation.again, dossier(db, shop, id).await.revocation.again), (Some(third), Some(new)));

        receive(db, shop, third, &[("b", "revoked")], LATER).await.expect("receipt");
        for order in [id, new, third] {
            let dead = again(db, shop, order).await;
            assert!(matches!(&dead, Err(Error::Conflict(why)) if why.contains("confirmed dead")), "{dead:?}");
        }
        assert_eq!(store::failures(db, shop, month).await.expect("count"), 0);
        for old in [id, new] {
            let told = store::alarms_of(db, shop, &dossier(db, shop, old).await.revocation).await.expect("alarms");
            let note = alert::store::get(db, shop, told[0]).await.expect("alert").note.expect("a note");
            assert!(note.contains("ordered again, and the application has confirmed it"), "{note}");
        }
    }

    async fn an_order_knows_the_alerts_that_it_led_to(db) {
        let (shop, eve) = eve(db).await;
        let other = crate::session::shop(db, "Other").await;
        let (late, refused) = (order(db, shop, eve, &["a"]).await, order(db, shop, eve, &["b"]).await);
        receive(db, shop, refused, &[("b", "failed")], NOW).await.expect("receipt");
        overdue(db, LIMIT).await.expect("overdue");
        let kinds = async |project, id| {
            let order = dossier(db, shop, id).await.revocation;
            let mut kinds = Vec::new();
            for alert in store::alarms_of(db, project, &order).await.expect("alarms") {
                kinds.push(alert::store::get(db, project, alert).await.expect("alert").kind);
            }
            kinds
        };
        assert_eq!(kinds(shop, late).await, ["revocation.unconfirmed"]);
        assert_eq!(kinds(shop, refused).await, ["revocation.refused"]);
        assert_eq!(kinds(other, refused).await, Vec::<String>::new(), "another project's");
    }

    async fn an_order_given_again_speaks_for_all_that_is_left_also_where_another_is_under_way(db) {
        let (shop, eve) = eve(db).await;
        let first = order(db, shop, eve, &["a", "b"]).await;
        receive(db, shop, first, &[("a", "failed"), ("b", "failed")], NOW).await.expect("receipt");
        let by_hand = store::revoke_session(db, &Actor::System, shop, "a", PUBLIC, NOW).await.expect("ordered");
        let new = again(db, shop, first).await.expect("ordered");
        assert_eq!(states(&dossier(db, shop, new).await), [("a", "requested"), ("b", "requested")]);
        assert_eq!(again(db, shop, first).await.expect("ordered"), new, "a second click is no second order");
        receive(db, shop, by_hand, &[("a", "revoked")], LATER).await.expect("receipt");
        receive(db, shop, new, &[("b", "revoked")], LATER).await.expect("receipt");
        let told = store::alarms_of(db, shop, &dossier(db, shop, first).await.revocation).await.expect("alarms");
        let note = async || alert::store::get(db, shop, told[0]).await.expect("alert").note;
        assert_eq!(note().await, None, "one is awaited still");
        receive(db, shop, new, &[("a", "already_ended")], LATER).await.expect("receipt");
        assert!(note().await.is_some_and(|note| note.contains("ordered again, and the application has confirmed it")));
        let old = dossier(db, shop, first).await.revocation;
        assert!(!store::can_be_ordered_again(db, shop, &old).await.expect("asked"), "the new one says so");
        assert!(matches!(again(db, shop, first).await, Err(Error::Conflict(_))));
    }

    async fn an_order_that_is_open_for_all_that_is_left_is_the_answer(db) {
        let (shop, eve) = eve(db).await;
        let first = order(db, shop, eve, &["a"]).await;
        receive(db, shop, first, &[("a", "failed")], NOW).await.expect("receipt");
        let by_hand = order(db, shop, eve, &["b", "a"]).await;
        assert_eq!(again(db, shop, first).await.expect("ordered"), by_hand);
        assert_eq!(dossier(db, shop, first).await.revocation.again, Some(by_hand));
    }

    async fn an_alert_about_sessions_that_no_event_named_leads_to_their_user_s_last_event_if_there_is_one(db) {
        let shop = crate::session::shop(db, "Shop").await;
        let bob = user(db, shop, "bob").await;
        let event_of = async |id| {
            receive(db, shop, id, &[("unseen", "failed")], NOW).await.expect("receipt");
            let told = store::alarms_of(db, shop, &dossier(db, shop, id).await.revocation).await.expect("alarms");
            alert::store::get(db, shop, told[0]).await.expect("alert").event_id
        };
        let id = order(db, shop, bob, &["unseen"]).await;
        assert_eq!(event_of(id).await, None, "there is none");
        let seen = crate::event::put(db, &[crate::event::arrival(shop, NOW, crate::event::login("bob", "other"))]).await;
        let id = order(db, shop, bob, &["unseen"]).await;
        assert_eq!(event_of(id).await, Some(seen[0].id));
    }
}
