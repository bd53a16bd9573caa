//! A wave of guesses in numbers: counted in the log when somebody looks, so that they are right after a restart and with
//! many replicas.

use sqlx::Row;

use super::super::wave::{Beside, Common, Counted, Failed, Figures, Origin, in_common};
use crate::Result;
use crate::Timestamp;
use crate::db::filter::{Filter, Value};
use crate::db::{Db, Tx, time, to_json};
use crate::event::verb;
use crate::id::{AlertId, ProjectId};
use crate::place::Network;
use crate::risk::crowd::{Scope, Wave};
use crate::time::{DAY, SECOND};

/// How long a wave is counted at most, and how long the time before it that it is compared with.
const WEEK: i64 = 7 * DAY;
/// No more logins are looked at.
const MOST: i64 = 50_000;
/// … nor more addresses, the busiest first, and no more other waves are named.
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
    let until = time(&row, "closed_at")?.unwrap_or(now).min(started.plus(WEEK)).max(started.plus(SECOND));
    let during = counted(db, project, &origin, started, until).await?;
    let before = counted(db, project, &origin, started.plus(-WEEK), started).await?;
    let share = until.since(started) as f64 / WEEK as f64;
    let common = common(db, project, &origin, until, during.failures).await?;
    let beside = beside(db, project, alert, started.plus(-DAY), until).await?;
    Ok(Some(Figures {
        until,
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

/// What came from there between two moments.
async fn counted(
    db: &Db,
    project: ProjectId,
    origin: &Origin,
    since: Timestamp,
    until: Timestamp,
) -> Result<Counted> {
    // Users whom the wave passes by log in meanwhile. A stranger from where it comes from is of it; a stranger anywhere is not.
    let tried = tried(project, origin, since, until, origin.is_told_apart());
    let select = "SELECT COUNT(*) AS attempts, COUNT(CASE WHEN t.verb IN ('log-in', 'authentication-challenge-pass') THEN NULL ELSE 1 END) AS failures, \
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

/// The failures of the wave within a stretch of time, with or without what strangers succeeded at.
fn tried(project: ProjectId, origin: &Origin, since: Timestamp, until: Timestamp, successes: bool) -> Filter {
    let (passed, failed) = match origin.kind {
        Wave::SecondFactor => (verb::CHALLENGE_PASS, verb::CHALLENGE_FAIL),
        _ => (verb::LOG_IN, verb::LOG_IN_DENIED),
    };
    let mut tried = Filter::default();
    tried.and("e.project_id = ?", [project.0.into()]);
    if successes {
        tried.and_in("e.verb", [failed, passed].map(Value::from));
        tried.and("(e.verb = ? OR e.level > 0)", [failed.into()]);
    } else {
        tried.and("e.verb = ?", [failed.into()]);
    }
    tried.and("e.occurred_at >= ?", [since.0.into()]).and("e.occurred_at < ?", [until.0.into()]);
    narrow(&mut tried, project, origin);
    tried
}

/// What most of its failures have in common by now, where it was found by something wide.
async fn common(
    db: &Db,
    project: ProjectId,
    origin: &Origin,
    until: Timestamp,
    failures: i64,
) -> Result<Option<Common>> {
    if origin.scope == Scope::Address || (origin.scope == Scope::Network && origin.asn.is_none()) {
        return Ok(None);
    }
    let select =
        "SELECT t.ip, COUNT(*) AS failures, MAX(t.detail) AS detail FROM (SELECT e.ip, e.detail FROM event e";
    let tail = " AND e.ip IS NOT NULL LIMIT ?) t GROUP BY t.ip ORDER BY failures DESC, t.ip LIMIT ?";
    let failed = tried(project, origin, origin.started_at, until, false);
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
