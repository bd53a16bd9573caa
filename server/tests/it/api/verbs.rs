//! Verbs: one table, which the API, its description and the clients give out; and those that it does not hold.

use porchlight_domain::event::verb::TABLE;

use super::*;
use crate::support::at;

/// The JavaScript client's own words.
const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/node");

fn read(file: &str) -> String {
    std::fs::read_to_string(format!("{CLIENT}/{file}")).expect(file)
}

/// The lines between these two, trimmed.
fn between(text: &str, first: &str, last: &str) -> Vec<String> {
    let rest = text.split_once(first).unwrap_or_else(|| panic!("no {first}")).1;
    let inside = rest.split_once(last).unwrap_or_else(|| panic!("no {last}")).0;
    inside.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[test]
fn the_client_exports_the_servers_verbs_and_no_others() {
    let code = TABLE.map(|verb| format!("{}: '{}',", verb.constant, verb.name));
    assert_eq!(between(&read("src/verbs.js"), "Object.freeze({", "});"), code);
    let types = TABLE.map(|verb| format!("readonly {}: '{}';", verb.constant, verb.name));
    assert_eq!(between(&read("index.d.ts"), "export const verbs: {", "};"), types);
    let told = between(&read("README.md"), "|---|---|---|---|\n| `log-in`", "\n\n");
    let rows = TABLE.map(|verb| format!("| `{}` | `{}` | {} |", verb.name, verb.constant, verb.when));
    assert_eq!(told.len(), rows.len(), "{told:?}");
    for (told, row) in told.iter().zip(&rows).skip(1) {
        assert!(told.starts_with(row), "{told} is not {row}");
    }
}

on_both! {
    async fn the_table_is_given_out_by_the_api_and_in_its_description(server) {
        let known = server.app().get("/api/v1/verbs").await.expect(200)["known"].clone();
        let known = known.as_array().expect("known");
        assert_eq!(known.len(), TABLE.len());
        let email = known.iter().find(|verb| verb["verb"] == "email-update").expect("it is known");
        assert_eq!((&email["constant"], &email["meaning"]), (&json!("EMAIL_UPDATE"), &json!("sensitive")));
        let document = server.stranger().get("/api/openapi.json").await.expect(200);
        let told = &document["components"]["schemas"]["NewEvent"]["properties"]["verb"];
        assert_eq!(told["anyOf"][0]["enum"], json!(TABLE.map(|verb| verb.name)), "{told}");
        assert_eq!(told["anyOf"][1]["type"], "string", "any other text is legal: {told}");
        assert!(told["anyOf"][0]["description"].as_str().is_some_and(|text| text.contains("`payout-update`: ")));
    }

    async fn a_near_miss_is_told_with_what_may_have_been_meant(server) {
        let app = server.app();
        let sent = |verb: &str, seconds: i64| json!({"verb": verb, "occurred_at": at(seconds), "user": {"id": "eve"}});
        let events = [
            sent("email-update", -50), sent("page-view", -40), sent("page-view", -30), sent("user.email.changed", -20),
            sent("page-view", -10), sent("forgotten", -31 * 86_400),
        ];
        app.post("/api/v1/events", &json!(events)).await.expect(200);
        let unknown = app.get("/api/v1/verbs").await.expect(200)["unknown"].clone();
        let rows: Vec<_> = unknown.as_array().expect("unknown").iter()
            .map(|row| (row["verb"].as_str().expect("verb"), row["events"].as_i64().expect("count"), row["meant"].as_str()))
            .collect();
        assert_eq!(rows, [("user.email.changed", 1, Some("email-update")), ("page-view", 3, None)], "{unknown}");
        let newest = app.get("/api/v1/events?verb=page-view&limit=1").await.expect(200);
        assert_eq!(unknown[1]["last_at"], newest["rows"][0]["occurred_at"]);
        let (_, other) = server.other_project().await;
        assert_eq!(other.get("/api/v1/verbs").await.expect(200)["unknown"], json!([]), "another project's are its own");
    }
}
