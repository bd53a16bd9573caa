//! Receipts: an application's word for what it did with the sessions of an order.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use porchlight_domain::Error;
use porchlight_domain::id::{EndpointId, ProjectId, RevocationId};
use porchlight_domain::revocation::receipt::{self, NewReceipt, RefusedReceipt, Report, Verdict};
use porchlight_domain::revocation::{Overall, Via, store};
use porchlight_domain::signature::{self, StandardHeaders};
use porchlight_domain::webhook::{MUST_BE_SIGNED, ONLY_LISTENS, Unbelieved, store::order_signers};
use serde::Serialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;

use crate::clock;
use crate::http::HttpState;
use crate::http::ask::{Path, whole};
use crate::http::auth::ApiKey;
use crate::http::error::{ApiResult, Problem};
use crate::http::problems::Kind;

/// The largest receipt taken, in bytes: a thousand sessions with a word about each.
const MAX_RECEIPT: usize = 256 * 1024;

pub(super) fn routes() -> Router<HttpState> {
    Router::new()
        .route("/receipts/{token}", post(post_receipt))
        .route("/api/v1/revocations/{id}/receipt", post(receipt_by_key))
        .layer(DefaultBodyLimit::max(MAX_RECEIPT))
}

/// What was made of a receipt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptAnswer {
    /// The order.
    revocation_id: RevocationId,
    /// `accepted`, perhaps with what was not of this order, or came too late to be put off; `repeated`: it was there before.
    verdict: String,
    /// How far the order is now.
    state: Overall,
}

/// A receipt as applications write it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the JSON that domain::revocation::receipt reads")]
pub(crate) struct ReceiptBody {
    /// The receipt.
    receipt: ReceiptPart,
}

/// What was done.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the JSON that domain::revocation::receipt reads")]
pub(crate) struct ReceiptPart {
    /// The order; may be left out.
    revocation_id: Option<RevocationId>,
    /// Each session and what became of it. Absent or empty for an order that names no session.
    #[schema(required = false)]
    sessions: Vec<ReceiptSession>,
    /// Of an order that names no session: what became of every session of the user; the same words as for one.
    #[schema(example = "revoked")]
    outcome: Option<String>,
    /// With `deferred`: until when.
    until: Option<porchlight_domain::Timestamp>,
    /// Anything for people to read.
    detail: Option<String>,
}

/// What became of a session.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the JSON that domain::revocation::receipt reads")]
pub(crate) struct ReceiptSession {
    /// Your id of it.
    id: String,
    /// `revoked`, `already_ended`, `not_found`, `failed`, `deferred`.
    #[schema(example = "revoked")]
    outcome: String,
    /// With `deferred`: until when.
    until: Option<porchlight_domain::Timestamp>,
    /// Anything for people to read.
    detail: Option<String>,
}

/// Confirm an order at its `receipt_url`. The URL is the proof; a Standard Webhooks signature under the id
/// `rcpt_<message id>`, made with the endpoint's secret, makes it a signed receipt: needed where an endpoint that the
/// order went to wants receipts signed. An endpoint that only listens has none to give.
#[utoipa::path(
    post, path = "/receipts/{token}", tag = "revocations", security(()), params(("token" = String, Path)),
    request_body = ReceiptBody,
    responses(
        (status = 200, description = "Accepted, or there before", body = ReceiptAnswer),
        (status = 401, description = "There is a signature and it is wrong, or there is none and there must be one", body = Problem),
        (status = 403, description = "It is signed by an endpoint that only listens", body = Problem),
        (status = 404, body = Problem),
        (status = 409, description = "It contradicts what is known, or says two things of one session: nothing of it is believed, and operators are told; or it only puts off what is overdue, or is about something else", body = Problem),
        (status = 413, body = Problem), (status = 422, body = Problem),
    )
)]
pub(crate) async fn post_receipt(
    State(state): State<HttpState>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<ReceiptAnswer> {
    let body = bounded(body)?;
    let (project, order) = store::by_receipt_token(&state.db, &token).await.map_err(|error| match error {
        Error::NotFound => {
            Problem::not_found("no order has this receipt_url; it came with the order, or the order is gone")
        }
        error => error.into(),
    })?;
    take(&state, project, order, Via::Post, &headers, &body).await
}

/// Confirm an order by the API key, for applications that poll.
#[utoipa::path(
    post, path = "/api/v1/revocations/{id}/receipt", tag = "revocations", params(("id" = RevocationId, Path)),
    request_body = ReceiptBody,
    responses(
        (status = 200, description = "Accepted, or there before", body = ReceiptAnswer),
        (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "It contradicts what is known, or says two things of one session: nothing of it is believed, and operators are told; or it only puts off what is overdue, or is about something else", body = Problem),
        (status = 413, body = Problem), (status = 422, body = Problem),
    )
)]
pub(crate) async fn receipt_by_key(
    State(state): State<HttpState>,
    key: ApiKey,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<ReceiptAnswer> {
    let body = bounded(body)?;
    // Found before its receipt is read: another project's order says nothing of what would be wrong.
    let order = store::get(&state.db, key.project, id.parse()?).await?.revocation.id;
    take(&state, key.project, order, Via::Poll, &headers, &body).await
}

fn bounded(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    match &body {
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Problem::too_large(format!("a receipt of at most {MAX_RECEIPT} bytes is taken")))
        }
        _ => whole(body),
    }
}

