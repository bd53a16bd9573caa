//! Geographic data that an import goes without.

use porchlight_domain::signal::{Signal, SignalName, SignalState};

use crate::config::Config;
use crate::enrich::Enricher;

/// What whoever imports should know first: what is stored without its place and network stays so.
pub(super) fn missing(enricher: &Enricher, config: &Config) -> Option<String> {
    let needed = [SignalName::Country, SignalName::City, SignalName::Network];
    let off = |signal: Signal| matches!(signal.state, SignalState::Off { .. }).then_some(signal.name);
    let off: Vec<_> =
        enricher.signals().into_iter().filter_map(off).filter(|name| needed.contains(name)).collect();
    let names: Vec<_> = off.iter().map(|name| name.to_string().to_lowercase()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "There is no data for {} in {} (--geo-dir): what the file does not say of it is missing from these events for good.",
            names.join(", "),
            config.geo_dir().display()
        )
    })
}
