//! Sources that sign in a way of their own, whose secrets are rotated, and whose webhooks are counted.

use porchlight_domain::inbound::hmac::{Algorithm, Encoding, HmacScheme, Place};
use porchlight_domain::inbound::{SourceChange, Tally};
use porchlight_domain::time::{DAY, HOUR};

use super::*;

fn scheme() -> HmacScheme {
    HmacScheme {
        header: "X-Gateway-Signature".into(),
        algorithm: Algorithm::Sha512,
        encoding: Encoding::Hex,
        prefix: String::new(),
        signed: "{body}".into(),
        timestamp: None,
        tolerance_seconds: 300,
        id: Some(Place::Body("/id".into())),
    }
}

async fn gateway(db: &Db, project: ProjectId, secret: &str) -> Source {
    let new = NewSource {
        name: "Gateway".into(),
        scheme: Scheme::Hmac,
        hmac: Some(scheme()),
        secret: Some(secret.into()),
    };
    store::create(db, &Actor::System, project, new, NOW).await.expect("source").0
}

/// Hex HMAC-SHA-512 of the body is what ThisData's signature is too.
async fn signed(db: &Db, source: &Source, secret: &str, body: &[u8], now: Timestamp) -> Received {
    let signature = sign_legacy(&Secret::verbatim(secret).expect("secret"), body);
    send(db, source, &[("x-gateway-signature", &signature)], body, now).await.expect("receive")
}

async fn counted(db: &Db, project: ProjectId) -> Vec<(Status, i64)> {
    store::flush(db, NOW).await.expect("flush");
    let rows = store::tally(db, project, None, NOW.plus(-DAY)).await.expect("tally");
    rows.into_iter().map(|Tally { status, count, .. }| (status, count)).collect()
}

const FIRST: &str = "the-first-secret";
const SECOND_ONE: &str = "whsec_not/base64";

