//! How often rules hit: counted by day, in the transaction of the events.

use std::collections::{BTreeMap, HashMap};

use sqlx::Row;

use crate::db::{Db, Tx, batch};
use crate::id::{ProjectId, RuleId};
use crate::rule::{Hits, Outcome, RuleNote};
use crate::time::DAY;
use crate::{Result, Timestamp};

/// Over how many days the console counts.
pub const HITS_DAYS: i64 = 30;

/// Counts what rules had to do with the events received at `now`. Comes last in a transaction: on PostgreSQL replicas wait
/// here for each other, in the order of the rules.
pub(crate) async fn count(
    tx: &mut Tx<'_>,
    notes: impl Iterator<Item = &RuleNote>,
    now: Timestamp,
) -> Result<()> {
    let mut sums: BTreeMap<i64, Hits> = BTreeMap::new();
    for note in notes {
        let hits = sums.entry(note.rule.0).or_default();
        match note.outcome {
            Outcome::Hit => hits.enforced += 1,
            Outcome::Shadow => hits.shadow += 1,
            Outcome::Skipped { .. } => hits.skipped += 1,
        }
    }
    let day = now.0.div_euclid(DAY);
    let rows: Vec<_> = sums.into_iter().collect();
    // A rule that was deleted meanwhile is not counted.
    let head = "WITH hit (rule_id, day, enforced, shadow, skipped) AS (";
    let tail = ") INSERT INTO rule_hit (rule_id, day, enforced, shadow, skipped) \
         SELECT hit.rule_id, hit.day, hit.enforced, hit.shadow, hit.skipped FROM hit JOIN rule ON rule.id = hit.rule_id \
         WHERE true ORDER BY hit.rule_id ON CONFLICT (rule_id, day) DO UPDATE SET \
         enforced = rule_hit.enforced + excluded.enforced, shadow = rule_hit.shadow + excluded.shadow, \
         skipped = rule_hit.skipped + excluded.skipped";
    batch::insert(tx.conn(), head, tail, 5, &rows, |query, (rule, hits)| {
        query.bind(*rule).bind(day).bind(hits.enforced).bind(hits.shadow).bind(hits.skipped)
    })
    .await?;
    Ok(())
}

/// How often each of a project's rules hit in the last [`HITS_DAYS`] days; those that never did are left out.
pub async fn hits(db: &Db, project: ProjectId, now: Timestamp) -> Result<HashMap<RuleId, Hits>> {
    let rows = sqlx::query(
        "SELECT h.rule_id, CAST(SUM(h.enforced) AS BIGINT) AS enforced, CAST(SUM(h.shadow) AS BIGINT) AS shadow, \
         CAST(SUM(h.skipped) AS BIGINT) AS skipped FROM rule_hit h JOIN rule r ON r.id = h.rule_id \
         WHERE r.project_id = $1 AND h.day > $2 GROUP BY h.rule_id",
    )
    .bind(project.0)
    .bind(now.0.div_euclid(DAY) - HITS_DAYS)
    .fetch_all(db.reader())
    .await?;
    rows.iter()
        .map(|row| {
            let hits = Hits {
                enforced: row.try_get("enforced")?,
                shadow: row.try_get("shadow")?,
                skipped: row.try_get("skipped")?,
            };
            Ok((RuleId(row.try_get("rule_id")?), hits))
        })
        .collect()
}
