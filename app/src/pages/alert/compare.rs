//! The alarming login among its user's last ones: what it has that none of the others has is marked.

use leptos::prelude::*;
use porchlight_domain::event::Event;
use porchlight_domain::id::{AlertId, ProjectId};

use crate::layout::project_path;
use crate::ui::badge::{Tone, badge, level};
use crate::ui::table::Table;
use crate::ui::time::Time;

type Traits = [Option<String>; 4];

/// What is compared: place, network, client, device.
fn traits(event: &Event) -> Traits {
    let detail = &event.detail;
    [
        detail.place.as_ref().and_then(|place| place.label()),
        detail.network.as_ref().and_then(|network| network.name.clone()).or_else(|| event.ip.clone()),
        detail.agent.label().or_else(|| detail.user_agent.clone()),
        event.device_id.clone(),
    ]
}

/// Which traits none of `others` has. Where there are no others, nothing stands out.
fn odd(own: &Traits, others: &[Traits]) -> [bool; 4] {
    std::array::from_fn(|index| {
        let unlike = |other: &Traits| other[index] != own[index];
        own[index].is_some() && !others.is_empty() && others.iter().all(unlike)
    })
}

/// The user's last logins, those of the alert among them.
pub(super) fn card(logins: Vec<Event>, alert: AlertId, project: ProjectId) -> AnyView {
    if logins.len() < 2 {
        return ().into_any();
    }
    let others: Vec<_> = logins.iter().filter(|event| event.alert_id != Some(alert)).map(traits).collect();
    let rows = logins.into_iter().map(move |event| {
        let own = traits(&event);
        let is_its = event.alert_id == Some(alert);
        let odd = if is_its { odd(&own, &others) } else { [false; 4] };
        row(event, own, odd, is_its, project)
    });
    view! {
        <section class="card">
            <h2 class="card-title">"The user’s last logins"</h2>
            <Table label="The user’s last logins" head=&["Level", "When", "Where", "Client"]>{rows.collect_view()}</Table>
        </section>
    }
    .into_any()
}

fn row(event: Event, own: Traits, odd: [bool; 4], is_its: bool, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("events/{}", event.id));
    let [place, network, client, device] = own;
    let value = |value: Option<String>, odd: bool| {
        let mark = odd.then(|| view! { " "{badge(Tone::Bad, "new")} });
        view! { <span class="clip">{value.unwrap_or_else(|| "–".to_owned())}</span>{mark} }
    };
    view! {
        <tr role="row" aria-current=is_its.then_some("true")>
            <td role="cell" data-label="Level">{level(event.level, event.score)}</td>
            <td class="when" role="cell" data-label="When"><a class="row-link" href=page><Time at=event.occurred_at/></a></td>
            <td role="cell" data-label="Where">{value(place, odd[0])}<small>{value(network, odd[1])}</small></td>
            <td role="cell" data-label="Client">{value(client, odd[2])}<small>{value(device, odd[3])}</small></td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::odd;

    #[test]
    fn what_no_other_login_has_is_odd_and_what_is_unknown_is_not() {
        let traits = |values: [&str; 4]| values.map(|value| (!value.is_empty()).then(|| value.to_owned()));
        let own = traits(["China", "Chinanet", "Chrome", ""]);
        let others =
            [traits(["New Zealand", "Spark", "Chrome", "d1"]), traits(["", "Chinanet", "Safari", "d1"])];
        assert_eq!(odd(&own, &others), [true, false, false, false]);
        assert_eq!(odd(&own, &[]), [false; 4]);
    }
}
