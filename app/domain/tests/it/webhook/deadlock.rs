//! Changing an endpoint and recording what it answered take each other's rows.

use porchlight_domain::webhook::{EndpointState, Policy};

use super::out::{change, one_lacks_it};
use super::*;
use crate::support::postgres;

/// Until somebody waits for a row of this database.
async fn is_waited_for(db: &Db) {
    let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while sqlx::query_scalar::<_, i64>(sql).fetch_one(db.reader()).await.expect("activity") == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_postgres_ends_because_two_wait_for_each_other_is_done_again() {
    let fresh = postgres().await;
    // Whoever takes the second out takes the order first, because the first does not know its session.
    let (shop, _, endpoints) = one_lacks_it(&fresh.db, Policy::default()).await;
    let (db, id) = (fresh.db.clone(), endpoints[1].id);
    // As recording does: the endpoint, then its orders.
    let mut recording = fresh.db.begin().await.expect("begin");
    let endpoint = sqlx::query("UPDATE endpoint SET updated_at = updated_at");
    endpoint.execute(recording.conn()).await.expect("the endpoint");
    let disable = EndpointChange { state: Some(EndpointState::Disabled), ..EndpointChange::default() };
    let disabled = tokio::spawn(async move { change(&db, shop, id, disable).await });
    is_waited_for(&fresh.db).await;
    sqlx::query("UPDATE revocation SET feed = feed").execute(recording.conn()).await.expect("its orders");
    recording.commit().await.expect("commit");
    disabled.await.expect("done again");
    let after = store::get(&fresh.db, shop, id).await.expect("endpoint");
    assert_eq!(after.state, EndpointState::Disabled);
}
