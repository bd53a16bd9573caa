//! A WHERE clause put together from fixed conditions: only conditions that are asked for, so that the index of each
//! is used; values are always bound, never part of the text.

use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{AnyPool, AssertSqlSafe};

use crate::Result;
use crate::id::{ProjectId, first_id};
use crate::page::About;
use crate::time::SECOND;
use crate::user::store::mail::folded;

/// A value to bind.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number, time or id.
    Int(i64),
    /// Text.
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// Conditions joined by AND, and their values.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    text: String,
    values: Vec<Value>,
}

impl Filter {
    /// Adds a condition; each `?` in it takes the next of `values`.
    pub fn and<const N: usize>(&mut self, condition: &'static str, values: [Value; N]) -> &mut Self {
        self.text.push_str(if self.text.is_empty() { " WHERE " } else { " AND " });
        let mut values = values.into_iter();
        for part in condition.split_inclusive('?') {
            self.text.push_str(part.trim_end_matches('?'));
            if part.ends_with('?') {
                self.values.extend(values.next());
                self.text.push_str(&format!("${}", self.values.len()));
            }
        }
        self
    }

    /// Adds `expression IN (…)`.
    pub fn and_in(&mut self, expression: &'static str, values: impl IntoIterator<Item = Value>) -> &mut Self {
        self.text.push_str(if self.text.is_empty() { " WHERE " } else { " AND " });
        self.text.push_str(expression);
        self.text.push_str(" IN (");
        for (index, value) in values.into_iter().enumerate() {
            self.values.push(value);
            self.text.push_str(&format!("{}${}", if index == 0 { "" } else { ", " }, self.values.len()));
        }
        self.text.push(')');
        self
    }

    /// Adds what something is about, where its condition is asked for: `[of the user, of the session]`. Each takes the project and
    /// an id; the user's then the project and a mail address, the session's the same once more where it looks in two places.
    pub fn and_about(
        &mut self,
        project: ProjectId,
        [user, session]: [&'static str; 2],
        about: &About,
    ) -> &mut Self {
        // PostgreSQL's text cannot hold NUL: nothing has such an id.
        let id = |text: &str| Value::from(text.replace('\0', "\u{fffd}"));
        if let Some(of) = &about.user_id {
            let mail = Value::from(folded(of).replace('\0', "\u{fffd}"));
            self.and(user, [project.0.into(), id(of), project.0.into(), mail]);
        }
        if let Some(of) = &about.session {
            self.and(session, [project.0.into(), id(of), project.0.into(), id(of), id(of)]);
        }
        self
    }

    /// Adds a span of time, and the end of the page before. Ids grow with time, so their index finds the span:
    /// `[id < ?, id >= ?, at >= ?, at < ?]`; of two upper limits SQLite would use the first alone.
    pub fn and_between(
        &mut self,
        [before, first, from, to]: [&'static str; 4],
        about: &About,
        after: i64,
    ) -> &mut Self {
        // An id may be a little ahead of its time: see IdSource.
        let end = about.until.map_or(after, |until| first_id(until.plus(SECOND)).min(after));
        self.and(before, [end.into()]);
        if let Some(since) = about.since {
            self.and(first, [first_id(since).into()]).and(from, [since.0.into()]);
        }
        if let Some(until) = about.until {
            self.and(to, [until.0.into()]);
        }
        self
    }

    /// All rows of `select … WHERE conditions tail`; each `?` in `tail` takes one of `last`.
    pub async fn fetch<const N: usize>(
        &self,
        pool: &AnyPool,
        select: &'static str,
        tail: &'static str,
        last: [Value; N],
    ) -> Result<Vec<AnyRow>> {
        let mut whole = self.clone();
        let mut text = format!("{select}{}", self.text);
        for part in tail.split_inclusive('?') {
            text.push_str(part.trim_end_matches('?'));
            if part.ends_with('?') {
                whole.values.extend(last.get(whole.values.len() - self.values.len()).cloned());
                text.push_str(&format!("${}", whole.values.len()));
            }
        }
        let query = whole.values.iter().fold(sqlx::query(AssertSqlSafe(text)), bind);
        Ok(query.fetch_all(pool).await?)
    }
}

fn bind<'q>(query: Query<'q, Any, AnyArguments>, value: &'q Value) -> Query<'q, Any, AnyArguments> {
    match value {
        Value::Int(value) => query.bind(*value),
        Value::Text(value) => query.bind(value.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_numbered_in_order_and_values_stay_out_of_the_text() {
        let mut filter = Filter::default();
        filter.and("project_id = ?", [7.into()]).and("(at, id) < (?, ?)", [1.into(), 2.into()]);
        filter.and_in("verb", ["x'); DROP TABLE event; --".into(), "b".into()]);
        assert_eq!(filter.text, " WHERE project_id = $1 AND (at, id) < ($2, $3) AND verb IN ($4, $5)");
        assert_eq!(filter.values.len(), 5);
    }
}
