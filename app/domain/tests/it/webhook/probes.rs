//! Probes of endpoints, and their ed25519 keys.

mod seen;

use porchlight_domain::id::SecretId;
use porchlight_domain::time::{DAY, HOUR, MINUTE};
use porchlight_domain::webhook::store::probes::{ask, claim, finish, list, next_due};
use porchlight_domain::webhook::{
    EndpointState, NewProbe, Policy, Probe, ProbeKind, ProbeVerdict, Readiness,
};
use porchlight_domain::{Error, Result, Timestamp, ledger};

use super::*;

async fn probe(
    db: &Db,
    project: ProjectId,
    endpoint: EndpointId,
    kind: ProbeKind,
    secret: Option<SecretId>,
) -> Result<Probe> {
    ask(db, &Actor::System, project, endpoint, NewProbe { kind, secret, wrong: None }, NOW).await
}

/// Sends nothing, and writes what a receiver would have done with the probe that is due.
async fn answered(db: &Db, at: Timestamp, verdict: ProbeVerdict, wrong: Option<ProbeVerdict>) -> bool {
    let due = claim(db, at).await.expect("claim").expect("due");
    finish(db, &Probe { verdict: Some(verdict), wrong, ..due.probe }).await.expect("finish");
    due.with_wrong
}

on_both! {
    async fn a_ready_probe_is_signed_with_the_newest_secret_alone_and_its_outcome_is_kept(db) {
        let shop = project(db, "Shop").await;
        let endpoint = endpoint(db, shop, Format::Standard).await.id;
        let (hint, secret) = store::rotate(db, &Actor::System, shop, endpoint, None, 24, NOW).await.expect("rotate");
        store::add_key(db, &Actor::System, shop, endpoint, 24, NOW).await.expect("key");
        let asked = probe(db, shop, endpoint, ProbeKind::Ready, None).await.expect("asked");
        assert_eq!((asked.secret_id, asked.finding()), (Some(hint.id), None));
        let due = claim(db, NOW).await.expect("claim").expect("due");
        assert_eq!((due.probe.id, due.secret, due.url.as_str()), (asked.id, Some(secret), "https://app.example/hook"));
        assert!(claim(db, NOW).await.expect("claim").is_none(), "it is on its way");
        let done = Probe { verdict: Some(ProbeVerdict::Refused), status: Some(401), clock_offset_seconds: Some(-7), ..due.probe };
        finish(db, &done).await.expect("finish");
        let listed = list(db, shop, endpoint).await.expect("list");
        assert_eq!(listed[0], done);
        assert!(done.is_trouble() && done.finding().expect("found").contains("refuses the secret"));
        assert_eq!(ledger::list(db, shop, Paging::default()).await.expect("ledger").rows[0].action, "endpoint.probed");
    }

    async fn a_rotation_asks_before_the_old_secret_retires(db) {
        let shop = project(db, "Shop").await;
        let endpoint = endpoint(db, shop, Format::Standard).await.id;
        let (hint, _) = store::rotate(db, &Actor::System, shop, endpoint, None, 24, NOW).await.expect("rotate");
        assert_eq!(next_due(db).await.expect("due"), Some(NOW.plus(DAY - HOUR)));
        assert!(claim(db, NOW.plus(DAY - HOUR - 1)).await.expect("claim").is_none());
        let due = claim(db, NOW.plus(DAY - HOUR)).await.expect("claim").expect("due");
        assert_eq!((due.probe.kind, due.probe.secret_id), (ProbeKind::Ready, Some(hint.id)));
        store::rotate(db, &Actor::System, shop, endpoint, None, 0, NOW).await.expect("compromised");
        assert_eq!(list(db, shop, endpoint).await.expect("list").len(), 1, "none is planned where there is no overlap");
    }

    async fn what_a_rotation_planned_is_taken_back_once_it_is_decided(db) {
        let shop = project(db, "Shop").await;
        let endpoint = endpoint(db, shop, Format::Standard).await.id;
        let by = &Actor::System;
        let rotate = async |overlap| store::rotate(db, by, shop, endpoint, None, overlap, NOW).await.expect("rotate").0.id;
        let waiting = async || {
            let all = list(db, shop, endpoint).await.expect("list");
            all.into_iter().filter(|one| one.verdict.is_none()).map(|one| one.secret_id).collect::<Vec<_>>()
        };
        rotate(24).await;
        let newest = rotate(24).await;
        assert_eq!(waiting().await, [Some(newest)], "of the newest alone");
        let asked = probe(db, shop, endpoint, ProbeKind::Ready, None).await.expect("asked");
        rotate(0).await;
        assert_eq!(waiting().await, [asked.secret_id], "it got out: nothing is left to be ready for but what was asked for");
        answered(db, NOW, ProbeVerdict::Unclear, None).await;

        rotate(24).await;
        let old = store::hints(db, shop, endpoint, NOW).await.expect("hints")[1].id;
        assert_eq!(waiting().await.len(), 1);
        store::retire(db, by, shop, endpoint, old, NOW).await.expect("retire");
        assert_eq!((waiting().await, next_due(db).await.expect("due")), (vec![], None), "one secret is left");
    }

    async fn a_probe_that_nobody_finished_is_sent_again_and_an_erased_secret_signs_nothing(db) {
        let shop = project(db, "Shop").await;
        let endpoint = endpoint(db, shop, Format::Standard).await.id;
        probe(db, shop, endpoint, ProbeKind::Ready, None).await.expect("asked");
        claim(db, NOW).await.expect("claim").expect("due");
        store::rotate(db, &Actor::System, shop, endpoint, None, 0, NOW).await.expect("rotate");
        let again = claim(db, NOW.plus(2 * MINUTE)).await.expect("claim").expect("again");
        assert_eq!(again.secret, None);
    }

    async fn an_enforcement_probe_is_signed_with_what_nobody_has(db) {
        let shop = project(db, "Shop").await;
        let (endpoint, secret) = {
            let new = NewEndpoint { url: "https://app.example/hook".into(), ..NewEndpoint::default() };
            store::create(db, &Actor::System, shop, new, NOW).await.expect("endpoint")
        };
        probe(db, shop, endpoint.id, ProbeKind::Enforce, None).await.expect("asked");
        let due = claim(db, NOW).await.expect("claim").expect("due");
        assert!(due.secret.as_ref().is_some_and(|one| *one != secret));
        assert_eq!(due.live, [secret], "beside one that is signed right");
        let accepted = Probe { verdict: Some(ProbeVerdict::Accepted), ..due.probe };
        assert!(accepted.is_trouble() && accepted.finding().expect("found").contains("does not verify"));
    }

    async fn whether_the_receiver_verifies_is_asked_where_its_policy_or_who_asks_says_so(db) {
        let shop = project(db, "Shop").await;
        let endpoint = endpoint(db, shop, Format::Standard).await.id;
        let new = |wrong| NewProbe { kind: ProbeKind::Ready, secret: None, wrong };
        let mut asked = Vec::new();
        for (enforcement_probes, wrong) in [(false, None), (false, Some(true)), (true, None), (true, Some(false))] {
            let policy = Some(Policy { enforcement_probes, ..Policy::default() });
            let change = EndpointChange { policy, ..EndpointChange::default() };
            store::update(db, &Actor::System, shop, endpoint, change, NOW).await.expect("policy");
            ask(db, &Actor::System, shop, endpoint, new(wrong), NOW).await.expect("asked");
            asked.push(answered(db, NOW, ProbeVerdict::Accepted, None).await);
        }
        assert_eq!(asked, [false, true, true, false]);
        let policy = Some(Policy { enforcement_probes: true, ..Policy::default() });
        let change = EndpointChange { policy, ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, endpoint, change, NOW).await.expect("policy");
        store::rotate(db, &Actor::System, shop, endpoint, None, 24, NOW).await.expect("rotate");
        let refused = Some(ProbeVerdict::Refused);
        assert!(answered(db, NOW.plus(DAY - HOUR), ProbeVerdict::Accepted, refused).await, "a rotation asks so as well");
        assert_eq!(list(db, shop, endpoint).await.expect("list")[0].readiness(), Some(Readiness::Proven));
        let both = NewProbe { kind: ProbeKind::Enforce, secret: None, wrong: Some(true) };
        assert!(matches!(ask(db, &Actor::System, shop, endpoint, both, NOW).await, Err(Error::Invalid(_))));
    }

    async fn what_cannot_be_asked_is_refused(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let (mine, theirs) = (endpoint(db, shop, Format::Standard).await.id, endpoint(db, other, Format::Standard).await.id);
        assert!(matches!(probe(db, shop, theirs, ProbeKind::Ready, None).await, Err(Error::NotFound)));
        assert!(matches!(list(db, shop, theirs).await, Err(Error::NotFound)));
        let foreign = store::hints(db, other, theirs, NOW).await.expect("hints")[0].id;
        assert!(matches!(probe(db, shop, mine, ProbeKind::Ready, Some(foreign)).await, Err(Error::Invalid(_))));
        assert!(matches!(probe(db, shop, mine, ProbeKind::Enforce, Some(foreign)).await, Err(Error::Invalid(_))));
        for _ in 0..30 {
            probe(db, shop, mine, ProbeKind::Enforce, None).await.expect("asked");
        }
        assert!(matches!(probe(db, shop, mine, ProbeKind::Enforce, None).await, Err(Error::Conflict(_))), "so many an hour");
        let off = EndpointChange { state: Some(EndpointState::Disabled), ..EndpointChange::default() };
        store::update(db, &Actor::System, other, theirs, off, NOW).await.expect("disabled");
        assert!(matches!(probe(db, other, theirs, ProbeKind::Enforce, None).await, Err(Error::Conflict(_))));
    }

    async fn an_ed25519_key_signs_beside_the_secrets_and_rotates_apart_from_them(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let endpoint = endpoint(db, shop, Format::Standard).await.id;
        let key = store::add_key(db, &Actor::System, shop, endpoint, 24, NOW).await.expect("key");
        assert!(key.public_key.as_deref().is_some_and(|public| public.starts_with("whpk_")) && key.public_key == Some(key.hint.clone()));
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let claimed = claim_each(db, 1, NOW).await.remove(0);
        assert_eq!(claimed.secrets.iter().map(|(_, secret)| secret.is_pair()).collect::<Vec<_>>(), [true, false]);
        assert!(!ledger_text(db, shop).await.contains("whsk_"), "the private half is nowhere to be read");

        let second = store::add_key(db, &Actor::System, shop, endpoint, 24, NOW).await.expect("key");
        let hints = store::hints(db, shop, endpoint, NOW).await.expect("hints");
        let expected = [(Some(second.hint), None), (Some(key.hint), Some(NOW.plus(DAY))), (None, None)];
        assert_eq!(hints.into_iter().map(|one| (one.public_key, one.expires_at)).collect::<Vec<_>>(), expected);
        store::rotate(db, &Actor::System, shop, endpoint, None, 0, NOW).await.expect("rotate");
        assert_eq!(store::hints(db, shop, endpoint, NOW).await.expect("hints").len(), 3, "keys outlive a shared secret");

        assert!(matches!(store::remove_keys(db, &Actor::System, other, endpoint, NOW).await, Err(Error::NotFound)));
        assert!(matches!(store::add_key(db, &Actor::System, other, endpoint, 24, NOW).await, Err(Error::NotFound)));
        store::remove_keys(db, &Actor::System, shop, endpoint, NOW).await.expect("removed");
        let left = store::hints(db, shop, endpoint, NOW).await.expect("hints");
        assert_eq!(left.iter().map(|one| one.public_key.is_some()).collect::<Vec<_>>(), [false]);
    }
}

async fn ledger_text(db: &Db, project: ProjectId) -> String {
    serde_json::to_string(&ledger::list(db, project, Paging::default()).await.expect("ledger").rows)
        .expect("json")
}
