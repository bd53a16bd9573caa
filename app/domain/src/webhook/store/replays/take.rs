//! Which messages a bulk resend takes in, page by page.

use std::collections::HashSet;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{EndpointState, Error, ProjectId, ReplayScope, Result, Timestamp, Tx, find};
use crate::db::{Engine, to_json};
use crate::error::FieldError;
use crate::id::{DeliveryId, EndpointId, MessageId};
use crate::webhook::{Endpoint, Format};

/// A message to be sent again.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) message: MessageId,
    pub(super) endpoint: EndpointId,
    pub(super) kind: String,
    pub(super) paused: bool,
    /// Where the page after this one begins.
    pub(super) cursor: i64,
}

/// A scope within its project.
pub(super) enum Bounds<'a> {
    Selected { project: ProjectId, deliveries: &'a [DeliveryId] },
    Since { project: ProjectId, endpoint: Box<Endpoint>, scope: &'a ReplayScope, until: Timestamp },
}

impl<'a> Bounds<'a> {
    /// Refuses what is another project's.
    pub(super) async fn new(
        conn: &mut AnyConnection,
        project: ProjectId,
        scope: &'a ReplayScope,
        now: Timestamp,
    ) -> Result<Self> {
        match scope {
            ReplayScope::Selected { deliveries } => Ok(Self::Selected { project, deliveries }),
            ReplayScope::Since { endpoint, until, .. } => {
                let endpoint = Box::new(find(conn, project, *endpoint).await?);
                let until = until.map_or(now, |until| until.min(now));
                Ok(Self::Since { project, endpoint, scope, until })
            }
        }
    }

    /// Refuses what nothing may be sent to. Counting what it would be is allowed.
    pub(super) fn sendable(self) -> Result<Self> {
        match &self {
            Self::Since { endpoint, .. } if endpoint.state == EndpointState::Disabled => {
                Err(Error::conflict("the endpoint is disabled: enable it first"))
            }
            _ => Ok(self),
        }
    }
}

/// What an endpoint should have had: a delivery to it that ended otherwise, or none although it takes the type. Messages
/// about endpoints are for those that were there; ThisData's receivers miss those that have a body of their format.
macro_rules! since_sql {
    ($select:literal, $tail:literal) => {
        concat!(
            "SELECT ",
            $select,
            " FROM message m WHERE m.project_id = $1 AND m.id > $2 AND m.created_at >= $3 AND m.created_at < $4
               AND ($5 = '' OR m.type = $5)
               AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = m.id AND d.endpoint_id = $6
                 AND (d.state = 'pending' OR d.state = 'delivered' AND $7 = 0))
               AND (EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = m.id AND d.endpoint_id = $6)
                 OR m.type NOT LIKE 'endpoint.%' AND m.created_at >= $8 AND ($9 = 0 OR m.thisdata_body IS NOT NULL)
                   AND ($10 = '[]' OR $10 LIKE '%\"' || m.type || '\"%'))",
            $tail
        )
    };
}

/// A page is read with no more than the page's rows: the one more parameter is its length.
const SINCE_PAGE: &str = since_sql!("m.id, m.type", " ORDER BY m.id LIMIT $11");
const SINCE_COUNT: &str = since_sql!("COUNT(*) AS taken", " AND $11 = 0");

