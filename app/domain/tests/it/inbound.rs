//! Inbound webhooks: what each signature is worth, what a valid one triggers, and what a flood of others does not.

mod alarms;
mod flood;
mod orders;
mod secrets;

use porchlight_domain::db::Db;
use porchlight_domain::id::{ProjectId, RevocationId};
use porchlight_domain::inbound::store::{self, Arrival, Received, receive};
use porchlight_domain::inbound::{InboundFilter, NewSource, Scheme, Source, Status};
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::revocation::{InitiatedBy, Revocation};
use porchlight_domain::signature::{Secret, sign_legacy, sign_standard};
use porchlight_domain::time::SECOND;
use porchlight_domain::{Error, Result, Timestamp, ledger, revocation, session};
use serde_json::{Value, json};

use crate::session::{event, see, shop, user};
use crate::support::NOW;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A source of this scheme.
pub async fn source(db: &Db, project: ProjectId, scheme: Scheme) -> Source {
    let new = NewSource { name: "Mail gateway".into(), scheme, hmac: None, secret: Some(SECRET.into()) };
    store::create(db, &Actor::System, project, new, NOW).await.expect("source").0
}

fn secret() -> Secret {
    Secret::typed(SECRET).expect("secret")
}

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn send(
    db: &Db,
    source: &Source,
    pairs: &[(&str, &str)],
    body: &[u8],
    now: Timestamp,
) -> Result<Received> {
    let headers = headers(pairs);
    let arrival =
        Arrival { slug: &source.slug, headers: &headers, body, public_url: "https://watch.example" };
    receive(db, &arrival, now).await
}

/// As a Standard Webhooks sender signs it at `NOW`.
async fn standard(db: &Db, source: &Source, id: &str, body: &[u8], now: Timestamp) -> Received {
    let seconds = NOW.seconds();
    let signature = sign_standard(&secret(), id, seconds, body);
    let pairs =
        [("webhook-id", id), ("webhook-timestamp", &seconds.to_string()), ("webhook-signature", &signature)];
    send(db, source, &pairs, body, now).await.expect("receive")
}

/// As ThisData signs: the body alone.
pub async fn legacy(db: &Db, source: &Source, body: &[u8]) -> Received {
    let signature = sign_legacy(&secret(), body);
    send(db, source, &[("x-signature", &signature)], body, NOW).await.expect("receive")
}

fn order(user: Value, sessions: Value, scope: &str) -> Vec<u8> {
    let data = json!({ "user": { "id": user }, "sessions": sessions, "scope": scope, "reason": { "text": "stolen" } });
    json!({ "type": "session.revocation.requested", "data": data }).to_string().into_bytes()
}

async fn ordered(db: &Db, project: ProjectId, id: Option<RevocationId>) -> Revocation {
    revocation::store::get(db, project, id.expect("an order")).await.expect("get").revocation
}

async fn statuses(db: &Db, project: ProjectId) -> Vec<Status> {
    let page =
        store::received(db, project, &InboundFilter::default(), Paging::default()).await.expect("received");
    page.rows.into_iter().rev().map(|row| row.status).collect()
}

/// Eve with two live sessions and a source.
async fn eve(db: &Db, scheme: Scheme) -> (ProjectId, Source) {
    let shop = shop(db, "Shop").await;
    let eve = user(db, shop, "eve").await;
    see(db, &[event(db, shop, eve, "a", "log-in", NOW), event(db, shop, eve, "b", "log-in", NOW)]).await;
    let source = source(db, shop, scheme).await;
    (shop, source)
}

