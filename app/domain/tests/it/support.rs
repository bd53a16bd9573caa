//! A fresh database of each engine for each test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use porchlight_domain::Timestamp;
use porchlight_domain::db::{Db, Engine};
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

/// The moment at which tests begin: 2026-03-02T08:00:00Z, a Monday.
pub const NOW: Timestamp = Timestamp::from_seconds(1_772_438_400);

static COUNTER: AtomicU32 = AtomicU32::new(0);

fn unique() -> String {
    format!("t{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// A database that goes away with the test.
pub struct Fresh {
    pub db: Db,
    #[allow(dead_code, reason = "the server's tests start the program on it")]
    pub url: String,
    folder: Option<PathBuf>,
}

impl Drop for Fresh {
    fn drop(&mut self) {
        match &self.folder {
            Some(folder) => {
                let _ = std::fs::remove_dir_all(folder);
            }
            None => remove(&self.url),
        }
    }
}

/// Removes a PostgreSQL database, also when its test has failed. A thread of its own, because nothing can be awaited where
/// a value is dropped.
fn remove(url: &str) {
    let Some((cluster, name)) = url.rsplit_once('/') else { return };
    let (cluster, name) = (cluster.to_owned(), name.to_owned());
    let removing = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut admin = AnyConnection::connect(&format!("{cluster}/postgres")).await?;
            let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            let first = sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut admin).await;
            // What is still open may have connected anew while its connections were ended.
            if first.is_err() {
                sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await?;
            }
            admin.close().await
        })
    });
    let removed: Result<_, sqlx::Error> = removing.join().unwrap_or(Ok(()));
    if let Err(error) = removed {
        eprintln!("{url} stays: {error}");
    }
}

/// A new SQLite file.
pub async fn sqlite() -> Fresh {
    let folder = std::env::temp_dir().join(format!("porchlight-{}", unique()));
    std::fs::create_dir_all(&folder).expect("temporary folder");
    let url = format!("sqlite:{}", folder.join("porchlight.db").display());
    Fresh { db: Db::connect(&url, [7; 32], NOW).await.expect("sqlite"), url, folder: Some(folder) }
}

/// A new database in the cluster that `make test` starts.
#[expect(clippy::disallowed_methods, reason = "tests learn the cluster's address from their environment")]
pub async fn postgres() -> Fresh {
    let cluster = std::env::var("PORCHLIGHT_TEST_POSTGRES")
        .expect("PORCHLIGHT_TEST_POSTGRES names no cluster: run the tests by `make test`");
    sqlx::any::install_default_drivers();
    let name = unique();
    let mut admin = AnyConnection::connect(&format!("{cluster}/postgres")).await.expect("cluster");
    for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await.expect("database");
    }
    let url = format!("{cluster}/{name}");
    Fresh { db: Db::connect(&url, [7; 32], NOW).await.expect("postgres"), url, folder: None }
}

async fn on_writer(db: &Db, statement: &'static str) {
    let mut tx = db.begin().await.expect("begin");
    sqlx::raw_sql(statement).execute(tx.conn()).await.expect("statement");
    tx.commit().await.expect("commit");
}

/// From now on there is no room for anything: a trigger answers as the engine itself does where the disk is full.
pub async fn fill(db: &Db) {
    match db.engine() {
        Engine::Sqlite => {
            // After the largest possible id SQLite says "full" (<https://www.sqlite.org/autoinc.html>).
            on_writer(
                db,
                "CREATE TABLE full_disk (id INTEGER PRIMARY KEY AUTOINCREMENT); \
                 INSERT INTO full_disk VALUES (9223372036854775807); \
                 CREATE TRIGGER full_events BEFORE INSERT ON event BEGIN INSERT INTO full_disk VALUES (NULL); END; \
                 CREATE TRIGGER full_probe BEFORE INSERT ON write_probe BEGIN INSERT INTO full_disk VALUES (NULL); END",
            )
            .await;
        }
        Engine::Postgres => {
            on_writer(
                db,
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$; \
                 CREATE TRIGGER full_events BEFORE INSERT ON event EXECUTE FUNCTION full_disk(); \
                 CREATE TRIGGER full_probe BEFORE INSERT ON write_probe EXECUTE FUNCTION full_disk()",
            )
            .await;
        }
    }
}

/// Undoes [`fill`].
pub async fn make_room(db: &Db) {
    match db.engine() {
        Engine::Sqlite => on_writer(db, "DROP TRIGGER full_events; DROP TRIGGER full_probe").await,
        Engine::Postgres => on_writer(db, "DROP FUNCTION full_disk CASCADE").await,
    }
}

/// Declares tests that run on both engines: `on_both! { async fn a_sentence(db) { … } }`, where `db: &Db`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of its file's imports")]
            use super::*;

            async fn body($db: &porchlight_domain::db::Db) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let fresh = $crate::support::sqlite().await;
                body(&fresh.db).await;
                fresh.db.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let fresh = $crate::support::postgres().await;
                body(&fresh.db).await;
                fresh.db.close().await;
            }
        }
    )*};
}
