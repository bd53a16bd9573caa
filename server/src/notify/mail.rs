//! A notice as a mail message.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use porchlight_domain::notice::{Body, Notice};

/// Who mails come from.
#[derive(Clone, Debug)]
pub(super) struct Sender(Mailbox);

/// Tells automatic responders to keep quiet (RFC 3834).
#[derive(Clone, Debug)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Sender {
    /// Reads `Porchlight <porchlight@example.com>`.
    pub(super) fn parse(from: &str) -> Result<Self, String> {
        from.parse().map(Self).map_err(|error| format!("MAIL_FROM {from:?} is not a mail address: {error}"))
    }

    /// Writes the message: text and HTML, dated when the notice was written, its Message-ID the notice's own id.
    pub(super) fn compose(&self, notice: &Notice, body: &Body) -> Result<Message, String> {
        let recipient = notice
            .recipient
            .parse()
            .map_err(|error| format!("the recipient's address is not valid: {error}"))?;
        let written = Duration::from_micros(notice.created_at.0.max(0).unsigned_abs());
        Message::builder()
            .from(self.0.clone())
            .to(Mailbox::new(None, recipient))
            .subject(notice.subject.clone())
            .date(SystemTime::UNIX_EPOCH + written)
            .message_id(Some(format!("<{}@{}>", notice.id, self.0.email.domain())))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(body.text.clone(), body.html.clone()))
            .map_err(|error| format!("the mail cannot be written: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_domain::Timestamp;
    use porchlight_domain::id::NoticeId;
    use porchlight_domain::notice::{Channel, State};

    fn notice(recipient: &str, subject: &str) -> Notice {
        Notice {
            id: NoticeId(42),
            question_id: None,
            alert_id: None,
            channel: Channel::Mail,
            recipient: recipient.into(),
            subject: subject.into(),
            state: State::Pending,
            attempts: 1,
            next_attempt_at: Timestamp(0),
            last_error: None,
            created_at: Timestamp::from_seconds(1_772_438_400),
            sent_at: None,
        }
    }

    fn composed(recipient: &str, subject: &str) -> Result<String, String> {
        let body = Body { html: "<p>Grüße</p>".into(), text: "Grüße".into() };
        let sender = Sender::parse("Porchlight <watch@example.com>")?;
        let message = sender.compose(&notice(recipient, subject), &body)?;
        Ok(String::from_utf8(message.formatted()).expect("UTF-8"))
    }

    #[test]
    fn the_message_is_dated_and_named_by_its_notice_whenever_it_is_sent() {
        let mail = composed("eve@example.com", "Was this you?").expect("compose");
        let id = format!("Message-ID: <{}@example.com>", NoticeId(42));
        for line in [
            &id,
            "Date: Mon, 02 Mar 2026 08:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "To: eve@example.com",
        ] {
            assert!(mail.contains(line), "{line} is missing in {mail}");
        }
        assert!(mail.contains("text/plain") && mail.contains("text/html"), "{mail}");
    }

    #[test]
    fn neither_subject_nor_recipient_can_add_a_header() {
        let mail = composed("eve@example.com", "Hello\r\nBcc: all@example.com").expect("compose");
        assert!(!mail.lines().any(|line| line.starts_with("Bcc:")), "{mail}");
        for recipient in
            ["eve@example.com\r\nBcc: all@example.com", "eve@example.com, bob@example.com", "eve", ""]
        {
            assert!(composed(recipient, "Hello").is_err(), "{recipient:?}");
        }
    }

    #[test]
    fn a_sender_that_is_no_address_is_refused_at_the_start() {
        assert!(Sender::parse("Porchlight").is_err_and(|error| error.contains("MAIL_FROM")));
    }
}
