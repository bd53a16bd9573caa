//! Claiming: each delivery to one worker at a time, a fair share to each endpoint.

use std::collections::{BTreeSet, HashSet};

use porchlight_domain::id::UserKey;
use porchlight_domain::time::{MINUTE, SECOND};
use porchlight_domain::webhook::dispatch::Dispatcher;
use porchlight_domain::webhook::{Answer, DeliveryState, EndpointState, Policy};

use super::completions::{answer, attempt, complete, ended};
use super::*;

/// A project whose endpoint wants each user's messages in order, and such a user.
async fn ordered(db: &Db) -> (ProjectId, UserKey) {
    let shop = project(db, "Shop").await;
    let hook = endpoint(db, shop, Format::Standard).await;
    let policy = Policy { ordered_per_user: true, ..Policy::default() };
    let change = EndpointChange { policy: Some(policy), ..EndpointChange::default() };
    store::update(db, &Actor::System, shop, hook.id, change, NOW).await.expect("ordered");
    (shop, UserKey(1))
}

on_both! {
    async fn what_is_claimed_is_nobody_else_s_until_the_lease_runs_out(db) {
        let shop = project(db, "Shop").await;
        endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let first = claim_at(db, NOW).await;
        assert_eq!((first.len(), first[0].attempt), (1, 1));
        assert!(claim_at(db, NOW.plus(59 * SECOND)).await.is_empty());
        let second = claim_at(db, NOW.plus(MINUTE)).await;
        assert_eq!(second[0].delivery, first[0].delivery);
        assert_ne!(second[0].claim, first[0].claim);
    }

    async fn workers_that_claim_at_once_never_share_a_delivery(db) {
        let shop = project(db, "Shop").await;
        for _ in 0..8 {
            endpoint(db, shop, Format::Standard).await;
        }
        for _ in 0..10 {
            publish(db, message(shop, MessageType::AlertOpened, None)).await;
        }
        let workers = (0..8).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                for _ in 0..4 {
                    mine.extend(claim_each(&db, 2, NOW).await.iter().map(|one| one.delivery));
                }
                mine
            })
        });
        let mut all = Vec::new();
        for worker in workers.collect::<Vec<_>>() {
            all.extend(worker.await.expect("worker"));
        }
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "no delivery twice");
        while let Some(more) = Some(claim_at(db, NOW).await).filter(|more| !more.is_empty()) {
            all.extend(more.iter().map(|one| one.delivery));
        }
        assert_eq!(all.len(), 80, "none left behind");
    }

    async fn each_endpoint_gives_what_was_planned_of_each_lane(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await;
        for _ in 0..9 {
            publish(db, message(shop, MessageType::AlertOpened, None)).await;
        }
        sqlx::query("UPDATE delivery SET lane = 1 WHERE id IN (SELECT id FROM delivery ORDER BY id LIMIT 4)")
            .execute(db.reader())
            .await
            .expect("retries");
        let waiting = store::waiting(db, EndpointId(0), NOW).await.expect("waiting").waiting;
        assert_eq!((waiting.len(), waiting[0].due), (1, [Some(NOW), Some(NOW), None, None]));
        let take = Take { endpoint: hook.id, lanes: [3, 2, 1, 0], canary: false };
        assert_eq!(store::claim(db, &[take], NOW).await.expect("claim").len(), 5);
        assert_eq!(claim_at(db, NOW).await.len(), 4, "the rest");
        assert_eq!(claim_at(db, NOW).await.len(), 0);
    }

    async fn waiting_endpoints_are_found_in_turn_and_those_with_nothing_pending_are_not(db) {
        let shop = project(db, "Shop").await;
        let first = endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let second = endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        endpoint(db, shop, Format::Standard).await;
        let after = |id| async move { store::waiting(db, id, NOW).await.expect("waiting") };
        let ids = |queued: store::Queued| queued.waiting.iter().map(|one| one.endpoint).collect::<Vec<_>>();
        assert_eq!(ids(after(EndpointId(0)).await), [first.id, second.id]);
        assert_eq!(ids(after(first.id).await), [second.id]);
        assert_eq!(after(EndpointId(0)).await.more_after, None);
    }

    async fn a_user_s_later_message_waits_for_the_earlier_one_where_the_endpoint_wants_order(db) {
        let (shop, _) = ordered(db).await;
        for user in [1, 1, 2] {
            let about = NewMessage { user: Some(UserKey(user)), ..message(shop, MessageType::AlertOpened, None) };
            publish(db, about).await;
        }
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let [nobodys, of_two, later, earlier] = deliveries(db, shop).await.try_into().expect("four");
        let ids = |claimed: &[Claimed]| claimed.iter().map(|one| one.delivery).collect::<Vec<_>>();
        let first = claim_at(db, NOW).await;
        assert_eq!(ids(&first), [earlier.id, of_two.id, nobodys.id]);
        assert_eq!(ids(&claim_at(db, NOW).await), [], "the earlier one is on its way");
        sqlx::query("UPDATE delivery SET state = 'failed' WHERE id = $1").bind(earlier.id.0).execute(db.reader()).await.expect("end");
        assert_eq!(ids(&claim_at(db, NOW).await), [later.id]);
    }

    async fn an_order_waits_behind_no_notice_and_what_is_sent_again_by_hand_goes_at_once(db) {
        let (shop, of) = ordered(db).await;
        let about = |kind| NewMessage { user: Some(of), ..message(shop, kind, None) };
        publish(db, about(MessageType::AlertOpened)).await;
        let notice = claim_at(db, NOW).await.pop().expect("the notice");
        complete(db, &[ended(notice, answer(500, ""), NOW)], NOW).await;
        for kind in [MessageType::QuestionAnswered, MessageType::SessionRevocationRequested, MessageType::AlertOpened] {
            publish(db, about(kind)).await;
        }
        let [last, order, later, earlier] = deliveries(db, shop).await.try_into().expect("four");
        let ids = |claimed: &[Claimed]| claimed.iter().map(|one| one.delivery).collect::<BTreeSet<_>>();
        let first = claim_at(db, NOW).await;
        assert_eq!(ids(&first), [order.id].into(), "the notices wait for the one that failed");
        for one in first {
            complete(db, &[ended(one, answer(500, ""), NOW)], NOW).await;
        }
        let retried = claim_at(db, NOW.plus(7 * SECOND)).await;
        assert_eq!(ids(&retried), [earlier.id, order.id].into(), "its next attempt waits behind none, either");
        for one in retried {
            let status = if one.delivery == order.id { 500 } else { 204 };
            complete(db, &[ended(one, answer(status, ""), NOW)], NOW).await;
        }
        assert_eq!(ids(&claim_at(db, NOW).await), [later.id].into(), "and none waits for an order");
        store::resend(db, &Actor::System, shop, last.id, NOW).await.expect("by hand");
        assert_eq!(ids(&claim_at(db, NOW).await), [last.id].into(), "although the one before it is on its way");
    }

    async fn what_had_ended_and_is_sent_again_holds_up_no_later_message(db) {
        let (shop, of) = ordered(db).await;
        publish(db, NewMessage { user: Some(of), ..message(shop, MessageType::AlertOpened, None) }).await;
        let done = claim_at(db, NOW).await.pop().expect("claimed");
        let id = done.delivery;
        complete(db, &[ended(done, answer(204, ""), NOW)], NOW).await;
        store::resend(db, &Actor::System, shop, id, NOW).await.expect("once more");
        publish(db, NewMessage { user: Some(of), ..message(shop, MessageType::AlertOpened, None) }).await;
        assert_eq!(claim_at(db, NOW).await.len(), 2);
    }

    async fn an_order_is_tried_once_at_once_although_its_endpoint_is_on_hold(db) {
        let shop = project(db, "Shop").await;
        endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let busy = Answer { headers: vec![("retry-after".into(), "3600".into())], ..answer(429, "") };
        attempt(db, busy.clone(), NOW).await;
        let waiting = async |at| store::waiting(db, EndpointId(0), at).await.expect("waiting").waiting;
        let planned = async |at| Dispatcher::new(64).plan(&waiting(at).await, at).takes;
        assert_eq!(planned(NOW).await, [], "it wants to be left alone");
        publish(db, message(shop, MessageType::SessionRevocationRequested, None)).await;
        let takes = planned(NOW).await;
        assert_eq!(takes[0].lanes, [0, 0, 0, 1]);
        let order = store::claim(db, &takes, NOW).await.expect("claim").pop().expect("the order");
        let id = order.delivery;
        assert_eq!(delivery(db, shop, id).await.r#type, MessageType::SessionRevocationRequested);
        complete(db, &[ended(order, busy, NOW)], NOW).await;
        assert_eq!(planned(NOW.plus(MINUTE)).await, [], "once");
        let shown = delivery(db, shop, id).await;
        assert_eq!((shown.state, shown.attempts), (DeliveryState::Pending, 1));
    }

    async fn a_secret_that_does_not_open_stops_only_its_own_endpoint(db) {
        let shop = project(db, "Shop").await;
        let broken = endpoint(db, shop, Format::Standard).await;
        let whole = endpoint(db, shop, Format::Standard).await;
        sqlx::query("UPDATE endpoint_secret SET sealed = $1 WHERE endpoint_id = $2")
            .bind(vec![1_u8; 60])
            .bind(broken.id.0)
            .execute(db.reader())
            .await
            .expect("break");
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let claimed = claim_at(db, NOW).await;
        let secrets = |endpoint: &Endpoint| {
            claimed.iter().find(|one| one.endpoint == endpoint.id).expect("claimed").secrets.len()
        };
        assert_eq!((secrets(&broken), secrets(&whole)), (0, 1));
    }

    async fn the_first_due_time_looks_past_what_is_claimed(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        sqlx::query("UPDATE delivery SET next_attempt_at = $1 WHERE id = (SELECT MAX(id) FROM delivery)")
            .bind(NOW.plus(MINUTE).0)
            .execute(db.reader())
            .await
            .expect("later");
        let due = || async { store::waiting(db, EndpointId(0), NOW).await.expect("waiting").waiting[0].due[0] };
        assert_eq!(due().await, Some(NOW));
        assert_eq!(claim_at(db, NOW).await.len(), 1);
        assert_eq!(due().await, Some(NOW.plus(MINUTE)));
        let pause = EndpointChange { state: Some(EndpointState::Paused), ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, hook.id, pause, NOW).await.expect("pause");
        assert_eq!(due().await, None, "what is held is due never");
    }
}
