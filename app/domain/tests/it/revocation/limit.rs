//! The time limit of an order: unconfirmed, told once, sent once more; deferred, but not for ever.

use porchlight_domain::db::backlog;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::revocation::State;
use porchlight_domain::webhook::store::{create, list_deliveries};
use porchlight_domain::webhook::{Delivery, DeliveryFilter, DeliveryState, MessageType, NewEndpoint};

use super::*;

/// Takes a receipt that puts off one session.
async fn put_off(
    db: &Db,
    project: ProjectId,
    revocation: RevocationId,
    session: &str,
    until: Timestamp,
    at: Timestamp,
) -> Result<Verdict> {
    let one = json!({ "id": session, "outcome": "deferred", "until": until });
    let raw = json!({ "receipt": { "sessions": [one] } }).to_string();
    let report = read(raw.as_bytes(), at)?.expect("a receipt");
    let new =
        NewReceipt { revocation, delivery: None, endpoint: None, via: Via::Poll, signed: true, report, raw };
    store::submit(db, project, new, at).await
}

async fn deferred_until(db: &Db, project: ProjectId, id: RevocationId, session: &str) -> Timestamp {
    let sessions = dossier(db, project, id).await.revocation.sessions;
    match sessions.iter().find(|one| one.id == session).map(|one| one.state) {
        Some(State::Deferred { until }) => until,
        other => panic!("{session} is {other:?}"),
    }
}

