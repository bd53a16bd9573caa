//! What webhooks say of an alert: ThisData's flattened body, and the `data` of our typed one.

use serde_json::{Map, Value, json};

use crate::Timestamp;
use crate::alert::LOGIN;
use crate::event::{EventSource, NewUser, Observation};
use crate::id::{AlertId, EventId};
use crate::place::Place;
use crate::risk::{Assessment, Level, Reason};

/// An alert and the event that opened it, as receivers are told.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The alert.
    pub alert: AlertId,
    /// What kind of alert.
    pub kind: &'a str,
    /// Its title.
    pub title: &'a str,
    /// The event that opened it.
    pub event: EventId,
    /// What was done.
    pub verb: &'a str,
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub ip: Option<String>,
    /// The user agent as sent.
    pub user_agent: Option<&'a str>,
    /// Who, by the application's id.
    pub user_id: Option<&'a str>,
    /// Their name.
    pub user_name: Option<&'a str>,
    /// Their e-mail, as known before the event: whoever has taken an account changes its address first.
    pub user_email: Option<&'a str>,
    /// The e-mail that the event claims, where it is another one.
    pub claimed_email: Option<&'a str>,
    /// In which session.
    pub session_id: Option<&'a str>,
    /// On which device.
    pub device_id: Option<&'a str>,
    /// At which tenant.
    pub source: Option<&'a EventSource>,
    /// Where.
    pub place: Option<&'a Place>,
    /// How likely it is that it was not the user.
    pub score: f64,
    /// How alarming.
    pub level: Level,
    /// Why.
    pub reasons: &'a [Reason],
}

impl<'a> Subject<'a> {
    /// Of an event that was just judged; `known` is what was known of its user before it.
    pub fn observed(
        alert: AlertId,
        title: &'a str,
        event: EventId,
        seen: &'a Observation,
        judged: &'a Assessment,
        known: &'a NewUser,
    ) -> Self {
        let user = seen.event.user.as_ref();
        let claimed = user.and_then(|user| user.email.as_deref());
        Self {
            alert,
            kind: LOGIN,
            title,
            event,
            verb: &seen.event.verb,
            at: seen.at,
            ip: seen.event.address.as_ref().map(|address| address.ip.to_string()),
            user_agent: seen.event.user_agent.as_deref(),
            user_id: user.map(|user| user.id.as_str()),
            user_name: known.name.as_deref().or(user.and_then(|user| user.name.as_deref())),
            user_email: known.email.as_deref(),
            claimed_email: claimed.filter(|claimed| known.email.as_deref() != Some(claimed)),
            session_id: seen.event.session_id.as_deref(),
            device_id: seen.event.device_id.as_deref(),
            source: seen.event.source.as_ref(),
            place: seen.place.as_ref(),
            score: judged.probability,
            level: judged.level,
            reasons: &judged.reasons,
        }
    }

    /// ThisData's body: the event flattened, with `version`, `was_user` and `alert`. `was_user` is null until the user
    /// has answered.
    pub fn thisdata(&self, was_user: Option<bool>) -> Value {
        let mut body = Map::new();
        body.insert("version".into(), json!(1));
        body.insert("was_user".into(), json!(was_user));
        body.insert("alert".into(), json!({ "id": self.alert, "description": self.title }));
        body.insert("ip".into(), json!(self.ip));
        body.insert("verb".into(), json!(self.verb));
        body.insert("user_agent".into(), json!(self.user_agent));
        body.insert("user".into(), self.user());
        for (key, id) in [("session", self.session_id), ("device", self.device_id)] {
            if let Some(id) = id {
                body.insert(key.into(), json!({ "id": id }));
            }
        }
        if let Some(source) = self.source {
            body.insert("source".into(), json!(source));
        }
        Value::Object(body)
    }

