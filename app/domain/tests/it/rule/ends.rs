//! Rules that end sessions: the order stands in the commit of the event, once for each session.

use porchlight_domain::Timestamp;
use porchlight_domain::db::Db;
use porchlight_domain::event::store::record;
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::revocation::receipt::{NewReceipt, read};
use porchlight_domain::revocation::store as revocations;
use porchlight_domain::revocation::{InitiatedBy, Revocation, RevocationFilter, Scope, Via};
use porchlight_domain::rule::store::{create, hits};
use porchlight_domain::rule::{Hits, Mode, NewRule};
use porchlight_domain::time::{DAY, HOUR};
use porchlight_domain::{ledger, project, session, user, webhook};
use serde_json::{Value, json};

use super::condition;
use crate::event::{arrival, login};
use crate::support::NOW;

const PUBLIC: &str = "https://watch.example";

/// A project with this rule, and an endpoint.
async fn shop(db: &Db, rule: NewRule) -> (ProjectId, porchlight_domain::rule::Rule) {
    let settings = project::Settings::default();
    let shop = project::store::create(db, &Actor::System, "Shop", settings, NOW).await.expect("project").id;
    let endpoint = webhook::NewEndpoint { url: "https://shop.example/hook".into(), ..Default::default() };
    webhook::store::create(db, &Actor::System, shop, endpoint, NOW).await.expect("endpoint");
    (shop, create(db, &Actor::System, shop, rule, NOW).await.expect("rule"))
}

fn event(verb: &str, session: &str) -> Value {
    let mut event = login("eve", session);
    event["verb"] = verb.into();
    event
}

async fn send(db: &Db, shop: ProjectId, at: Timestamp, events: &[Value]) {
    let group: Vec<_> = events.iter().map(|event| arrival(shop, at, event.clone())).collect();
    record(db, &group, PUBLIC, at).await.expect("record");
}

async fn orders(db: &Db, shop: ProjectId) -> Vec<Revocation> {
    let listed = revocations::list(db, shop, &RevocationFilter::default(), Paging::default()).await;
    let mut rows = listed.expect("orders").rows;
    rows.reverse();
    rows
}

fn named(order: &Revocation) -> Vec<&str> {
    order.sessions.iter().map(|session| session.id.as_str()).collect()
}