async fn take(
    state: &HttpState,
    project: ProjectId,
    revocation: RevocationId,
    via: Via,
    headers: &HeaderMap,
    body: &[u8],
) -> ApiResult<ReceiptAnswer> {
    let raw = String::from_utf8_lossy(body).into_owned();
    let (endpoint, report) = match judge(state, revocation, via, headers, body).await {
        Ok(judged) => judged,
        // Its fault, not ours.
        Err((problem, endpoint)) if problem.status < 500 => {
            let why = why(&problem);
            let refused = RefusedReceipt { revocation, delivery: None, endpoint, via, why: &why, raw: &raw };
            store::refused(&state.db, &refused, clock::now()).await?;
            return Err(problem);
        }
        Err((problem, _)) => return Err(problem),
    };
    let signed = endpoint.is_some();
    let new = NewReceipt { revocation, delivery: None, endpoint, via, signed, report, raw };
    let now = clock::now();
    let verdict = store::submit(&state.db, project, new, now).await?;
    if matches!(verdict, Verdict::Contradicts(_) | Verdict::Refused(_)) {
        return Err(Error::conflict(verdict.to_string()).into());
    }
    crate::revocations::measure(&state.db, project, revocation, now).await?;
    let state = store::get(&state.db, project, revocation).await?.revocation.state;
    Ok(Json(ReceiptAnswer { revocation_id: revocation, verdict: verdict.to_string(), state }))
}

/// A receipt that is not believed, and whose it is all the same, where its signature tells.
type Unbelievable = (Problem, Option<EndpointId>);

/// Who signed it, and what it says.
async fn judge(
    state: &HttpState,
    order: RevocationId,
    via: Via,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Option<EndpointId>, Report), Unbelievable> {
    let signed = signed_by(state, order, via, headers, body).await?;
    let unreadable = |error: Error| (Problem::from(error), signed);
    let report = receipt::read(body, clock::now()).map_err(unreadable)?;
    Ok((signed, report.ok_or_else(|| unreadable(missing(headers, body)))?))
}

/// Why there is no receipt in a body.
fn missing(headers: &HeaderMap, body: &[u8]) -> Error {
    let packed = headers.get(CONTENT_ENCODING).and_then(|how| how.to_str().ok());
    let is_json = || serde_json::from_slice::<IgnoredAny>(body);
    let why = match (receipt::near_miss(body, packed), is_json()) {
        (Some(why), _) => format!("cannot be read. {why}"),
        (None, Err(error)) if !body.is_empty() => format!("cannot be read: the body is not JSON: {error}"),
        _ => "is missing: send {\"receipt\": {\"sessions\": […]}}".to_owned(),
    };
    Error::invalid("receipt", why)
}

/// Why a receipt was refused, for whoever looks at the order.
fn why(problem: &Problem) -> String {
    let is_forged = problem.kind == Kind::Signature.uri() && problem.detail != MUST_BE_SIGNED;
    if is_forged { format!("{}: {}", problem.title, problem.detail) } else { problem.detail.clone() }
}

/// Whose signature it bears; one that is there must be right. Whoever polls has proved itself by its key.
async fn signed_by(
    state: &HttpState,
    order: RevocationId,
    via: Via,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<EndpointId>, Unbelievable> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let headers = StandardHeaders {
        id: text(signature::ID),
        timestamp: text(signature::TIMESTAMP),
        signature: text(signature::SIGNATURE),
    };
    let now = clock::now();
    let signers = order_signers(&state.db, order, now).await.map_err(|error| (error.into(), None))?;
    let Some(signers) = signers else { return Ok(None) };
    let wrong = |why: &str| (Problem::new(Kind::Signature, why), None);
    match signers.signed_by(&headers, body, now) {
        Ok(None) if signers.must_sign && via == Via::Post => Err(wrong(MUST_BE_SIGNED)),
        Ok(by) => Ok(by),
        Err(Unbelieved::Forged(why)) => Err(wrong(&why)),
        Err(Unbelieved::Listener(by)) => Err((Problem::new(Kind::Forbidden, ONLY_LISTENS), Some(by))),
    }
}
