//! Which sessions of orders a receiver does not know, while another may have them.

use std::collections::{BTreeSet, HashMap};

use sqlx::{AnyConnection, Row};

use super::absent::{NOT_HERE, said, stands};
use crate::Result;
use crate::db::Db;
use crate::db::filter::Filter;
use crate::id::EndpointId;
use crate::revocation::absent::{Absence, Speaker, Stand, absence, silent};
use crate::revocation::receipt::WHOLE;
use crate::revocation::{Party, Revocation, State, Withheld};

/// Says so of those of these orders.
pub(super) async fn mark(db: &Db, orders: &mut [Revocation]) -> Result<()> {
    let open = orders.iter().filter(|order| order.awaits_answer());
    let open: Vec<i64> = open.map(|order| order.id.0).collect();
    if open.is_empty() {
        return Ok(());
    }
    let mut filter = Filter::default();
    filter.and_in("revocation_id", open.into_iter().map(Into::into)).and("state = ?", [NOT_HERE.into()]);
    let select = "SELECT DISTINCT revocation_id FROM revocation_step";
    let rows = filter.fetch(db.reader(), select, "", []).await?;
    // Nearly always none.
    let doubtful: BTreeSet<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    for order in orders.iter_mut().filter(|order| doubtful.contains(&order.id.0)) {
        look(&mut *db.reader().acquire().await?, order).await?;
    }
    Ok(())
}

async fn look(conn: &mut AnyConnection, order: &mut Revocation) -> Result<()> {
    let (said, stands) = (said(conn, order.id).await?, stands(conn, order.id).await?);
    let names = names(conn, order).await?;
    let withheld = |session: &str, state| {
        let said = said.get(session).filter(|_| may_live(state))?;
        told(session == WHOLE, state, said, &stands, &names)
    };
    for session in &mut order.sessions {
        session.withheld = withheld(&session.id, session.state);
    }
    if let Some(whole) = &mut order.whole {
        whole.withheld = withheld(WHOLE, whole.state);
    }
    Ok(())
}

/// Whoever could not end a session knows of it.
fn may_live(state: State) -> bool {
    !state.is_answered() && state != State::Refused
}

fn told(
    whole: bool,
    state: State,
    said: &[Speaker],
    stands: &[Stand],
    names: &HashMap<EndpointId, String>,
) -> Option<Withheld> {
    if absence(stands, said) == Absence::Nowhere {
        return None;
    }
    let endpoint = |id: EndpointId| Party {
        endpoint_id: Some(id),
        name: names.get(&id).cloned().unwrap_or_else(|| id.to_string()),
    };
    let other = |name: &str| Party { endpoint_id: None, name: name.to_owned() };
    let mut speakers: Vec<Party> = Vec::new();
    for speaker in said {
        let party = match speaker {
            Speaker::Endpoint(id) => endpoint(*id),
            Speaker::Key => other("Whoever has the API key"),
            Speaker::Posted => other("Whoever posted a receipt"),
        };
        if !speakers.contains(&party) {
            speakers.push(party);
        }
    }
    let (awaited, lost) = silent(stands, said);
    let parties = |ids: Vec<EndpointId>| ids.into_iter().map(endpoint).collect();
    Some(Withheld::new(state, whole, speakers, [parties(awaited), parties(lost)]))
}

/// What the order's receivers are called: by their description, or else by where they are.
async fn names(conn: &mut AnyConnection, order: &Revocation) -> Result<HashMap<EndpointId, String>> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT DISTINCT e.id, e.description, e.url FROM message m JOIN delivery d ON d.message_id = m.id \
         JOIN endpoint e ON e.id = d.endpoint_id WHERE m.revocation_id = $1",
    )
    .bind(order.id.0)
    .fetch_all(conn)
    .await?;
    let named = |(id, description, url): (i64, String, String)| (EndpointId(id), name(&url, &description));
    Ok(rows.into_iter().map(named).collect())
}

/// What an endpoint is called.
pub(super) fn name(url: &str, description: &str) -> String {
    let place = url.split_once("://").map_or(url, |(_, rest)| rest);
    if description.is_empty() { place.to_owned() } else { description.to_owned() }
}
