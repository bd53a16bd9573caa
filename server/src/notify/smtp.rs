//! The mail server: one connection for each mail, so that a mail that is given up leaves nothing half-said behind for
//! the next one (a pooled connection would), and a server that hangs holds no socket beyond the deadline.

use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use url::{Url, form_urlencoded};

/// Authentication required: our setting is wrong, not the mail.
const AUTHENTICATION_REQUIRED: u16 = 530;

/// How the connection is protected.
#[derive(Clone)]
enum Protection {
    /// `smtp://`: not at all, or by the network.
    None,
    /// `smtp://…?tls=opportunistic`: STARTTLS where the server offers it.
    Offered(TlsParameters),
    /// `smtp://…?tls=required`: STARTTLS, or nothing is said.
    Required(TlsParameters),
    /// `smtps://`: TLS from the first byte.
    Whole(TlsParameters),
}

/// Where mails are handed in.
#[derive(Clone)]
pub(super) struct Server {
    host: String,
    port: u16,
    protection: Protection,
    credentials: Option<Credentials>,
    hello: ClientId,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// Why a mail was not taken.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) error: String,
    /// The server said that trying again is of no use.
    pub(super) permanent: bool,
    /// It is the server that could not be spoken to, whatever the mail.
    pub(super) away: bool,
}

impl Refused {
    fn of_server(error: &lettre::transport::smtp::Error) -> Self {
        Self { error: chain(error), permanent: false, away: true }
    }

    fn of_mail(error: &lettre::transport::smtp::Error) -> Self {
        let ours = error.status().is_some_and(|code| u16::from(code) == AUTHENTICATION_REQUIRED);
        let away = ours || error.status().is_none();
        Self { error: chain(error), permanent: error.is_permanent() && !ours, away }
    }
}

/// An error with what caused it: the outer one alone says "network error".
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(&format!(": {inner_text}"));
        }
        cause = inner.source();
    }
    text
}

impl Server {
    /// Reads `smtp://host:25`, `smtp://user:password@host:587?tls=required`, `…?tls=opportunistic`, `smtps://host`. A
    /// path is the name to say hello with.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let lower = text.trim_start().to_ascii_lowercase();
        if !["smtp://", "smtps://"].iter().any(|scheme| lower.starts_with(scheme)) {
            return Err("SMTP_URL must begin with smtp:// or smtps://".into());
        }
        let url = Url::parse(text).map_err(|error| format!("SMTP_URL is not a URL: {error}"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("SMTP_URL names no host")?.to_owned();
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let parameters = || TlsParameters::new(host.clone()).map_err(|error| format!("SMTP_URL: {error}"));
        let (protection, port) = match (url.scheme(), tls.as_deref()) {
            ("smtp", None) => (Protection::None, 25),
            ("smtp", Some("opportunistic")) => (Protection::Offered(parameters()?), 587),
            ("smtp", Some("required")) => (Protection::Required(parameters()?), 587),
            ("smtps", _) => (Protection::Whole(parameters()?), 465),
            _ => {
                return Err("SMTP_URL: tls must be required or opportunistic".into());
            }
        };
        let credentials =
            url.password().map(|password| Credentials::new(decode(url.username()), decode(password)));
        let name = url.path().trim_matches('/');
        let hello = if name.is_empty() { ClientId::default() } else { ClientId::Domain(name.to_owned()) };
        Ok(Self { port: url.port().unwrap_or(port), host, protection, credentials, hello })
    }

    /// `mail.example.com:587`, for the log.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Hands a mail in. Dropping this future drops the connection.
    pub(super) async fn send(&self, message: &Message) -> Result<(), Refused> {
        let mut connection = self.connect().await.map_err(|error| Refused::of_server(&error))?;
        let sent = connection.send(message.envelope(), &message.formatted()).await;
        sent.map_err(|error| Refused::of_mail(&error))?;
        // The mail is accepted; whether the server says goodbye is of no interest, and not worth waiting for.
        drop(connection);
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let whole = match &self.protection {
            Protection::Whole(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let address = (self.host.trim_matches(['[', ']']), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, None, &self.hello, whole, None).await?;
        match &self.protection {
            Protection::Offered(parameters) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), &self.hello).await?;
            }
            Protection::Required(parameters) => connection.starttls(parameters.clone(), &self.hello).await?,
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(connection)
    }
}

/// Undoes percent-encoding.
fn decode(text: &str) -> String {
    let pair = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_how_protected_and_as_whom() {
        let server = Server::parse("smtp://user%40shop:a%2Bb+c&d@mail.example?tls=required").expect("parse");
        assert_eq!((server.host.as_str(), server.port), ("mail.example", 587));
        assert!(matches!(server.protection, Protection::Required(_)));
        assert_eq!(server.credentials, Some(Credentials::new("user@shop".into(), "a+b+c&d".into())));
        let plain = Server::parse("smtp://127.0.0.1:1025").expect("parse");
        assert!(
            matches!(plain.protection, Protection::None) && plain.port == 1025 && plain.credentials.is_none()
        );
        let whole = Server::parse("smtps://mail.example").expect("parse");
        assert!(matches!(whole.protection, Protection::Whole(_)) && whole.port == 465);
    }

    #[test]
    fn a_wrong_url_is_refused_and_never_repeated() {
        for url in ["mail.example", "http://mail.example", "smtp://", "smtp://u:secret@h?tls=maybe"] {
            assert!(Server::parse(url).is_err_and(|error| !error.contains("secret")), "{url}");
        }
        for url in ["mail.example:25", "http://mail.example"] {
            assert_eq!(
                Server::parse(url).err().as_deref(),
                Some("SMTP_URL must begin with smtp:// or smtps://")
            );
        }
        let server = Server::parse("smtp://u:secret@mail.example").expect("parse");
        assert!(!format!("{server:?}").contains("secret"));
    }
}
