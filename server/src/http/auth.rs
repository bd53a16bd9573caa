//! Who calls the API: an extractor, so that a handler that forgets it has no project to work on.

use std::collections::HashMap;
use std::sync::RwLock;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use porchlight_domain::id::{KeyId, ProjectId};
use porchlight_domain::operator::Actor;
use porchlight_domain::project;
use porchlight_domain::time::{MINUTE, SECOND};
use porchlight_domain::vault::token_hash;
use porchlight_domain::{Result, Timestamp};
use serde::Deserialize;

use super::HttpState;
use super::error::Problem;
use crate::clock;

/// A valid API key's owner. Native API: `Authorization: Bearer <key>`.
#[derive(Clone, Copy, Debug)]
pub struct ApiKey {
    /// Which key.
    pub key: KeyId,
    /// Whose.
    pub project: ProjectId,
}

impl ApiKey {
    /// Who acts, as the ledger names them.
    pub fn actor(&self) -> Actor {
        Actor::Key(self.key)
    }
}

impl FromRequestParts<HttpState> for ApiKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        let key = bearer(&parts.headers).ok_or_else(Problem::unauthorised)?;
        state.keys.owner(state, key).await?.ok_or_else(Problem::unauthorised)
    }
}

/// The token of an `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[derive(Deserialize)]
struct KeyQuery {
    api_key: Option<String>,
}

/// The same, as ThisData's clients send it: the query parameter `api_key` (a Bearer header is taken too).
#[derive(Clone, Copy, Debug)]
pub struct QueryKey(pub ApiKey);

/// Refuses as ThisData's clients understand it, `{"messages":[…]}`: 401, or 503 where the key could not be looked up.
pub struct QueryKeyRefused(StatusCode);

impl axum::response::IntoResponse for QueryKeyRefused {
    fn into_response(self) -> axum::response::Response {
        let told = match self.0 {
            StatusCode::UNAUTHORIZED => "api_key is missing or not valid",
            _ => "temporarily unavailable; nothing was read or stored",
        };
        super::thisdata::messages(self.0, &[told.to_owned()])
    }
}

impl FromRequestParts<HttpState> for QueryKey {
    type Rejection = QueryKeyRefused;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, QueryKeyRefused> {
        let query = Query::<KeyQuery>::try_from_uri(&parts.uri).ok().and_then(|Query(query)| query.api_key);
        let nobodys = QueryKeyRefused(StatusCode::UNAUTHORIZED);
        let Some(key) = query.as_deref().or_else(|| bearer(&parts.headers)) else { return Err(nobodys) };
        let owner = state.keys.owner(state, key).await;
        owner.map_err(|_| QueryKeyRefused(StatusCode::SERVICE_UNAVAILABLE))?.map(Self).ok_or(nobodys)
    }
}

/// How long a known key is believed without asking the store again: a revoked key dies within this on every replica.
const BELIEVED: i64 = 2 * SECOND;
const MOST: usize = 10_000;

/// Known keys, so that a busy key costs one query every two seconds and not one a request.
#[derive(Debug, Default)]
pub struct Keys(RwLock<HashMap<String, Known>>);

#[derive(Clone, Copy, Debug)]
struct Known {
    owner: ApiKey,
    checked: Timestamp,
    touched: Timestamp,
}

impl Keys {
    async fn owner(&self, state: &HttpState, key: &str) -> Result<Option<ApiKey>, Problem> {
        let (now, hash) = (clock::now(), token_hash(key));
        let known = self.0.read().ok().and_then(|known| known.get(&hash).copied());
        if let Some(known) = known.filter(|known| now.since(known.checked) < BELIEVED) {
            return Ok(Some(known.owner));
        }
        let Some((key, project)) = project::store::authenticate(&state.db, key).await? else {
            self.forget(&hash);
            return Ok(None);
        };
        let mut touched = known.map_or(Timestamp(0), |known| known.touched);
        if now.since(touched) > MINUTE {
            note_use(state, key, now);
            touched = now;
        }
        let owner = ApiKey { key, project };
        self.remember(hash, Known { owner, checked: now, touched });
        Ok(Some(owner))
    }

    fn remember(&self, hash: String, entry: Known) {
        if let Ok(mut known) = self.0.write() {
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(hash, entry);
        }
    }

    fn forget(&self, hash: &str) {
        if let Ok(mut known) = self.0.write() {
            known.remove(hash);
        }
    }
}

/// Beside the request: whoever asks does not wait for the writer, and is served while nothing can be written.
fn note_use(state: &HttpState, key: KeyId, now: Timestamp) {
    let db = state.db.clone();
    tokio::spawn(async move {
        if let Err(error) = project::store::touch_key(&db, key, now).await {
            tracing::debug!(%error, "cannot note when a key was used");
        }
    });
}
