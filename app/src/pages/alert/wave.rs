//! A wave of guesses in numbers, and the ways to its events.

use leptos::prelude::*;
use porchlight_domain::alert::wave::{Beside, Common, Figures, Origin};
use porchlight_domain::event::verb;
use porchlight_domain::id::ProjectId;
use porchlight_domain::risk::Level;
use porchlight_domain::risk::crowd::{Scope, Wave};

use crate::format;
use crate::layout::project_path;
use crate::ui::table::Facts;
use crate::ui::time::Time;

/// How many attempts there were, on how many accounts, and how many are usual.
pub(super) fn facts(figures: &Figures, project: ProjectId) -> AnyView {
    let Figures { origin, users, addresses, usual_failures, common, beside, .. } = figures;
    let kind = match figures.kind() {
        Wave::Stuffing => "stuffing: many accounts, a try or two each, fast",
        Wave::Spray => "spraying: many accounts, few tries each, slowly",
        Wave::BruteForce if origin.scope == Scope::Project => {
            "brute force: many accounts, each over and over"
        }
        Wave::BruteForce if origin.place.is_some() => "brute force: one account, from one place",
        Wave::BruteForce => "brute force: one account, from several places",
        Wave::InARow => {
            "a hundred failures in a row: an old password in some program, or guesses that look like the user"
        }
        Wave::SecondFactor => "guessing at the second factor, with the password known",
        Wave::Guessing => "guessing: too few accounts or too short a time to tell more",
    };
    let tried = tried(figures);
    let usual =
        format!("about {} failed in a stretch as long, over the week before", usually(*usual_failures));
    let mut facts = vec![
        ("Kind", kind.into_any()),
        ("From", view! { {origin.from.clone()}<small>{found_by(origin)}</small> }.into_any()),
        ("Counted", stretch(figures)),
        ("Last failure", latest(figures)),
        ("Attempts", tried.into_any()),
        ("Usual", usual.into_any()),
        ("Accounts", format::number(*users).into_any()),
        ("Addresses", format::number(*addresses).into_any()),
    ];
    if let Some(common) = common {
        facts.push(("In common by now", shared(common, figures).into_any()));
    }
    let other = |other: &Beside| {
        let page = project_path(project, &format!("alerts/{}", other.alert));
        view! { <p><a class="plain" href=page>{other.title.clone()}</a></p> }
    };
    if !beside.is_empty() {
        facts.push(("Beside it", beside.iter().map(other).collect_view().into_any()));
    }
    view! { <Facts facts=facts/> }.into_any()
}

/// From when to when.
fn stretch(figures: &Figures) -> AnyView {
    let Figures { origin, since, until, .. } = figures;
    let window = format::at_most(until.since(*since));
    let began = (*since > origin.started_at)
        .then(|| view! { ": the last of it, which began "<Time at=origin.started_at/> });
    view! { "since "<Time at=*since/><small>{window}{began}</small> }.into_any()
}

/// Whether it goes on.
fn latest(figures: &Figures) -> AnyView {
    let lately = if figures.is_over() {
        "it is over: nothing of it came for a day".to_owned()
    } else {
        format!("{} in the last hour that is counted", format::number(figures.last_hour))
    };
    let last = figures.last_at.map(|last| view! { <Time at=last/> });
    view! { {last}<small>{lately}</small> }.into_any()
}

/// What most of the failures share, as far as the log has come.
fn shared(common: &Common, figures: &Figures) -> String {
    let some = format::number(common.failures);
    format!("{some} of {} failures come from {}", failures(figures), common.from)
}

/// How many failed: of more than are counted, that there are more.
fn failures(figures: &Figures) -> String {
    let counted = format::number(figures.failures);
    if figures.more { format!("more than {counted}") } else { counted }
}

/// How many attempts there were. Who got in is only told where the wave can be told from the project's own users.
fn tried(figures: &Figures) -> String {
    let Figures { origin, attempts, .. } = figures;
    let failed = failures(figures);
    if !origin.is_told_apart() {
        return format!("{failed} failed in the whole project; who got in cannot be told from its users");
    }
    let entered = format::number(attempts - figures.failures);
    if origin.kind == Wave::SecondFactor {
        return format!("{failed} wrong second factors, {entered} right ones that look suspicious");
    }
    if figures.more {
        return format!("{failed} failed, {entered} got in as strangers");
    }
    format!("{}: {failed} failed, {entered} got in as strangers", format::number(*attempts))
}

