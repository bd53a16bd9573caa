//! Looking names up where a lookup may hang. The system's holds a thread until it ends, however long its caller has given
//! up: so there is one at a time for each name, which all wait for who ask for it meanwhile, and only so many at once. An
//! endpoint whose name servers are silent holds one thread, however many deliveries wait for it.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::sync::Semaphore;

use super::resolver::Lookup;

/// So many names are looked up at once: a quarter of the threads that block for everything else.
const AT_ONCE: usize = 128;

/// What came of a lookup, for all who wait for it.
type Found = Result<Vec<SocketAddr>, (io::ErrorKind, String)>;
type Asking = Shared<BoxFuture<'static, Found>>;

/// A lookup of which one hanging name keeps no other waiting.
#[derive(Clone, Debug)]
pub struct Bounded {
    inner: Arc<dyn Lookup>,
    asked: Arc<Mutex<HashMap<String, Asking>>>,
    room: Arc<Semaphore>,
}

/// Forgets a lookup when it has ended, however it ended.
struct Ended(Bounded, String);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.asked().remove(&self.1);
    }
}

impl Bounded {
    /// Bounds `inner`.
    pub fn new(inner: Arc<dyn Lookup>) -> Self {
        Self { inner, asked: Arc::default(), room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<String, Asking>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the lookup of this name that is under way, or begins one, which goes on when nobody waits any more.
    fn asking(&self, name: String) -> Asking {
        let mut asked = self.asked();
        if let Some(asking) = asked.get(&name) {
            return asking.clone();
        }
        let ended = Ended(self.clone(), name.clone());
        let task = tokio::spawn(async move {
            let Ended(bounded, name) = &ended;
            let _room = bounded.room.acquire().await;
            let found = bounded.inner.look_up(name.clone()).await;
            found.map_err(|error| (error.kind(), error.to_string()))
        });
        let broke = |error: tokio::task::JoinError| Err((io::ErrorKind::Other, error.to_string()));
        let asking = async move { task.await.unwrap_or_else(broke) }.boxed().shared();
        asked.insert(name, asking.clone());
        asking
    }
}

impl Lookup for Bounded {
    fn look_up(&self, name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let asking = self.asking(name);
        Box::pin(async move { asking.await.map_err(|(kind, text)| io::Error::new(kind, text)) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// Blocks a thread for a name that begins with `hangs`, as the system does, until told to go on.
    #[derive(Debug, Default)]
    struct Blocking {
        asked: AtomicUsize,
        go_on: Arc<(Mutex<bool>, std::sync::Condvar)>,
    }

    impl Blocking {
        fn release(&self) {
            *self.go_on.0.lock().expect("lock") = true;
            self.go_on.1.notify_all();
        }
    }

    /// Lets go on what blocks, also where a test fails: the runtime waits for it.
    struct Release(Arc<Blocking>);

    impl Drop for Release {
        fn drop(&mut self) {
            self.0.release();
        }
    }

    impl Lookup for Arc<Blocking> {
        fn look_up(&self, name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let go_on = self.go_on.clone();
            let blocking = move || {
                let (told, changed) = &*go_on;
                let mut told = told.lock().expect("lock");
                while name.starts_with("hangs") && !*told {
                    told = changed.wait(told).expect("lock");
                }
            };
            Box::pin(async move {
                tokio::task::spawn_blocking(blocking).await.map_err(io::Error::other)?;
                Ok(vec![SocketAddr::from(([1, 1, 1, 1], 0))])
            })
        }
    }

    #[test]
    fn a_name_whose_lookup_hangs_holds_one_thread_and_keeps_no_other_name_waiting() {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        // Fewer threads that may block than lookups that hang.
        let runtime =
            builder.worker_threads(2).max_blocking_threads(4).enable_all().build().expect("runtime");
        let blocking = Arc::new(Blocking::default());
        let _at_last = Release(blocking.clone());
        runtime.block_on(async {
            let lookup = Bounded::new(Arc::new(blocking.clone()));
            for _ in 0..100 {
                let gave_up = lookup.look_up("hangs.example".into());
                assert!(tokio::time::timeout(Duration::from_millis(1), gave_up).await.is_err());
            }
            assert_eq!(blocking.asked.load(Ordering::Relaxed), 1);
            let healthy = lookup.look_up("app.example".into());
            let found = tokio::time::timeout(Duration::from_secs(5), healthy).await.expect("in time");
            assert_eq!(found.expect("found").len(), 1);

            let joined = lookup.look_up("hangs.example".into());
            blocking.release();
            assert_eq!(joined.await.expect("found").len(), 1, "who waits gets the answer in the end");
            assert!(lookup.look_up("hangs.example".into()).await.is_ok());
            assert_eq!(blocking.asked.load(Ordering::Relaxed), 3, "what has ended is asked anew");
        });
    }
}
