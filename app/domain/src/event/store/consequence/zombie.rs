//! What an application reported dead, and lives.

use serde_json::json;

use crate::alert::ZOMBIE;
use crate::alert::store::{Raise, raise_and_tell};
use crate::db::Tx;
use crate::revocation::store::zombie_key;
use crate::risk::Level;
use crate::session::Contradiction;
use crate::webhook::MessageType;
use crate::{Result, Timestamp};

/// Alerts for sessions that live although their application reported them dead.
pub(in super::super) async fn zombies(
    tx: &mut Tx<'_>,
    found: &[Contradiction],
    now: Timestamp,
) -> Result<()> {
    for zombie in found {
        let user = &zombie.user;
        let title = format!(
            "{}'s session {} is in use although it was reported as {}",
            user.label(),
            zombie.session,
            zombie.said.words()
        );
        let raise = Raise {
            project: zombie.project,
            user: Some(user.key),
            event: Some(zombie.event),
            kind: ZOMBIE,
            dedup_key: &zombie_key(zombie.revocation, &zombie.session),
            title: &title,
            score: 1.0,
            level: Level::Red,
        };
        let about = json!({
            "user": { "id": user.id, "name": user.name },
            "revocation_id": zombie.revocation,
            "session": { "id": zombie.session },
            "event": { "id": zombie.event, "occurred_at": zombie.at },
        });
        raise_and_tell(tx, raise, MessageType::SessionZombie, about, now).await?;
    }
    Ok(())
}
