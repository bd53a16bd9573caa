//! Line icons on a grid of 16, drawn for this console. They repeat a word; they never stand alone.

use leptos::prelude::*;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Start page of a project.
    Overview,
    /// The audit log.
    Events,
    /// People.
    Users,
    /// Something to look at.
    Alerts,
    /// Outgoing webhooks.
    Webhooks,
    /// Incoming webhooks.
    Inbound,
    /// Orders to end sessions.
    Revocations,
    /// Mails.
    Outbox,
    /// Choices.
    Settings,
    /// Opens the navigation.
    Menu,
    /// More below.
    Down,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Overview => "M2.5 2.5h4.5v6H2.5zM9 2.5h4.5V6H9zM9 8h4.5v5.5H9zM2.5 10.5H7v3H2.5z",
            Self::Events => "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01",
            Self::Users => {
                "M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c.4-2.3 2.2-3.5 4.5-3.5s4.1 1.2 4.5 3.5M10.5 3.2a2.5 2.5 0 0 1 0 4.6M12 10.3c1.4.5 2.3 1.6 2.5 3.2"
            }
            Self::Alerts => "M8 2 1.5 13.5h13zM8 6.5v3.5M8 11.8v.01",
            Self::Webhooks => "M2 8h9M8 4.5 11.5 8 8 11.5M14 3v10",
            Self::Inbound => "M14 8H5M8 4.5 4.5 8 8 11.5M2 3v10",
            Self::Revocations => "M9.5 2.5h-6v11h6M7 8h7M11.5 5.5 14 8l-2.5 2.5",
            Self::Outbox => "M2 3.5h12v9H2zM2.3 4 8 8.5 13.7 4",
            Self::Settings => "M2 4.5h6M12 4.5h2M10 2.8v3.4M2 11.5h2M8 11.5h6M6 9.8v3.4",
            Self::Menu => "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
            Self::Down => "M4.5 6.5 8 10l3.5-3.5",
        }
    }
}

/// Draws it.
pub fn icon(icon: Icon) -> AnyView {
    view! { <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=icon.path()/></svg> }.into_any()
}

/// The mark of Porchlight: a lamp that is on.
pub fn mark() -> AnyView {
    view! {
        <svg class="mark" viewBox="0 0 20 20" aria-hidden="true">
            <path class="mark-hood" d="M10 1.5v2M5.5 7.5 7 3.5h6l1.5 4z"/>
            <path class="mark-light" d="M6.5 8.5h7l-1 5.5h-5z"/>
            <path class="mark-base" d="M7 15.5h6M8.5 18h3"/>
        </svg>
    }
    .into_any()
}
