//! The settings, each with its flag and its `PORCHLIGHT_*` variable. Nothing else reads the environment.

mod address;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Args, Command, ValueEnum};
use data_encoding::HEXLOWER_PERMISSIVE;
use ipnet::IpNet;
use porchlight_domain::time::DAY;
use porchlight_domain::vault;
use porchlight_domain::webhook::health::Patience;
use url::Url;
use zeroize::Zeroizing;

use crate::private;
use address::{http_url, listen, range};

/// How Porchlight is set up. Secrets among it never print.
#[derive(Args, Clone)]
#[command(next_help_heading = "Settings")]
pub struct Config {
    /// Where events are kept: `sqlite:FILE` or `postgres://user:password@host/database`. Default: porchlight.db in DATA_DIR.
    #[arg(long, env = "PORCHLIGHT_DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,

    /// Address (or name) and port to listen on: `127.0.0.1:3000`, `[::]:3000`, `localhost:3000`.
    #[arg(long, env = "PORCHLIGHT_LISTEN", default_value = "127.0.0.1:3000", value_parser = listen, global = true)]
    pub listen: SocketAddr,

    /// How users and operators reach this server, in links of mails and receipts. Default: http://LISTEN.
    #[arg(long, env = "PORCHLIGHT_PUBLIC_URL", value_parser = http_url, global = true)]
    pub public_url: Option<Url>,

    /// Folder for the database, the secret key and the geographic data.
    #[arg(long, env = "PORCHLIGHT_DATA_DIR", default_value = "data", global = true)]
    pub data_dir: PathBuf,

    /// 64 hex digits that seal secrets at rest. Default: made once and kept in DATA_DIR/secret.key.
    #[arg(long, env = "PORCHLIGHT_SECRET_KEY", hide_env_values = true, global = true)]
    pub secret_key: Option<String>,

    /// Mail server: `smtp://host:25`, `smtp://user:password@host:587?tls=required`, `smtps://…`. Without it mails wait in the console's outbox.
    #[arg(long, env = "PORCHLIGHT_SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<String>,

    /// Sender of mails.
    #[arg(
        long,
        env = "PORCHLIGHT_MAIL_FROM",
        default_value = "Porchlight <porchlight@localhost>",
        global = true
    )]
    pub mail_from: String,

    /// Folder of the geographic data (.mmdb files and lists). Default: DATA_DIR/geo.
    #[arg(long, env = "PORCHLIGHT_GEO_DIR", global = true)]
    pub geo_dir: Option<PathBuf>,

    /// Reverse proxies whose X-Forwarded-For is believed: addresses or CIDR, comma-separated.
    #[arg(long, env = "PORCHLIGHT_TRUSTED_PROXIES", value_delimiter = ',', value_parser = range, global = true)]
    pub trusted_proxies: Vec<IpNet>,

    /// Private ranges that webhooks may go to: addresses or CIDR, comma-separated. Everything not public is refused otherwise.
    #[arg(long, env = "PORCHLIGHT_WEBHOOK_ALLOW", value_delimiter = ',', value_parser = range, global = true)]
    pub webhook_allow: Vec<IpNet>,

    /// Days after which an endpoint that only fails is disabled; 0: never.
    #[arg(
        long,
        env = "PORCHLIGHT_WEBHOOK_DISABLE_DAYS",
        default_value_t = 5,
        value_parser = clap::value_parser!(u16).range(..=365),
        global = true
    )]
    pub webhook_disable_days: u16,

    /// So many different messages must have failed as well before an endpoint is disabled.
    #[arg(long, env = "PORCHLIGHT_WEBHOOK_DISABLE_MESSAGES", default_value_t = 10, global = true)]
    pub webhook_disable_messages: u16,

    /// Bearer token for /metrics. Without it, /metrics answers loopback only.
    #[arg(long, env = "PORCHLIGHT_METRICS_TOKEN", hide_env_values = true, global = true)]
    pub metrics_token: Option<String>,

    /// What to log: a level, or directives as `info,porchlight=debug`.
    #[arg(long, env = "PORCHLIGHT_LOG", default_value = "info", global = true)]
    pub log: String,

    /// How to log.
    #[arg(long, env = "PORCHLIGHT_LOG_FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("data_dir", &self.data_dir)
            .finish_non_exhaustive()
    }
}