macro_rules! selected_sql {
    ($select:literal, $list:literal, $tail:literal) => {
        concat!(
            "SELECT ",
            $select,
            " FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id WHERE d.project_id = $1 AND d.id > $2
               AND d.state <> 'pending' AND e.state IN ('active', 'paused') AND d.id IN (",
            $list,
            ")",
            $tail
        )
    };
}

const KNOWN_SQLITE: &str =
    "SELECT id FROM delivery WHERE project_id = $1 AND id IN (SELECT value FROM json_each($2))";
const KNOWN_POSTGRES: &str = "SELECT id FROM delivery WHERE project_id = $1
    AND id IN (SELECT value::bigint FROM jsonb_array_elements_text($2::jsonb))";
/// How many deliveries that are not there are named at once.
const MAX_COMPLAINTS: usize = 20;

macro_rules! selected {
    ($engine:expr, $select:literal, $tail:literal) => {
        match $engine {
            Engine::Sqlite => selected_sql!($select, "SELECT value FROM json_each($3)", $tail),
            Engine::Postgres => {
                selected_sql!(
                    $select,
                    "SELECT value::bigint FROM jsonb_array_elements_text($3::jsonb)",
                    $tail
                )
            }
        }
    };
}

pub(super) async fn count(conn: &mut AnyConnection, engine: Engine, bounds: &Bounds<'_>) -> Result<i64> {
    let rows = rows(conn, engine, bounds, 0, None).await?;
    Ok(rows.first().map(|row| row.try_get("taken")).transpose()?.unwrap_or_default())
}

/// Refuses a selection of what is not there or is another project's, by each one's place.
pub(super) async fn all_known(
    conn: &mut AnyConnection,
    engine: Engine,
    project: ProjectId,
    deliveries: &[DeliveryId],
) -> Result<()> {
    let text = match engine {
        Engine::Sqlite => KNOWN_SQLITE,
        Engine::Postgres => KNOWN_POSTGRES,
    };
    let ids: Vec<i64> = deliveries.iter().map(|id| id.0).collect();
    let rows = sqlx::query(text).bind(project.0).bind(to_json(&ids)?).fetch_all(conn).await?;
    let known = rows.iter().map(|row| Ok(row.try_get("id")?)).collect::<Result<HashSet<i64>>>()?;
    let unknown = deliveries.iter().enumerate().filter(|(_, id)| !known.contains(&id.0));
    let wrong: Vec<_> = unknown
        .take(MAX_COMPLAINTS)
        .map(|(index, id)| {
            FieldError::new(format!("deliveries[{index}]"), format!("{id} is no delivery of this project"))
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
}

/// The next page after `cursor`; an empty one is the end.
pub(super) async fn page(
    tx: &mut Tx<'_>,
    bounds: &Bounds<'_>,
    cursor: i64,
    limit: i64,
) -> Result<Vec<Taken>> {
    let engine = tx.db().engine();
    let rows = rows(tx.conn(), engine, bounds, cursor, Some(limit)).await?;
    rows.iter().map(|row| taken(row, bounds)).collect()
}

fn taken(row: &AnyRow, bounds: &Bounds<'_>) -> Result<Taken> {
    let id: i64 = row.try_get("id")?;
    let kind = row.try_get("type")?;
    Ok(match bounds {
        Bounds::Since { endpoint, .. } => Taken {
            message: MessageId(id),
            endpoint: endpoint.id,
            kind,
            paused: endpoint.state == EndpointState::Paused,
            cursor: id,
        },
        Bounds::Selected { .. } => Taken {
            message: MessageId(row.try_get("message_id")?),
            endpoint: EndpointId(row.try_get("endpoint_id")?),
            kind,
            paused: row.try_get::<&str, _>("endpoint_state")? == EndpointState::Paused.as_str(),
            cursor: id,
        },
    })
}

/// A page, or without `limit` how many there are.
async fn rows(
    conn: &mut AnyConnection,
    engine: Engine,
    bounds: &Bounds<'_>,
    cursor: i64,
    limit: Option<i64>,
) -> Result<Vec<AnyRow>> {
    let query = match bounds {
        Bounds::Selected { project, deliveries } => {
            let ids: Vec<i64> = deliveries.iter().map(|id| id.0).collect();
            let text = match limit {
                Some(_) => selected!(
                    engine,
                    "d.id, d.type, d.message_id, d.endpoint_id, e.state AS endpoint_state",
                    " ORDER BY d.id LIMIT $4"
                ),
                None => selected!(engine, "COUNT(*) AS taken", " AND $4 = 0"),
            };
            sqlx::query(text).bind(project.0).bind(cursor).bind(to_json(&ids)?)
        }
        Bounds::Since { project, endpoint, scope, until } => {
            let ReplayScope::Since { since, r#type, delivered, .. } = scope else {
                return Err(Error::Internal("the bounds are of another scope".into()));
            };
            sqlx::query(if limit.is_some() { SINCE_PAGE } else { SINCE_COUNT })
                .bind(project.0)
                .bind(cursor)
                .bind(since.0)
                .bind(until.0)
                .bind(r#type.map_or("", |kind| kind.as_str()))
                .bind(endpoint.id.0)
                .bind(i64::from(*delivered))
                .bind(endpoint.created_at.0)
                .bind(i64::from(endpoint.format == Format::ThisData))
                .bind(to_json(&endpoint.types)?)
        }
    };
    Ok(query.bind(limit.unwrap_or(0)).fetch_all(conn).await?)
}
