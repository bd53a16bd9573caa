//! What a user usually does: the baseline to hold an event against.

use leptos::prelude::*;
use porchlight_domain::profile::{Share, Usual};

use crate::format;
use crate::ui::table::Facts;

/// A user's habits.
pub fn habits(usual: Usual) -> AnyView {
    if usual.logins == 0 {
        return view! { <p class="faint">"No habits yet: they are learned from logins that nobody disowns."</p> }.into_any();
    }
    let mut facts = Vec::new();
    for (name, shares) in [
        ("Countries", usual.countries),
        ("Networks", usual.networks),
        ("Clients", usual.clients),
        ("Devices", usual.devices),
    ] {
        if !shares.is_empty() {
            facts.push((name, shares.into_iter().map(share).collect_view().into_any()));
        }
    }
    if usual.hours.iter().any(|count| *count > 0) {
        facts.push(("Hours", hours(&usual.hours)));
    }
    view! {
        <Facts facts=facts/>
        <p class="faint">{format!("Learned from {}.", format::count(i64::from(usual.logins), "login", "logins"))}</p>
    }
    .into_any()
}

fn share(Share { label, share }: Share) -> AnyView {
    let percent = (share * 100.0).round().clamp(1.0, 100.0);
    view! {
        <span class="share">
            <span class="clip" title=label.clone()>{label.clone()}</span>
            <span class="share-percent">{format!("{percent} %")}</span>
            <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width=percent height="4"/></svg>
        </span>
    }
    .into_any()
}

fn hours(counts: &[u16]) -> AnyView {
    const HEIGHT: u32 = 24;
    let most = u32::from(counts.iter().copied().max().unwrap_or(1).max(1));
    let (from, to) = busiest(counts);
    let label = format!("Mostly {from:02}–{to:02} h UTC");
    let bars = counts.iter().zip(0_u32..).map(|(count, hour)| {
        let height = (u32::from(*count) * HEIGHT / most).max(1);
        let class = if *count == 0 { "none" } else { "some" };
        view! { <rect class=class x=hour * 5 y=HEIGHT - height width="4" height=height rx="1"/> }
    });
    view! {
        <span class="hours">
            <svg class="sparkline" viewBox=format!("0 0 119 {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">{bars.collect_view()}</svg>
            <small>{label}</small>
        </span>
    }
    .into_any()
}

/// The shortest stretch of the day, over midnight if need be, that holds four fifths of all: from this hour until before
/// that one.
fn busiest(counts: &[u16]) -> (usize, usize) {
    let all: u32 = counts.iter().map(|count| u32::from(*count)).sum();
    let held = |from: usize, length: usize| -> u32 {
        (from..from + length).map(|hour| u32::from(counts.get(hour % 24).copied().unwrap_or(0))).sum()
    };
    let enough = |(from, length): &(usize, usize)| held(*from, *length) * 5 >= all * 4;
    let stretches = (1..=24).flat_map(|length| (0..24).map(move |from| (from, length)));
    let (from, length) = stretches.into_iter().find(enough).unwrap_or((0, 24));
    (from, if from + length == 24 { 24 } else { (from + length) % 24 })
}

#[cfg(test)]
mod tests {
    use super::busiest;

    #[test]
    fn the_busiest_hours_may_span_midnight() {
        let mut counts = [0; 24];
        (counts[22], counts[23], counts[0], counts[1], counts[12]) = (5, 5, 5, 5, 2);
        assert_eq!(busiest(&counts), (22, 2));
        let mut office = [0; 24];
        office[8..17].fill(10);
        assert_eq!(busiest(&office), (8, 16), "eight of its nine hours hold more than four fifths");
        assert_eq!(busiest(&[1; 24]), (0, 20));
    }
}
