//! Deliveries are found by a text in what was sent, answered or went wrong, with bounded work.

use porchlight_domain::Error;
use porchlight_domain::webhook::search::{Found, LOOKED_THROUGH};
use porchlight_domain::webhook::{Answer, DeliveryState};

use super::completions::{answer, attempt};
use super::*;

async fn sent(db: &Db, project: ProjectId, name: &str) {
    let data = json!({ "user": { "name": name } });
    publish(db, NewMessage { data, ..message(project, MessageType::AlertOpened, None) }).await;
}

async fn search(db: &Db, project: ProjectId, filter: DeliveryFilter, text: &str, paging: Paging) -> Found {
    store::search(db, project, filter, text, paging).await.expect("search")
}

/// How many have it.
async fn count(db: &Db, project: ProjectId, text: &str) -> usize {
    search(db, project, DeliveryFilter::default(), text, Paging::default()).await.page.rows.len()
}

/// So many older copies of the only delivery.
async fn copies(db: &Db, count: i64) {
    let mut tx = db.begin().await.expect("begin");
    sqlx::query(
        "INSERT INTO delivery (id, project_id, message_id, endpoint_id, type, state, attempts, next_attempt_at, lease_until, claim, created_at)
         WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
         SELECT d.id - n.i, d.project_id, d.message_id, d.endpoint_id, d.type, 'delivered', 1, d.next_attempt_at, 0, 0, d.created_at - n.i
         FROM delivery d, n",
    )
    .bind(count)
    .execute(tx.conn())
    .await
    .expect("copies");
    tx.commit().await.expect("commit");
}

on_both! {
    async fn a_text_is_found_in_bodies_answers_and_errors_whatever_its_case(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        endpoint(db, shop, Format::Standard).await;
        sent(db, shop, "Zoë 100% o_k").await;
        attempt(db, answer(500, "upstream is on FIRE"), NOW).await;
        sent(db, shop, "Adam").await;
        attempt(db, Answer { error: Some("cannot connect: refused".into()), ..Answer::default() }, NOW).await;
        for (text, expected) in [
            ("zoë", 1), ("ADAM", 1), ("\"name\":", 2), ("on fire", 1), ("Cannot Connect", 1), ("answered 500", 1),
            ("100%", 1), ("1%0", 0), ("o_k", 1), ("o.k", 0), ("a_am", 0), ("nobody", 0), ("\\\\", 0), (" adam ", 1),
        ] {
            assert_eq!(count(db, shop, text).await, expected, "{text}");
        }
        assert_eq!(count(db, other, "zoë").await, 0, "another project's");
        let pending = DeliveryFilter { state: Some(DeliveryState::Failed), ..DeliveryFilter::default() };
        assert_eq!(search(db, shop, pending, "zoë", Paging::default()).await.page.rows, []);
        let all = search(db, shop, DeliveryFilter::default(), "name", Paging::default()).await;
        assert_eq!((all.looked_through, all.back_to, all.page.next), (2, None, None));
        for text in ["", " x ", &"x".repeat(201)] {
            let refused = store::search(db, shop, DeliveryFilter::default(), text, Paging::default()).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{text:?}");
        }
    }

    async fn a_search_goes_on_page_by_page_where_it_stopped(db) {
        let shop = project(db, "Shop").await;
        endpoint(db, shop, Format::Standard).await;
        for name in ["Eve 1", "Adam", "Eve 2", "Eve 3"] {
            sent(db, shop, name).await;
        }
        let few = |cursor: Option<&str>| Paging::new(cursor, Some(2));
        let first = search(db, shop, DeliveryFilter::default(), "eve", few(None)).await;
        assert_eq!((first.page.rows.len(), first.back_to), (2, Some(first.page.rows[1].created_at)));
        let last = search(db, shop, DeliveryFilter::default(), "eve", few(first.page.next.as_deref())).await;
        assert_eq!((last.page.rows.len(), last.page.next, last.back_to, last.looked_through), (1, None, None, 2));
        assert!(last.page.rows[0].id < first.page.rows[1].id);
    }

    async fn a_page_looks_through_so_many_and_says_how_far_it_came(db) {
        let shop = project(db, "Shop").await;
        endpoint(db, shop, Format::Standard).await;
        sent(db, shop, "Adam").await;
        copies(db, 20_500).await;
        let newest = deliveries(db, shop).await[0].clone();
        let first = search(db, shop, DeliveryFilter::default(), "nobody", Paging::default()).await;
        let looked = i64::try_from(LOOKED_THROUGH).expect("count");
        assert_eq!((first.page.rows.len(), first.looked_through), (0, looked));
        assert_eq!(first.back_to, Some(newest.created_at.plus(1 - looked)));
        let rest = search(db, shop, DeliveryFilter::default(), "nobody", Paging::new(first.page.next.as_deref(), None)).await;
        assert_eq!((rest.looked_through, rest.back_to, rest.page.next), (501, None, None));
        let found = search(db, shop, DeliveryFilter::default(), "adam", Paging::default()).await;
        assert_eq!((found.page.rows.len(), found.looked_through), (50, 1_000), "one step is enough");
    }
}
