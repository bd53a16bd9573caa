//! Wake-ups between the replicas on PostgreSQL. `NOTIFY` inside a transaction would make all commits wait for each other,
//! so it goes out after the commit, from a connection of its own, many commits in one; whoever misses it polls.

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use super::{Db, Queue};
use crate::Result;

const CHANNEL: &str = "porchlight";

/// Where to listen; its password never prints.
#[derive(Clone)]
pub(super) struct Address(pub(super) PgConnectOptions);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address")
    }
}

/// Tells the other replicas of this one's commits and hears of theirs, until a connection fails for good. On SQLite there
/// are none: it waits for ever.
pub async fn relay(db: &Db) -> Result<()> {
    let Some(Address(options)) = &db.0.address else { return std::future::pending().await };
    let pool = PgPoolOptions::new().max_connections(2).connect_with(options.clone()).await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    // What was said before this moment was not heard.
    Queue::ALL.into_iter().for_each(|queue| db.wakes().heard(queue));
    tokio::try_join!(hear(db, listener), tell(db, &pool))?;
    Ok(())
}

async fn hear(db: &Db, mut listener: PgListener) -> Result<()> {
    loop {
        let said = listener.recv().await?;
        let Some((replica, queues)) = read(said.payload()) else { continue };
        if replica != db.replica() {
            let woken = Queue::ALL.into_iter().filter(|queue| queues & (1 << *queue as u8) != 0);
            woken.for_each(|queue| db.wakes().heard(queue));
        }
    }
}

async fn tell(db: &Db, pool: &PgPool) -> Result<()> {
    loop {
        let queues = db.wakes().to_tell().await;
        sqlx::query("SELECT pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(format!("{} {queues}", db.replica()))
            .execute(pool)
            .await?;
    }
}

/// `replica queues`; anything else was not said by a replica.
fn read(payload: &str) -> Option<(i64, u8)> {
    let (replica, queues) = payload.split_once(' ')?;
    Some((replica.parse().ok()?, queues.parse().ok()?))
}
