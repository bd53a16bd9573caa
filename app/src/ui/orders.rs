//! Orders to end sessions in a table, and the marks of how far they have come.

mod watch;

use leptos::prelude::*;
use porchlight_domain::id::ProjectId;
#[cfg(feature = "ssr")]
use porchlight_domain::id::RevocationId;
#[cfg(feature = "ssr")]
use porchlight_domain::operator::store::Names;
use porchlight_domain::revocation::{
    Brief, InitiatedBy, OrderedSession, Outcome, Overall, Revocation, Scope, State,
};

#[cfg(feature = "ssr")]
use crate::access::Access;
#[cfg(feature = "ssr")]
use crate::error::AppResult;
use crate::format;
use crate::layout::project_path;
use crate::ui::badge::{Tone, badge};
use crate::ui::table::Table;
use crate::ui::time::Time;
pub use watch::Watch;

/// Accepted is not ended: no mark says "acknowledged" alone.
const EFFECT_UNKNOWN: &str = "acknowledged, effect unknown";

/// How far an order has come as a whole.
pub fn overall(state: Overall) -> AnyView {
    let tone = match state {
        Overall::Confirmed => Tone::Good,
        Overall::Requested | Overall::Delivered | Overall::Acknowledged => Tone::Warn,
        Overall::Partly | Overall::Refused | Overall::Unconfirmed | Overall::Contradicted => Tone::Bad,
    };
    badge(tone, if state == Overall::Acknowledged { EFFECT_UNKNOWN } else { state.as_str() })
}

/// The same of an order, with a mark where somebody contradicts its confirmation, where nobody carries it out, and where
/// the application put it off.
pub fn standing(order: &Revocation) -> AnyView {
    brief(&Brief::from(order))
}

/// The same, by what is known of it in short.
pub fn brief(order: &Brief) -> AnyView {
    match order {
        Brief { contested: true, .. } => badge(Tone::Warn, "confirmed, but contradicted"),
        Brief { stuck: true, .. } => badge(Tone::Bad, "requested, not taken"),
        Brief { put_off: true, state: Overall::Acknowledged, .. } => {
            badge(Tone::Warn, "put off, not ended yet")
        }
        _ => overall(order.state),
    }
}

/// How a session died, by the application's word.
fn died(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Revoked => "revoked",
        Outcome::AlreadyEnded => "had ended",
        Outcome::NotFound => "not found",
    }
}

/// How far an order has come for one session.
pub fn ordered(state: State) -> AnyView {
    match state {
        State::Confirmed { outcome } => badge(Tone::Good, format!("confirmed: {}", died(outcome))),
        State::Acknowledged => badge(Tone::Warn, EFFECT_UNKNOWN),
        State::Requested | State::Delivered => badge(Tone::Warn, state.as_str()),
        State::Deferred { until } => {
            view! { {badge(Tone::Warn, "deferred")}<small>"until "<Time at=until/></small> }.into_any()
        }
        State::Refused | State::Unconfirmed => badge(Tone::Bad, state.as_str()),
        State::Contradicted => badge(Tone::Bad, "contradicted: seen alive"),
    }
}

/// The same, and what the application had said of a session that was seen alive, or who does not know it while another may have it.
pub fn ordered_session(session: &OrderedSession) -> AnyView {
    let said = session.said.map(|said| format!("the application said: {}", died(said)));
    let withheld = session.withheld.as_ref().map(|withheld| format!("{}.", withheld.words));
    let state = match session.state {
        State::Confirmed { .. } if !session.contested_by.is_empty() => {
            badge(Tone::Warn, "confirmed, but contradicted")
        }
        state => ordered(state),
    };
    view! { {state}{said.into_iter().chain(withheld).map(|words| view! { <small>{words}</small> }).collect_view()} }
        .into_any()
}

/// Puts names in the place of the ids of those who wanted them.
#[cfg(feature = "ssr")]
pub async fn name_initiators(by: &Access, project: ProjectId, orders: &mut [Revocation]) -> AppResult<()> {
    if orders.is_empty() {
        return Ok(());
    }
    let names = Names::load(by.db(), project).await?;
    for order in orders {
        order.initiator = order.initiator.as_deref().map(|initiator| names.of(initiator));
    }
    Ok(())
}

/// What an order is, and is not yet; and that there are several, where one does not take all of the sessions.
#[cfg(feature = "ssr")]
pub async fn said_of(by: &Access, order: RevocationId) -> AppResult<String> {
    let together = porchlight_domain::revocation::store::given_with(by.db(), order).await?;
    Ok(match together.len() {
        0 | 1 => {
            "The order is on its way to your application. It counts as done when the application confirms it."
                .to_owned()
        }
        many => format!(
            "There are more sessions than one order takes: {} orders are on their way to your application. They count as done when the application confirms each of them.",
            format::number(i64::try_from(many).unwrap_or(i64::MAX))
        ),
    })
}

