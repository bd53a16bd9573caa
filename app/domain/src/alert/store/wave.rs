//! A wave of guesses in numbers: counted in the log when somebody looks, so that they are right after a restart and with
//! many replicas.

use sqlx::Row;

use super::super::wave::{Counted, Figures, Origin};
use crate::Result;
use crate::Timestamp;
use crate::db::filter::{Filter, Value};
use crate::db::{Db, Tx, time, to_json};
use crate::event::verb;
use crate::id::{AlertId, ProjectId};
use crate::risk::crowd::Scope;
use crate::time::{DAY, SECOND};

/// How long a wave is counted at most, and how long the time before it that it is compared with.
const WEEK: i64 = 7 * DAY;
/// No more logins are looked at.
const MOST: i64 = 50_000;

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
    let until = time(&row, "closed_at")?.unwrap_or(now).min(started.plus(WEEK)).max(started.plus(SECOND));
    let during = counted(db, project, &origin, started, until).await?;
    let before = counted(db, project, &origin, started.plus(-WEEK), started).await?;
    let share = until.since(started) as f64 / WEEK as f64;
    Ok(Some(Figures {
        until,
        attempts: during.attempts,
        failures: during.failures,
        users: during.users,
        addresses: during.addresses,
        usual_failures: before.failures as f64 * share,
        origin,
    }))
}

/// What came from there between two moments.
async fn counted(
    db: &Db,
    project: ProjectId,
    origin: &Origin,
    since: Timestamp,
    until: Timestamp,
) -> Result<Counted> {
    let mut tried = Filter::default();
    tried.and("e.project_id = ?", [project.0.into()]);
    tried.and_in("e.verb", [verb::LOG_IN, verb::LOG_IN_DENIED].map(Value::from));
    // Users whom the wave passes by log in meanwhile. A stranger from where it comes from is of it; a stranger anywhere is not.
    if origin.is_told_apart() {
        tried.and("(e.verb <> 'log-in' OR e.level > 0)", []);
    } else {
        tried.and("e.verb <> 'log-in'", []);
    }
    tried.and("e.occurred_at >= ?", [since.0.into()]).and("e.occurred_at < ?", [until.0.into()]);
    narrow(&mut tried, project, origin);
    let select = "SELECT COUNT(*) AS attempts, COUNT(CASE WHEN t.verb = 'log-in' THEN NULL ELSE 1 END) AS failures, \
         COUNT(DISTINCT t.user_key) AS users, COUNT(DISTINCT t.ip) AS addresses \
         FROM (SELECT e.verb, e.user_key, e.ip, e.detail FROM event e";
    let rows = match origin.asn.filter(|_| origin.scope == Scope::Network) {
        None => tried.fetch(db.reader(), select, " LIMIT ?) t", [MOST.into()]).await?,
        Some(asn) => {
            // No index knows an event's network.
            let tail = " LIMIT ?) t WHERE t.detail LIKE ? OR t.detail LIKE ?";
            let [inside, last] = [",", "}"].map(|end| Value::from(format!("%\"asn\":{asn}{end}%")));
            tried.fetch(db.reader(), select, tail, [MOST.into(), inside, last]).await?
        }
    };
    let Some(row) = rows.first() else { return Ok(Counted::default()) };
    Ok(Counted {
        attempts: row.try_get("attempts")?,
        failures: row.try_get("failures")?,
        users: row.try_get("users")?,
        addresses: row.try_get("addresses")?,
    })
}

/// What the attempts have in common, as far as an index knows it; of a kind of client, all of the project's count.
fn narrow(tried: &mut Filter, project: ProjectId, origin: &Origin) {
    let from = origin.from.as_str();
    match origin.scope {
        Scope::Address if !from.contains('/') => {
            tried.and("e.ip = ?", [from.into()]);
        }
        Scope::Prefix if from.ends_with(".0/24") => {
            tried.and("e.ip LIKE ?", [format!("{}%", from.trim_end_matches("0/24")).into()]);
        }
        Scope::Account => {
            let of_user = "e.user_key = (SELECT w.key FROM end_user w WHERE w.project_id = ? AND w.id = ?)";
            tried.and(of_user, [project.0.into(), from.into()]);
        }
        _ => {}
    }
}
