//! A user's events, day by day.

use leptos::prelude::*;
use porchlight_domain::event::Event;
use porchlight_domain::id::ProjectId;
use porchlight_domain::page::Page;
use porchlight_domain::user::User;

use crate::ui::event_table::{Narrow, timeline_table};
use crate::ui::pager::Pager;

/// A page of events.
pub(super) fn card(events: Page<Event>, user: &User, project: ProjectId) -> AnyView {
    let narrow = Narrow::new(project, vec![("user".to_owned(), user.id.clone())]);
    let all = narrow.link("user", Some(&user.id));
    view! {
        <section class="card">
            <h2 class="card-title">"Timeline"<a class="button small" href=all>"In the log"</a></h2>
            {timeline_table(events.rows, &narrow)}
        </section>
        <Pager next=events.next/>
    }
    .into_any()
}
