//! Logs and metrics. At `info` no line holds a secret or an end user's address.

use std::io::IsTerminal;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{Config, LogFormat};

/// Bounds of the histograms of durations, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Events of one commit; and bounds of their number.
pub const GROUP_EVENTS: &str = "porchlight_ingest_group_events";
const EVENTS: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 1000.0];

/// How long orders take; and bounds of it, in seconds: from a fast answer to the longest wait.
pub const REVOCATION_SECONDS: &str = "porchlight_revocation_seconds";
const KILL: [f64; 10] = [0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 60.0, 300.0, 3_600.0, 86_400.0];

/// Starts logging as the settings ask.
pub fn start_logs(config: &Config) -> Result<(), String> {
    let filter = EnvFilter::try_new(directives(&config.log)).map_err(|error| format!("LOG: {error}"))?;
    let is_terminal = std::io::stderr().is_terminal();
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(is_terminal);
    match config.log_format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    }
    .map_err(|error| error.to_string())
}

/// What is asked for, without PostgreSQL's remark at every start that the table of migrations is there already.
fn directives(log: &str) -> String {
    if log.contains("sqlx") { log.to_owned() } else { format!("{log},sqlx::postgres::notice=warn") }
}

/// Starts counting; the handle renders the counts for Prometheus. One process counts once, however often this is called.
pub fn start_metrics() -> PrometheusHandle {
    static HANDLE: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let builder = PrometheusBuilder::new();
            let builder = builder
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
                .and_then(|builder| {
                    builder.set_buckets_for_metric(Matcher::Full(GROUP_EVENTS.to_owned()), &EVENTS)
                })
                .and_then(|builder| {
                    builder.set_buckets_for_metric(Matcher::Full(REVOCATION_SECONDS.to_owned()), &KILL)
                })
                .unwrap_or_else(|_| PrometheusBuilder::new());
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            // A second recorder is refused: then the first one counts.
            let _ = metrics::set_global_recorder(recorder);
            handle
        })
        .clone()
}
