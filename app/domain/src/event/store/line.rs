//! One line of the log: a judged event, to be inserted.

use super::record::Arrival;
use super::sessions::Sessions;
use crate::Result;
use crate::db::{Engine, Tx, batch, to_json};
use crate::event::{Detail, UNREADABLE};
use crate::id::{AlertId, EventId, UserKey};
use crate::risk::Assessment;
use crate::session::{Seen, Sign};

/// A judged event.
pub(super) struct Line<'a> {
    pub id: EventId,
    pub arrival: &'a Arrival,
    pub user: Option<UserKey>,
    /// Whose session it goes on in although that is over, where it names no user itself.
    pub owner: Option<UserKey>,
    pub assessment: Assessment,
    pub alert: Option<AlertId>,
    detail: String,
}

impl<'a> Line<'a> {
    /// Before it is known which alert it belongs to.
    pub(super) fn new(
        id: EventId,
        arrival: &'a Arrival,
        (user, owner): (Option<UserKey>, Option<UserKey>),
        assessment: Assessment,
    ) -> Result<Self> {
        let detail = to_json(&detail(arrival, &assessment))?;
        Ok(Self { id, arrival, user, owner, assessment, alert: None, detail })
    }
}

/// Writes lines of the log.
pub(super) async fn insert(tx: &mut Tx<'_>, rows: &[Line<'_>]) -> Result<()> {
    // Whatever fails ends the transaction, so SQLite need not be able to take a statement's rows back alone: for that it
    // would copy every page that they touch.
    let or_fail = if tx.db().engine() == Engine::Sqlite { "OR FAIL" } else { "" };
    let head = format!(
        "INSERT {or_fail} INTO event (id, project_id, user_key, client_id, verb, occurred_at, received_at, ip, country, asn, \
         source, session_id, device_id, score, level, decision, alert_id, detail, raw)"
    );
    batch::insert(tx.conn(), &head, "", 19, rows, |query, row| {
        let (seen, event) = (&row.arrival.observation, &row.arrival.observation.event);
        let country = seen.place.as_ref().and_then(|place| place.country.as_deref());
        let asn = seen.network.as_ref().and_then(|network| network.asn);
        let query = query.bind(row.id.0).bind(row.arrival.project.0).bind(row.user.map(|key| key.0));
        let query =
            query.bind(event.client_id.as_deref()).bind(&event.verb).bind(seen.at.0).bind(seen.received_at.0);
        let query = query.bind(event.address.as_ref().map(|address| address.ip.to_string())).bind(country);
        let query = query.bind(asn.map(i64::from));
        let query = query.bind(event.source.as_ref().and_then(|source| source.name.as_deref()));
        let query = query.bind(event.session_id.as_deref()).bind(event.device_id.as_deref());
        let query = query.bind(row.assessment.probability).bind(row.assessment.level.number());
        let query = query.bind(row.assessment.decision.as_str()).bind(row.alert.map(|alert| alert.0));
        query.bind(row.detail.as_str()).bind(&event.raw)
    })
    .await
}

/// What its lines say of sessions.
pub(super) fn seen_sessions(lines: &[Line<'_>], sessions: &Sessions) -> Vec<Seen> {
    let seen = |line: &Line<'_>| {
        let mut seen = Seen::of(line.arrival.project, line.user?, line.id, &line.arrival.observation)?;
        seen.level = line.assessment.own_level();
        seen.vouches &= !line.assessment.is_guessed();
        seen.memory = sessions.kept(seen.project, &seen.session_id, seen.user_key);
        Some(seen)
    };
    lines.iter().filter_map(seen).collect()
}

/// The sessions that its lines show to live without saying whose they are.
pub(super) fn signs(lines: &[Line<'_>]) -> Vec<Sign> {
    let sign = |line: &Line<'_>| Sign::of(line.arrival.project, line.id, &line.arrival.observation);
    lines.iter().filter_map(sign).collect()
}

fn detail(arrival: &Arrival, assessment: &Assessment) -> Detail {
    let (seen, event) = (&arrival.observation, &arrival.observation.event);
    Detail {
        place: seen.place.clone(),
        network: seen.network.clone(),
        user_agent: event.user_agent.clone(),
        agent: seen.agent.clone(),
        address_note: match &event.unreadable {
            Some(text) => Some(format!("{UNREADABLE}{text}")),
            None => event.address.as_ref().and_then(|address| address.note.clone()),
        },
        hints: event.hints.clone(),
        password_breached: event.password_breached,
        history: seen.is_history,
        aged: seen.aged.clone(),
        source: event.source.clone(),
        reasons: assessment.reasons.clone(),
        account: assessment.account.clone(),
    }
}
