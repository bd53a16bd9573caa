//! Obeying: the order that a valid webhook asks for.

use sqlx::Row;

use super::receive::From;
use super::record::kept;
use crate::db::Tx;
use crate::id::{ProjectId, RevocationId, UserKey};
use crate::inbound::{Obedience, Wanted, Which, wanted};
use crate::operator::Actor;
use crate::revocation::store::{Request, open_same, request, unordered_of};
use crate::revocation::{Reason, Scope};
use crate::{Result, Timestamp};

/// Why one is not obeyed yet: the event that names the user may still be on its way.
pub(super) const UNKNOWN_USER: &str = "no such user is known";

/// Why one is obeyed without an order.
const NO_OTHER: &str = "nothing is to end: no other session of the user is known to live";

/// What was done about one.
pub(super) struct Done {
    /// The order that it led to, or that was open already.
    pub(super) order: Option<RevocationId>,
    /// Whether it was obeyed.
    pub(super) outcome: Obedience,
    /// In words.
    pub(super) reason: String,
}

impl Done {
    fn without(outcome: Obedience, why: &str) -> Self {
        Self { order: None, outcome, reason: why.to_owned() }
    }

    fn by(order: RevocationId, words: &str) -> Self {
        Self { order: Some(order), outcome: Obedience::Obeyed, reason: format!("{words} {order}") }
    }
}

/// Gives the order that the body asks for. Sessions for which one is open are left to it; where that is so of all, it is
/// the answer.
pub(super) async fn obey(tx: &mut Tx<'_>, from: &From<'_>, now: Timestamp) -> Result<Done> {
    let (user_id, sessions, began_by, reason) = match wanted(from.arrival.body) {
        Wanted::Nothing(why) => return Ok(Done::without(Obedience::NothingAsked, why)),
        Wanted::Unclear(why) => return Ok(Done::without(Obedience::CouldNot, why)),
        Wanted::End { user_id, sessions, began_by, reason } => (user_id, sessions, began_by, reason),
    };
    let Some(user) = user(tx, from.project, &user_id).await? else {
        return Ok(Done::without(Obedience::CouldNot, UNKNOWN_USER));
    };
    let newer = newer(tx, from.project, user, began_by).await?;
    let (scope, sessions, listed) = match sessions {
        Which::All if newer.is_empty() => (Scope::All, Vec::new(), None),
        Which::All => (Scope::Others, newer, None),
        Which::Others(kept) => (Scope::Others, [kept, newer].concat(), None),
        Which::Listed(listed) => {
            let (fresh, under_way) = unordered_of(tx, from.project, user, &listed, now).await?;
            let all_are = under_way.filter(|_| fresh.is_empty());
            (Scope::Listed, fresh, all_are)
        }
    };
    let text = reason.map_or_else(|| format!("Requested by {}", from.source.name), |text| kept(&text, 500));
    let order = Request {
        project: from.project,
        user,
        scope,
        sessions: &sessions,
        reason: Reason { code: "inbound.requested".into(), text },
        actor: &Actor::Source(from.source.id),
        event: None,
        alert: None,
        question: None,
        public_url: from.arrival.public_url,
        thisdata: None,
    };
    let under_way = listed.or(open_same(tx, &order, now).await?);
    if let Some(open) = under_way {
        return Ok(Done::by(open, "is under way already as"));
    }
    Ok(match request(tx, order, now).await? {
        Some(id) => Done::by(id, "ordered"),
        // As it is to be: none but those that stay.
        None if scope == Scope::Others => Done::without(Obedience::Obeyed, NO_OTHER),
        None => Done::without(Obedience::CouldNot, "the user has no such session"),
    })
}

/// The user's live sessions that began after it was asked that they end: those are not meant. Since when one lives that no event
/// named is not known.
async fn newer(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserKey,
    asked_at: Option<Timestamp>,
) -> Result<Vec<String>> {
    let Some(asked_at) = asked_at else { return Ok(Vec::new()) };
    let ids = sqlx::query_scalar(
        "SELECT id FROM session WHERE user_key = $1 AND project_id = $2 AND state = 'live' AND started_at > $3 \
         AND last_event_id <> 0",
    );
    Ok(ids.bind(user.0).bind(project.0).bind(asked_at.0).fetch_all(tx.conn()).await?)
}

async fn user(tx: &mut Tx<'_>, project: ProjectId, id: &str) -> Result<Option<UserKey>> {
    let row = sqlx::query("SELECT key FROM end_user WHERE project_id = $1 AND id = $2")
        .bind(project.0)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.map(|row| Ok(UserKey(row.try_get("key")?))).transpose()
}
