//! A wave of guesses in numbers: counted in the log when somebody looks, so that they are right after a restart and with
//! many replicas.

mod count;

use sqlx::Row;

use self::count::{Attempts, MOST, counted, last, tried};
use super::super::wave::{Beside, Common, Failed, Figures, Origin, in_common};
use crate::Result;
use crate::Timestamp;
use crate::db::{Db, Tx, time, to_json};
use crate::id::{AlertId, ProjectId};
use crate::place::Network;
use crate::risk::crowd::Scope;
use crate::time::{DAY, HOUR, SECOND};

/// How long a wave is counted at most, and how long the time before it that it is compared with.
const WEEK: i64 = 7 * DAY;
/// No more addresses are looked at, the busiest first, and no more other waves are named.
const ADDRESSES: i64 = 5_000;
const BESIDE: i64 = 10;

/// Keeps where a wave comes from with its alert.
pub(crate) async fn keep(tx: &mut Tx<'_>, alert: AlertId, origin: &Origin) -> Result<()> {
    let sql = "UPDATE alert SET wave = $1 WHERE id = $2";
    sqlx::query(sql).bind(to_json(origin)?).bind(alert.0).execute(tx.conn()).await?;
    Ok(())
}

/// The wave that an alert is about; None for any other alert, and for one that opened before this was kept.
pub async fn wave(db: &Db, project: ProjectId, alert: AlertId, now: Timestamp) -> Result<Option<Figures>> {
    let sql = "SELECT wave, closed_at FROM alert WHERE project_id = $1 AND id = $2 AND kind = 'wave' AND wave IS NOT NULL";
    let row = sqlx::query(sql).bind(project.0).bind(alert.0).fetch_optional(db.reader()).await?;
    let Some(row) = row else { return Ok(None) };
    let origin: Origin = crate::db::json(&row, "wave")?;
    let started = origin.started_at;
    let until = time(&row, "closed_at")?.unwrap_or(now).max(started.plus(SECOND));
    let since = started.max(until.plus(-WEEK));
    let during = counted(db, project, &origin, (since, until)).await?;
    let before = counted(db, project, &origin, (started.plus(-WEEK), started)).await?;
    let hour = counted(db, project, &origin, (since.max(until.plus(-HOUR)), until)).await?;
    let last_at = last(db, project, &origin, (since, until)).await?;
    let share = until.since(since) as f64 / WEEK as f64;
    let common = common(db, project, &origin, (since, until), during.failures).await?;
    let beside = beside(db, project, alert, started.plus(-DAY), until).await?;
    Ok(Some(Figures {
        since,
        until,
        last_at,
        last_hour: hour.failures,
        more: during.more,
        attempts: during.attempts,
        failures: during.failures,
        users: during.users,
        addresses: during.addresses,
        usual_failures: before.failures as f64 * share,
        common: common.filter(|common| common.scope < origin.scope),
        beside,
        origin,
    }))
}

/// What most of its failures have in common by now, where it was found by something wide.
async fn common(
    db: &Db,
    project: ProjectId,
    origin: &Origin,
    stretch: (Timestamp, Timestamp),
    failures: i64,
) -> Result<Option<Common>> {
    if origin.scope == Scope::Address || (origin.scope == Scope::Network && origin.asn.is_none()) {
        return Ok(None);
    }
    let select =
        "SELECT t.ip, COUNT(*) AS failures, MAX(t.detail) AS detail FROM (SELECT e.ip, e.detail FROM event e";
    let tail = " AND e.ip IS NOT NULL LIMIT ?) t GROUP BY t.ip ORDER BY failures DESC, t.ip LIMIT ?";
    let failed = tried(project, origin, stretch, Attempts::Failed);
    let rows = failed.fetch(db.reader(), select, tail, [MOST.into(), ADDRESSES.into()]).await?;
    let mut failed = Vec::with_capacity(rows.len());
    for row in &rows {
        let Ok(ip) = row.try_get::<String, _>("ip")?.parse() else { continue };
        let network = crate::db::json::<Located>(row, "detail")?.network;
        let network = network.and_then(|network| Some((network.asn?, network.name)));
        if origin.scope != Scope::Network || network.as_ref().map(|(asn, _)| *asn) == origin.asn {
            failed.push(Failed { ip, network, failures: row.try_get("failures")? });
        }
    }
    Ok(in_common(&failed, failures))
}

/// An event's details, as far as the network goes.
#[derive(serde::Deserialize)]
struct Located {
    #[serde(default)]
    network: Option<Network>,
}

/// The alerts of other waves that opened while this one lasted, or within the day before.
async fn beside(
    db: &Db,
    project: ProjectId,
    alert: AlertId,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<Beside>> {
    let sql = "SELECT id, title FROM alert WHERE project_id = $1 AND kind = 'wave' AND id <> $2 AND opened_at >= $3 \
               AND opened_at <= $4 ORDER BY id LIMIT $5";
    let asked = sqlx::query(sql).bind(project.0).bind(alert.0).bind(since.0).bind(until.0).bind(BESIDE);
    let rows = asked.fetch_all(db.reader()).await?;
    let of =
        |row| Ok(Beside { alert: AlertId(Row::try_get(row, "id")?), title: Row::try_get(row, "title")? });
    rows.iter().map(of).collect()
}
