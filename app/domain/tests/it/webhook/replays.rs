//! Bulk resends: exactly one new delivery each, at a rate, whatever happens meanwhile.

use porchlight_domain::id::DeliveryId;
use porchlight_domain::time::{HOUR, SECOND};
use porchlight_domain::webhook::store::replays::{self, advance};
use porchlight_domain::webhook::{DeliveryState, EndpointState, Replay, ReplayScope, ReplayState};
use porchlight_domain::{Error, FieldError, ledger};

use super::completions::{answer, complete, ended};
use super::*;

fn since(endpoint: &Endpoint) -> ReplayScope {
    ReplayScope::Since { endpoint: endpoint.id, since: NOW, until: None, r#type: None, delivered: false }
}

async fn start(db: &Db, project: ProjectId, scope: ReplayScope, rate: u32, now: Timestamp) -> Replay {
    replays::start(db, &Actor::System, project, scope, rate, now).await.expect("replay")
}

/// An endpoint with so many deliveries that failed for good.
async fn failed(db: &Db, count: usize) -> (ProjectId, Endpoint) {
    let shop = project(db, "Shop").await;
    let hook = endpoint(db, shop, Format::Standard).await;
    for _ in 0..count {
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
    }
    let claimed = claim_each(db, count, NOW).await;
    let all: Vec<_> = claimed.into_iter().map(|one| ended(one, answer(500, ""), NOW)).collect();
    complete(db, &all, NOW).await;
    sqlx::query("UPDATE delivery SET state = 'failed'").execute(db.reader()).await.expect("given up");
    (shop, hook)
}

/// Goes on with all jobs until none runs; returns when the last page was made.
async fn finish(db: &Db, mut now: Timestamp) -> Timestamp {
    while let Some(next) = advance(db, now).await.expect("advance") {
        now = next;
    }
    now
}

async fn made(db: &Db, replay: &Replay) -> i64 {
    sqlx::query_scalar("SELECT COUNT(DISTINCT message_id) FROM delivery WHERE replay_id = $1 AND lane = 2")
        .bind(replay.id.0)
        .fetch_one(db.reader())
        .await
        .expect("count")
}

async fn state(db: &Db, project: ProjectId, endpoint: &Endpoint, state: EndpointState) {
    let change = EndpointChange { state: Some(state), ..EndpointChange::default() };
    store::update(db, &Actor::System, project, endpoint.id, change, NOW).await.expect("change");
}

on_both! {
    async fn each_failed_message_gets_one_new_delivery_at_the_rate(db) {
        let (shop, hook) = failed(db, 25).await;
        let later = NOW.plus(HOUR);
        assert_eq!(replays::count(db, shop, since(&hook), later).await.expect("count"), 25);
        let job = start(db, shop, since(&hook), 20, later).await;
        assert_eq!((job.total, job.state), (25, ReplayState::Running));
        assert_eq!(replays::destinations(db, shop, &job.scope).await.expect("urls"), ["https://app.example/hook"]);
        let first = deliveries(db, shop).await.into_iter().map(|one| one.id).take(2).collect();
        let selected = ReplayScope::Selected { deliveries: first };
        assert_eq!(replays::destinations(db, shop, &selected).await.expect("urls"), ["https://app.example/hook"]);
        let ended = finish(db, later).await;
        assert_eq!(ended.since(later), SECOND + SECOND / 4, "five pages of five at twenty a second, then the end");
        let done = replays::get(db, shop, job.id).await.expect("job");
        assert_eq!((done.made, done.state, done.finished_at), (25, ReplayState::Done, Some(ended)));
        assert_eq!(made(db, &job).await, 25);
        assert_eq!(claim_at(db, ended).await.len(), 25);
        assert_eq!(replays::count(db, shop, since(&hook), ended).await.expect("count"), 0, "they are on their way");
        let actions: Vec<_> = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows.into_iter().map(|entry| entry.action).collect();
        assert_eq!(actions[..2], ["replay.done", "replay.started"]);
    }

    async fn a_job_that_forgot_where_it_stood_makes_nothing_twice(db) {
        let (shop, hook) = failed(db, 10).await;
        let scope = ReplayScope::Since { endpoint: hook.id, since: NOW, until: None, r#type: None, delivered: true };
        let job = start(db, shop, scope, 16, NOW.plus(HOUR)).await;
        advance(db, NOW.plus(HOUR)).await.expect("a page");
        assert_eq!(made(db, &job).await, 4);
        sqlx::query("UPDATE delivery SET state = 'delivered' WHERE replay_id IS NOT NULL").execute(db.reader()).await.expect("sent");
        sqlx::query("UPDATE replay SET cursor = 0").execute(db.reader()).await.expect("forget");
        finish(db, NOW.plus(2 * HOUR)).await;
        assert_eq!(made(db, &job).await, 10);
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM delivery WHERE replay_id IS NOT NULL").fetch_one(db.reader()).await.expect("count");
        assert_eq!(count, 10);
        assert_eq!(replays::get(db, shop, job.id).await.expect("job").made, 10);
    }

    async fn an_endpoint_is_recovered_by_one_job_at_a_time(db) {
        let (shop, hook) = failed(db, 10).await;
        let other = endpoint(db, shop, Format::Standard).await;
        let later = NOW.plus(HOUR);
        let ask = |hook: &Endpoint| replays::start(db, &Actor::System, shop, since(hook), 8, later);
        let (one, two, elsewhere) = tokio::join!(ask(&hook), ask(&hook), ask(&other));
        let (job, refused) = match (one, two) {
            (Ok(job), Err(refused)) | (Err(refused), Ok(job)) => (job, refused),
            both => panic!("{both:?}"),
        };
        assert!(matches!(&refused, Error::Conflict(why) if why.contains(&job.id.to_string())), "{refused:?}");
        elsewhere.expect("another endpoint's");
        assert_eq!(replays::count(db, shop, since(&hook), later).await.expect("a dry run"), 10);
        advance(db, later).await.expect("a page");
        assert!(ask(&hook).await.is_err(), "it still runs");
        finish(db, later).await;
        let sent: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM delivery WHERE endpoint_id = $1 AND replay_id IS NOT NULL")
            .bind(hook.id.0)
            .fetch_one(db.reader())
            .await
            .expect("count");
        assert_eq!(sent, 10);
        let next = ask(&hook).await.expect("it has ended");
        replays::cancel(db, &Actor::System, shop, next.id, later).await.expect("cancel");
        ask(&hook).await.expect("it was cancelled");
    }

    async fn what_came_while_the_endpoint_was_disabled_is_recovered_and_what_was_delivered_is_not(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let got = claim_at(db, NOW).await.pop().expect("claimed");
        complete(db, &[ended(got, answer(200, ""), NOW)], NOW).await;
        state(db, shop, &hook, EndpointState::Disabled).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        publish(db, message(shop, MessageType::QuestionAnswered, None)).await;
        assert_eq!(replays::count(db, shop, since(&hook), NOW.plus(HOUR)).await.expect("a dry run"), 2);
        let refused = replays::start(db, &Actor::System, shop, since(&hook), 500, NOW.plus(HOUR)).await;
        assert!(matches!(&refused, Err(Error::Conflict(why)) if why.contains("disabled")), "{refused:?}");
        state(db, shop, &hook, EndpointState::Active).await;
        let of = |kind, delivered| ReplayScope::Since { endpoint: hook.id, since: NOW, until: None, r#type: kind, delivered };
        let count = |scope| async move { replays::count(db, shop, scope, NOW.plus(HOUR)).await.expect("count") };
        assert_eq!(count(of(None, false)).await, 2);
        assert_eq!(count(of(Some(MessageType::QuestionAnswered), false)).await, 1);
        assert_eq!(count(of(None, true)).await, 3);
        start(db, shop, of(None, false), 500, NOW.plus(HOUR)).await;
        let now = finish(db, NOW.plus(HOUR)).await;
        assert_eq!(claim_at(db, now).await.len(), 2);
    }

    async fn types_that_an_endpoint_does_not_take_are_not_missed(db) {
        let shop = project(db, "Shop").await;
        let new = NewEndpoint { url: "https://app.example/a".into(), types: vec![MessageType::QuestionAnswered], ..NewEndpoint::default() };
        let hook = store::create(db, &Actor::System, shop, new, NOW).await.expect("endpoint").0;
        state(db, shop, &hook, EndpointState::Disabled).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        state(db, shop, &hook, EndpointState::Active).await;
        assert_eq!(replays::count(db, shop, since(&hook), NOW.plus(HOUR)).await.expect("count"), 0);
    }

    async fn a_selection_is_sent_again_whatever_became_of_it_but_nothing_of_another_project(db) {
        let (shop, _) = failed(db, 3).await;
        let other = project(db, "Other").await;
        endpoint(db, other, Format::Standard).await;
        publish(db, message(other, MessageType::AlertOpened, None)).await;
        let foreign = deliveries(db, other).await[0].id;
        let own: Vec<_> = deliveries(db, shop).await.iter().map(|one| one.id).collect();
        sqlx::query("UPDATE delivery SET state = 'delivered' WHERE id IN ($1, $2)").bind(own[0].0).bind(foreign.0).execute(db.reader()).await.expect("sent");
        let nowhere = DeliveryId(1);
        let scope = ReplayScope::Selected { deliveries: vec![own[0], foreign, own[2], nowhere] };
        let places = [(1, foreign), (3, nowhere)];
        let wrong = places.map(|(place, id)| FieldError::new(format!("deliveries[{place}]"), format!("{id} is no delivery of this project")));
        for refused in [
            replays::count(db, shop, scope.clone(), NOW).await.map(|_| ()),
            replays::start(db, &Actor::System, shop, scope, 500, NOW).await.map(|_| ()),
        ] {
            assert!(matches!(&refused, Err(Error::Invalid(told)) if *told == wrong), "{refused:?}");
        }
        assert!(replays::list(db, shop, Paging::default()).await.expect("jobs").rows.is_empty(), "none was started");
        let scope = ReplayScope::Selected { deliveries: vec![own[0], own[2]] };
        let job = start(db, shop, scope, 500, NOW).await;
        assert_eq!(job.total, 2);
        finish(db, NOW).await;
        assert_eq!(made(db, &job).await, 2);
        assert!(deliveries(db, other).await.iter().all(|one| one.state == DeliveryState::Delivered));
        assert!(matches!(replays::get(db, other, job.id).await, Err(Error::NotFound)));
        assert!(matches!(replays::cancel(db, &Actor::System, other, job.id, NOW).await, Err(Error::NotFound)));
    }

    async fn another_project_s_endpoint_cannot_be_recovered(db) {
        let (_, hook) = failed(db, 1).await;
        let other = project(db, "Other").await;
        assert!(matches!(replays::count(db, other, since(&hook), NOW).await, Err(Error::NotFound)));
    }

    async fn a_cancelled_job_stops_and_cannot_be_cancelled_again(db) {
        let (shop, hook) = failed(db, 10).await;
        let job = start(db, shop, since(&hook), 8, NOW.plus(HOUR)).await;
        advance(db, NOW.plus(HOUR)).await.expect("a page");
        let cancelled = replays::cancel(db, &Actor::System, shop, job.id, NOW).await.expect("cancel");
        assert_eq!((cancelled.state, cancelled.made), (ReplayState::Cancelled, 2));
        finish(db, NOW.plus(2 * HOUR)).await;
        assert_eq!(made(db, &job).await, 2);
        let again = replays::cancel(db, &Actor::System, shop, job.id, NOW).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    }

    async fn a_job_whose_endpoint_goes_away_ends(db) {
        let (shop, hook) = failed(db, 10).await;
        let job = start(db, shop, since(&hook), 8, NOW.plus(HOUR)).await;
        store::delete(db, &Actor::System, shop, hook.id, NOW).await.expect("delete");
        finish(db, NOW.plus(HOUR)).await;
        assert_eq!(replays::get(db, shop, job.id).await.expect("job").state, ReplayState::Cancelled);
    }

    async fn what_is_made_for_a_paused_endpoint_waits(db) {
        let (shop, hook) = failed(db, 2).await;
        state(db, shop, &hook, EndpointState::Paused).await;
        start(db, shop, since(&hook), 500, NOW.plus(HOUR)).await;
        let now = finish(db, NOW.plus(HOUR)).await;
        assert!(claim_at(db, now).await.is_empty());
        state(db, shop, &hook, EndpointState::Active).await;
        assert_eq!(claim_at(db, now).await.len(), 2);
    }
}
