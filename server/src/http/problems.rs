//! The kinds of problems (RFC 9457), each with a page that its `type` leads to.

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::HttpState;
use super::ask::Path;
use super::error::Problem;

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 400
    Malformed,
    /// 401
    Unauthorised,
    /// 401, of a receipt.
    Signature,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 409
    Conflict,
    /// 413
    TooLarge,
    /// 422
    Invalid,
    /// 429
    TooManyListeners,
    /// 503
    Unavailable,
}

impl Kind {
    /// All of them, by status.
    pub const ALL: [Self; 11] = [
        Self::Malformed,
        Self::Unauthorised,
        Self::Signature,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::TooLarge,
        Self::Invalid,
        Self::TooManyListeners,
        Self::Unavailable,
    ];

    /// The `type` of the problem document, which is also the path of the page about it.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Malformed => "/problems/malformed",
            Self::Unauthorised => "/problems/unauthorised",
            Self::Signature => "/problems/signature",
            Self::Forbidden => "/problems/forbidden",
            Self::NotFound => "/problems/not-found",
            Self::MethodNotAllowed => "/problems/method-not-allowed",
            Self::Conflict => "/problems/conflict",
            Self::TooLarge => "/problems/too-large",
            Self::Invalid => "/problems/invalid",
            Self::TooManyListeners => "/problems/too-many-listeners",
            Self::Unavailable => "/problems/unavailable",
        }
    }

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unauthorised | Self::Signature => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyListeners => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Malformed => "Malformed request",
            Self::Unauthorised => "Unauthorised",
            Self::Signature => "The receipt's signature is wrong",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::Conflict => "Conflict",
            Self::TooLarge => "Too large",
            Self::Invalid => "Invalid fields",
            Self::TooManyListeners => "Too many listeners",
            Self::Unavailable => "Unavailable",
        }
    }

    /// What it means and what to do.
    fn help(self) -> &'static str {
        match self {
            Self::Malformed => {
                "The request cannot be read: a body that is no JSON, a query that is no query. Nothing was stored.\n\
                 `detail` says where the reading ended. Sent again as it is, it fails again."
            }
            Self::Unauthorised => {
                "The request carries no API key, or one that is nobody's any more.\n\
                 Send a key of the project as `Authorization: Bearer pl_…`. Keys are made and ended in the console under\n\
                 Settings, API keys, or by `porchlight key create --project NAME`."
            }
            Self::Signature => {
                "A receipt for an order to end sessions bears a signature that is wrong or too old, or none where its\n\
                 endpoint's settings ask for one. It was kept as refused and changed nothing.\n\
                 Sign the body as Standard Webhooks do, with the endpoint's secret, under the id `rcpt_<message id>`."
            }
            Self::Forbidden => "Who asks is known and may not do this. Another key or role may.",
            Self::NotFound => {
                "There is no such path, or nothing of this id in the project of the key. What belongs to another project\n\
                 is not found either. /api/openapi.json describes the paths."
            }
            Self::MethodNotAllowed => {
                "The path is there, but not for this method. The header `Allow` says for which."
            }
            Self::Conflict => {
                "What is asked for does not fit what is there: an alert that is closed already, an id that was taken with\n\
                 other content, a receipt that contradicts an earlier one. `detail` says which. Read it anew, then decide."
            }
            Self::TooLarge => {
                "The body, or a batch in it, is larger than is taken at once. Nothing was stored.\n\
                 `detail` names the limit. Send it in parts."
            }
            Self::Invalid => {
                "The request can be read, but fields in it are wrong. Nothing was stored, of a batch neither.\n\
                 `errors` names each field and what is wrong with it. Sent again as it is, it fails again."
            }
            Self::TooManyListeners => {
                "So many requests of this project wait for orders already (long polls and streams) that no other may.\n\
                 End one, or ask without `wait`."
            }
            Self::Unavailable => {
                "The database cannot be read or written at this moment: /readyz says why. Nothing was stored, unless\n\
                 `detail` says that it may have been. Try again, with the same `id` or `Idempotency-Key`, with growing pauses."
            }
        }
    }

    fn page(self) -> String {
        format!("{} ({})\n{}\n\n{}\n", self.title(), self.status().as_u16(), self.uri(), self.help())
    }
}

/// `/problems/{kind}`, and all kinds under `/problems`.
pub fn routes() -> Router<HttpState> {
    Router::new().route("/problems", get(all)).route("/problems/{kind}", get(one))
}

async fn all() -> String {
    Kind::ALL.map(Kind::page).join("\n")
}

async fn one(Path(kind): Path<String>) -> Response {
    let found = Kind::ALL.into_iter().find(|known| known.uri().strip_prefix("/problems/") == Some(&kind));
    match found {
        Some(kind) => kind.page().into_response(),
        None => Problem::not_found("there is no such kind of problem; /problems describes them all")
            .into_response(),
    }
}