/// The shape of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Settings that commands beside `serve` use too: where the store is, and how it is sealed.
const OF_THE_STORE: &[&str] = &["database_url", "data_dir", "secret_key"];
/// What an import needs as well: it looks addresses up, and alerts name links.
const OF_AN_IMPORT: &[&str] = &["database_url", "data_dir", "secret_key", "geo_dir", "public_url"];

/// Prepares a command line: a variable that is set to nothing counts as not set, and commands that do not serve show only
/// the settings that they use.
pub fn prepared(command: Command) -> Command {
    let names: Vec<_> = command.get_subcommands().map(|noun| noun.get_name().to_owned()).collect();
    names.into_iter().filter(|name| name != "serve").fold(without_blanks(command), |command, name| {
        let used = match name.as_str() {
            "import" => OF_AN_IMPORT,
            "bench" => &[],
            _ => OF_THE_STORE,
        };
        command.mut_subcommand(name, |noun| showing_only(noun, used))
    })
}

/// A command, or each of those below it, without the settings that it does not use.
fn showing_only(noun: Command, used: &[&str]) -> Command {
    let verbs: Vec<_> = noun.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let noun = without_settings(noun, used);
    verbs.into_iter().fold(noun, |noun, verb| noun.mut_subcommand(verb, |verb| showing_only(verb, used)))
}

#[expect(clippy::disallowed_methods, reason = "here the environment is read")]
fn without_blanks(command: Command) -> Command {
    let blank = |name: &std::ffi::OsStr| {
        std::env::var_os(name).is_some_and(|value| value.to_string_lossy().trim().is_empty())
    };
    command.mut_args(|arg| if arg.get_env().is_some_and(blank) { arg.env(Resettable::Reset) } else { arg })
}

fn without_settings(command: Command, used: &[&str]) -> Command {
    let settings = without_blanks(Config::augment_args(Command::new("settings")));
    let hidden = settings.get_arguments().filter(|arg| !used.contains(&arg.get_id().as_str()));
    // Declared here they take the place of the global ones, which would be shown.
    hidden.fold(command, |command, arg| command.arg(arg.clone().global(false).hide(true)))
}

impl Config {
    /// Where the database is.
    pub fn database_url(&self) -> String {
        let file = || format!("sqlite:{}", self.data_dir.join("porchlight.db").display());
        self.database_url.clone().unwrap_or_else(file)
    }

    /// The embedded database's file, if it is one.
    pub fn database_file(&self) -> Option<PathBuf> {
        let url = self.database_url();
        let path = url.strip_prefix("sqlite:")?.split('?').next()?;
        let path = path.strip_prefix("//").unwrap_or(path);
        (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
    }

    /// The base of links, without a slash at its end.
    pub fn public_url(&self) -> String {
        let url =
            self.public_url.as_ref().map_or_else(|| format!("http://{}", self.listen), ToString::to_string);
        url.trim_end_matches('/').to_owned()
    }

    /// Where the geographic data is.
    pub fn geo_dir(&self) -> PathBuf {
        self.geo_dir.clone().unwrap_or_else(|| self.data_dir.join("geo"))
    }

    /// When an endpoint that only fails is disabled.
    pub fn patience(&self) -> Patience {
        let never = self.webhook_disable_days == 0;
        let time = if never { i64::MAX } else { i64::from(self.webhook_disable_days) * DAY };
        Patience { time, messages: self.webhook_disable_messages.into() }
    }

    /// The key that seals secrets: as set, else as kept in DATA_DIR, else made there (readable by its owner alone).
    pub fn secret_key(&self) -> Result<Zeroizing<[u8; 32]>, String> {
        if let Some(text) = &self.secret_key {
            return parse_key(text).ok_or_else(|| "SECRET_KEY must be 64 hex digits".to_owned());
        }
        let file = self.data_dir.join("secret.key");
        match std::fs::read_to_string(&file) {
            Ok(text) => {
                parse_key(&text).ok_or_else(|| format!("{} does not hold 64 hex digits", file.display()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = Zeroizing::new(vault::random::<32>());
                private::write(&file, &HEXLOWER_PERMISSIVE.encode(&key[..]))
                    .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
                Ok(key)
            }
            Err(error) => Err(format!("cannot read {}: {error}", file.display())),
        }
    }
}

fn parse_key(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()?;
    bytes.try_into().ok().map(Zeroizing::new)
}
