//! How many attempts of a wave the log holds, and which.

use sqlx::Row;

use crate::alert::wave::{Counted, Origin};
use crate::db::filter::{Filter, Value};
use crate::db::{Db, time};
use crate::event::{address, verb};
use crate::id::ProjectId;
use crate::risk::crowd::{Scope, Wave};
use crate::{Result, Timestamp};

/// No more failures are counted …
pub(super) const MOST: i64 = 50_000;
/// … nor logins looked at, where no index knows which they are.
const LOOKED_AT: i64 = 1_000_000;

/// Which attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempts {
    /// Those that failed.
    Failed,
    /// Those of strangers that succeeded.
    Passed,
    /// All of these.
    All,
}

/// What came from there between two moments. Users whom the wave passes by log in meanwhile: a stranger from where it comes
/// from is of it, a stranger anywhere is not.
pub(super) async fn counted(
    db: &Db,
    project: ProjectId,
    origin: &Origin,
    stretch: (Timestamp, Timestamp),
) -> Result<Counted> {
    let which = if origin.is_told_apart() { Attempts::All } else { Attempts::Failed };
    let counted = count(db, origin, &tried(project, origin, stretch, which)).await?;
    if which == Attempts::Failed || !counted.more {
        return Ok(counted);
    }
    // Who got in is what matters, and few: they are counted whatever else there is.
    let passed = count(db, origin, &tried(project, origin, stretch, Attempts::Passed)).await?;
    Ok(Counted { attempts: counted.failures + passed.attempts, ..counted })
}

async fn count(db: &Db, origin: &Origin, tried: &Filter) -> Result<Counted> {
    let select = concat!(
        "SELECT COUNT(*) AS attempts, COUNT(CASE WHEN t.verb IN (",
        verb::failures!(verb::quoted),
        ") THEN 1 END) AS failures, COUNT(DISTINCT t.user_key) AS users, COUNT(DISTINCT t.ip) AS addresses \
         FROM (SELECT e.verb, e.user_key, e.ip, e.asn FROM event e",
    );
    let asn = origin.asn.filter(|_| origin.scope == Scope::Network);
    let rows = match asn {
        None => tried.fetch(db.reader(), select, " LIMIT ?) t", [MOST.into()]).await?,
        Some(asn) => {
            // No index knows an event's network.
            let tail = " LIMIT ?) t WHERE t.asn = ?";
            tried.fetch(db.reader(), select, tail, [LOOKED_AT.into(), i64::from(asn).into()]).await?
        }
    };
    let Some(row) = rows.first() else { return Ok(Counted::default()) };
    let attempts = row.try_get("attempts")?;
    let more = if asn.is_some() { are_more(db, tried).await? } else { attempts >= MOST };
    Ok(Counted {
        attempts,
        failures: row.try_get("failures")?,
        users: row.try_get("users")?,
        addresses: row.try_get("addresses")?,
        more,
    })
}

/// True when there are more logins than are looked at.
async fn are_more(db: &Db, tried: &Filter) -> Result<bool> {
    let select = "SELECT COUNT(*) AS there FROM (SELECT e.id FROM event e";
    let rows = tried.fetch(db.reader(), select, " LIMIT ?) t", [LOOKED_AT.into()]).await?;
    let there = rows.first().map(|row| row.try_get::<i64, _>("there")).transpose()?;
    Ok(there.is_some_and(|there| there >= LOOKED_AT))
}

/// When the last one of it failed.
pub(super) async fn last(
    db: &Db,
    project: ProjectId,
    origin: &Origin,
    stretch: (Timestamp, Timestamp),
) -> Result<Option<Timestamp>> {
    let mut failed = tried(project, origin, stretch, Attempts::Failed);
    if let Some(asn) = origin.asn.filter(|_| origin.scope == Scope::Network) {
        failed.and("e.asn = ?", [i64::from(asn).into()]);
    }
    let tail = " ORDER BY e.occurred_at DESC LIMIT ?";
    let rows = failed.fetch(db.reader(), "SELECT e.occurred_at FROM event e", tail, [1.into()]).await?;
    rows.first().map(|row| time(row, "occurred_at")).transpose().map(Option::flatten)
}

/// The attempts of the wave within a stretch of time.
pub(super) fn tried(
    project: ProjectId,
    origin: &Origin,
    (since, until): (Timestamp, Timestamp),
    which: Attempts,
) -> Filter {
    let (passed, failed) = match origin.kind {
        Wave::SecondFactor => (&[verb::CHALLENGE_PASS][..], verb::CHALLENGE_FAIL),
        _ => (&verb::LOGINS[..], verb::LOG_IN_DENIED),
    };
    let mut tried = Filter::default();
    tried.and("e.project_id = ?", [project.0.into()]);
    match which {
        Attempts::Failed => tried.and("e.verb = ?", [failed.into()]),
        Attempts::Passed => {
            tried.and_in("e.verb", passed.iter().copied().map(Value::from)).and("e.level > 0", [])
        }
        Attempts::All => tried
            .and_in("e.verb", passed.iter().copied().chain([failed]).map(Value::from))
            .and("(e.verb = ? OR e.level > 0)", [failed.into()]),
    };
    tried.and("e.occurred_at >= ?", [since.0.into()]).and("e.occurred_at < ?", [until.0.into()]);
    narrow(&mut tried, project, origin);
    tried
}

/// What the attempts have in common, as far as an index knows it; of a kind of client, all of the project's count.
fn narrow(tried: &mut Filter, project: ProjectId, origin: &Origin) {
    let from = origin.from.as_str();
    match origin.scope {
        Scope::Address if !from.contains('/') => {
            tried.and("e.ip = ?", [from.into()]);
        }
        Scope::Address | Scope::Prefix => {
            if let Some([within, shorter]) = address::texts(from) {
                tried.and("(e.ip LIKE ? OR e.ip LIKE ?)", [within.into(), shorter.into()]);
            }
        }
        Scope::Account => {
            let of_user = "e.user_key = (SELECT w.key FROM end_user w WHERE w.project_id = ? AND w.id = ?)";
            tried.and(of_user, [project.0.into(), from.into()]);
        }
        _ => {}
    }
}