    /// The `data` of a typed body: the alert, its event, its user.
    pub fn standard(&self) -> Map<String, Value> {
        let mut data = Map::new();
        let alert = json!({ "id": self.alert, "kind": self.kind, "title": self.title, "score": self.score, "level": self.level });
        data.insert("alert".into(), alert);
        let mut user = self.user();
        if let (Some(user), Some(claimed)) = (user.as_object_mut(), self.claimed_email) {
            user.insert("claimed_email".into(), json!(claimed));
        }
        data.insert("user".into(), user);
        data.insert("event".into(), self.event());
        data
    }

    fn user(&self) -> Value {
        match self.user_id {
            Some(id) => json!({ "id": id, "name": self.user_name, "email": self.user_email }),
            None => Value::Null,
        }
    }

    fn event(&self) -> Value {
        json!({
            "id": self.event,
            "verb": self.verb,
            "occurred_at": self.at,
            "ip": self.ip,
            "user_agent": self.user_agent,
            "session": self.session_id.map(|id| json!({ "id": id })),
            "device": self.device_id.map(|id| json!({ "id": id })),
            "source": self.source,
            "place": self.place,
            "reasons": self.reasons,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{NewEvent, address::Address};

    fn seen() -> Observation {
        let user = NewUser { id: "112233".into(), name: Some("Eve Smith".into()), ..NewUser::default() };
        Observation {
            event: NewEvent {
                verb: "log-in".into(),
                address: Address::parse("1.2.3.4"),
                user: Some(user),
                session_id: Some("s_1".into()),
                ..NewEvent::default()
            },
            ..Observation::default()
        }
    }

    #[test]
    fn the_flattened_body_is_what_clients_of_thisdata_read() {
        let (seen, judged, known) = (seen(), Assessment::default(), NewUser::default());
        let subject =
            Subject::observed(AlertId(11_223_344), "Eve Smith logged in", EventId(1), &seen, &judged, &known);
        let expected = json!({
            "version": 1, "was_user": false,
            "alert": { "id": 11_223_344, "description": "Eve Smith logged in" },
            "ip": "1.2.3.4", "verb": "log-in", "user_agent": null,
            "user": { "id": "112233", "name": "Eve Smith", "email": null },
            "session": { "id": "s_1" },
        });
        assert_eq!(subject.thisdata(Some(false)), expected);
        assert_eq!(subject.thisdata(None)["was_user"], Value::Null);
    }

    #[test]
    fn the_typed_body_names_alert_user_and_event() {
        let (seen, judged, known) = (seen(), Assessment::default(), NewUser::default());
        let data = Subject::observed(AlertId(5), "t", EventId(1), &seen, &judged, &known).standard();
        assert_eq!(data["alert"]["id"], 5);
        assert_eq!(data["user"]["id"], "112233");
        assert_eq!(data["event"]["session"]["id"], "s_1");
    }

    #[test]
    fn the_address_is_the_one_known_before_and_the_events_own_is_a_claim() {
        let (mut seen, judged) = (seen(), Assessment::default());
        let claim = |seen: &mut Observation, email: &str| {
            seen.event.user.as_mut().expect("a user").email = Some(email.to_owned());
        };
        claim(&mut seen, "thief@example.com");
        let users = |seen: &Observation, known: &NewUser| {
            let subject = Subject::observed(AlertId(5), "t", EventId(1), seen, &judged, known);
            (subject.thisdata(None)["user"].clone(), subject.standard()["user"].clone())
        };
        let known =
            NewUser { name: Some("Eve".into()), email: Some("eve@example.com".into()), ..NewUser::default() };
        let flat = json!({ "id": "112233", "name": "Eve", "email": "eve@example.com" });
        let mut typed = flat.clone();
        typed["claimed_email"] = json!("thief@example.com");
        assert_eq!(users(&seen, &known), (flat.clone(), typed));
        assert_eq!(users(&seen, &NewUser::default()).0["email"], Value::Null, "nothing was known");
        claim(&mut seen, "eve@example.com");
        assert_eq!(users(&seen, &known), (flat.clone(), flat), "no other claim");
    }
}
