//! What follows when a rule that ends sessions hits: an order, in the commit of the event.

use super::super::line::Line;
use super::LATE;
use crate::Result;
use crate::Timestamp;
use crate::db::Tx;
use crate::event::verb;
use crate::operator::Actor;
use crate::revocation::store::{Request, is_due, request, unordered};
use crate::revocation::{Reason, Scope};
use crate::rule::Ends;
use crate::rule::verdict::revoker;

/// Orders ended what rules want ended of these events, once the sessions are as the events leave them. A session is
/// ordered once: what goes on in it until it ends is no reason for another order. An event that fails proves nothing of
/// a session, so that no stranger ends a user's; one that comes late ends none.
pub(in super::super) async fn end_by_rules(
    tx: &mut Tx<'_>,
    lines: &[Line<'_>],
    public_url: &str,
    now: Timestamp,
) -> Result<()> {
    for line in lines {
        let (seen, rules) = (&line.arrival.observation, &line.assessment.account.rules);
        let proves = seen.is_proved() && seen.received_at.since(seen.at) <= LATE;
        let (Some((rule, ends)), Some(user), true) = (revoker(rules), line.user, proves) else { continue };
        let session = seen.event.session_id.clone().filter(|id| crate::session::checked_id(id).is_ok());
        let (scope, sessions) = match (ends, session) {
            (Ends::All, _) => (Scope::All, Vec::new()),
            (Ends::Session, Some(session)) => (Scope::One, vec![session]),
            (Ends::Session, None) => continue,
        };
        let project = line.arrival.project;
        let whole =
            scope == Scope::All && is_due(tx, project, user, verb::is_login(&seen.event.verb)).await?;
        if !whole && !unordered(tx, project, user, sessions.first().map(String::as_str)).await? {
            continue;
        }
        let text = format!("The rule “{}” ends {}", rule.name, ends.words());
        let order = Request {
            project,
            user,
            scope,
            sessions: &sessions,
            reason: Reason { code: "rule.revoke".into(), text },
            actor: &Actor::Rule(rule.rule),
            event: Some(line.id),
            alert: line.alert,
            question: None,
            public_url,
            thisdata: None,
        };
        request(tx, order, now).await?;
    }
    Ok(())
}
