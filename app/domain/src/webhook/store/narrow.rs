//! Which deliveries a filter names.

use crate::db::filter::Filter;
use crate::id::ProjectId;
use crate::user::store::mail::keys_of;
use crate::webhook::DeliveryFilter;

/// Messages are found by their user's index, not by a look at each.
const OF_USER: &str = concat!(
    "d.id IN (SELECT w.id FROM message n JOIN delivery w ON w.message_id = n.id WHERE n.user_key IN (",
    keys_of!(),
    "))"
);

/// Those that carry or tell of an order for the session, and those about an event of it.
const OF_SESSION: &str = "d.id IN (SELECT w.id FROM revocation_session o JOIN message n ON n.revocation_id = o.revocation_id \
    JOIN delivery w ON w.message_id = n.id WHERE o.project_id = ? AND o.session_id = ? \
    UNION SELECT w.id FROM session s JOIN message n ON n.user_key = s.user_key JOIN event v ON v.id = n.event_id \
    JOIN delivery w ON w.message_id = n.id WHERE s.project_id = ? AND s.id = ? AND v.session_id = ?)";

const SPAN: [&str; 4] = ["d.id < ?", "d.id >= ?", "d.created_at >= ?", "d.created_at < ?"];

/// The conditions of a filter, for deliveries `d` of messages `m` before one of this id.
pub(super) fn conditions(project: ProjectId, filter: &DeliveryFilter, before: i64) -> Filter {
    let mut conditions = Filter::default();
    conditions.and("d.project_id = ?", [project.0.into()]).and_between(SPAN, &filter.about, before);
    if let Some(endpoint) = filter.endpoint {
        conditions.and("d.endpoint_id = ?", [endpoint.0.into()]);
    }
    if let Some(state) = filter.state {
        conditions.and("d.state = ?", [state.as_str().into()]);
    }
    if let Some(kind) = filter.r#type {
        conditions.and("d.type = ?", [kind.as_str().into()]);
    }
    if let Some(user) = filter.user {
        conditions.and("m.user_key = ?", [user.0.into()]);
    }
    if let Some(alert) = filter.alert {
        conditions.and("m.alert_id = ?", [alert.0.into()]);
    }
    if let Some(revocation) = filter.revocation {
        conditions.and("m.revocation_id = ?", [revocation.0.into()]);
    }
    conditions.and_about(project, [OF_USER, OF_SESSION], &filter.about);
    conditions
}
