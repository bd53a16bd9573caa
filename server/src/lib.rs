//! The server: HTTP, workers, settings, telemetry. It uses the console (`app`) and the domain; neither uses it.

pub mod backtest;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connections;
pub mod digests;
pub mod enrich;
pub mod http;
pub mod inbound;
pub mod ingest;
pub mod learning;
pub mod notify;
pub mod private;
pub mod repeats;
pub mod replays;
pub mod retention;
pub mod revocations;
pub mod serve;
pub mod telemetry;
pub mod webhooks;
pub mod worker;
pub mod workers;
