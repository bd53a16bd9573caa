//! What messages are about, for lists of their deliveries.

use std::collections::{BTreeSet, HashMap};

use sqlx::Row;

use crate::Result;
use crate::db::Db;
use crate::db::filter::Filter;
use crate::event::EventUser;
use crate::id::{MessageId, UserKey};
use crate::revocation::store::briefs;
use crate::webhook::{Delivery, Subject};

/// What the messages of these deliveries are about.
pub async fn subjects(db: &Db, deliveries: &[Delivery]) -> Result<HashMap<MessageId, Subject>> {
    let mut subjects = HashMap::new();
    let messages: BTreeSet<_> = deliveries.iter().map(|one| one.message_id.0).collect();
    if messages.is_empty() {
        return Ok(subjects);
    }
    let mut these = Filter::default();
    these.and_in("m.id", messages.into_iter().map(Into::into));
    let select = "SELECT m.id, u.key AS user_key, u.id AS user_id, u.name AS user_name, v.session_id FROM message m \
         LEFT JOIN end_user u ON u.key = m.user_key LEFT JOIN event v ON v.id = m.event_id";
    for row in these.fetch(db.reader(), select, "", []).await? {
        let user = match row.try_get::<Option<i64>, _>("user_key")? {
            Some(key) => Some(EventUser {
                key: UserKey(key),
                id: row.try_get("user_id")?,
                name: row.try_get("user_name")?,
            }),
            None => None,
        };
        let subject = Subject { user, session: row.try_get("session_id")?, order: None };
        subjects.insert(MessageId(row.try_get("id")?), subject);
    }
    let orders: BTreeSet<_> = deliveries.iter().filter_map(|one| one.revocation).collect();
    let briefs = briefs(db, &orders.into_iter().collect::<Vec<_>>()).await?;
    for one in deliveries {
        if let Some(subject) = subjects.get_mut(&one.message_id) {
            subject.order = one.revocation.and_then(|id| briefs.get(&id).cloned());
        }
    }
    Ok(subjects)
}