on_both! {
    async fn a_rule_ends_the_session_of_an_event_once_and_is_named_as_who_wanted_it(db) {
        let (shop, rule) = shop(db, condition("No exports", "event.verb == 'export'", "revoke(session)")).await;
        send(db, shop, NOW, &[event("log-in", "a"), event("log-in", "b"), event("export", "a"), event("export", "a")]).await;
        send(db, shop, NOW.plus(HOUR), &[event("export", "a")]).await;
        let given = orders(db, shop).await;
        assert_eq!(given.len(), 1, "{given:?}");
        let order = &given[0];
        assert_eq!((order.scope, named(order), order.initiated_by), (Scope::One, vec!["a"], InitiatedBy::Rule));
        assert_eq!(order.initiator, Some(format!("rule:{}", rule.id)));
        assert_eq!((order.reason.code.as_str(), order.reason.text.as_str()), ("rule.revoke", "The rule “No exports” ends this session"));
        let dossier = revocations::get(db, shop, order.id).await.expect("dossier");
        assert_eq!(dossier.deliveries.len(), 1, "the message stands in the outbox");
        let told = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        let told: Vec<_> = told.into_iter().filter(|entry| entry.action == "revocation.requested").map(|entry| entry.actor).collect();
        assert_eq!(told, [format!("rule:{}", rule.id)]);
        assert!(session::store::get(db, shop, "a", NOW).await.expect("session").is_revoked());
        assert!(!session::store::get(db, shop, "b", NOW).await.expect("session").is_revoked());

        send(db, shop, NOW.plus(DAY), &[event("log-in", "a"), event("export", "a")]).await;
        assert_eq!(orders(db, shop).await.len(), 2, "a login begins it anew");
    }

    async fn a_rule_ends_all_sessions_of_the_user_also_where_the_event_names_none(db) {
        let (shop, _) = shop(db, condition("Reset", "event.verb == 'password-reset'", "revoke(all)")).await;
        let mut reset = event("password-reset", "a");
        reset.as_object_mut().expect("object").remove("session");
        send(db, shop, NOW, &[event("log-in", "a"), event("log-in", "b"), reset.clone(), reset]).await;
        let mut bobs = event("log-in", "bobs");
        bobs["user"]["id"] = json!("bob");
        send(db, shop, NOW, &[bobs]).await;
        let given = orders(db, shop).await;
        assert_eq!(given.len(), 1, "{given:?}");
        assert_eq!((given[0].scope, named(&given[0])), (Scope::All, vec!["a", "b"]));
        assert_eq!(given[0].user.key, user::store::by_id(db, shop, "eve").await.expect("eve").key);
    }

    async fn where_no_session_was_ever_named_all_of_the_user_ends_once_after_each_login(db) {
        let (shop, _) = shop(db, condition("Reset", "event.verb == 'password-reset'", "revoke(all)")).await;
        let nameless = |verb: &str| {
            let mut event = event(verb, "");
            event.as_object_mut().expect("object").remove("session");
            event
        };
        send(db, shop, NOW, &[nameless("log-in"), nameless("password-reset"), nameless("password-reset")]).await;
        let given = orders(db, shop).await;
        assert_eq!((given.len(), given[0].scope, named(&given[0]).len()), (1, Scope::All, 0));
        let told = json!({ "receipt": { "outcome": "revoked" } }).to_string();
        let report = read(told.as_bytes(), NOW).expect("read").expect("a receipt");
        let (delivery, endpoint, via, signed) = (None, None, Via::Poll, false);
        let receipt = NewReceipt { revocation: given[0].id, delivery, endpoint, via, signed, report, raw: told };
        revocations::submit(db, shop, receipt, NOW.plus(HOUR)).await.expect("receipt");
        send(db, shop, NOW.plus(2 * HOUR), &[nameless("password-reset")]).await;
        assert_eq!(orders(db, shop).await.len(), 1, "nobody has logged in since");
        send(db, shop, NOW.plus(DAY), &[nameless("log-in")]).await;
        send(db, shop, NOW.plus(DAY + HOUR), &[nameless("password-reset")]).await;
        assert_eq!(orders(db, shop).await.len(), 2);
    }

    async fn in_shadow_it_is_counted_and_ends_nothing(db) {
        let shadow = NewRule { mode: Mode::Shadow, ..condition("No exports", "event.verb == 'export'", "revoke(all)") };
        let (shop, rule) = shop(db, shadow).await;
        send(db, shop, NOW, &[event("log-in", "a"), event("export", "a")]).await;
        assert_eq!(orders(db, shop).await, []);
        assert_eq!(hits(db, shop, NOW).await.expect("hits")[&rule.id], Hits { shadow: 1, ..Hits::default() });
    }

    async fn what_fails_comes_late_or_is_over_ends_no_session(db) {
        let (shop, _) = shop(db, condition("All", "true", "revoke(all)")).await;
        let mut denied = event("log-in-denied", "a");
        denied["occurred_at"] = json!(NOW);
        let mut stranger = event("access", "a");
        stranger["user"]["authenticated"] = json!(false);
        let mut late = event("log-in", "old");
        late["occurred_at"] = json!(NOW.plus(-2 * DAY));
        let anonymous = json!({"verb": "page-view", "ip": "122.56.232.10", "session": {"id": "a"}});
        send(db, shop, NOW, &[denied, stranger, late, anonymous]).await;
        assert_eq!(orders(db, shop).await, []);
        send(db, shop, NOW.plus(HOUR), &[event("log-in", "a"), event("log-out", "a"), event("log-out", "old")]).await;
        assert_eq!(orders(db, shop).await, [], "of one commit the sessions count as it leaves them");
    }
}
