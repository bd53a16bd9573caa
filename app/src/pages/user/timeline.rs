//! A user's events, day by day.

use leptos::prelude::*;
use porchlight_domain::event::Event;
use porchlight_domain::id::ProjectId;
use porchlight_domain::page::Page;
use porchlight_domain::user::User;

use crate::format;
use crate::ui::event_table::{Narrow, timeline_table};
use crate::ui::pager::Pager;

/// A page of events.
pub(super) fn card(events: Page<Event>, user: &User, project: ProjectId) -> AnyView {
    let narrow = Narrow::new(project, vec![("user".to_owned(), user.id.clone())]);
    let all = narrow.link("user", Some(&user.id));
    let days = days(events.rows).into_iter().map(move |(day, events)| {
        let number = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let label = format!("Events on {day}");
        view! {
            <section class="day">
                <h3>{day}<span class="faint">{format::count(number, "event", "events")}</span></h3>
                {timeline_table(label, events, &narrow)}
            </section>
        }
    });
    view! {
        <section class="card days">
            <h2 class="card-title">"Timeline"<a class="button small" href=all>"In the log"</a></h2>
            {days.collect_view()}
        </section>
        <Pager next=events.next/>
    }
    .into_any()
}

/// Groups by the day in UTC, keeping the order.
fn days(events: Vec<Event>) -> Vec<(String, Vec<Event>)> {
    let mut days: Vec<(String, Vec<Event>)> = Vec::new();
    for event in events {
        let day: String = event.occurred_at.human().chars().take(10).collect();
        match days.last_mut() {
            Some((last, events)) if *last == day => events.push(event),
            _ => days.push((day, vec![event])),
        }
    }
    days
}
