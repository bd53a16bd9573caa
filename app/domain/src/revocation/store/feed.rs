//! The feed: open orders in the order in which they were committed, for applications that fetch them.
//!
//! An order takes the next place of its project's feed when it is given, and another when it is sent once more because
//! nobody confirmed it. The counter's row is locked until the commit, so that no order can appear below a place that a
//! reader has passed already.

use super::progress::advance;
use super::read::{SELECT, add_sessions, open, revocation};
use super::{hold, progress::settle};
use crate::db::filter::Filter;
use crate::db::{Db, Tx};
use crate::id::{ProjectId, RevocationId};
use crate::page::Page;
use crate::revocation::{Fact, Revocation};
use crate::{Error, Result, Timestamp};

/// The most orders that one reading brings.
pub const MAX_FED: i64 = 100;

/// An open order and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Fed {
    /// Its place in the feed.
    pub place: i64,
    /// The order.
    pub order: Revocation,
}

/// The open orders behind the place `after`, at most [`MAX_FED`], and the place to go on from. A place that this feed
/// has not come to is refused: it is another feed's, or the database was restored from before.
pub async fn feed(db: &Db, project: ProjectId, after: i64) -> Result<(Vec<Fed>, i64)> {
    let head = checked(db, project, after).await?;
    let mut conditions = Filter::default();
    conditions.and("r.project_id = ?", [project.0.into()]).and("r.feed > ?", [after.into()]);
    // Whatever is committed has a place up to the head; what came since then is for the next reading.
    conditions.and("r.feed <= ?", [head.into()]).and("r.state <> 'confirmed'", []).and(open(), []);
    let rows = conditions.fetch(db.reader(), SELECT, " ORDER BY r.feed LIMIT ?", [MAX_FED.into()]).await?;
    let mut places = Vec::with_capacity(rows.len());
    let mut orders = Vec::with_capacity(rows.len());
    for row in &rows {
        places.push(sqlx::Row::try_get::<i64, _>(row, "feed")?);
        orders.push(revocation(row)?);
    }
    add_sessions(db, &mut orders).await?;
    let full = i64::try_from(orders.len()).is_ok_and(|count| count == MAX_FED);
    let next = places.last().copied().filter(|_| full).unwrap_or(head);
    Ok((places.into_iter().zip(orders).map(|(place, order)| Fed { place, order }).collect(), next))
}

/// The same as a page, whose `next` is always there: where to go on, now or once there is more.
pub async fn page(db: &Db, project: ProjectId, after: i64) -> Result<Page<Revocation>> {
    let (fed, next) = feed(db, project, after).await?;
    Ok(Page { rows: fed.into_iter().map(|one| one.order).collect(), next: Some(next.to_string()) })
}

/// Whoever asks for what is behind `after` has what is up to it: those orders are delivered; which of them just now. A place
/// that this feed has not come to says nothing of it.
pub async fn fetched(db: &Db, project: ProjectId, after: i64, now: Timestamp) -> Result<Vec<RevocationId>> {
    checked(db, project, after).await?;
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM revocation WHERE project_id = $1 AND feed <= $2 AND state = 'requested' ORDER BY feed LIMIT $3",
    )
    .bind(project.0)
    .bind(after)
    .bind(MAX_FED)
    .fetch_all(db.reader())
    .await?;
    let mut taken = Vec::new();
    if ids.is_empty() {
        return Ok(taken);
    }
    let mut tx = db.begin().await?;
    for id in ids.into_iter().map(RevocationId) {
        let order = match hold(&mut tx, id).await {
            // Gone with its user.
            Err(Error::NotFound) => continue,
            held => held?,
        };
        if advance(&mut tx, &order, Fact::Delivered, "fetched", now).await? {
            taken.push(id);
        }
        settle(&mut tx, &order, now).await?;
    }
    tx.commit().await?;
    Ok(taken)
}

/// Takes the next place of the project's feed.
pub(super) async fn next_place(tx: &mut Tx<'_>, project: ProjectId) -> Result<i64> {
    let place = sqlx::query_scalar(
        "INSERT INTO revocation_feed (project_id, place) VALUES ($1, 1) \
         ON CONFLICT (project_id) DO UPDATE SET place = revocation_feed.place + 1 RETURNING place",
    );
    Ok(place.bind(project.0).fetch_one(tx.conn()).await?)
}

/// Moves an order to the end of the feed: whoever fetches gets it once more.
pub(super) async fn feed_again(tx: &mut Tx<'_>, project: ProjectId, id: RevocationId) -> Result<()> {
    let place = next_place(tx, project).await?;
    sqlx::query("UPDATE revocation SET feed = $1 WHERE id = $2")
        .bind(place)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The last place of the feed, where `after` is one that it has come to.
async fn checked(db: &Db, project: ProjectId, after: i64) -> Result<i64> {
    let head = head(db, project).await?;
    match (0..=head).contains(&after) {
        true => Ok(head),
        false => Err(Error::invalid("after", format!("must be from 0 to {head}: begin again without it"))),
    }
}

async fn head(db: &Db, project: ProjectId) -> Result<i64> {
    let place: Option<i64> = sqlx::query_scalar("SELECT place FROM revocation_feed WHERE project_id = $1")
        .bind(project.0)
        .fetch_optional(db.reader())
        .await?;
    Ok(place.unwrap_or(0))
}
