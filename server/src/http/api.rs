//! The native API under `/api/v1`, and its description.

pub mod alerts;
pub mod deliveries;
pub mod endpoints;
pub mod events;
pub mod receipts;
mod refusals;
pub mod replays;
pub mod revocations;
pub mod rules;
pub mod schema;
pub mod sessions;
pub mod sources;
pub mod users;
pub mod verbs;
pub mod weights;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{OpenApi, openapi};

use self::refusals::Refusals;
use super::{HttpState, inbound, ingest};

/// All of it.
pub fn routes() -> Router<HttpState> {
    Router::new()
        .merge(ingest::routes())
        .merge(events::routes())
        .merge(users::routes())
        .merge(verbs::routes())
        .merge(weights::routes())
        .merge(sessions::routes())
        .merge(revocations::routes())
        .merge(receipts::routes())
        .merge(alerts::routes())
        .merge(endpoints::routes())
        .merge(deliveries::routes())
        .merge(replays::routes())
        .merge(rules::routes())
        .merge(sources::routes())
        .route("/api/openapi.json", get(document))
}

/// The description, naming this server as the one to call.
async fn document(State(state): State<HttpState>) -> Json<openapi::OpenApi> {
    let mut document = description();
    document.servers = Some(vec![openapi::Server::new(state.config.public_url())]);
    Json(document)
}

/// The description, OpenAPI 3.1, made from the handlers' own annotations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Porchlight",
        description = "Track logins and other account events, have them judged, read the audit log, end sessions.\n\n\
            Every call carries a project's API key as `Authorization: Bearer <key>`. Errors are problem documents \
            (RFC 9457). Lists are read by `cursor`: give the `next` of one page to get the following one. A query \
            parameter that is not described is refused.\n\n\
            A client of ThisData is served at `/v1/events`, `/v1/verify` and `/v1/rules` (each also with `.json`, and \
            `/events`), with the key as `?api_key=`: requests, answers and errors (`{\"messages\": […]}`) are in \
            ThisData's own form and not described here.\n\n\
            Rules hit an event by a `condition` in CEL, or by a list of addresses or countries. Their effects: `block`, \
            `challenge` and `allow` decide, `evidence` weighs in the judgement, `tag` marks the event, `notify` opens an \
            alert, `revoke(session)` and `revoke(all)` give an order to end the event's session or all of its user's, \
            each once, unless a rule of higher priority allows the event. Of the rules that decide, the one of the highest `priority` does; among equals block comes before \
            challenge before allow, then the older rule: to let one address of a blocked range in, allow it with a \
            higher priority. A rule of mode `shadow` is only counted, one of mode `off` does nothing, and after its \
            `expires_at` a rule does nothing any more. Rules that ThisData's clients make (`/v1/rules`) are lists that \
            block or allow, all of one priority: among these a deny wins over every allow.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        ingest::track, ingest::verify, events::list, events::show, verbs::list, weights::show,
        users::list, users::show,
        sessions::show, sessions::list, sessions::revoke, sessions::revoke_all,
        revocations::list, revocations::orders::give, revocations::orders::redeliver, revocations::orders::again, revocations::feed::stream, revocations::times, revocations::show, receipts::post_receipt, receipts::receipt_by_key,
        alerts::list, alerts::show, alerts::acknowledge, alerts::close,
        endpoints::list, endpoints::create, endpoints::whole::show, endpoints::change, endpoints::delete,
        endpoints::test, endpoints::secrets::rotate, endpoints::secrets::retire, endpoints::probes::list, endpoints::probes::ask,
        endpoints::probes::add_key, endpoints::probes::remove_keys, deliveries::list, deliveries::show, deliveries::resend,
        replays::recover, replays::resend, replays::list, replays::show, replays::cancel,
        rules::list, rules::create, rules::show, rules::change, rules::delete,
        sources::list, sources::create, sources::show, sources::change, sources::delete, sources::secrets::list, sources::secrets::rotate, sources::secrets::tally,
        sources::received::inbound, sources::received::one_inbound, inbound::take,
    ),
    modifiers(&BearerKey, &Refusals),
    security(("key" = []))
)]
struct Description;

struct BearerKey;

impl utoipa::Modify for BearerKey {
    fn modify(&self, openapi: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A project's API key"))
            .build();
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// The OpenAPI document.
pub fn description() -> openapi::OpenApi {
    Description::openapi()
}
