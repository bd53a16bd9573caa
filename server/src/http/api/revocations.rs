//! `/api/v1/revocations`: orders to end sessions, and what became of each.

pub(crate) mod feed;
pub(crate) mod orders;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use porchlight_domain::id::{AlertId, RevocationId};
use porchlight_domain::page::{Page, Paging};
use porchlight_domain::revocation::{Dossier, Revocation, RevocationFilter, TimeToKill, store};
use porchlight_domain::time::DAY;
use porchlight_domain::{Error, FieldError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::events::about;
use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{Path, Query, part};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};

pub(super) fn routes() -> Router<HttpState> {
    Router::new()
        .route("/api/v1/revocations", get(list).post(orders::give))
        .route("/api/v1/revocations/times", get(times))
        .route("/api/v1/revocations/stream", get(feed::stream))
        .route("/api/v1/revocations/{id}", get(show))
        .route("/api/v1/revocations/{id}/redeliver", post(orders::redeliver))
        .route("/api/v1/revocations/{id}/again", post(orders::again))
}

/// Which orders.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RevocationQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many rows, 1 to 200. Default: 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Only in this state: `requested`, `delivered`, `acknowledged`, `confirmed`, `partly`, `refused`, `unconfirmed`,
    /// `contradicted`.
    state: Option<String>,
    /// Only of this user, by your id; or of those with this mail address, in small or capital letters.
    user_id: Option<String>,
    /// Only those that name this session, by your id.
    session_id: Option<String>,
    /// Only of this alert.
    alert: Option<String>,
    /// Given at or after, RFC 3339.
    since: Option<String>,
    /// Given strictly before, RFC 3339.
    until: Option<String>,
    /// `true`: only those that you have not answered for every session, also when their time is over.
    open: bool,
    /// `true`: only those that still wait for an answer.
    waiting: bool,
    /// `true`: only those of which the wait is over without every session being said to be dead, and that were not ordered
    /// again: of those the new order tells.
    failed: bool,
    /// Poll: the open orders behind this place, oldest first, each once (once more when it is escalated). The `next` of
    /// the poll before; `0` or absent: from the oldest. It tells that you have all orders up to it.
    after: Option<String>,
    /// Poll: how many seconds to wait for an order when there is none, 0 to 55. Default: 0.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 55)]
    wait: Option<String>,
}

impl RevocationQuery {
    /// A poll takes nothing of what narrows or pages a list.
    fn refuse_list(&self) -> Result<(), Error> {
        let given = [
            ("cursor", self.cursor.is_some()),
            ("limit", self.limit.is_some()),
            ("state", self.state.is_some()),
            ("user_id", self.user_id.is_some()),
            ("session_id", self.session_id.is_some()),
            ("alert", self.alert.is_some()),
            ("since", self.since.is_some()),
            ("until", self.until.is_some()),
            ("open", self.open),
            ("waiting", self.waiting),
            ("failed", self.failed),
        ];
        let wrong = given.into_iter().filter(|(_, given)| *given);
        let wrong: Vec<_> =
            wrong.map(|(field, _)| FieldError::new(field, "does not go with after and wait")).collect();
        if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
    }
}

/// Read the orders, newest first; with `after` or `wait`, poll for open ones.
///
/// A poll answers at once when there is an open order behind `after`, else when one is given or `wait` is over. Its `next`
/// is always there: the `after` of your next poll. It takes no other parameter.
#[utoipa::path(
    get, path = "/api/v1/revocations", tag = "revocations", params(RevocationQuery),
    responses(
        (status = 200, body = Page<Revocation>), (status = 401, body = Problem), (status = 422, body = Problem),
        (status = 429, description = "Too many requests of this project wait already", body = Problem),
    )
)]
pub(crate) async fn list(
    State(state): State<HttpState>,
    key: ApiKey,
    Query(asked): Query<RevocationQuery>,
) -> ApiResult<Page<Revocation>> {
    if asked.after.is_some() || asked.wait.is_some() {
        asked.refuse_list()?;
        return feed::poll(&state, key, asked.after.as_deref(), asked.wait.as_deref()).await;
    }
    let filter = RevocationFilter {
        state: part("state", &asked.state)?,
        about: about(&asked.user_id, &asked.session_id, &asked.since, &asked.until)?,
        open: asked.open,
        waiting: asked.waiting,
        failed: asked.failed,
        alert: part("alert", &asked.alert)?,
        ..RevocationFilter::default()
    };
    let paging = Paging::read(asked.cursor.as_deref(), asked.limit.as_deref())?;
    Ok(Json(store::list(&state.db, key.project, &filter, paging).await?))
}

/// Over which time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimesQuery {
    /// The last so many days, 1 to 365. Default: 30.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 365)]
    days: Option<String>,
}

/// Time to kill: how long the last orders took from question to answer, to delivery, to confirmation; of at most 10,000.
#[utoipa::path(
    get, path = "/api/v1/revocations/times", tag = "revocations", params(TimesQuery),
    responses((status = 200, body = TimeToKill), (status = 401, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn times(
    State(state): State<HttpState>,
    key: ApiKey,
    Query(asked): Query<TimesQuery>,
) -> ApiResult<TimeToKill> {
    let days = asked.days.as_deref().map_or(Some(30), |text| text.parse().ok());
    let days = days.filter(|days| (1..=365).contains(days));
    let days: i64 = days.ok_or_else(|| Error::invalid("days", "must be a whole number from 1 to 365"))?;
    Ok(Json(store::times(&state.db, key.project, clock::now().plus(-days * DAY)).await?))
}

/// An order with its evidence, what it led to, and what can be done about it.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeOrder {
    #[serde(flatten)]
    dossier: Dossier,
    /// The alerts that say that it did not do what it should, newest first.
    alerts: Vec<AlertId>,
    /// Whether it can be sent once more (`…/redeliver`): an answer can still come for one of its sessions.
    can_be_sent_again: bool,
    /// Whether it can be ordered again (`…/again`): the wait is over, and one of its sessions may still be in use. Of one that
    /// was: whether the last order that was given for it can.
    can_be_ordered_again: bool,
}

/// One order with its evidence: each step, each receipt, what each endpoint did with it, the deliveries that
/// carried it or told that nobody confirmed it.
#[utoipa::path(
    get, path = "/api/v1/revocations/{id}", tag = "revocations", params(("id" = RevocationId, Path)),
    responses((status = 200, body = WholeOrder), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn show(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
) -> ApiResult<WholeOrder> {
    let dossier = store::get(&state.db, key.project, id.parse()?).await?;
    let order = &dossier.revocation;
    Ok(Json(WholeOrder {
        alerts: store::alarms_of(&state.db, key.project, order).await?,
        can_be_sent_again: order.awaits_answer(),
        can_be_ordered_again: store::can_be_ordered_again(&state.db, key.project, order).await?,
        dossier,
    }))
}
