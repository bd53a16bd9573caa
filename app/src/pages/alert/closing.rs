//! What closing an alert does, and what it does not, in words.

use leptos::prelude::*;
use porchlight_domain::id::{ProjectId, UserKey};

use crate::layout::project_path;

/// What each way of closing an alert about a login teaches, said before the click.
pub(super) fn teaches() -> AnyView {
    view! {
        <ul class="field-hint teaches">
            <li><b>"Confirmed threat"</b>" counts as the user’s “no”: what was learned of it is taken back, nothing is learned for seven days, and its traits speak against all accounts."</li>
            <li><b>"Confirmed by the user"</b>", "<b>"Expected"</b>" and "<b>"False alarm"</b>" count as their “yes”: its device and network are trusted from now on, and what waited in its sessions is settled."</li>
            <li><b>"Inconclusive"</b>" teaches nothing; the user stays as alarming as they were."</li>
        </ul>
    }
    .into_any()
}

/// That closing ends nothing, and where to end what lives.
pub(super) fn lives_on(live: (usize, bool), project: ProjectId, user: UserKey) -> AnyView {
    let page = project_path(project, &format!("users/{user}"));
    view! {
        <p class="field-hint">"Closing ends no session, whatever it is closed as. "<a href=page>{living(live)}</a></p>
    }
    .into_any()
}

fn living((number, more): (usize, bool)) -> String {
    match (number, more) {
        (0, _) => "This user has no live session.".to_owned(),
        (1, false) => "This user has one live session.".to_owned(),
        (_, false) => format!("This user has {number} live sessions."),
        (_, true) => format!("This user has more than {number} live sessions."),
    }
}

#[cfg(test)]
mod tests {
    use super::living;

    #[test]
    fn how_many_sessions_live_is_told_in_words() {
        assert_eq!(living((2, false)), "This user has 2 live sessions.");
        assert_eq!(living((50, true)), "This user has more than 50 live sessions.");
    }
}
