//! Reading: what a page loads from a server function, again after every change.
//!
//! A server function's answer travels as JSON text and is typed only where it is shown. So one resource, one fetch and
//! one Suspense serve all pages: what a page adds to the WebAssembly module is its markup, not another copy of these.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
pub use leptos::server_fn::codec::Json;
use leptos::server_fn::{Http, ServerFn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{AppError, AppResult};
use crate::ui::browser;
use crate::ui::change::changes;

/// What a server function answered, or will.
pub struct Read<T> {
    text: Resource<AppResult<String>>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Read<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Read<T> {}

impl<T: DeserializeOwned> Read<T> {
    /// Waits for it.
    pub async fn get(self) -> AppResult<T> {
        parse(&self.text.await?)
    }

    pub(super) fn text(self) -> Resource<AppResult<String>> {
        self.text
    }

    /// Reads again every so often, while what is shown is under way and nobody is in the middle of something. Only this:
    /// what else the page shows stays as it is.
    /// Without a script the reader loads the page again.
    pub fn again_while(self, under_way: RwSignal<bool>, every: Duration) {
        again_while(self.text, under_way, every);
    }
}

fn again_while(text: Resource<AppResult<String>>, under_way: RwSignal<bool>, every: Duration) {
    Effect::new(move || {
        let tick = move || {
            if under_way.try_get_untracked() == Some(true) && !browser::is_at_work() {
                text.refetch();
            }
        };
        if let Ok(timer) = set_interval_with_handle(tick, every) {
            on_cleanup(move || timer.clear());
        }
    });
}

/// Types what was read. A server of another version than this page sends what cannot be read: then load the page again.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> AppResult<T> {
    serde_json::from_str(text).map_err(|_| AppError::Malformed)
}

/// Reads from a server function with the input [`Json`]: now, when `ask` gives other arguments, after every change.
pub fn use_read<S>(ask: impl Fn() -> S + Send + Sync + 'static) -> Read<S::Output>
where
    S: ServerFn<Error = AppError, Protocol = Http<Json, Json>>
        + Serialize
        + DeserializeOwned
        + Send
        + 'static,
    S::Output: Serialize,
{
    let ask = move || serde_json::to_string(&ask()).unwrap_or_default();
    Read {
        text: read(Box::new(ask), Arc::new(|arguments| Box::pin(answer::<S>(arguments)))),
        of: PhantomData,
    }
}

type Answer = Pin<Box<dyn Future<Output = AppResult<String>> + Send>>;

fn read(
    ask: Box<dyn Fn() -> String + Send + Sync>,
    answer: Arc<dyn Fn(String) -> Answer + Send + Sync>,
) -> Resource<AppResult<String>> {
    Resource::new(move || (changes(), ask()), move |(_, arguments)| answer(arguments))
}

#[cfg(feature = "ssr")]
async fn answer<S>(arguments: String) -> AppResult<String>
where
    S: ServerFn<Error = AppError> + DeserializeOwned,
    S::Output: Serialize,
{
    let asked: S = serde_json::from_str(&arguments).map_err(|_| AppError::Malformed.answered())?;
    let answer = asked.run_body().await?;
    serde_json::to_string(&answer).map_err(|_| AppError::Failed.answered())
}

/// Asks once, from the browser: for what is asked again and again while a page is open.
#[cfg(feature = "hydrate")]
pub async fn ask<S>(question: S) -> AppResult<S::Output>
where
    S: ServerFn<Error = AppError, Protocol = Http<Json, Json>> + Serialize,
    S::Output: DeserializeOwned,
{
    let arguments = serde_json::to_string(&question).map_err(|_| AppError::Malformed)?;
    parse(&crate::ui::browser::ask(S::PATH, arguments).await?)
}

#[cfg(not(feature = "ssr"))]
fn answer<S: ServerFn>(arguments: String) -> impl Future<Output = AppResult<String>> + Send {
    crate::ui::browser::ask(S::PATH, arguments)
}
