//! Those who wait for news on an open request: so many of a project at once, and none once the server ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use porchlight_domain::id::ProjectId;
use tokio_util::sync::CancellationToken;

use super::error::Problem;
use super::problems::Kind;

/// How many of one project wait at once. Each holds a connection.
pub const MOST: usize = 32;

/// Counts them; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Listeners {
    waiting: Arc<Mutex<HashMap<ProjectId, usize>>>,
    ending: CancellationToken,
}

impl Listeners {
    /// Listeners that are sent home by `ending`.
    pub fn new(ending: CancellationToken) -> Self {
        Self { waiting: Arc::default(), ending }
    }

    /// A place among them, given back when it is dropped. 429 when all are taken.
    pub fn take(&self, project: ProjectId) -> Result<Place, Problem> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.entry(project).or_default();
        if *count >= MOST {
            return Err(Problem::new(
                Kind::TooManyListeners,
                format!("{MOST} requests of this project wait already: end one, or ask without waiting"),
            ));
        }
        *count += 1;
        Ok(Place { listeners: self.clone(), project })
    }

    /// Resolves when the server ends.
    pub async fn ended(&self) {
        self.ending.cancelled().await;
    }
}

/// One listener's place.
#[derive(Debug)]
pub struct Place {
    listeners: Listeners,
    project: ProjectId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = self.listeners.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = waiting.get_mut(&self.project) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.project);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_of_one_project_and_a_place_comes_back() {
        let (listeners, one, other) = (Listeners::default(), ProjectId(1), ProjectId(2));
        let mut places: Vec<_> = (0..MOST).map(|_| listeners.take(one).expect("a place")).collect();
        assert_eq!(listeners.take(one).expect_err("full").status, 429);
        assert!(listeners.take(other).is_ok(), "another project's are its own");
        places.pop();
        assert!(listeners.take(one).is_ok());
        places.clear();
        assert!(listeners.waiting.lock().expect("count").is_empty());
    }
}
