//! An endpoint's health as it is stored: one canary, one warning, a disabling that keeps what is pending.

use porchlight_domain::ledger;
use porchlight_domain::time::{DAY, HOUR, MINUTE, SECOND};
use porchlight_domain::webhook::dispatch::{Dispatcher, URGENT};
use porchlight_domain::webhook::health::{Health, Phase};
use porchlight_domain::webhook::{Answer, DeliveryState, EndpointState};

use super::completions::{answer, attempt, complete, ended, one_delivery};
use super::*;

/// Claims up to so many and records this answer for each.
async fn attempts(db: &Db, count: usize, answer: Answer, now: Timestamp) {
    let claimed = claim_each(db, count, now).await;
    assert!(!claimed.is_empty(), "nothing is due");
    let all: Vec<_> = claimed.into_iter().map(|one| ended(one, answer.clone(), now)).collect();
    complete(db, &all, now).await;
}

async fn health(db: &Db, now: Timestamp) -> Health {
    store::waiting(db, EndpointId(0), now).await.expect("waiting").waiting[0].health
}

async fn publish_many(db: &Db, project: ProjectId, count: usize) {
    for _ in 0..count {
        publish(db, message(project, MessageType::AlertOpened, None)).await;
    }
}

async fn told(db: &Db, project: ProjectId, kind: MessageType) -> Vec<Delivery> {
    deliveries(db, project).await.into_iter().filter(|one| one.r#type == kind).collect()
}

on_both! {
    async fn endpoints_are_counted_by_how_they_stand(db) {
        let counts = |now| async move {
            let all = porchlight_domain::db::endpoints(db, now).await.expect("endpoints");
            all.into_iter().filter(|(_, many)| *many > 0).collect::<Vec<_>>()
        };
        let (shop, hook, _) = one_delivery(db).await;
        assert_eq!(counts(NOW).await, [("active", 1)]);
        let failed = claim_at(db, NOW).await.pop().expect("claimed");
        complete(db, &[ended(failed, answer(500, ""), NOW)], NOW).await;
        assert_eq!(counts(NOW.plus(HOUR)).await, [("failing", 1)]);
        let pause = EndpointChange { state: Some(EndpointState::Paused), ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, hook.id, pause, NOW).await.expect("pause");
        assert_eq!(counts(NOW).await, [("paused", 1)]);
    }

    async fn failures_open_the_breaker_for_every_replica_and_one_success_closes_it(db) {
        let (shop, _, _) = one_delivery(db).await;
        publish_many(db, shop, 11).await;
        attempts(db, 10, answer(500, ""), NOW).await;
        assert_eq!(health(db, NOW).await.phase(NOW), Phase::Open(NOW.plus(5 * SECOND)));
        let later = NOW.plus(5 * SECOND);
        assert_eq!(health(db, later).await.phase(later), Phase::HalfOpen);
        attempts(db, 1, answer(200, ""), later).await;
        assert_eq!(health(db, later).await, Health::default());
    }

    async fn two_replicas_send_one_canary(db) {
        let (shop, _, _) = one_delivery(db).await;
        publish_many(db, shop, 14).await;
        attempts(db, 10, answer(500, ""), NOW).await;
        let later = NOW.plus(MINUTE);
        let waiting = store::waiting(db, EndpointId(0), later).await.expect("waiting").waiting;
        let plans = [Dispatcher::new(64).plan(&waiting, later), Dispatcher::new(64).plan(&waiting, later)];
        let mut claimed = Vec::new();
        for plan in &plans {
            assert!(plan.takes[0].canary);
            claimed.push(store::claim(db, &plan.takes, later).await.expect("claim").len());
        }
        assert_eq!(claimed, [1, 0]);
    }

    async fn a_canary_that_fails_leaves_the_endpoint_alone_as_long_as_it_has_deserved(db) {
        let (shop, _, _) = one_delivery(db).await;
        publish_many(db, shop, 14).await;
        attempts(db, 10, answer(500, ""), NOW).await;
        let later = NOW.plus(8 * SECOND);
        let waiting = store::waiting(db, EndpointId(0), later).await.expect("waiting").waiting;
        let plan = Dispatcher::new(64).plan(&waiting, later);
        let canary = store::claim(db, &plan.takes, later).await.expect("claim").remove(0);
        complete(db, &[ended(canary, answer(500, ""), later)], later).await;
        assert_eq!(health(db, later).await.open_until, later.plus(5 * SECOND), "not as long as its lease");
    }

    async fn a_canary_that_finds_nothing_to_send_leaves_the_breaker_half_open(db) {
        let (_, hook, _) = one_delivery(db).await;
        let _ = claim_at(db, NOW).await;
        sqlx::query("UPDATE endpoint SET failures = 10").execute(db.reader()).await.expect("failing");
        let take = Take { endpoint: hook.id, lanes: [1, 0, 0, 0], canary: true };
        assert!(store::claim(db, &[take], NOW).await.expect("claim").is_empty());
        assert_eq!(health(db, NOW).await.phase(NOW), Phase::HalfOpen);
    }

    async fn the_other_endpoints_are_told_once_that_one_fails(db) {
        let (shop, hook, _) = one_delivery(db).await;
        publish_many(db, shop, 2).await;
        attempts(db, 3, answer(500, ""), NOW).await;
        let watcher = endpoint(db, shop, Format::Standard).await;
        for hours in [1, 2] {
            attempts(db, 1, answer(500, ""), NOW.plus(hours * HOUR)).await;
        }
        let told = told(db, shop, MessageType::EndpointFailing).await;
        assert_eq!(told.iter().map(|one| one.endpoint_id).collect::<Vec<_>>(), [watcher.id]);
        let body = store::get_delivery(db, shop, told[0].id).await.expect("detail").body;
        assert!(body.contains(&hook.id.to_string()) && body.contains("failing_since"), "{body}");
        let recorded = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        assert_eq!(recorded.iter().filter(|entry| entry.action == "endpoint.failing").count(), 1);
    }

    async fn days_of_failures_of_many_messages_disable_and_enabling_sends_what_was_kept(db) {
        let (shop, hook, id) = one_delivery(db).await;
        publish_many(db, shop, 9).await;
        attempts(db, 10, answer(500, ""), NOW).await;
        attempts(db, 1, answer(500, ""), NOW.plus(5 * DAY - SECOND)).await;
        assert_eq!(reread(db, shop, hook.id).await.state, EndpointState::Active);
        attempts(db, 1, answer(500, ""), NOW.plus(5 * DAY)).await;
        let disabled = reread(db, shop, hook.id).await;
        assert_eq!((disabled.state, disabled.state_reason.as_deref()), (EndpointState::Disabled, Some("every attempt failed for too long")));
        assert!(disabled.is_silent(), "nobody wanted that");
        assert!(claim_at(db, NOW.plus(9 * DAY)).await.is_empty());
        assert_eq!(delivery(db, shop, id).await.state, DeliveryState::Pending, "kept");
        let enable = EndpointChange { state: Some(EndpointState::Active), ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, hook.id, enable, NOW.plus(9 * DAY)).await.expect("enable");
        assert_eq!(claim_at(db, NOW.plus(9 * DAY)).await.len(), 10);
        assert_eq!(reread(db, shop, hook.id).await.failing_since, None);
    }

    async fn an_endpoint_that_fails_is_silent_until_somebody_pauses_or_disables_it(db) {
        let (shop, hook, _) = one_delivery(db).await;
        assert!(!hook.is_silent());
        attempts(db, 1, answer(500, ""), NOW).await;
        assert!(reread(db, shop, hook.id).await.is_silent());
        for by_hand in [EndpointState::Paused, EndpointState::Disabled] {
            let change = EndpointChange { state: Some(by_hand), ..EndpointChange::default() };
            store::update(db, &Actor::System, shop, hook.id, change, NOW).await.expect("change");
            let hook = reread(db, shop, hook.id).await;
            assert_eq!((hook.failing_since, hook.is_silent()), (Some(NOW), false), "{by_hand:?}");
        }
    }

    async fn a_new_url_ends_the_hold_and_any_other_change_leaves_it(db) {
        let (shop, hook, _) = one_delivery(db).await;
        publish_many(db, shop, 11).await;
        attempts(db, 10, answer(500, ""), NOW).await;
        let described = EndpointChange { description: Some("the shop".into()), url: Some(hook.url.clone()), ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, hook.id, described, NOW).await.expect("describe");
        assert_eq!(health(db, NOW).await.phase(NOW), Phase::Open(NOW.plus(5 * SECOND)));
        let moved = EndpointChange { url: Some("https://app.example/new".into()), ..EndpointChange::default() };
        let moved = store::update(db, &Actor::System, shop, hook.id, moved, NOW).await.expect("move");
        assert_eq!((moved.failing_since, health(db, NOW).await), (None, Health::default()));
        assert_eq!(reread(db, shop, hook.id).await, moved);
    }

    async fn a_test_and_a_resend_by_hand_go_at_once_to_an_endpoint_on_hold(db) {
        let (shop, hook, first) = one_delivery(db).await;
        publish_many(db, shop, 11).await;
        attempts(db, 10, answer(500, ""), NOW).await;
        let planned = async || {
            let waiting = store::waiting(db, EndpointId(0), NOW).await.expect("waiting").waiting;
            let plan = Dispatcher::new(64).plan(&waiting, NOW);
            let claimed = store::claim(db, &plan.takes, NOW).await.expect("claim");
            claimed.iter().map(|one| one.delivery).collect::<Vec<_>>()
        };
        assert_eq!(planned().await, [], "on hold");
        let test = store::send_test(db, &Actor::System, shop, hook.id, NOW).await.expect("test");
        assert_eq!(delivery(db, shop, test).await.on_hold_until, None);
        assert_eq!(planned().await, [test]);
        store::resend(db, &Actor::System, shop, first, NOW).await.expect("resend");
        let waiting = store::waiting(db, EndpointId(0), NOW).await.expect("waiting").waiting;
        assert_eq!(waiting[0].due[URGENT], Some(NOW));
        assert_eq!(planned().await, [first]);
    }

    async fn one_message_alone_never_disables_its_endpoint(db) {
        let (shop, hook, _) = one_delivery(db).await;
        attempt(db, answer(500, ""), NOW).await;
        attempt(db, answer(500, ""), NOW.plus(30 * DAY)).await;
        assert_eq!(reread(db, shop, hook.id).await.state, EndpointState::Active);
    }
}