on_both! {
    async fn a_scheme_of_its_own_is_obeyed_and_its_id_makes_replays(db) {
        let (shop, _) = eve(db, Scheme::Standard).await;
        let source = gateway(db, shop, FIRST).await;
        assert_eq!(store::get(db, shop, source.id).await.expect("get"), source);
        let order = json!({ "id": 7, "was_user": false, "user": { "id": "eve" }, "sessions": ["a"] }).to_string();
        let received = signed(db, &source, FIRST, order.as_bytes(), NOW).await;
        assert_eq!(received.status, Status::Valid, "{}", received.reason);
        assert_eq!(ordered(db, shop, received.revocation_id).await.sessions[0].id, "a");
        let other_body = json!({ "id": 7, "more": true }).to_string();
        assert_eq!(signed(db, &source, FIRST, other_body.as_bytes(), NOW).await.status, Status::Replayed);
        assert_eq!(signed(db, &source, SECOND_ONE, order.as_bytes(), NOW).await.status, Status::Invalid);
        assert_eq!(signed(db, &source, FIRST, b"{}", NOW).await.reason, "the body has no text or number at /id");
        let kept = store::received(db, shop, &InboundFilter::default(), Paging::default()).await.expect("received").rows;
        assert_eq!((kept[3].webhook_id.as_deref(), kept[3].headers[0].0.as_str()), (Some("7"), "x-gateway-signature"));
    }

    async fn settings_belong_to_their_scheme_and_secrets_have_some_length(db) {
        let shop = shop(db, "Shop").await;
        let make = async |scheme, hmac, secret: &str| {
            let new = NewSource { name: "x".into(), scheme, hmac, secret: Some(secret.into()) };
            match store::create(db, &Actor::System, shop, new, NOW).await {
                Err(Error::Invalid(errors)) => errors[0].field.clone(),
                made => panic!("{made:?}"),
            }
        };
        assert_eq!(make(Scheme::Hmac, None, FIRST).await, "hmac");
        assert_eq!(make(Scheme::Standard, Some(scheme()), FIRST).await, "hmac");
        assert_eq!(make(Scheme::Hmac, Some(HmacScheme { signed: "{id}".into(), ..scheme() }), FIRST).await, "hmac.signed");
        assert_eq!(make(Scheme::Hmac, Some(scheme()), "fifteen-letters").await, "secret");
        assert_eq!(make(Scheme::Standard, None, "fifteen-letters").await, "secret");
        assert_eq!(make(Scheme::Standard, None, SECOND_ONE).await, "secret");
    }

    async fn a_source_is_judged_by_its_new_settings_at_once_and_its_old_ones_are_in_the_ledger(db) {
        let (shop, _) = eve(db, Scheme::Standard).await;
        let source = gateway(db, shop, FIRST).await;
        assert_eq!(signed(db, &source, FIRST, br#"{"id":1}"#, NOW).await.status, Status::Valid);
        let hmac = HmacScheme { header: "X-Other".into(), id: None, ..scheme() };
        let change = SourceChange { name: Some(" Renamed ".into()), hmac: Some(hmac) };
        let changed = store::update(db, &Actor::System, shop, source.id, change, NOW).await.expect("update");
        assert_eq!((changed.name.as_str(), changed.hmac.as_ref().map(|hmac| hmac.header.as_str())), ("Renamed", Some("x-other")));
        assert_eq!(store::get(db, shop, source.id).await.expect("get"), changed);
        assert_eq!((&changed.slug, &changed.hint), (&source.slug, &source.hint));
        assert_eq!(signed(db, &source, FIRST, br#"{"id":2}"#, NOW).await.status, Status::Missing, "under the old header");
        let signature = sign_legacy(&Secret::verbatim(FIRST).expect("secret"), b"{}");
        assert_eq!(send(db, &source, &[("x-other", &signature)], b"{}", NOW).await.expect("receive").status, Status::Valid);
        let told = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows.remove(0);
        assert_eq!((told.action.as_str(), &told.detail["before"]["name"]), ("source.updated", &json!("Gateway")));
        assert_eq!(told.detail["after"]["hmac"]["header"], "x-other");
    }

    async fn what_a_source_cannot_be_changed_to_is_refused_and_changes_nothing(db) {
        let (shop, standard) = eve(db, Scheme::Standard).await;
        let source = gateway(db, shop, FIRST).await;
        let other = crate::session::shop(db, "Other").await;
        let update = async |project, id, change| store::update(db, &Actor::System, project, id, change, NOW).await;
        let named = |name: &str| SourceChange { name: Some(name.into()), ..SourceChange::default() };
        let signed_as = |hmac| SourceChange { hmac: Some(hmac), ..SourceChange::default() };
        assert!(matches!(update(other, source.id, named("x")).await, Err(Error::NotFound)));
        for (id, change, field) in [
            (source.id, named(" "), "name"),
            (source.id, signed_as(HmacScheme { signed: "{id}".into(), ..scheme() }), "hmac.signed"),
            (standard.id, signed_as(scheme()), "hmac"),
        ] {
            match update(shop, id, change).await {
                Err(Error::Invalid(errors)) => assert_eq!(errors[0].field, field),
                changed => panic!("{changed:?}"),
            }
        }
        assert_eq!(store::get(db, shop, source.id).await.expect("get"), source);
        assert_eq!(update(shop, source.id, SourceChange::default()).await.expect("nothing"), source);
    }

    async fn both_secrets_are_taken_through_the_overlap_and_one_after_it(db) {
        let (shop, _) = eve(db, Scheme::Standard).await;
        let source = gateway(db, shop, FIRST).await;
        let (rotated, _) = store::rotate(db, &Actor::System, shop, source.id, Some(SECOND_ONE), 24, NOW).await.expect("rotate");
        assert_eq!((rotated.rotated_at, &rotated.slug), (Some(NOW), &source.slug));
        let live = store::secrets(db, shop, source.id, NOW).await.expect("secrets");
        assert_eq!(live.iter().map(|one| one.expires_at).collect::<Vec<_>>(), [None, Some(NOW.plus(DAY))]);
        assert_eq!((live[1].hint.as_str(), live[1].created_at), (source.hint.as_str(), source.created_at));
        let mut id = 0;
        for (after, old) in [(0, Status::Valid), (DAY - SECOND, Status::Valid), (DAY, Status::Invalid)] {
            for (secret, expected) in [(SECOND_ONE, Status::Valid), (FIRST, old)] {
                id += 1;
                let body = json!({ "id": id }).to_string();
                assert_eq!(signed(db, &source, secret, body.as_bytes(), NOW.plus(after)).await.status, expected, "{secret} {after}");
            }
        }
        assert_eq!(store::secrets(db, shop, source.id, NOW.plus(DAY)).await.expect("secrets").len(), 1);
    }

    async fn a_compromised_secret_is_refused_at_once_and_a_shorter_overlap_ends_a_longer(db) {
        let (shop, _) = eve(db, Scheme::Standard).await;
        let source = gateway(db, shop, FIRST).await;
        assert_eq!(signed(db, &source, FIRST, br#"{"id":0}"#, NOW).await.status, Status::Valid);
        store::rotate(db, &Actor::System, shop, source.id, Some(SECOND_ONE), 168, NOW).await.expect("rotate");
        store::rotate(db, &Actor::System, shop, source.id, None, 0, NOW).await.expect("rotate");
        for (id, secret) in [(1, FIRST), (2, SECOND_ONE)] {
            let body = json!({ "id": id }).to_string();
            assert_eq!(signed(db, &source, secret, body.as_bytes(), NOW).await.status, Status::Invalid, "{secret}");
        }
        let told = serde_json::to_string(&ledger::list(db, shop, Paging::default()).await.expect("ledger").rows).expect("json");
        assert_eq!(told.matches("source.secret_rotated").count(), 2);
        assert!(!told.contains(FIRST) && !told.contains(SECOND_ONE));
    }

    async fn what_cannot_be_rotated_is_refused(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let other = crate::session::shop(db, "Other").await;
        let rotate = async |project, typed, hours| store::rotate(db, &Actor::System, project, source.id, typed, hours, NOW).await;
        assert!(matches!(rotate(other, None, 24).await, Err(Error::NotFound)));
        assert!(matches!(rotate(shop, None, 169).await, Err(Error::Invalid(_))));
        assert!(matches!(rotate(shop, None, -1).await, Err(Error::Invalid(_))));
        assert!(matches!(rotate(shop, Some("short"), 1).await, Err(Error::Invalid(_))));
        assert!(matches!(store::secrets(db, other, source.id, NOW).await, Err(Error::NotFound)));
        for _ in 0..3 {
            rotate(shop, None, 24).await.expect("rotate");
        }
        assert!(matches!(rotate(shop, None, 24).await, Err(Error::Conflict(_))), "four are taken");
        assert_eq!(store::secrets(db, shop, source.id, NOW).await.expect("secrets").len(), 4);
        rotate(shop, None, 0).await.expect("that ends the others");
        assert_eq!(store::secrets(db, shop, source.id, NOW).await.expect("secrets").len(), 1);
    }

    async fn all_are_counted_also_those_not_written_down(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        for _ in 0..300 {
            send(db, &source, &[], b"x", NOW).await.expect("receive");
        }
        standard(db, &source, "msg_1", b"{}", NOW).await;
        standard(db, &source, "msg_1", b"{}", NOW).await;
        assert_eq!(counted(db, shop).await, [(Status::Missing, 300), (Status::Replayed, 1), (Status::Valid, 1)]);
        send(db, &source, &[], b"x", NOW.plus(HOUR)).await.expect("receive");
        assert_eq!(counted(db, shop).await[0], (Status::Missing, 301));
        let other = crate::session::shop(db, "Other").await;
        assert_eq!(counted(db, other).await, []);
        send(db, &source, &[], b"x", NOW).await.expect("receive");
        store::delete(db, &Actor::System, shop, source.id, NOW).await.expect("delete");
        assert_eq!(counted(db, shop).await, [], "of a deleted source nothing is kept");
    }
}
