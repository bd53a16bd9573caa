//! `/api/v1/inbound`: what came from the sources, what each signature is worth, and what it led to.

use axum::Json;
use axum::extract::State;
use porchlight_domain::id::{InboundId, UserKey};
use porchlight_domain::inbound::{Inbound, InboundFilter, Wanted, Which, store, wanted};
use porchlight_domain::page::{Page, Paging};
use porchlight_domain::{Error, Timestamp, user};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::events::about;
use crate::http::HttpState;
use crate::http::ask::{Path, Query, part};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

/// Which inbound webhooks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InboundQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many rows, 1 to 200. Default: 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Only from this source.
    source: Option<String>,
    /// Only of this status: `valid`, `invalid`, `missing`, `stale`, `replayed`.
    status: Option<String>,
    /// Only those about which this was done: `obeyed`, `nothing_asked`, `could_not` (what asks for the end of sessions
    /// and was not obeyed).
    outcome: Option<String>,
    /// Only those that led to this order.
    revocation: Option<String>,
    /// Only those whose order is about this user, by your id; or about those with this mail address, in
    /// small or capital letters.
    user_id: Option<String>,
    /// Only those whose order names this session, by your id.
    session_id: Option<String>,
    /// Received at or after, RFC 3339.
    since: Option<String>,
    /// Received strictly before, RFC 3339.
    until: Option<String>,
}

impl InboundQuery {
    fn filter(&self) -> Result<InboundFilter, Error> {
        Ok(InboundFilter {
            source: part("source", &self.source)?,
            status: part("status", &self.status)?,
            outcome: part("outcome", &self.outcome)?,
            revocation: part("revocation", &self.revocation)?,
            about: about(&self.user_id, &self.session_id, &self.since, &self.until)?,
        })
    }
}

/// Read what came from the sources, newest first: what each signature is worth, and what it led to.
#[utoipa::path(
    get, path = "/api/v1/inbound", tag = "inbound", params(InboundQuery),
    responses((status = 200, body = Page<Inbound>), (status = 401, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn inbound(
    State(state): State<HttpState>,
    key: ApiKey,
    Query(asked): Query<InboundQuery>,
) -> ApiResult<Page<Inbound>> {
    let paging = Paging::read(asked.cursor.as_deref(), asked.limit.as_deref())?;
    Ok(Json(store::received(&state.db, key.project, &asked.filter()?, paging).await?))
}

/// An inbound webhook, and what it asks for.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeInbound {
    #[serde(flatten)]
    inbound: Inbound,
    /// What its body asks for, whether that was done or not; null: nothing, or nothing that can be read.
    asked: Option<Asked>,
}

/// The end of sessions that a webhook asks for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Asked {
    /// Whose, by your id.
    user_id: String,
    /// That user; null: none is known.
    user: Option<UserKey>,
    /// Which: `all`, `listed` (those in `sessions`) or `others` (all live ones but those).
    scope: &'static str,
    sessions: Vec<String>,
    /// Of `all` and `others`, those that began by then: the `requested_at` of its body; null: it says none.
    began_by: Option<Timestamp>,
    /// Why, by the sender's word.
    reason: Option<String>,
}

/// One inbound webhook.
#[utoipa::path(
    get, path = "/api/v1/inbound/{id}", tag = "inbound", params(("id" = InboundId, Path)),
    responses((status = 200, body = WholeInbound), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn one_inbound(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<WholeInbound> {
    let inbound = store::by_id(&state.db, key.project, id.parse()?).await?;
    let asked = match wanted(inbound.body.as_bytes()) {
        Wanted::Nothing(_) | Wanted::Unclear(_) => None,
        Wanted::End { user_id, sessions, began_by, reason } => {
            let user = match user::store::by_id(&state.db, key.project, &user_id).await {
                Err(Error::NotFound) => None,
                found => Some(found?.key),
            };
            let (scope, sessions) = match sessions {
                Which::All => ("all", Vec::new()),
                Which::Listed(ids) => ("listed", ids),
                Which::Others(ids) => ("others", ids),
            };
            Some(Asked { user_id, user, scope, sessions, began_by, reason })
        }
    };
    Ok(Json(WholeInbound { inbound, asked }))
}
