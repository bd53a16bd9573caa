//! `/api/v1/rules`: a rule is written, changed and told with what is odd about it.

use super::*;
use crate::support::at;

/// The warnings of a rule that was answered.
fn warnings(rule: &Value) -> Vec<&str> {
    let all = rule["warnings"].as_array().unwrap_or_else(|| panic!("{rule}"));
    all.iter().map(|one| one.as_str().expect("a sentence")).collect()
}

on_both! {
    async fn a_rule_that_can_never_hit_is_saved_with_a_warning_until_it_is_mended(server) {
        let app = server.app();
        let rule = json!({"name": "Home", "effect": "challenge", "condition": "place.country == \"nz\""});
        let saved = app.post("/api/v1/rules", &rule).await.expect(201);
        assert_eq!(warnings(&saved), ["place.country is never “nz”: write “NZ”."]);
        let path = format!("/api/v1/rules/{}", saved["id"].as_str().expect("id"));
        let shown = app.get(&path).await.expect(200);
        assert_eq!(warnings(&shown), warnings(&saved), "whoever reads it later is told as well");
        let listed = app.get("/api/v1/rules").await.expect(200);
        assert_eq!(warnings(&listed["rows"][0]), warnings(&saved));
        let mended = app.patch(&path, &json!({"condition": "place.country == \"NZ\""})).await.expect(200);
        assert_eq!(warnings(&mended), [""; 0]);
        assert_eq!(warnings(&app.get(&path).await.expect(200)), [""; 0]);
    }

    async fn every_oddity_of_a_rule_is_a_sentence_of_its_own(server) {
        let rule = json!({
            "name": "Late", "effect": "block", "condition": "false", "verbs": ["email-change", "invoice-paid", "email-change"],
            "expires_at": at(-60),
        });
        let saved = server.app().post("/api/v1/rules", &rule).await.expect(201);
        let told = warnings(&saved);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("It expired on ") && told[0].ends_with(" UTC: it does nothing any more."), "{told:?}");
        assert_eq!(told[1..], [
            "“email-change” is no known verb: “email-update” may be meant.",
            "Its condition never holds: it will never hit.",
        ]);
    }

    async fn a_rule_that_is_right_has_no_warnings_and_enforces_unless_it_says_otherwise(server) {
        let app = server.app();
        let rule = json!({"name": "Tor", "effect": "challenge", "condition": "network.tor", "verbs": ["log-in"]});
        let saved = app.post("/api/v1/rules", &rule).await.expect(201);
        assert_eq!((warnings(&saved), &saved["mode"]), (vec![], &json!("enforce")));
        let rule = json!({"name": "Range", "effect": "block", "filters": ["10.0.0.0/8"], "target": "location.ip", "mode": "shadow"});
        let saved = app.post("/api/v1/rules", &rule).await.expect(201);
        assert_eq!((warnings(&saved), &saved["mode"]), (vec![], &json!("shadow")));
        let wrong = json!({"name": "Broken", "effect": "block", "condition": "network.tor and true"});
        app.post("/api/v1/rules", &wrong).await.problem(422);
    }
}
