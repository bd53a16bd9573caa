//! Whether the installation's key is the one that the store's secrets were sealed with.

use sqlx::{AnyPool, Row};

use crate::Result;
use crate::id::{NoticeId, SecretId, SourceId};
use crate::vault::Vault;
use crate::{inbound, notice, webhook};

/// The newest of each kind of sealed thing.
const NEWEST: [(&str, fn(i64) -> String); 3] = [
    ("SELECT id, sealed FROM endpoint_secret ORDER BY id DESC LIMIT 1", |id| {
        webhook::store::place(SecretId(id))
    }),
    ("SELECT id, sealed FROM source ORDER BY id DESC LIMIT 1", |id| inbound::store::place(SourceId(id))),
    ("SELECT id, body AS sealed FROM notice ORDER BY id DESC LIMIT 1", |id| {
        notice::store::place(NoticeId(id))
    }),
];

/// False when there are sealed secrets and none of those looked at opens.
pub(super) async fn fits(pool: &AnyPool, vault: &Vault) -> Result<bool> {
    let mut fits = true;
    for (newest, place) in NEWEST {
        let Some(row) = sqlx::query(newest).fetch_optional(pool).await? else { continue };
        fits = vault.open(&place(row.try_get("id")?), row.try_get("sealed")?).is_ok();
        if fits {
            break;
        }
    }
    Ok(fits)
}
