//! Moments: UTC from the server; relative, with the local time beside it, once the browser has taken over.

use std::time::Duration;

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::time::{DAY, HOUR, MINUTE};

use crate::ui::browser;

/// The browser's clock, ticking twice a minute; 0 on the server and until hydration is done.
#[derive(Clone, Debug, Default)]
pub struct Clock(ArcRwSignal<i64>);

impl Clock {
    /// Lets [`Time`] and [`hydrated`] read it. Call once, at the root.
    pub fn provide(self) {
        provide_context(self);
    }

    /// Starts it. Call once, when hydration is done.
    pub fn start(self) {
        self.0.set(browser::now());
        set_interval(move || self.0.set(browser::now()), Duration::from_secs(30));
        // For style and tests: from now on our script answers. After all that hydration has queued.
        set_timeout(|| browser::mark_root("data-hydrated", Some("")), Duration::ZERO);
    }
}

/// True once the browser has taken over: only then may anything differ from the server's HTML.
pub fn hydrated() -> bool {
    tick() != 0
}

fn tick() -> i64 {
    use_context::<Clock>().map_or(0, |Clock(tick)| tick.get())
}

/// A moment.
#[component]
pub fn Time(
    /// When.
    at: Timestamp,
) -> impl IntoView {
    moment(at, relative)
}

/// A moment at which something is to happen.
#[component]
pub fn Due(
    /// When.
    at: Timestamp,
) -> impl IntoView {
    moment(at, due)
}

fn moment(at: Timestamp, told: fn(Timestamp, Timestamp) -> String) -> AnyView {
    let text = move || match tick() {
        0 => format!("{} UTC", at.human()),
        now => told(at, Timestamp(now)),
    };
    let title = move || {
        let local = if hydrated() { browser::local_time(at.0) } else { None };
        local.map(|local| format!("{local} local time\n{} UTC", at.human()))
    };
    view! { <time datetime=at.to_string() title=title>{text}</time> }.into_any()
}

/// A moment that may not have come.
pub fn time_or(at: Option<Timestamp>, otherwise: &'static str) -> AnyView {
    match at {
        Some(at) => view! { <Time at=at/> }.into_any(),
        None => view! { <span class="faint">{otherwise}</span> }.into_any(),
    }
}

/// `just now`, `3 min ago`, `in 2 h`; the date when it is more than a week away.
fn relative(at: Timestamp, now: Timestamp) -> String {
    let distance = now.since(at);
    let amount = match distance.abs() {
        0..MINUTE => return "just now".to_owned(),
        apart @ MINUTE..HOUR => format!("{} min", apart / MINUTE),
        apart @ HOUR..DAY => format!("{} h", apart / HOUR),
        apart if apart < 8 * DAY => format!("{} d", apart / DAY),
        _ => return at.human().chars().take(16).collect(),
    };
    if distance >= 0 { format!("{amount} ago") } else { format!("in {amount}") }
}

/// `in a moment`, `in 2 h`: what is due by now is about to happen.
fn due(at: Timestamp, now: Timestamp) -> String {
    match now.since(at).abs() {
        0..MINUTE => "in a moment".to_owned(),
        _ => relative(at, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_from_now() {
        let now = Timestamp::from_seconds(1_790_000_000);
        let at = |micros: i64| relative(now.plus(micros), now);
        assert_eq!(at(-10), "just now");
        assert_eq!(at(-3 * MINUTE), "3 min ago");
        assert_eq!(at(2 * HOUR + MINUTE), "in 2 h");
        assert_eq!(at(-2 * DAY), "2 d ago");
        assert_eq!(at(-30 * DAY), "2026-08-22 14:13");
        let due = |micros: i64| due(now.plus(micros), now);
        assert_eq!([due(20), due(-20), due(3 * MINUTE)], ["in a moment", "in a moment", "in 3 min"]);
    }
}
