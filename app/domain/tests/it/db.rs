//! Transactions: what befalls one leaves the next alone.

on_both! {
    async fn a_transaction_that_the_database_ended_by_itself_spoils_no_connection(db) {
        for _ in 0..20 {
            let mut tx = db.begin().await.expect("begin");
            sqlx::raw_sql("ROLLBACK").execute(tx.conn()).await.expect("as after a failed write");
        }
        let mut tx = db.begin().await.expect("begin");
        sqlx::query("UPDATE replica SET beat = 7").execute(tx.conn()).await.expect("write");
        tx.commit().await.expect("commit");
        let beat: i64 = sqlx::query_scalar("SELECT MAX(beat) FROM replica").fetch_one(db.reader()).await.expect("read");
        assert_eq!(beat, 7);
    }
}
