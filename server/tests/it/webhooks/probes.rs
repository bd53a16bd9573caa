//! Probes: sent beside each other, and believed only where the receiver can tell right from wrong.

use std::time::Instant;

use porchlight_domain::signature::{StandardHeaders, Verdict, verify_standard};
use porchlight_domain::webhook::store::probes::{ask, list};
use porchlight_domain::webhook::{Probe, ProbeKind, ProbeVerdict};
use porchlight_server::webhooks::Prober;
use tokio::net::TcpListener;

use super::*;
use crate::support::eventually;
use crate::support::receiver::{Received, Receiver};

fn prober(db: &Db) -> Prober {
    let limits = Limits { allow: vec!["127.0.0.0/8".parse().expect("net")], ..Limits::default() };
    Prober::new(db.clone(), Client::new(limits).expect("client"))
}

impl Outgoing {
    async fn ask(&self, endpoint: EndpointId, kind: ProbeKind) {
        ask(&self.db, &Actor::System, self.project, endpoint, kind, None, NOW).await.expect("asked");
    }

    async fn probe(&self, endpoint: EndpointId) -> Probe {
        list(&self.db, self.project, endpoint).await.expect("list").remove(0)
    }

    /// Asks whether a receiver verifies, and waits for what comes of it.
    async fn enforcement(&self, endpoint: EndpointId) -> Probe {
        self.ask(endpoint, ProbeKind::Enforce).await;
        let prober = prober(&self.db);
        within(until_idle(NOW, |now| prober.step(now))).await.expect("steps");
        self.probe(endpoint).await
    }
}

/// Whether a webhook is signed with a secret.
fn is_signed(received: &Received, secret: &Secret) -> bool {
    let headers = StandardHeaders {
        id: Some(received.header("webhook-id")),
        timestamp: Some(received.header("webhook-timestamp")),
        signature: Some(received.header("webhook-signature")),
    };
    verify_standard(&headers, &received.body, std::slice::from_ref(secret), NOW) == Verdict::Valid
}

on_both_engines! {
    async fn a_receiver_that_is_silent_keeps_no_other_probe_waiting(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        // Connections are made and never answered.
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", silent.local_addr().expect("address"));
        let (mute, _) = outgoing.endpoint(&url, Format::Standard).await;
        let receiver = Receiver::start(|_| (204, String::new())).await;
        let (quick, _) = outgoing.endpoint(&receiver.url, Format::Standard).await;
        outgoing.ask(mute, ProbeKind::Ready).await;
        outgoing.ask(quick, ProbeKind::Ready).await;
        let (prober, began) = (prober(&fresh.db), Instant::now());
        let answered = eventually(|| async {
            prober.step(NOW).await.expect("step");
            outgoing.probe(quick).await.verdict
        })
        .await;
        assert_eq!(answered, ProbeVerdict::Accepted);
        assert!(began.elapsed() < Duration::from_secs(10), "the silent one may take 15 s");
        assert_eq!(outgoing.probe(mute).await.verdict, None, "it is on its way still");
    }

    async fn a_receiver_that_tells_right_from_wrong_verifies(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let secret: std::sync::Arc<std::sync::OnceLock<Secret>> = std::sync::Arc::default();
        let known = secret.clone();
        let receiver = Receiver::start(move |webhook| {
            let fits = known.get().is_some_and(|secret| is_signed(webhook, secret));
            (if fits { 204 } else { 401 }, String::new())
        })
        .await;
        let (endpoint, made) = outgoing.endpoint(&receiver.url, Format::Standard).await;
        secret.set(made).expect("set once");
        let found = outgoing.enforcement(endpoint).await;
        assert_eq!((found.verdict, found.status, found.detail), (Some(ProbeVerdict::Refused), Some(401), None));
        let ids: Vec<_> = receiver.received().iter().map(|one| one.header("webhook-id").to_owned()).collect();
        assert_eq!(ids, [format!("{}_control", found.id), found.id.to_string()], "two messages, of two ids");
    }

    async fn a_receiver_that_refuses_everything_has_not_shown_that_it_verifies(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let receiver = Receiver::start(|_| (403, "CSRF token missing".into())).await;
        let (endpoint, _) = outgoing.endpoint(&receiver.url, Format::Standard).await;
        let found = outgoing.enforcement(endpoint).await;
        assert_eq!((found.verdict, found.status), (Some(ProbeVerdict::Unclear), Some(403)));
        let detail = found.detail.expect("why");
        assert!(detail.starts_with("It refuses rightly signed ones as well: Its CSRF"), "{detail}");
    }

    async fn a_receiver_that_takes_what_is_signed_wrong_does_not_verify(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let receiver = Receiver::start(|_| (200, String::new())).await;
        let (endpoint, _) = outgoing.endpoint(&receiver.url, Format::Standard).await;
        let found = outgoing.enforcement(endpoint).await;
        assert!(found.is_trouble());
        assert_eq!(receiver.received().len(), 2);
    }
}
