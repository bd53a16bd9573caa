//! Transactions: what befalls one leaves the next alone. And what is told of a database that fails.

use porchlight_domain::db::{Db, Trouble};
use porchlight_domain::event::store::record;
use porchlight_domain::time::SECOND;

use crate::event::{arrival, login, project, put};
use crate::support::{self, NOW, fill, make_room};

on_both! {
    async fn no_connection_is_closed_for_its_age_so_that_sqlx_never_looks_for_old_ones(db) {
        let options = db.reader().options();
        assert_eq!((options.get_max_lifetime(), options.get_idle_timeout()), (None, None));
    }

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

    async fn a_full_disk_is_told_in_words_until_a_write_succeeds(db) {
        let shop = project(db, "Shop").await;
        put(db, &[arrival(shop, NOW, login("eve", "s-0"))]).await;
        fill(db).await;
        assert_eq!(db.readiness(NOW).await, Ok(()), "nobody has tried to write");
        let event = arrival(shop, NOW, login("eve", "s-1"));
        let refused = record(db, &[event], "https://watch.example", NOW).await.expect_err("no room");
        assert_eq!(Trouble::of(&refused), Some(Trouble::DiskFull), "{refused}");
        assert!(refused.to_string().starts_with("database: the disk is full: "), "{refused}");
        assert_eq!(db.readiness(NOW).await, Err(Trouble::DiskFull));
        assert_eq!(db.readiness(NOW.plus(2 * SECOND)).await, Err(Trouble::DiskFull), "it was tried again");
        make_room(db).await;
        assert_eq!(db.readiness(NOW.plus(2 * SECOND)).await, Err(Trouble::DiskFull), "at most once a second");
        assert_eq!(db.readiness(NOW.plus(3 * SECOND)).await, Ok(()));
        put(db, &[arrival(shop, NOW, login("eve", "s-after"))]).await;
        assert_eq!(db.readiness(NOW.plus(3 * SECOND)).await, Ok(()));
    }

    async fn what_is_wrong_with_a_request_says_nothing_of_the_database(db) {
        let twice = sqlx::query("INSERT INTO replica (id, started_at) VALUES ($1, 0)").bind(db.replica());
        let refused = twice.execute(db.reader()).await.map_err(porchlight_domain::Error::from);
        let refused = refused.expect_err("the number is taken");
        assert!(refused.is_unique_violation(), "{refused}");
        assert_eq!(Trouble::of(&refused), None);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_at_once_with_its_cause_and_without_its_password() {
    let began = std::time::Instant::now();
    let refused =
        Db::connect("postgres://porch:s3cret@127.0.0.1:9/watch", [7; 32], NOW).await.expect_err("nobody");
    let told = refused.to_string();
    assert!(
        told.starts_with("DATABASE_URL names the database watch on 127.0.0.1:9, which cannot be opened: "),
        "{told}"
    );
    assert!(told.contains("refused") && !told.contains("s3cret"), "{told}");
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_at_once() {
    let fresh = support::sqlite().await;
    fresh.db.close().await;
    let file = fresh.url.trim_start_matches("sqlite:");
    std::fs::write(file, vec![b'!'; 8_192]).expect("written over");
    let began = std::time::Instant::now();
    let told = Db::connect(&fresh.url, [7; 32], NOW).await.expect_err("no database").to_string();
    assert!(told.contains(file) && told.contains("the database is damaged: "), "{told}");
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}
