//! The feed of open orders: each once, in the order of commits, and again when it is escalated.

use porchlight_domain::revocation::Revocation;

use super::*;

async fn read(db: &Db, project: ProjectId, after: i64) -> (Vec<RevocationId>, i64) {
    let page = store::page(db, project, after).await.expect("page");
    let ids = page.rows.iter().map(|order: &Revocation| order.id).collect();
    (ids, page.next.expect("always there").parse().expect("a place"))
}

on_both! {
    async fn each_open_order_comes_once_and_once_more_when_it_is_escalated(db) {
        let (shop, eve) = eve(db).await;
        assert_eq!(read(db, shop, 0).await, (vec![], 0));
        let (a, b) = (order(db, shop, eve, &["a"]).await, order(db, shop, eve, &["b"]).await);
        assert_eq!(read(db, shop, 0).await, (vec![a, b], 2));
        assert_eq!(read(db, shop, 1).await, (vec![b], 2));
        assert_eq!(read(db, shop, 2).await, (vec![], 2));
        receive(db, shop, a, &[("a", "revoked")], NOW).await.expect("receipt");
        assert_eq!(read(db, shop, 0).await, (vec![b], 2), "what is answered is not asked again");
        overdue(db, LIMIT).await.expect("overdue");
        assert_eq!(read(db, shop, 2).await, (vec![b], 3), "escalated: once more");
        receive(db, shop, b, &[("b", "not_found")], LIMIT).await.expect("receipt");
        assert_eq!(read(db, shop, 0).await, (vec![], 3));
    }

    async fn whoever_reads_on_has_what_came_before(db) {
        let (shop, eve) = eve(db).await;
        let (a, b) = (order(db, shop, eve, &["a"]).await, order(db, shop, eve, &["b"]).await);
        store::fetched(db, shop, 0, NOW).await.expect("fetched");
        assert_eq!(dossier(db, shop, a).await.revocation.state, Overall::Requested);
        store::fetched(db, shop, 1, NOW.plus(SECOND)).await.expect("fetched");
        let (read, later) = (dossier(db, shop, a).await, dossier(db, shop, b).await);
        assert_eq!((read.revocation.state, read.revocation.delivered_at), (Overall::Delivered, Some(NOW.plus(SECOND))));
        assert_eq!((read.steps[1].state.as_str(), read.steps[1].cause.as_str()), ("delivered", "fetched"));
        assert_eq!((later.revocation.state, later.revocation.delivered_at), (Overall::Requested, None));
    }

    async fn a_place_that_the_feed_has_not_come_to_is_refused(db) {
        let (shop, eve) = eve(db).await;
        order(db, shop, eve, &["a"]).await;
        for after in [2, i64::MAX, -1, i64::MIN] {
            assert!(matches!(store::feed(db, shop, after).await, Err(Error::Invalid(_))), "{after}");
        }
        let other = crate::session::shop(db, "Other").await;
        assert_eq!(read(db, other, 0).await, (vec![], 0), "another project's feed is its own");
        for project in [shop, other] {
            let beyond = store::fetched(db, project, i64::MAX, NOW).await;
            assert!(matches!(beyond, Err(Error::Invalid(_))), "says nothing of what was handed out");
        }
        let orders = store::list(db, shop, &RevocationFilter::default(), Paging::default()).await.expect("list").rows;
        assert_eq!(orders[0].state, Overall::Requested);
    }

    async fn more_than_one_reading_brings_them_all(db) {
        let (shop, eve) = eve(db).await;
        let mut given = Vec::new();
        for _ in 0..store::MAX_FED + 5 {
            given.push(order(db, shop, eve, &["a"]).await);
        }
        let (mut first, place) = read(db, shop, 0).await;
        let (second, end) = read(db, shop, place).await;
        assert_eq!((first.len(), place, end), (100, 100, 105));
        first.extend(second);
        assert_eq!(first, given);
    }

    async fn orders_given_at_once_leave_no_gap_behind_a_reader(db) {
        let (shop, eve) = eve(db).await;
        let givers = [0, 1, 2].map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    order(&db, shop, eve, &["a"]).await;
                }
            })
        });
        let follow = async {
            let (mut seen, mut after) = (Vec::new(), 0);
            while seen.len() < 60 {
                let (ids, next) = read(db, shop, after).await;
                (seen, after) = ([seen, ids].concat(), next);
            }
            seen
        };
        let seen = tokio::time::timeout(std::time::Duration::from_secs(60), follow).await;
        let seen = seen.expect("an order was passed over");
        for giver in givers {
            giver.await.expect("all orders were given");
        }
        assert_eq!(seen.iter().collect::<std::collections::BTreeSet<_>>().len(), 60);
    }
}
