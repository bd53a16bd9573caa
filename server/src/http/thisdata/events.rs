//! `/v1/events`: track, and read the log in ThisData's shape.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use porchlight_domain::event::parse::{self, Dialect};
use porchlight_domain::event::{EventFilter, RawEvent, store};
use porchlight_domain::place::Place;
use porchlight_domain::time::DAY;
use porchlight_domain::{Error, Timestamp};
use serde_json::{Value, json};

use super::{Refused, read_json};
use crate::clock;
use crate::enrich::agent::thisdata_device;
use crate::http::HttpState;
use crate::http::auth::QueryKey;
use crate::http::ingest::rounded;

/// The most events one page holds.
const MAX_LIMIT: i64 = 1_000;

/// 200 and `null`: its Node and Elixir clients take 201 and 202 for errors.
pub(super) async fn track(
    State(state): State<HttpState>,
    QueryKey(key): QueryKey,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Refused> {
    let now = clock::now();
    let event = parse::event(&read_json(body)?, Dialect::ThisData, "", now)?;
    state.ingest.record(key.project, vec![event], now).await?;
    Ok(Json(Value::Null))
}

/// The log, newest first. A body, as PHP's client sends one, is not read.
pub(super) async fn list(
    State(state): State<HttpState>,
    QueryKey(key): QueryKey,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refused> {
    let asked = Asked::read(query.as_deref().unwrap_or_default())?;
    let total = store::count(&state.db, key.project, &asked.filter).await?;
    let events =
        store::page_by_offset(&state.db, key.project, &asked.filter, asked.limit, asked.offset).await?;
    let results: Vec<_> = events.iter().map(event).collect();
    Ok(Json(json!({ "total": total, "results": results })))
}

/// The query, in any of its clients' spellings.
#[derive(Debug, Default, PartialEq)]
struct Asked {
    filter: EventFilter,
    limit: i64,
    offset: i64,
}

impl Asked {
    fn read(query: &str) -> Result<Self, Error> {
        let mut asked = Self { limit: 50, ..Self::default() };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            match name.as_ref() {
                "user_id" | "user[id]" => asked.filter.user_id = Some(value.to_owned()),
                "source" => asked.filter.source = Some(value.to_owned()),
                // 0 asks for the total alone.
                "limit" => asked.limit = number("limit", value)?.clamp(0, MAX_LIMIT),
                "offset" => asked.offset = number("offset", value)?.max(0),
                "after" => asked.filter.since = Some(moment("after", value)?),
                "before" => asked.filter.until = Some(moment("before", value)?),
                // `verb`, `verbs`, `verbs[]`, `verbs[0]`, each one value or several joined by commas.
                name if name == "verb" || name == "verbs" || name.starts_with("verbs[") => {
                    let verbs = value.split(',').map(str::trim).filter(|verb| !verb.is_empty());
                    asked.filter.verbs.extend(verbs.map(str::to_owned));
                }
                _ => {}
            }
        }
        asked.filter.verbs.truncate(100);
        Ok(asked)
    }
}

fn number(name: &str, value: &str) -> Result<i64, Error> {
    value.parse().map_err(|_| Error::invalid(name, "must be a whole number"))
}

fn moment(name: &str, value: &str) -> Result<Timestamp, Error> {
    // A query's plus sign is a space: `…T08:00:00 12:00` was `+12:00`.
    let read = Timestamp::parse(value).or_else(|| Timestamp::parse(&value.replace(' ', "+")));
    let read = read.ok_or_else(|| Error::invalid(name, "must be a date or an ISO 8601 time"))?;
    if read.0.abs() > 400 * 366 * DAY {
        return Err(Error::invalid(name, "must be a date between 1900 and 2300"));
    }
    Ok(read)
}

fn event(stored: &RawEvent) -> Value {
    let event = &stored.event;
    let detail = &event.detail;
    let user = event.user.as_ref().map(|user| json!({ "name": user.name, "id": user.id }));
    json!({
        "published": event.occurred_at,
        "verb": event.verb,
        "device": thisdata_device(detail.user_agent.as_deref().unwrap_or_default(), &detail.agent),
        "location": location(event.ip.as_deref(), &detail.place.clone().unwrap_or_default()),
        "session": event.session_id.as_ref().map(|id| json!({ "id": id })),
        "overall_score": rounded(event.score),
        "id": event.id,
        "user": user,
        "raw": stored.raw,
    })
}

fn location(ip: Option<&str>, place: &Place) -> Value {
    json!({
        "ip": ip,
        "coordinates": { "latitude": place.latitude, "longitude": place.longitude, "ip": ip },
        "address": {
            "country_name": place.country_name, "country_iso_code": place.country,
            "region_name": place.region, "region_iso_code": place.region_code,
            "city_name": place.city, "postal_code": place.postal_code, "timezone": place.timezone, "ip": ip,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_verbs_is_the_same_filter() {
        for query in [
            "verbs[]=log-in&verbs[]=log-out",
            "verbs%5B%5D=log-in&verbs%5B%5D=log-out",
            "verbs%5B0%5D=log-in&verbs%5B1%5D=log-out",
            "verbs=log-in,log-out",
            "verbs=log-in%2Clog-out&api_key=k&whatever=1&limit=",
            "verb=log-in&verb=log-out",
        ] {
            let asked = Asked::read(query).expect(query);
            assert_eq!(asked.filter.verbs, ["log-in", "log-out"], "{query}");
            assert_eq!((asked.limit, asked.offset), (50, 0));
        }
    }

    #[test]
    fn limits_are_clamped_and_nonsense_is_named() {
        let asked = Asked::read("limit=100000&offset=-3&after=2016-09-28&before=2016-09-28T00:01:27+12:00")
            .expect("query");
        assert_eq!((asked.limit, asked.offset), (MAX_LIMIT, 0));
        assert!(asked.filter.since.is_some() && asked.filter.until < asked.filter.since);
        for (query, field) in
            [("limit=x", "limit"), ("after=yesterday", "after"), ("before=9999-01-01", "before")]
        {
            let found = Asked::read(query);
            assert!(
                matches!(&found, Err(Error::Invalid(errors)) if errors[0].field == field),
                "{query}: {found:?}"
            );
        }
    }
}
