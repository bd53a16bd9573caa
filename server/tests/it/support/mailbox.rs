//! A mail server that keeps what it is given, or misbehaves as it is told.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::eventually;

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Takes every mail.
    Takes,
    /// Accepts the connection and never says a word.
    Hangs,
    /// Reads the whole mail and never says whether it took it.
    HangsAfterMail,
    /// Answers the recipient with this line.
    Refuses(&'static str),
    /// Greets with this line.
    Greets(&'static str),
}

/// A mail server on loopback.
pub struct Mailbox {
    /// For `--smtp-url`.
    pub url: String,
    mails: Arc<Mutex<Vec<String>>>,
    running: JoinHandle<()>,
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Mailbox {
    /// Opens it.
    pub async fn open(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("smtp://{}", listener.local_addr().expect("address"));
        let mails = Arc::<Mutex<Vec<String>>>::default();
        let kept = mails.clone();
        let running = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(talk(socket, manner, kept.clone()));
            }
        });
        Self { url, mails, running }
    }

    /// What came so far.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("lock").clone()
    }

    /// The first `count` mails, as soon as they have come.
    pub async fn wait_for(&self, count: usize) -> Vec<String> {
        eventually(|| async { Some(self.mails()).filter(|mails| mails.len() >= count) }).await
    }
}

async fn talk(socket: TcpStream, manner: Manner, mails: Arc<Mutex<Vec<String>>>) {
    let mut wire = BufReader::new(socket);
    if manner == Manner::Hangs {
        let _ = wire.read_to_end(&mut Vec::new()).await;
        return;
    }
    let greeting = if let Manner::Greets(line) = manner { line } else { "220 mailbox" };
    if say(&mut wire, greeting).await.is_err() {
        return;
    }
    let mut line = String::new();
    while wire.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let word = line.trim_end().split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer = match (word.as_str(), manner) {
            ("EHLO", _) => "250-mailbox\r\n250 8BITMIME",
            ("RCPT", Manner::Refuses(line)) => line,
            ("DATA", _) => "354 go on",
            ("QUIT", _) => "221 bye",
            _ => "250 ok",
        };
        if say(&mut wire, answer).await.is_err() {
            return;
        }
        if word == "DATA" {
            let mail = whole_mail(&mut wire).await;
            mails.lock().expect("lock").push(mail);
            if manner == Manner::HangsAfterMail {
                let _ = wire.read_to_end(&mut Vec::new()).await;
                return;
            }
            let _ = say(&mut wire, "250 taken").await;
        }
        line.clear();
    }
}

async fn say(wire: &mut BufReader<TcpStream>, line: &str) -> std::io::Result<()> {
    wire.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
}

/// The lines until the single dot, unstuffed.
async fn whole_mail(wire: &mut BufReader<TcpStream>) -> String {
    let (mut mail, mut line) = (String::new(), String::new());
    while wire.read_line(&mut line).await.is_ok_and(|read| read > 0) && line != ".\r\n" {
        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
        line.clear();
    }
    mail
}

/// A mail with the quoted-printable encoding of its parts undone.
pub fn decoded(mail: &str) -> String {
    let joined = mail.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), joined.as_bytes());
    while let [first, left @ ..] = rest {
        let code = left.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *first == b'=') {
            Some(byte) => {
                bytes.push(byte);
                rest = &left[2..];
            }
            None => {
                bytes.push(*first);
                rest = left;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