fn usually(failures: f64) -> String {
    if failures > 0.0 && failures < 9.95 { format!("{failures:.1}") } else { format!("{failures:.0}") }
}

/// What the attempts had in common when they were noticed.
fn found_by(origin: &Origin) -> &'static str {
    match origin.scope {
        Scope::Address => "one address",
        Scope::Prefix => "neighbouring addresses",
        Scope::Network => "one network",
        Scope::Client => "one kind of client; failures in the whole project are counted",
        Scope::Project => "found over all networks: failures in the whole project are counted",
        Scope::Account if origin.place.is_some() => {
            "one account; that it is tried from one place is how it was found"
        }
        Scope::Account if origin.kind == Wave::SecondFactor => "one account’s second factor",
        Scope::Account if origin.kind == Wave::InARow => "one account, from wherever its failures come",
        Scope::Account => "one account, from several places",
    }
}

/// The failed logins, and those of strangers that got in.
pub(super) fn links(figures: &Figures, project: ProjectId) -> AnyView {
    let origin = &figures.origin;
    let [since, until] =
        [figures.since, figures.until].map(|at| at.human().chars().take(10).collect::<String>());
    let from = origin.from.as_str();
    let (ip, user) = match origin.scope {
        Scope::Address | Scope::Prefix => (Some(from), None),
        Scope::Account => (None, Some(from)),
        Scope::Network | Scope::Client | Scope::Project => (None, None),
    };
    let logins = verb::LOGINS.join(",");
    let (failed, passed, entered) = match origin.kind {
        Wave::SecondFactor => (verb::CHALLENGE_FAIL, verb::CHALLENGE_PASS, "Suspicious right ones"),
        _ => (verb::LOG_IN_DENIED, logins.as_str(), "Strangers who got in meanwhile"),
    };
    let failures =
        if origin.kind == Wave::SecondFactor { "The wrong second factors" } else { "The failed logins" };
    let to = |verb: &str, level: Option<&str>| {
        let narrowed = [
            ("verb", Some(verb)),
            ("level", level),
            ("ip", ip),
            ("user", user),
            ("since", Some(since.as_str())),
            ("until", Some(until.as_str())),
        ];
        format::query(&project_path(project, "events"), &narrowed)
    };
    view! {
        <a class="button" href=to(failed, None)>{failures}</a>
        <a class="button" href=to(passed, Some(Level::Orange.as_str()))>{entered}</a>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use porchlight_domain::Timestamp;

    use super::*;

    fn figures(scope: Scope) -> Figures {
        let (started_at, kind, from) = (Timestamp(0), Wave::Stuffing, "203.0.113.7".into());
        Figures {
            origin: Origin { kind, scope, from, place: None, asn: None, started_at },
            since: started_at,
            until: Timestamp(1),
            last_at: Some(started_at),
            last_hour: 210,
            more: false,
            attempts: 212,
            failures: 210,
            users: 90,
            addresses: 1,
            usual_failures: 0.0,
            common: None,
            beside: Vec::new(),
        }
    }

    fn told(scope: Scope) -> String {
        tried(&figures(scope))
    }

    #[test]
    fn what_its_failures_have_in_common_is_said_as_it_is_now() {
        let common = Common { scope: Scope::Prefix, from: "51.15.9.0/24".into(), failures: 200 };
        let figures = Figures { failures: 1_250, ..figures(Scope::Project) };
        assert_eq!(shared(&common, &figures), "200 of 1,250 failures come from 51.15.9.0/24");
    }

    #[test]
    fn nobody_is_said_to_have_got_in_who_may_be_a_user() {
        assert_eq!(told(Scope::Address), "212: 210 failed, 2 got in as strangers");
        for whole in [Scope::Client, Scope::Project] {
            assert!(told(whole).starts_with("210 failed in the whole project;"), "{}", told(whole));
        }
    }

    #[test]
    fn of_more_failures_than_are_counted_it_is_said_that_there_are_more() {
        let many = Figures { failures: 50_000, attempts: 50_007, more: true, ..figures(Scope::Prefix) };
        assert_eq!(tried(&many), "more than 50,000 failed, 7 got in as strangers");
    }
}
