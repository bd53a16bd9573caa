//! Events: SQL and operations.

mod again;
mod around;
mod consequence;
mod court;
mod line;
mod list;
mod people;
mod record;
mod sessions;
mod stats;
mod unusual;
mod verify;

pub use around::neighbours;
pub(crate) use consequence::LATE;
pub use list::{count, get, list, newest, page_by_offset};
pub use record::{Arrival, record};
pub(crate) use stats::tally;
pub use stats::{days, totals};
pub(crate) use unusual::{Unusual, unusual};
pub use verify::assess_only;
