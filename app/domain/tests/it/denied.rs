//! What a rule forbids: one alert for all whom it keeps out, and nobody is asked about what did not happen.

use porchlight_domain::alert::{Alert, AlertFilter, Resolution, store as alerts};
use porchlight_domain::db::Db;
use porchlight_domain::id::{ProjectId, RuleId};
use porchlight_domain::notice::store as notices;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::risk::{Decision, Level};
use porchlight_domain::rule::store::create;
use porchlight_domain::rule::{Effect, Mode, NewRule, RuleTarget};
use porchlight_domain::user;
use porchlight_domain::webhook::{Format, NewEndpoint, store as webhooks};
use serde_json::{Value, json};

use crate::event::{arrival, project, put};
use crate::support::NOW;

async fn forbid(db: &Db, project: ProjectId, name: &str, range: &str) -> RuleId {
    let rule = NewRule {
        name: name.into(),
        description: String::new(),
        effect: Effect::Block,
        condition: None,
        target: Some(RuleTarget::Ip),
        filters: vec![range.into()],
        source: None,
        verbs: Vec::new(),
        priority: 0,
        expires_at: None,
        mode: Mode::Enforce,
    };
    create(db, &Actor::System, project, rule, NOW).await.expect("rule").id
}

fn login(user: &str, ip: &str) -> Value {
    json!({"verb": "log-in", "ip": ip, "user_agent": "curl/8", "session": {"id": format!("s-{user}-{ip}")},
        "user": {"id": user, "name": format!("User {user}"), "email": format!("{user}@example.com")}})
}

async fn open(db: &Db, project: ProjectId, filter: &AlertFilter) -> Vec<Alert> {
    alerts::list(db, project, filter, Paging::default()).await.expect("alerts").rows
}

on_both! {
    async fn one_rule_that_keeps_many_users_out_is_one_alert_that_counts_them_and_asks_nobody(db) {
        let shop = project(db, "Shop").await;
        forbid(db, shop, "Bad neighbours", "6.6.6.0/24").await;
        let hook = NewEndpoint { url: "https://shop.example/hooks".into(), format: Format::Standard, ..NewEndpoint::default() };
        webhooks::create(db, &Actor::System, shop, hook, NOW).await.expect("endpoint");
        let together: Vec<_> = (0..90).map(|n| arrival(shop, NOW, login(&format!("u{n}"), "6.6.6.6"))).collect();
        let judged = put(db, &together).await;
        assert!(judged.iter().all(|one| one.assessment.decision == Decision::Block));
        for n in 80..100 {
            put(db, &[arrival(shop, NOW, login(&format!("u{n}"), "6.6.6.7"))]).await;
        }
        let open = open(db, shop, &AlertFilter::default()).await;
        assert_eq!(open.len(), 1, "{open:#?}");
        assert_eq!(open[0].title, "Rule “Bad neighbours”: 100 users from 6.6.6.0/24 were kept out");
        assert_eq!((open[0].events, open[0].kind.as_str(), &open[0].user), (110, "rule.deny", &None));
        let mails = notices::list(db, shop, None, Paging::default()).await.expect("mails").rows;
        assert_eq!(mails, [], "the logins did not succeed: there is nothing to ask");
        let told: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM message WHERE type = 'alert.opened'")
            .fetch_one(db.reader()).await.expect("messages");
        assert_eq!(told, 1);
    }

    async fn one_user_whom_a_rule_keeps_out_everywhere_is_one_alert_of_that_user(db) {
        let shop = project(db, "Shop").await;
        forbid(db, shop, "Abroad", "6.0.0.0/8").await;
        for n in 1..15 {
            put(db, &[arrival(shop, NOW, login("eve", &format!("6.{n}.6.6")))]).await;
        }
        let found = open(db, shop, &AlertFilter::default()).await;
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].title, "User eve tried to log in from New Zealand; the rule “Abroad” forbade it");
        assert_eq!((found[0].events, found[0].user.as_ref().map(|user| user.id.as_str())), (14, Some("eve")));
        put(db, &[arrival(shop, NOW, login("bob", "6.9.9.9"))]).await;
        let both = open(db, shop, &AlertFilter::default()).await;
        assert_eq!(both[0].title, "Rule “Abroad”: 2 users from several networks were kept out");
        for id in ["eve", "bob"] {
            let key = user::store::by_id(db, shop, id).await.expect("user").key;
            let theirs = open(db, shop, &AlertFilter { user: Some(key), ..AlertFilter::default() }).await;
            let named = open(db, shop, &AlertFilter { user_id: Some(id.into()), ..AlertFilter::default() }).await;
            assert_eq!((theirs.len(), named.len()), (1, 1), "{id} finds the alert that they share");
            let unclosed = alerts::unclosed(db, shop, key).await.expect("unclosed");
            assert_eq!((unclosed.number, unclosed.level), (1, Level::Green), "who was kept out has done nothing");
        }
    }

    async fn each_rule_has_its_own_alert_and_a_closed_one_begins_anew(db) {
        let shop = project(db, "Shop").await;
        forbid(db, shop, "First", "6.6.6.0/24").await;
        forbid(db, shop, "Second", "7.7.7.0/24").await;
        put(db, &[arrival(shop, NOW, login("eve", "6.6.6.6")), arrival(shop, NOW, login("eve", "7.7.7.7"))]).await;
        let found = open(db, shop, &AlertFilter::default()).await;
        assert_eq!(found.len(), 2, "{found:#?}");
        alerts::close(db, &Actor::System, shop, found[0].id, Resolution::Expected, "", NOW).await.expect("close");
        put(db, &[arrival(shop, NOW, login("bob", "7.7.7.7")), arrival(shop, NOW, login("bob", "6.6.6.6"))]).await;
        let found = open(db, shop, &AlertFilter::default()).await;
        let titles: Vec<_> = found.iter().map(|alert| alert.title.as_str()).collect();
        assert_eq!(titles[0], "User bob tried to log in from New Zealand; the rule “Second” forbade it");
        assert_eq!(titles[2], "Rule “First”: 2 users from 6.6.6.0/24 were kept out");
    }
}
