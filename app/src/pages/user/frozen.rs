//! That nothing is learned of a user after their "no", why, and the way to end it.

use leptos::prelude::*;
use porchlight_domain::id::{ProjectId, UserKey};
use porchlight_domain::operator::Role;
use porchlight_domain::profile::Frozen;
use porchlight_domain::question::Question;

#[cfg(feature = "ssr")]
use crate::access::require_in;
use crate::error::AppResult;
use crate::layout::{Allowed, project_path};
use crate::ui::change::{Change, Form};
#[cfg(feature = "ssr")]
use crate::ui::once::Once;
use crate::ui::time::Time;

/// Lets the user's habits be learned again.
#[server]
pub async fn unfreeze_user(project: ProjectId, user: UserKey) -> AppResult<()> {
    let by = require_in(Role::Analyst, project).await?;
    porchlight_domain::profile::store::unfreeze(by.db(), &by.actor(), project, user, by.now()).await?;
    Once::Said("This user’s habits are learned again.".to_owned()).leave(&by)
}

/// The notice; `denial` is the answer behind it.
pub(super) fn notice(
    frozen: Frozen,
    denial: Option<Question>,
    project: ProjectId,
    user: UserKey,
    change: Change,
) -> AnyView {
    let alert = denial.map(|question| {
        let page = project_path(project, &format!("alerts/{}", question.alert_id));
        view! { " ("<a href=page>{format!("alert {}", question.alert_id)}</a>")" }
    });
    view! {
        <div class="notice frozen" data-tone="warn">
            <p>
                <strong>"Nothing is learned of this user"</strong>" since "<Time at=frozen.since/>
                ", when they said that a login was not theirs"{alert}". Where one thief was there may be more of him; learning goes on "
                <Time at=frozen.until/>"."
            </p>
            <Allowed role=Role::Analyst>
                <Form change=change quiet=true>
                    <input type="hidden" name="project" value=project.to_string()/>
                    <input type="hidden" name="user" value=user.to_string()/>
                    <button class="button small">"The thief is out: learn again"</button>
                </Form>
            </Allowed>
        </div>
    }
    .into_any()
}
