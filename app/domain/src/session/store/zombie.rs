//! Sessions that live although their application reported them dead.

use std::collections::{BTreeMap, HashMap};

use sqlx::Row as _;

use super::fold::Row;
use crate::db::{Tx, batch};
use crate::event::EventUser;
use crate::id::{EventId, ProjectId, RevocationId, UserKey};
use crate::revocation::store::outcome;
use crate::session::{Contradiction, GRACE, Sign};
use crate::{Result, Timestamp};

/// The last sign of life of each session, by project and session: in the order of their keys.
pub(super) type Lives<'a> = BTreeMap<(i64, &'a str), (EventId, Timestamp)>;

/// What only a living session can do: with its user, or in an event that names none. What follows a login of the same
/// batch is of the session that this login begins.
pub(super) fn lives<'a>(rows: &[Row<'a>], signs: &'a [Sign]) -> Lives<'a> {
    let place = |row: &Row<'a>| (row.project.0, row.session);
    let begun: HashMap<_, _> =
        rows.iter().filter(|row| row.begins).map(|row| (place(row), row.started_at)).collect();
    let mut lives: Lives<'_> = rows.iter().filter_map(|row| Some((place(row), row.alive?))).collect();
    for sign in signs {
        let place = (sign.project.0, sign.session_id.as_str());
        if begun.get(&place).is_none_or(|begun| sign.at < *begun) {
            let last = lives.entry(place).or_insert((sign.event_id, sign.at));
            if last.1 < sign.at {
                *last = (sign.event_id, sign.at);
            }
        }
    }
    lives
}

/// Confirmed orders for sessions that are wanted, from these tables on, in this order: SQLite takes them so, and most events
/// find nothing in the first or second.
macro_rules! confirmed {
    ($tables:literal, $where:literal) => {
        concat!(
            "SELECT o.revocation_id, s.project_id, s.id AS session_id, o.outcome, o.updated_at, u.key, u.id, u.name \
             FROM wanted CROSS JOIN ",
            $tables,
            " CROSS JOIN end_user u WHERE s.project_id = wanted.project_id AND s.id = wanted.id AND r.id = o.revocation_id \
             AND r.user_key = s.user_key AND u.key = r.user_key AND o.state = 'confirmed' AND ",
            $where
        )
    };
}

/// Those that name the session, and those for its user as a whole, which are about what was there when they were given: a
/// later login is no sign of life. However many orders a user has had, few are looked at.
const CONFIRMED: &str = concat!(
    confirmed!(
        "revocation_session o CROSS JOIN session s CROSS JOIN revocation r",
        "o.project_id = wanted.project_id AND o.session_id = wanted.id AND s.started_at <= o.updated_at"
    ),
    " UNION ALL ",
    confirmed!(
        "session s CROSS JOIN revocation r CROSS JOIN revocation_session o",
        "r.requested_at >= s.started_at AND o.session_id = '' AND NOT EXISTS \
         (SELECT 1 FROM revocation_session x WHERE x.revocation_id = r.id AND x.session_id = s.id)"
    ),
);

/// Confirmed orders for sessions that live, oldest first, unless a login has begun the session anew.
pub(super) async fn zombies(tx: &mut Tx<'_>, lives: &Lives<'_>) -> Result<Vec<Contradiction>> {
    let alive: Vec<_> = lives.keys().copied().collect();
    let found =
        batch::look_up(tx.conn(), &["project_id", "id"], CONFIRMED, &alive, &(0, ""), |query, key| {
            query.bind(key.0).bind(key.1)
        })
        .await?;
    let mut zombies = Vec::new();
    for row in found {
        let (project, session): (i64, String) = (row.try_get("project_id")?, row.try_get("session_id")?);
        let confirmed_at = Timestamp(row.try_get("updated_at")?);
        let sign = lives.get(&(project, session.as_str())).filter(|(_, at)| at.since(confirmed_at) > GRACE);
        if let Some(&(event, at)) = sign {
            let revocation = RevocationId(row.try_get("revocation_id")?);
            let key = UserKey(row.try_get("key")?);
            let user = EventUser { key, id: row.try_get("id")?, name: row.try_get("name")? };
            let (project, said) = (ProjectId(project), outcome(row.try_get("outcome")?)?);
            zombies.push(Contradiction { project, revocation, user, session, said, event, at });
        }
    }
    zombies.sort_by_key(|zombie| zombie.revocation);
    Ok(zombies)
}

/// Of each session the contradiction of its newest order.
pub(super) fn newest(zombies: Vec<Contradiction>) -> Vec<Contradiction> {
    let newest: HashMap<_, _> =
        zombies.into_iter().map(|zombie| ((zombie.project, zombie.session.clone()), zombie)).collect();
    newest.into_values().collect()
}
