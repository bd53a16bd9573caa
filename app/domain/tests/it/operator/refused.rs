//! Sign-ins that failed, in the installation's ledger.

use porchlight_domain::ledger;
use porchlight_domain::operator::store::sign_in_failed;
use porchlight_domain::operator::{Browser, Role};
use porchlight_domain::page::Paging;
use porchlight_domain::time::{HOUR, MINUTE};
use serde_json::json;

use super::made;
use crate::support::NOW;

on_both! {
    async fn failed_sign_ins_are_counted_in_one_line_a_minute_for_each_address(db) {
        let ann = made(db, "ann", Role::Owner).await;
        let failed = async |email: &str, ip: &str, now| {
            let browser = Browser { ip: Some(ip.into()), user_agent: None };
            sign_in_failed(db, email, &browser, now).await.expect("recorded");
        };
        for _ in 0..3 {
            failed("Ann@example.com ", "192.0.2.7", NOW).await;
        }
        failed("my secret password", "192.0.2.7", NOW).await;
        failed("ann@example.com", "192.0.2.8", NOW).await;
        failed("ann@example.com", "192.0.2.7", NOW.plus(MINUTE)).await;
        let lines = ledger::of_installation(db, Paging::default()).await.expect("ledger").rows;
        let lines: Vec<_> = lines.iter().filter(|line| line.action == "operator.sign_in_failed").collect();
        let told: Vec<_> = lines.iter().map(|line| (line.subject.as_str(), &line.detail["attempts"])).collect();
        assert_eq!(told, [("192.0.2.7", &json!(1)), ("192.0.2.8", &json!(1)), ("192.0.2.7", &json!(4))]);
        assert_eq!(lines[2].detail, json!({ "attempts": 4, "operators": [ann.id], "unknown": 1 }));
        assert!(!format!("{lines:?}").contains("secret"));
        for number in 0..100 {
            failed("nobody@example.com", &format!("198.51.100.{number}"), NOW.plus(HOUR)).await;
        }
        let lines = ledger::of_installation(db, Paging::new(None, Some(100))).await.expect("ledger").rows;
        let late: Vec<_> = lines.iter().filter(|line| line.at == NOW.plus(HOUR)).collect();
        assert_eq!((late.len(), late[0].subject.as_str()), (11, "other addresses"));
        assert_eq!(late[0].detail["attempts"], 90);
    }
}
