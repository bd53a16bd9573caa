//! The figures of orders: each is that of the list that is narrowed alike.

use porchlight_domain::page::About;

use super::*;

/// How many orders are listed.
async fn listed(db: &Db, project: ProjectId, filter: RevocationFilter) -> i64 {
    let page = store::list(db, project, &filter, Paging::default()).await.expect("list");
    i64::try_from(page.rows.len()).expect("count")
}

on_both! {
    async fn orders_that_wait_and_that_failed_are_counted_as_they_are_listed(db) {
        let (shop, eve) = eve(db).await;
        let other = crate::session::shop(db, "Other").await;
        order(db, shop, eve, &["a"]).await;
        let outcomes = ["failed", "revoked", "deferred"];
        for (session, outcome) in ["b", "c", "d"].into_iter().zip(outcomes) {
            let id = order(db, shop, eve, &[session]).await;
            receive(db, shop, id, &[(session, outcome)], NOW).await.expect("receipt");
        }
        let figures = async |project, since| {
            let about = About { since: Some(since), ..About::default() };
            let (waiting, failed) = (
                listed(db, project, RevocationFilter { waiting: true, ..RevocationFilter::default() }).await,
                listed(db, project, RevocationFilter { failed: true, about, ..RevocationFilter::default() }).await,
            );
            assert_eq!(store::waiting(db, project).await.expect("count"), waiting);
            assert_eq!(store::failures(db, project, since).await.expect("count"), failed);
            (waiting, failed)
        };
        assert_eq!(figures(shop, NOW).await, (2, 1), "one has no answer, one a promise");
        assert_eq!(figures(shop, NOW.plus(SECOND)).await, (2, 0), "none was given since");
        assert_eq!(figures(other, NOW).await, (0, 0));
        overdue(db, LIMIT).await.expect("overdue");
        assert_eq!(figures(shop, NOW).await, (1, 2));
    }
}