on_both! {
    async fn one_session_that_is_put_off_holds_up_no_other(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a", "b"]).await;
        put_off(db, shop, id, "a", NOW.plus(9_000 * DAY), NOW).await.expect("receipt");
        assert_eq!(next_due(db).await.expect("due"), Some(LIMIT), "the other's limit stays");
        assert_eq!(overdue(db, LIMIT).await.expect("overdue"), 1);
        let read = dossier(db, shop, id).await;
        assert_eq!(states(&read), [("a", "deferred"), ("b", "unconfirmed")]);
        assert_eq!((read.revocation.settled_at, read.revocation.confirm_by), (None, LIMIT), "the limit is as it was given");
        assert_eq!(read.revocation.next_limit, NOW.plus(DAY));
        let over: Vec<_> = read.steps.iter().filter(|step| step.state == "unconfirmed").collect();
        assert_eq!((over.len(), over[0].session_id.as_deref()), (1, Some("b")), "the history says of which");
        assert_eq!(alerts(db, shop).await, ["revocation.unconfirmed"]);
        assert_eq!((overdue(db, NOW.plus(DAY - 1)).await.expect("overdue"), overdue(db, NOW.plus(DAY)).await.expect("overdue")), (0, 1));
        let read = dossier(db, shop, id).await;
        assert_eq!((states(&read), read.revocation.settled_at), (vec![("a", "unconfirmed"), ("b", "unconfirmed")], Some(NOW.plus(DAY))));
        let told = outbox(db, shop).await.into_iter().filter(|(kind, _)| kind == "revocation.unconfirmed").count();
        assert_eq!((told, next_due(db).await.expect("due")), (2, None), "each of them was missed");
    }

    async fn what_the_application_takes_its_time_for_waits_for_nobody_here(db) {
        let (shop, eve) = eve(db).await;
        let oldest = async || {
            let queues = backlog(db).await.expect("backlog");
            let orders = queues.into_iter().find(|one| one.queue == "revocations").expect("orders");
            (orders.waiting, orders.oldest)
        };
        assert_eq!(oldest().await, (0, None));
        let id = order(db, shop, eve, &["a"]).await;
        assert_eq!(oldest().await, (1, Some(LIMIT)), "it is not late before");
        put_off(db, shop, id, "a", NOW.plus(HOUR), NOW).await.expect("receipt");
        assert_eq!(oldest().await, (1, Some(NOW.plus(HOUR))));
        overdue(db, NOW.plus(HOUR)).await.expect("overdue");
        assert_eq!(oldest().await, (0, None));
    }

    async fn each_session_that_is_put_off_has_a_limit_of_its_own(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a", "b"]).await;
        put_off(db, shop, id, "a", NOW.plus(2 * HOUR), NOW).await.expect("receipt");
        put_off(db, shop, id, "b", NOW.plus(HOUR), NOW).await.expect("receipt");
        assert_eq!((next_due(db).await.expect("due"), overdue(db, LIMIT).await.expect("overdue")), (Some(NOW.plus(HOUR)), 0));
        receive(db, shop, id, &[("b", "revoked")], NOW.plus(SECOND)).await.expect("receipt");
        assert_eq!(next_due(db).await.expect("due"), Some(NOW.plus(2 * HOUR)));
    }

    async fn a_promise_that_is_made_shorter_is_watched_at_its_new_time(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        put_off(db, shop, id, "a", NOW.plus(2 * HOUR), NOW).await.expect("receipt");
        put_off(db, shop, id, "a", NOW.plus(HOUR), NOW).await.expect("receipt");
        assert_eq!(next_due(db).await.expect("due"), Some(NOW.plus(HOUR)));
        put_off(db, shop, id, "a", NOW.plus(SECOND), NOW).await.expect("receipt");
        assert_eq!(next_due(db).await.expect("due"), Some(LIMIT), "never sooner than the order asked for");
        let read = dossier(db, shop, id).await.revocation;
        assert_eq!((read.confirm_by, read.next_limit), (LIMIT, LIMIT));
        assert_eq!(overdue(db, LIMIT).await.expect("overdue"), 1);
        assert_eq!(states(&dossier(db, shop, id).await), [("a", "unconfirmed")]);
    }

    async fn a_promise_for_a_time_that_is_over_is_refused_by_its_field(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        let late = put_off(db, shop, id, "a", NOW, NOW).await;
        assert!(matches!(&late, Err(Error::Invalid(fields)) if fields[0].field == "receipt.sessions[0].until"), "{late:?}");
        assert_eq!(states(&dossier(db, shop, id).await), [("a", "requested")]);
    }

    async fn an_order_without_a_receipt_becomes_unconfirmed_and_operators_are_told_once(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a", "b"]).await;
        receive(db, shop, id, &[("a", "revoked")], NOW).await.expect("receipt");
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Partly);
        assert_eq!((next_due(db).await.expect("due"), overdue(db, LIMIT.plus(-1)).await.expect("overdue")), (Some(LIMIT), 0));
        assert_eq!(overdue(db, LIMIT).await.expect("overdue"), 1);
        assert_eq!(overdue(db, LIMIT).await.expect("overdue"), 0);
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.revocation.settled_at), (Overall::Partly, Some(LIMIT)));
        assert_eq!(states(&read), [("a", "confirmed"), ("b", "unconfirmed")]);
        let (kind, message) = outbox(db, shop).await.remove(1);
        assert_eq!(kind, "revocation.unconfirmed");
        assert_eq!(message["data"]["sessions"], json!([{ "id": "a", "state": "confirmed" }, { "id": "b", "state": "unconfirmed" }]));
        assert_eq!(alerts(db, shop).await, ["revocation.unconfirmed"]);
        let late = receive(db, shop, id, &[("b", "deferred")], LIMIT.plus(1)).await.expect("a late promise");
        assert!(matches!(late, Verdict::Refused(why) if why.starts_with("it came too late")), "{late:?}");
        assert_eq!(dossier(db, shop, id).await.revocation.settled_at, Some(LIMIT), "it changes nothing");
        receive(db, shop, id, &[("b", "not_found")], LIMIT.plus(2)).await.expect("late, but welcome");
        let read = dossier(db, shop, id).await.revocation;
        let end = (Overall::Confirmed, Some(LIMIT.plus(2)));
        assert_eq!((read.state, read.settled_at), end, "dead since the receipt, not since the limit");
    }

    async fn a_receipt_that_also_puts_off_what_is_overdue_says_which_came_too_late(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a", "b"]).await;
        assert_eq!(overdue(db, LIMIT).await.expect("overdue"), 1);
        let both = [("a", "revoked"), ("b", "deferred")];
        let verdict = receive(db, shop, id, &both, LIMIT.plus(1)).await.expect("receipt");
        assert_eq!(verdict, Verdict::Accepted { unknown: vec![], late: vec!["b".into()] });
        let read = dossier(db, shop, id).await;
        assert_eq!(states(&read), [("a", "confirmed"), ("b", "unconfirmed")]);
        assert_eq!(read.receipts[0].verdict, "accepted; too late to be put off: b");
        assert_eq!(receive(db, shop, id, &both, LIMIT.plus(2)).await.expect("receipt"), Verdict::Repeated);
    }

    async fn a_deferral_moves_the_time_limit_at_most_a_day(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        receive(db, shop, id, &[("a", "deferred")], NOW).await.expect("receipt");
        let until = NOW.plus(HOUR);
        assert_eq!((next_due(db).await.expect("due"), overdue(db, LIMIT).await.expect("overdue")), (Some(until), 0));
        put_off(db, shop, id, "a", NOW.plus(9_000 * DAY), NOW).await.expect("receipt");
        assert_eq!(deferred_until(db, shop, id, "a").await, NOW.plus(DAY), "and is kept as it counts");
        assert_eq!(next_due(db).await.expect("due"), Some(NOW.plus(DAY)));
        assert_eq!(overdue(db, NOW.plus(DAY)).await.expect("overdue"), 1);
        assert_eq!(states(&dossier(db, shop, id).await), [("a", "unconfirmed")]);
    }

    async fn an_overdue_order_is_delivered_once_more_under_its_own_id(db) {
        let (shop, eve) = eve(db).await;
        let new = NewEndpoint { url: "https://app.example/hook".into(), ..NewEndpoint::default() };
        create(db, &Actor::System, shop, new, NOW).await.expect("endpoint");
        let id = order(db, shop, eve, &["a"]).await;
        let mut tx = db.begin().await.expect("begin");
        sqlx::query("UPDATE delivery SET state = 'delivered', attempts = 1, delivered_at = $1")
            .bind(NOW.0)
            .execute(tx.conn())
            .await
            .expect("delivered");
        tx.commit().await.expect("commit");
        let deliveries = async || {
            let filter = DeliveryFilter { revocation: Some(id), ..DeliveryFilter::default() };
            list_deliveries(db, shop, filter, Paging::default()).await.expect("deliveries").rows
        };
        let before = deliveries().await;
        assert_eq!(overdue(db, LIMIT).await.expect("overdue"), 1);
        let after = deliveries().await;
        let again: Vec<_> = after.iter().filter(|one| one.id == before[0].id).collect();
        assert_eq!((again[0].state, again[0].next_attempt_at), (DeliveryState::Pending, Some(LIMIT)));
        assert_eq!(again[0].message_id, before[0].message_id);
        assert_eq!((before.len(), after.len()), (1, 2), "and the endpoint is told that nobody confirmed");
    }

    async fn an_overdue_order_goes_now_to_whom_it_waits_for_and_what_is_on_its_way_goes_on(db) {
        let (shop, eve) = eve(db).await;
        for path in ["throttled", "asked"] {
            let new = NewEndpoint { url: format!("https://app.example/{path}"), ..NewEndpoint::default() };
            create(db, &Actor::System, shop, new, NOW).await.expect("endpoint");
        }
        let id = order(db, shop, eve, &["a"]).await;
        let sent = async |path: &str| {
            let filter = DeliveryFilter { revocation: Some(id), ..DeliveryFilter::default() };
            let rows = list_deliveries(db, shop, filter, Paging::default()).await.expect("deliveries").rows;
            let is_it = |one: &Delivery| one.url.ends_with(path) && one.r#type == MessageType::SessionRevocationRequested;
            rows.into_iter().find(is_it).expect("delivery")
        };
        let (throttled, asked) = (sent("throttled").await, sent("asked").await);
        let mut tx = db.begin().await.expect("begin");
        for (one, next, lease) in [(&throttled, NOW.plus(DAY), NOW), (&asked, NOW, LIMIT.plus(SECOND))] {
            sqlx::query("UPDATE delivery SET attempts = 1, lane = 1, next_attempt_at = $1, lease_until = $2, claim = 7 WHERE id = $3")
                .bind(next.0)
                .bind(lease.0)
                .bind(one.id.0)
                .execute(tx.conn())
                .await
                .expect("as after an attempt");
        }
        sqlx::query("UPDATE endpoint SET open_until = $1").bind(NOW.plus(DAY).0).execute(tx.conn()).await.expect("Retry-After");
        tx.commit().await.expect("commit");
        assert_eq!(overdue(db, LIMIT).await.expect("overdue"), 1);
        let due = sent("throttled").await;
        assert_eq!((due.state, due.next_attempt_at, due.on_hold_until), (DeliveryState::Pending, Some(LIMIT), None));
        assert_eq!((due.id, due.message_id), (throttled.id, throttled.message_id));
        assert_eq!(sent("asked").await.next_attempt_at, Some(NOW), "its claim is not taken away");
    }
}
