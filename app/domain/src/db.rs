//! The database: connect, migrate, transactions. SQLite by default, PostgreSQL by URL; the queries are the same.

mod backlog;
pub mod batch;
mod checkpoint;
mod column;
pub mod daily;
pub(crate) mod deadlock;
pub mod filter;
mod key;
mod pool;
mod reach;
mod relay;
mod trouble;
mod wake;

use std::sync::{Arc, Once};
use std::time::Duration;

use sqlx::any::Any;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AnyConnection, AnyPool};

pub use backlog::{Backlog, backlog, endpoints, open_alerts};
pub use checkpoint::CHECKPOINT_EVERY;
pub use column::{json, time, to_json};
use pool::{join, lasting, migrate, sqlite};
pub use relay::relay;
pub use trouble::Trouble;
use trouble::Writing;
pub(crate) use trouble::told;
pub use wake::{Queue, Wakes};

use crate::id::IdSource;
use crate::inbound::store::Desk;
use crate::profile::cache::Cache;
use crate::risk::store::Minds;
use crate::rule::store::Sets;
use crate::vault::Vault;
use crate::{Error, Result, Timestamp};

/// Which database this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// An embedded file: one writer, many readers.
    Sqlite,
    /// A server: many replicas.
    Postgres,
}

/// A handle to the store; cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(Arc<Parts>);

/// What all handles share.
#[derive(Debug)]
struct Parts {
    engine: Engine,
    readers: AnyPool,
    writer: AnyPool,
    address: Option<relay::Address>,
    ids: IdSource,
    wakes: Wakes,
    vault: Vault,
    replica: i64,
    minds: Minds,
    rule_sets: Sets,
    profiles: Cache,
    desk: Desk,
    writing: Writing,
}

/// How many connections read at once. SQLite's read memory is per connection.
const READERS: u32 = 4;
/// PostgreSQL: connections of one replica, reading and writing.
const CONNECTIONS: u32 = 16;
/// PostgreSQL: how long anybody waits for a connection. While the server is away, the pause between two tries to reach it
/// grows to a fifth of this.
const ACQUIRE: Duration = Duration::from_secs(10);

static DRIVERS: Once = Once::new();

impl Db {
    /// Connects to `sqlite:FILE` (made when absent) or `postgres://…`, applies the migrations, takes a place in the id
    /// space. `secret_key` seals what the store must not show.
    pub async fn connect(url: &str, secret_key: [u8; 32], now: Timestamp) -> Result<Self> {
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let (engine, readers, writer, address) = if url.starts_with("sqlite:") {
            let url =
                if url.contains("mode=") { url.to_owned() } else { format!("{url}{}mode=rwc", join(url)) };
            reach::sqlite(&url).await?;
            let writer = sqlite(&url, 1).await?;
            migrate(&writer, &sqlx::migrate!("../../migrations/sqlite")).await?;
            (Engine::Sqlite, sqlite(&url, READERS).await?, writer, None)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options: PgConnectOptions = url.parse().map_err(Error::Database)?;
            reach::postgres(url, &options).await?;
            let pool = lasting().max_connections(CONNECTIONS).acquire_timeout(ACQUIRE).connect(url).await?;
            migrate(&pool, &sqlx::migrate!("../../migrations/postgres")).await?;
            let address = relay::Address(options);
            (Engine::Postgres, pool.clone(), pool, Some(address))
        } else {
            return Err(Error::invalid("DATABASE_URL", "must begin with sqlite: or postgres://"));
        };
        let vault = Vault::new(secret_key);
        if !key::fits(&readers, &vault).await? {
            return Err(Error::invalid(
                "SECRET_KEY",
                "is not the key that the secrets in this database were sealed with: start with the one from before, from \
                 the setting or the file secret.key in DATA_DIR",
            ));
        }
        let replica: i64 = sqlx::query_scalar("INSERT INTO replica (started_at) VALUES ($1) RETURNING id")
            .bind(now.0)
            .fetch_one(&writer)
            .await?;
        Ok(Self(Arc::new(Parts {
            engine,
            readers,
            writer,
            address,
            ids: IdSource::new(replica),
            wakes: Wakes::default(),
            vault,
            replica,
            minds: Minds::default(),
            profiles: Cache::default(),
            desk: Desk::default(),
            writing: Writing::default(),
            rule_sets: Sets::default(),
        })))
    }

    /// Which database this is: for the few queries that must differ.
    pub fn engine(&self) -> Engine {
        self.0.engine
    }

    /// Where to read outside a transaction.
    pub fn reader(&self) -> &AnyPool {
        &self.0.readers
    }

    /// The installation's secrets.
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// This process' number among all that ever used this database.
    pub fn replica(&self) -> i64 {
        self.0.replica
    }

    /// What judgement remembers of the projects, in this process.
    pub fn minds(&self) -> &Minds {
        &self.0.minds
    }

    /// The projects' rules, compiled in this process.
    pub fn rule_sets(&self) -> &Sets {
        &self.0.rule_sets
    }

    /// The users' profiles used last.
    pub(crate) fn profiles(&self) -> &Cache {
        &self.0.profiles
    }

    /// What is remembered of inbound webhooks.
    pub(crate) fn desk(&self) -> &Desk {
        &self.0.desk
    }

    /// Wake-ups of the workers' queues.
    pub fn wakes(&self) -> &Wakes {
        &self.0.wakes
    }

    /// A new identifier.
    pub fn next_id(&self, now: Timestamp) -> i64 {
        self.0.ids.next(now)
    }

    /// Begins a transaction that will write. On SQLite it holds the only writer from the start, so that it cannot
    /// fail half-way because another got there first.
    pub async fn begin(&self) -> Result<Tx<'_>> {
        let inner = match self.0.engine {
            Engine::Sqlite => self.0.writer.begin_with("BEGIN IMMEDIATE").await?,
            Engine::Postgres => self.0.writer.begin().await?,
        };
        Ok(Tx { inner, db: self, woken: [false; Queue::COUNT] })
    }

    /// Closes the connections, writing back SQLite's log.
    pub async fn close(&self) {
        self.0.readers.close().await;
        self.0.writer.close().await;
    }
}

/// A transaction that writes. Dropped without [`Tx::commit`] it leaves no trace.
#[derive(Debug)]
pub struct Tx<'a> {
    inner: sqlx::Transaction<'static, Any>,
    db: &'a Db,
    woken: [bool; Queue::COUNT],
}

impl Tx<'_> {
    /// The connection, for queries: `.execute(tx.conn())`.
    pub fn conn(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }

    /// The store it belongs to.
    pub fn db(&self) -> &Db {
        self.db
    }

    /// A new identifier.
    pub fn next_id(&self, now: Timestamp) -> i64 {
        self.db.next_id(now)
    }

    /// Wakes `queue`'s worker once this has committed.
    pub fn wake(&mut self, queue: Queue) {
        self.woken[queue as usize] = true;
    }

    /// Makes it durable, then wakes the queues it wrote.
    pub async fn commit(self) -> Result<()> {
        self.db.noted_failure(self.inner.commit().await.map_err(Error::from))?;
        for queue in Queue::ALL.into_iter().filter(|queue| self.woken[*queue as usize]) {
            self.db.0.wakes.wake(queue);
        }
        Ok(())
    }
}