/// The others that were given together with an order, because there are more sessions than one takes.
pub fn given_beside(order: &Revocation, project: ProjectId) -> Option<AnyView> {
    let others = order.orders.iter().filter(|id| **id != order.id).map(|id| {
        let page = project_path(project, &format!("revocations/{id}"));
        view! { <a href=page><code>{id.to_string()}</code></a>" " }
    });
    let others = others.collect_view();
    (order.orders.len() > 1).then(|| {
        view! { {others}<small>"There are more sessions than one order takes: they are dead once each of these is confirmed."</small> }
            .into_any()
    })
}

/// Who wanted it: by name, where [`name_initiators`] found one.
pub fn wanted_by(order: &Revocation) -> String {
    order.initiator.clone().unwrap_or_else(|| {
        let kind = match order.initiated_by {
            InitiatedBy::User => "the user’s answer",
            InitiatedBy::Operator => "an operator",
            InitiatedBy::Rule => "Porchlight",
            InitiatedBy::Api => "the application",
            InitiatedBy::Inbound => "another system",
        };
        kind.to_owned()
    })
}

fn sessions(order: &Revocation) -> String {
    let number = i64::try_from(order.sessions.len()).unwrap_or(i64::MAX);
    match (order.scope, order.sessions.as_slice()) {
        _ if order.whole.is_some() => ALL.to_owned(),
        (Scope::One | Scope::Listed, [only]) => only.id.clone(),
        (Scope::All, _) => format!("all: {}", format::number(number)),
        (Scope::Others, _) => format!("all others: {}", format::number(number)),
        _ => format::count(number, "session", "sessions"),
    }
}

/// What an order is about that names no session.
pub const ALL: &str = "All sessions of the user";

/// The rows of an order, by session; one that names none has one row for the user as a whole.
pub fn parts(order: &Revocation) -> Vec<OrderedSession> {
    let whole = order.whole.clone().map(|whole| OrderedSession {
        id: ALL.to_owned(),
        state: whole.state,
        said: None,
        detail: whole.detail,
        updated_at: whole.updated_at,
        withheld: whole.withheld,
        contested_by: whole.contested_by,
    });
    order.sessions.iter().cloned().chain(whole).collect()
}

/// A session's id, or that it is all of them.
pub fn which(order: &Revocation, session: &OrderedSession) -> AnyView {
    match &order.whole {
        Some(_) => ALL.into_any(),
        None => view! { <code class="clip">{session.id.clone()}</code> }.into_any(),
    }
}

/// A user's or an alert's orders.
pub fn orders(label: &'static str, project: ProjectId, orders: Vec<Revocation>) -> AnyView {
    let rows = orders.into_iter().map(move |order| {
        let page = project_path(project, &format!("revocations/{}", order.id));
        view! {
            <tr role="row">
                <td role="cell" data-label="Ordered"><a class="row-link" href=page><Time at=order.requested_at/></a></td>
                <td role="cell" data-label="State">{standing(&order)}</td>
                <td role="cell" data-label="Sessions"><code class="clip">{sessions(&order)}</code></td>
                <td role="cell" data-label="By">{wanted_by(&order)}<small>{order.reason.text}</small></td>
            </tr>
        }
    });
    view! {
        <Table label=label head=&["Ordered", "State", "Sessions", "By"]>{rows.collect_view()}</Table>
    }
    .into_any()
}

/// One order, session by session, with the way to its evidence.
pub fn ordered_sessions(title: &'static str, order: Revocation, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("revocations/{}", order.id));
    let how_far = standing(&order);
    let beside =
        given_beside(&order, project).map(|beside| view! { <p class="pad">"Given with "{beside}</p> });
    let rows = parts(&order).into_iter().map(|session| {
        view! {
            <tr role="row">
                <td role="cell" data-label="Session">{which(&order, &session)}</td>
                <td role="cell" data-label="State">{ordered_session(&session)}</td>
                <td role="cell" data-label="It said">{session.detail}</td>
                <td role="cell" data-label="Since"><Time at=session.updated_at/></td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <section class="card">
            <h2 class="card-title"><span>{title}</span><span class="badges">{how_far}<a class="button small" href=page>"Evidence"</a></span></h2>
            <Table label="Sessions to end" head=&["Session", "State", "The application said", "Since"]>{rows}</Table>
            {beside}
        </section>
    }
    .into_any()
}
