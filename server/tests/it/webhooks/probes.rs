//! Probes: sent beside each other, and believed only where the receiver can tell right from wrong.

use std::time::Instant;

use porchlight_domain::signature::{StandardHeaders, Verdict, verify_standard};
use porchlight_domain::webhook::store::probes::{ask, list};
use porchlight_domain::webhook::{NewProbe, Probe, ProbeKind, ProbeVerdict, Readiness};
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
        self.asking(endpoint, NewProbe { kind, secret: None, wrong: None }).await;
    }

    async fn asking(&self, endpoint: EndpointId, new: NewProbe) {
        ask(&self.db, &Actor::System, self.project, endpoint, new, NOW).await.expect("asked");
    }

    async fn probe(&self, endpoint: EndpointId) -> Probe {
        list(&self.db, self.project, endpoint).await.expect("list").remove(0)
    }

    /// Asks whether a receiver verifies, and waits for what comes of it.
    async fn enforcement(&self, endpoint: EndpointId) -> Probe {
        self.ask(endpoint, ProbeKind::Enforce).await;
        self.answered(endpoint).await
    }

    /// Asks whether a receiver has the newest secret, and whether it verifies; waits for what comes of it.
    async fn readiness(&self, endpoint: EndpointId) -> Probe {
        self.asking(endpoint, NewProbe { kind: ProbeKind::Ready, secret: None, wrong: Some(true) }).await;
        self.answered(endpoint).await
    }

    async fn answered(&self, endpoint: EndpointId) -> Probe {
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

    async fn only_a_receiver_that_refuses_a_wrong_signature_is_ready_for_a_new_secret(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let secret: std::sync::Arc<std::sync::OnceLock<Secret>> = std::sync::Arc::default();
        let known = secret.clone();
        let receiver = Receiver::start(move |webhook| {
            let verifies = known.get().is_none_or(|secret| is_signed(webhook, secret));
            (if verifies { 204 } else { 401 }, String::new())
        })
        .await;
        let (endpoint, made) = outgoing.endpoint(&receiver.url, Format::Standard).await;
        let found = outgoing.readiness(endpoint).await;
        assert_eq!((found.verdict, found.readiness()), (Some(ProbeVerdict::Accepted), Some(Readiness::Unverifying)));
        assert!(found.is_trouble() && found.finding().expect("found").starts_with("It accepts anything"));
        secret.set(made).expect("set once");
        let found = outgoing.readiness(endpoint).await;
        assert_eq!((found.wrong, found.readiness()), (Some(ProbeVerdict::Refused), Some(Readiness::Proven)));
        let ids: Vec<_> = receiver.received().iter().skip(2).map(|one| one.header("webhook-id").to_owned()).collect();
        assert_eq!(ids, [found.id.to_string(), format!("{}_wrong", found.id)], "two messages, of two ids");
        outgoing.ask(endpoint, ProbeKind::Ready).await;
        let alone = outgoing.answered(endpoint).await;
        assert_eq!((receiver.received().len(), alone.readiness()), (5, Some(Readiness::Proven)), "only where it is asked for: it was a moment ago");
    }

    async fn a_receiver_that_fails_at_a_wrong_signature_has_proven_nothing(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let receiver = Receiver::start(|webhook| {
            let wrong = webhook.header("webhook-id").ends_with("_wrong");
            (if wrong { 500 } else { 204 }, String::new())
        })
        .await;
        let (endpoint, _) = outgoing.endpoint(&receiver.url, Format::Standard).await;
        let found = outgoing.readiness(endpoint).await;
        assert_eq!(found.readiness(), Some(Readiness::Unproven));
        let detail = found.detail.expect("why");
        assert!(detail.starts_with("The message signed wrong had no clear answer:") && detail.contains("500"), "{detail}");
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