on_both! {
    async fn a_valid_order_is_obeyed_once_and_recorded(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let body = order(json!("eve"), json!([{ "id": "a" }, { "id": "unseen" }]), "listed");
        let received = standard(db, &source, "msg_1", &body, NOW).await;
        assert_eq!(received.status, Status::Valid, "{}", received.reason);
        let order = ordered(db, shop, received.revocation_id).await;
        assert_eq!(order.sessions.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(), ["a", "unseen"]);
        assert_eq!((order.initiated_by, order.reason.text.as_str()), (InitiatedBy::Inbound, "stolen"));
        assert_eq!(order.initiator, Some(format!("source:{}", source.id)));
        assert!(session::store::get(db, shop, "a", NOW).await.expect("get").is_revoked());
        assert!(!session::store::get(db, shop, "b", NOW).await.expect("get").is_revoked());

        let again = standard(db, &source, "msg_1", &body, NOW.plus(SECOND)).await;
        assert_eq!((again.status, again.revocation_id), (Status::Replayed, received.revocation_id), "whoever lost the answer reads it now");
        assert_eq!(statuses(db, shop).await, [Status::Valid, Status::Replayed]);
        let page = store::received(db, shop, &InboundFilter::default(), Paging::default()).await.expect("received");
        assert_eq!((page.rows[1].webhook_id.as_deref(), page.rows[1].revocation_id), (Some("msg_1"), received.revocation_id));
        assert_eq!(page.rows[1].body.as_bytes(), body);
        assert_eq!(page.rows[1].headers[1], ("webhook-timestamp".to_owned(), NOW.seconds().to_string()));
    }

    async fn every_other_signature_is_named_recorded_and_not_obeyed(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let body = order(json!("eve"), json!([]), "all");
        let seconds = NOW.seconds().to_string();
        let right = sign_standard(&secret(), "msg_1", NOW.seconds(), &body);
        let other = sign_standard(&Secret::generate(), "msg_1", NOW.seconds(), &body);
        let wrong = [("webhook-id", "msg_1"), ("webhook-timestamp", seconds.as_str()), ("webhook-signature", other.as_str())];
        let moved = [("webhook-id", "msg_2"), ("webhook-timestamp", seconds.as_str()), ("webhook-signature", right.as_str())];
        let only_legacy = sign_legacy(&secret(), &body);
        for (pairs, expected) in [
            (&[][..], Status::Missing),
            (&[("x-signature", only_legacy.as_str())][..], Status::Missing),
            (&wrong[..], Status::Invalid),
            (&moved[..], Status::Invalid),
            (&moved[..2], Status::Invalid),
        ] {
            let received = send(db, &source, pairs, &body, NOW).await.expect("receive");
            assert_eq!((received.status, received.revocation_id), (expected, None), "{pairs:?}: {}", received.reason);
            assert!(!received.reason.is_empty());
        }
        let stale = standard(db, &source, "msg_1", &body, NOW.plus(301 * SECOND)).await;
        assert_eq!((stale.status, stale.reason.as_str()), (Status::Stale, "its time is 301 s behind our clock, more than 300 s"));
        assert_eq!(standard(db, &source, &"x".repeat(257), &body, NOW).await.status, Status::Invalid);
        assert_eq!(statuses(db, shop).await.len(), 7);
        assert!(!session::store::get(db, shop, "a", NOW).await.expect("get").is_revoked());
        let valid = standard(db, &source, "msg_1", &body, NOW).await;
        assert_eq!(valid.status, Status::Valid, "refused ones do not use up the id");
        assert_eq!(ordered(db, shop, valid.revocation_id).await.sessions.len(), 2);
    }

    async fn thisdata_s_signature_is_taken_where_the_source_signs_so(db) {
        let (shop, source) = eve(db, Scheme::ThisData).await;
        let vector = br#"{"version":1,"was_user":null,"alert":{"id":533879540905150463,"description":null}}"#;
        let hello = NewSource { name: "Vector".into(), scheme: Scheme::ThisData, hmac: None, secret: Some("hello".into()) };
        let (hello, _) = store::create(db, &Actor::System, shop, hello, NOW).await.expect("source");
        let signature = "291264d1d4b3857e872d67b7587d3702b28519a0e3ce689d688372b7d31f6af484439a1885f21650ac073e48119d496f44dc97d3dc45106409d345f057443c6b";
        let received = send(db, &hello, &[("x-signature", signature)], vector, NOW).await.expect("receive");
        assert_eq!((received.status, received.revocation_id), (Status::Valid, None), "{}", received.reason);

        let body = json!({ "version": 1, "was_user": false, "alert": { "id": 1 }, "user": { "id": "eve" } }).to_string();
        let received = legacy(db, &source, body.as_bytes()).await;
        assert_eq!(ordered(db, shop, received.revocation_id).await.sessions.len(), 2, "all of them");
        assert_eq!(legacy(db, &source, body.as_bytes()).await.status, Status::Replayed, "the body is its id");
        let wrong = send(db, &source, &[("x-signature", "00")], body.as_bytes(), NOW).await.expect("receive");
        assert_eq!(wrong.status, Status::Invalid);
    }

    async fn what_asks_for_nothing_that_can_be_done_is_only_recorded(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let other = crate::session::shop(db, "Other").await;
        user(db, other, "mallory").await;
        let bob = user(db, shop, "bob").await;
        see(db, &[event(db, shop, bob, "bobs", "log-in", NOW)]).await;
        for (id, body) in [
            ("1", b"not json \0 \xff".to_vec()),
            ("2", json!({ "type": "alert.opened", "data": {} }).to_string().into_bytes()),
            ("3", order(json!("mallory"), json!([]), "all")),
            ("4", order(json!("eve"), json!([{ "id": "bobs" }]), "listed")),
        ] {
            let received = standard(db, &source, id, &body, NOW).await;
            assert_eq!((received.status, received.revocation_id), (Status::Valid, None), "{}", received.reason);
        }
        let page = store::received(db, shop, &InboundFilter::default(), Paging::default()).await.expect("received");
        let reasons: Vec<_> = page.rows.iter().rev().map(|row| row.reason.as_str()).collect();
        let expected = ["the body is not JSON", "this type asks for nothing", "no such user is known", "the user has no such session"];
        assert_eq!(reasons, expected);
        assert!(!session::store::get(db, shop, "bobs", NOW).await.expect("get").is_revoked());
    }

    async fn a_source_shows_its_secret_once_and_belongs_to_its_project(db) {
        let shop = shop(db, "Shop").await;
        let other = crate::session::shop(db, "Other").await;
        let new = NewSource { name: " Gateway ".into(), scheme: Scheme::Standard, hmac: None, secret: None };
        let (source, secret) = store::create(db, &Actor::System, shop, new, NOW).await.expect("source");
        assert!(secret.expose().starts_with("whsec_") && source.slug.len() == 32);
        assert_eq!(store::list(db, shop).await.expect("list"), std::slice::from_ref(&source));
        assert_eq!(store::list(db, other).await.expect("list"), []);
        let blank = NewSource { name: " ".into(), scheme: Scheme::Standard, hmac: None, secret: None };
        assert!(matches!(store::create(db, &Actor::System, shop, blank, NOW).await, Err(Error::Invalid(_))));
        let weak = NewSource { name: "Weak".into(), scheme: Scheme::Standard, hmac: None, secret: Some("abc".into()) };
        assert!(matches!(store::create(db, &Actor::System, shop, weak, NOW).await, Err(Error::Invalid(_))));
        let deleted = store::delete(db, &Actor::System, other, source.id, NOW).await;
        assert!(matches!(deleted, Err(Error::NotFound)), "{deleted:?}");
        store::delete(db, &Actor::System, shop, source.id, NOW).await.expect("delete");
        assert!(matches!(send(db, &source, &[], b"{}", NOW).await, Err(Error::NotFound)));
        for slug in ["", "a\0b", "../x", &"0".repeat(32)] {
            let unknown = Source { slug: slug.to_owned(), ..source.clone() };
            assert!(matches!(send(db, &unknown, &[], b"{}", NOW).await, Err(Error::NotFound)), "{slug:?}");
        }
        let actions = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        let told = serde_json::to_string(&actions).expect("json");
        assert!(told.contains("source.created") && told.contains("source.deleted") && !told.contains(secret.expose()));
    }
}
