//! A flood of inbound webhooks that are refused: bounded, and what is valid gets through.

use porchlight_domain::time::MINUTE;

use super::*;

on_both! {
    async fn a_flood_of_refused_ones_is_bounded(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let body = [b"x", &[0xff; 20_000][..]].concat();
        for _ in 0..130 {
            let received = send(db, &source, &[], &body, NOW).await.expect("receive");
            assert_eq!(received.status, Status::Missing);
        }
        let kept = async |at: i64| {
            send(db, &source, &[], &body, NOW.plus(at)).await.expect("receive");
            let filter = InboundFilter { source: Some(source.id), status: Some(Status::Missing), ..InboundFilter::default() };
            let page = store::received(db, shop, &filter, Paging::new(None, Some(200))).await.expect("received");
            assert!(page.rows.iter().all(|row| row.body.len() <= 16 * 1024), "an excerpt");
            page.rows.len()
        };
        assert_eq!(kept(0).await, 120);
        assert_eq!(kept(MINUTE).await, 121);
        for _ in 0..2_000 {
            send(db, &source, &[], b"x", NOW.plus(MINUTE)).await.expect("receive");
        }
        let all: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM inbound").fetch_one(db.reader()).await.expect("count");
        assert_eq!(all, 120 + 120 + 2, "of those beyond, one in a thousand");
        assert_eq!(standard(db, &source, "msg_1", &order(json!("eve"), json!([]), "all"), NOW).await.status, Status::Valid);
    }

    async fn ten_thousand_refused_ones_are_kept_and_every_valid_one(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        standard(db, &source, "msg_1", b"{}", NOW).await;
        let mut tx = db.begin().await.expect("begin");
        sqlx::query(
            "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 10005) \
             INSERT INTO inbound (id, project_id, source_id, received_at, status, reason, headers, body) \
             SELECT i, $1, $2, $3, 'missing', '', '[]', '' FROM n",
        )
        .bind(shop.0)
        .bind(source.id.0)
        .bind(NOW.plus(-MINUTE).0)
        .execute(tx.conn())
        .await
        .expect("insert");
        tx.commit().await.expect("commit");
        send(db, &source, &[], b"{}", NOW).await.expect("receive");
        let counts: Vec<(String, i64)> = sqlx::query_as("SELECT status, COUNT(*) FROM inbound GROUP BY status ORDER BY status")
            .fetch_all(db.reader())
            .await
            .expect("count");
        assert_eq!(counts, [("missing".to_owned(), 10_000), ("valid".to_owned(), 1)]);
    }
}
