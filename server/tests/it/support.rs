//! The whole server in this process on a database of its own, and those who call it.

#[path = "../../../app/domain/tests/it/support.rs"]
pub mod store;

pub mod caller;
pub mod dns;
pub mod geo;
pub mod mailbox;
pub mod program;
pub mod receiver;
pub mod wire;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use porchlight_domain::Timestamp;
use porchlight_domain::db::Db;
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::{Actor, Browser, Role, store as operators};
use porchlight_domain::project::{Settings, store as projects};
use porchlight_server::clock;
use porchlight_server::config::Config;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use caller::{Answer, Caller};
pub use store::{Fresh, postgres, sqlite};

/// How long anything may take that must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The password of every operator that tests make.
pub const PASSWORD: &str = "correct horse battery";

#[derive(Parser)]
#[command(args_override_self = true)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// A running server.
pub struct TestServer {
    /// Its store.
    pub db: Db,
    /// Where it listens.
    pub address: SocketAddr,
    /// The project that [`Self::app`] and [`Self::thisdata`] belong to.
    pub project: ProjectId,
    /// Its API key.
    pub key: String,
    fresh: Fresh,
    folder: PathBuf,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), String>>,
}

impl TestServer {
    /// Starts it with these flags of its command line, on a database with one project.
    pub async fn start(fresh: Fresh, flags: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("address");
        let folder =
            std::env::temp_dir().join(format!("porchlight-server-{}-{}", std::process::id(), address.port()));
        geo::write(&folder.join("geo"));
        let given =
            ["it", "--data-dir", &folder.display().to_string(), "--public-url", &format!("http://{address}")]
                .map(str::to_owned);
        let flags = given.into_iter().chain(flags.iter().map(|flag| (*flag).to_owned()));
        let config = Flags::try_parse_from(flags).unwrap_or_else(|error| panic!("{error}")).config;
        let (project, key) = project(&fresh.db, "Shop", Settings::default()).await;
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move {
            let _ = stopped.await;
        };
        let running =
            tokio::spawn(porchlight_server::serve::run(config, fresh.db.clone(), listener, shutdown));
        Self { db: fresh.db.clone(), address, project, key, fresh, folder, stop, running }
    }

    /// Asks it to end; what is in flight is answered. [`Ending::ended`] waits for it.
    pub fn ask_to_stop(self) -> Ending {
        let _ = self.stop.send(());
        Ending { running: self.running, fresh: self.fresh, folder: self.folder }
    }

    /// Ends it and waits until it has ended.
    pub async fn stop(self) {
        drop(self.ask_to_stop().ended().await);
    }

    /// A caller that proves nothing.
    pub fn stranger(&self) -> Caller {
        Caller::new(self.address)
    }

    /// The tracked application, calling the native API with its key.
    pub fn app(&self) -> Caller {
        self.app_with(&self.key)
    }

    /// An application with this key.
    pub fn app_with(&self, key: &str) -> Caller {
        self.stranger().with("authorization", &format!("Bearer {key}"))
    }

    /// The tracked application as a client of ThisData: its key is in the query.
    pub fn thisdata(&self) -> Caller {
        self.stranger().with_query("api_key", &self.key)
    }

    /// A signed-in operator of this role, in a browser that takes JSON (as our script does).
    pub async fn operator(&self, role: Role) -> Caller {
        let now = clock::now();
        let email = format!("{}-{}@example.com", role.as_str(), self.db.next_id(now));
        let made = operators::create(&self.db, &Actor::System, &email, "", PASSWORD, role, now).await;
        let token = operators::open_session(&self.db, made.expect("operator").id, &Browser::default(), now)
            .await
            .expect("session");
        self.stranger().with("cookie", &format!("porchlight_session={token}"))
    }

    /// Another project, with its key.
    pub async fn other_project(&self) -> (ProjectId, Caller) {
        let (project, key) = project(&self.db, "Another", Settings::default()).await;
        (project, self.app_with(&key))
    }
}

/// A server that was asked to end.
pub struct Ending {
    running: JoinHandle<Result<(), String>>,
    fresh: Fresh,
    folder: PathBuf,
}

impl Ending {
    /// Waits until it has ended; its closed database is left.
    pub async fn ended(self) -> Fresh {
        let ended = within(self.running).await.expect("the server did not panic");
        assert_eq!(ended, Ok(()));
        let _ = std::fs::remove_dir_all(&self.folder);
        self.fresh
    }
}

/// Makes a project and a key of it.
pub async fn project(db: &Db, name: &str, settings: Settings) -> (ProjectId, String) {
    let now = clock::now();
    let made = projects::create(db, &Actor::System, name, settings, now).await.expect("project");
    let (_, key) = projects::create_key(db, &Actor::System, made.id, "test", now).await.expect("key");
    (made.id, key)
}

/// What `work` comes to, unless it hangs.
pub async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it hangs")
}

/// Asks again and again until there is an answer.
pub async fn eventually<T, F: Future<Output = Option<T>>>(mut look: impl FnMut() -> F) -> T {
    within(async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

/// Now, moved by so many seconds, as applications write times.
pub fn at(seconds: i64) -> String {
    Timestamp(clock::now().0 + seconds * porchlight_domain::time::SECOND).to_string()
}

/// Declares tests that run on both engines, each on a server of its own:
/// `on_both! { async fn a_sentence(server) { … } }`, where `server: &TestServer`; flags of the command line may follow:
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($server:ident $(, $flag:expr)*) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of its file's imports")]
            use super::*;

            async fn sentence($server: &$crate::support::TestServer) $body

            async fn run(fresh: $crate::support::Fresh) {
                let server = $crate::support::TestServer::start(fresh, &[$($flag),*]).await;
                sentence(&server).await;
                server.stop().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                run($crate::support::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                run($crate::support::postgres().await).await;
            }
        }
    )*};
}

/// The same for tests that start their servers themselves: `on_both_engines! { async fn a_sentence(fresh) { … } }`, where
/// `fresh: Fresh`.
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($fresh:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of its file's imports")]
            use super::*;

            async fn sentence($fresh: $crate::support::Fresh) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                sentence($crate::support::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                sentence($crate::support::postgres().await).await;
            }
        }
    )*};
}
