//! What is written down of an inbound webhook, and what was before.

use sqlx::Row;

use super::receive::{From, Judged, MAX_ID};
use crate::db::{Tx, to_json};
use crate::id::{InboundId, RevocationId};
use crate::inbound::hmac::HmacScheme;
use crate::inbound::{MAX_BODY, Obedience};
use crate::signature;
use crate::{Result, Timestamp};

/// How much of a header is kept, in bytes.
const MAX_HEADER: usize = 1_000;
/// The headers that are kept.
const KEPT: [&str; 6] = [
    signature::ID,
    signature::TIMESTAMP,
    signature::SIGNATURE,
    signature::LEGACY,
    "content-type",
    "user-agent",
];
/// How many refused ones of a source are kept: a flood of them fills no disk.
const MAX_REFUSED: i64 = 10_000;

pub(super) async fn prune(tx: &mut Tx<'_>, from: &From<'_>) -> Result<()> {
    sqlx::query(
        "DELETE FROM inbound WHERE source_id = $1 AND status <> 'valid' AND id <= \
         (SELECT id FROM inbound WHERE source_id = $1 AND status <> 'valid' ORDER BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind(from.source.id.0)
    .bind(MAX_REFUSED)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// None when a valid one with this id is there already.
pub(super) async fn insert(
    tx: &mut Tx<'_>,
    from: &From<'_>,
    judged: &Judged,
    now: Timestamp,
) -> Result<Option<InboundId>> {
    let id = InboundId(tx.next_id(now));
    let inserted = sqlx::query(
        "INSERT INTO inbound (id, project_id, source_id, received_at, status, reason, webhook_id, headers, body, off_seconds) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
    )
    .bind(id.0)
    .bind(from.project.0)
    .bind(from.source.id.0)
    .bind(now.0)
    .bind(judged.status.as_str())
    .bind(&judged.reason)
    .bind(judged.webhook_id.as_deref().map(|id| kept(id, MAX_ID)))
    .bind(headers(from)?)
    .bind(body(from))
    .bind(judged.ahead)
    .execute(tx.conn())
    .await?;
    Ok((inserted.rows_affected() > 0).then_some(id))
}

/// The one with this id that could not be obeyed, and why, while its content is kept: it is taken up again, as it came now.
/// Its row is held, so that of two at once only one finds it so.
pub(super) async fn unmet(
    tx: &mut Tx<'_>,
    from: &From<'_>,
    judged: &Judged,
) -> Result<Option<(InboundId, String)>> {
    let row = sqlx::query(
        "UPDATE inbound SET headers = $1, body = $2 WHERE source_id = $3 AND webhook_id = $4 AND status = 'valid' \
         AND revocation_id IS NULL AND outcome = $5 AND headers <> '[]' RETURNING id, reason",
    )
    .bind(headers(from)?)
    .bind(body(from))
    .bind(from.source.id.0)
    .bind(judged.webhook_id.as_deref().map(|id| kept(id, MAX_ID)))
    .bind(Obedience::CouldNot.as_str())
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| Ok((InboundId(row.try_get("id")?), row.try_get("reason")?))).transpose()
}

/// The order that the valid one with this id led to.
pub(super) async fn led_to(
    tx: &mut Tx<'_>,
    from: &From<'_>,
    judged: &Judged,
) -> Result<Option<RevocationId>> {
    let order: Option<Option<i64>> = sqlx::query_scalar(
        "SELECT revocation_id FROM inbound WHERE source_id = $1 AND webhook_id = $2 AND status = 'valid'",
    )
    .bind(from.source.id.0)
    .bind(judged.webhook_id.as_deref().map(|id| kept(id, MAX_ID)))
    .fetch_optional(tx.conn())
    .await?;
    Ok(order.flatten().map(RevocationId))
}

/// Those that are kept, as they are stored.
fn headers(from: &From<'_>) -> Result<String> {
    let own = from.source.hmac.as_ref().map(HmacScheme::headers).unwrap_or_default();
    let is_kept = |name: &str| KEPT.contains(&name) || own.iter().any(|own| own.eq_ignore_ascii_case(name));
    let headers = from.arrival.headers.iter().filter(|(name, _)| is_kept(name));
    let headers: Vec<_> = headers.map(|(name, value)| (name, kept(value, MAX_HEADER))).collect();
    to_json(&headers)
}

/// As much of the body as is kept.
fn body(from: &From<'_>) -> String {
    let body = &from.arrival.body[..from.arrival.body.len().min(MAX_BODY)];
    kept(&String::from_utf8_lossy(body), MAX_BODY)
}

/// What every database takes of a text: no NUL, at most so many bytes.
pub(super) fn kept(text: &str, most: usize) -> String {
    let mut text = text.replace('\0', "\u{fffd}");
    text.truncate(text.floor_char_boundary(most));
    text
}
