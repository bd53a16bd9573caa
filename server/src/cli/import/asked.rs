//! What the command line asks an import for.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const AFTER_HELP: &str = "\
A map for --format csv, in TOML (or the same in JSON):
  delimiter = \";\"                                  a comma when absent
  time = \"[day].[month].[year] [hour]:[minute]\"    or rfc3339 (when absent), unix, unix_ms
  [columns]                                        our field = the table's column
  occurred_at = \"Zeit\"
  verb = \"Ergebnis\"
  \"user.id\" = \"Benutzer\"
  ip = \"Adresse\"
  [constants]                                      our field = the same for every row
  \"source.name\" = \"Shop\"
  [values.verb]                                    what a column's values mean
  ok = \"log-in\"
  falsch = \"log-in-denied\"

Events of the last 24 hours are treated as live ones: they may open alerts and ask users. Older ones never do.
A second run over the same events stores nothing twice.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Import {
    /// The file; - reads standard input.
    pub(super) file: PathBuf,
    /// The project's name or id.
    #[arg(long)]
    pub(super) project: String,
    /// What the file is.
    #[arg(long)]
    pub(super) format: Format,
    /// For csv: a TOML or JSON file that says which column is what, as below.
    #[arg(long, value_name = "FILE")]
    pub(super) map: Option<PathBuf>,
    /// Events committed together.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(super) batch: u16,
    /// Lines that are held back to be sorted by time.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) window: u32,
    /// For sshd's traditional times, which name no year: the year of the first line.
    #[arg(long)]
    pub(super) year: Option<i32>,
    /// For sshd's traditional times and for csv: hours east of UTC at which they were written, as +02:00.
    #[arg(long, default_value = "+00:00", value_parser = offset, allow_hyphen_values = true)]
    pub(super) utc_offset: time::UtcOffset,
    /// Only read the file and say what is wrong with it.
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One JSON object a line, as POST /api/v1/events takes them, each with `occurred_at`.
    Events,
    /// The login data set for risk-based authentication of das-group (rba-dataset.csv).
    Rba,
    /// OpenSSH's log: auth.log, secure, or journalctl's output.
    Sshd,
    /// A table with a header line, explained by --map.
    Csv,
}

/// `+02:00`
fn offset(text: &str) -> Result<time::UtcOffset, String> {
    let format = time::macros::format_description!("[offset_hour sign:mandatory]:[offset_minute]");
    time::UtcOffset::parse(text, format).map_err(|_| format!("{text} is no offset like +02:00"))
}
