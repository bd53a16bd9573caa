//! Watching over the orders of a page while one of them is open.

use std::time::Duration;

use leptos::prelude::*;
use porchlight_domain::revocation::Revocation;
use serde::de::DeserializeOwned;

use crate::ui::read::Read;
use crate::ui::refresh::refresh;

/// How often a page looks again while an order that it shows is open.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Whether an order of the page is open: says so, and has the page read again until all are settled.
#[derive(Clone, Copy)]
pub struct Watch(RwSignal<bool>);

impl Watch {
    /// Watches over what a page reads. Call once, in the page's component.
    pub fn over<T: DeserializeOwned>(read: Read<T>) -> Self {
        let open = RwSignal::new(false);
        read.again_while(open, LOOK_AGAIN);
        Self(open)
    }

    /// Looks at the orders that were read; while one is open, says so with a link for those without a script.
    pub fn look<'a>(self, orders: impl IntoIterator<Item = &'a Revocation>) -> Option<AnyView> {
        let open = orders.into_iter().any(|order| order.settled_at.is_none());
        self.0.set(open);
        open.then(waiting)
    }
}

fn waiting() -> AnyView {
    view! {
        <p class="listening" role="status">"Waiting for the application’s confirmation…"{refresh()}</p>
    }
    .into_any()
}
