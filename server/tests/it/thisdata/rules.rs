//! `/v1/rules`: custom security rules.

use super::*;

/// A rule as the documentation shows it.
fn rule() -> Value {
    json!({
        "name": "Bad neighbours", "description": "They know why", "type": "blacklist", "target": "location.ip",
        "source": "guest-123", "filters": ["1.2.3.4", "122.56.232.0/22"],
    })
}

/// Creates it; its path and what was answered.
async fn create(client: &Caller, rule: &Value) -> (String, Value) {
    let made = client.post("/v1/rules", rule).await.expect(201);
    (format!("/v1/rules/{}", made["id"].as_str().expect("text")), made)
}

on_both! {
    async fn a_rule_is_created_read_changed_and_deleted(server) {
        let client = server.thisdata();
        let (path, made) = create(&client, &rule()).await;
        let mut expected = rule();
        expected["id"] = made["id"].clone();
        assert_eq!(made, expected, "field for field");
        assert!(made["id"].as_str().is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit())), "{made}");
        assert_eq!(client.get("/v1/rules").await.expect(200), json!([made]), "a bare array");
        assert_eq!(client.get(&path).await.expect(200), made);
        expected["name"] = "Renamed".into();
        assert_eq!(
            client.post(&path, &json!({"name": "Renamed"})).await.expect(200),
            expected,
            "the rest stays"
        );
        assert_eq!(client.get(&path).await.expect(200), expected);
        let deleted = client.delete(&path).await;
        assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
        client.get(&path).await.messages(404);
        client.delete(&path).await.messages(404);
        assert_eq!(client.get("/v1/rules").await.expect(200), json!([]));
    }

    async fn the_id_may_be_in_an_updates_body(server) {
        let client = server.thisdata();
        let (path, mut made) = create(&client, &rule()).await;
        made["filters"] = json!(["5.6.7.8"]);
        assert_eq!(client.post(&path, &made).await.expect(200), made);
        let form = [("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(client.send("POST", &path, &form, made.to_string()).await.expect(200), made);
    }

    async fn a_rule_that_does_not_exist_is_404(server) {
        let client = server.thisdata();
        for id in [
            "undefined",
            "null",
            "1",
            "-1",
            "99999999999999999999999",
            "%F0%9F%94%91",
            "1.0",
            "rule_0000000000001",
        ] {
            let path = format!("/v1/rules/{id}");
            client.delete(&path).await.messages(404);
            client.get(&path).await.messages(404);
            client.post(&path, &json!({"name": "x"})).await.messages(404);
        }
    }

    async fn blank_filters_do_not_break(server) {
        let client = server.thisdata();
        let mut odd = rule();
        odd["filters"] = json!(["", "122.56.232.0/22", " 1.2.3.4 ", "2001:DB8::1", "  "]);
        let (path, made) = create(&client, &odd).await;
        assert_eq!(made["filters"], json!(["122.56.232.0/22", "1.2.3.4", "2001:db8::1"]));
        let none = client.post(&path, &json!({"filters": [""]})).await.expect(200);
        assert_eq!(none["filters"], json!([]), "a form that empties a list sends a blank");
    }

    async fn what_is_wrong_with_a_rule_is_told(server) {
        let client = server.thisdata();
        for (field, value, told) in [
            ("name", json!(""), "name must not be blank"),
            ("name", json!(7), "name must be text"),
            ("type", json!("greylist"), "type must be deny (blacklist) or allow (whitelist)"),
            ("target", json!("user.name"), "target must be location.ip or location.address.country_iso_code"),
            ("filters", json!("1.2.3.4"), "filters must be an array of text"),
            ("filters", json!([1]), "filters must be an array of text"),
            (
                "filters",
                json!(["1.2.3.4", "home"]),
                "filters[1] must be an address or a range like 122.56.232.0/22",
            ),
            (
                "filters",
                json!(["1.2.3.4/33"]),
                "filters[0] must be an address or a range like 122.56.232.0/22",
            ),
            (
                "filters",
                json!(["203.0.113.7/2"]),
                "filters[0] must have no bits beyond its length: is 203.0.113.7/2 meant as 192.0.0.0/2?",
            ),
            ("filters", json!(["", " "]), "filters must not all be blank: the rule would hit nothing"),
        ] {
            let mut wrong = rule();
            wrong[field] = value;
            assert_eq!(client.post("/v1/rules", &wrong).await.messages(400), [told], "{wrong}");
        }
        client.post("/v1/rules", &json!([])).await.messages(400);
        client.send("POST", "/v1/rules", &[], "{").await.messages(400);
        assert_eq!(client.get("/v1/rules").await.expect(200), json!([]));
    }

    async fn a_hit_sets_the_score_to_one(server) {
        let client = server.thisdata();
        habits(&client, 5).await;
        let mut everyone = rule();
        everyone["source"] = Value::Null;
        let (path, _) = create(&client, &everyone).await;
        let verdict = client.post("/v1/verify", &login()).await.expect(200);
        assert_eq!((&verdict["score"], &verdict["risk_level"]), (&json!(1.0), &json!("red")));
        assert_eq!(verdict["triggers"], json!(["Denied by the rule “Bad neighbours”"]));
        track(&client, &login()).await;
        assert_eq!(newest(&client).await["overall_score"], 1.0);
        assert_eq!(client.delete(&path).await.status, 204);
        assert_eq!(client.post("/v1/verify", &login()).await.expect(200)["risk_level"], "green");
    }

    async fn a_rule_of_a_source_and_one_of_a_country_hit_their_own(server) {
        let client = server.thisdata();
        create(&client, &rule()).await;
        let country = json!({"name": "Abroad", "type": "blacklist", "target": "location.address.country_iso_code", "filters": ["cn"]});
        let (_, made) = create(&client, &country).await;
        assert_eq!((&made["filters"], &made["source"]), (&json!(["CN"]), &Value::Null));
        let score = async |ip: &str, source: Value| {
            let body = json!({"ip": ip, "user": {"id": "new"}, "source": source});
            client.post("/v1/verify", &body).await.expect(200)["score"].as_f64().expect("number")
        };
        assert!(score(AUCKLAND, json!({"name": "guest-123"})).await > 0.999);
        assert!(score(AUCKLAND, json!({"name": "guest-124"})).await < 0.5);
        assert!(score(AUCKLAND, json!(null)).await < 0.5);
        assert!(score(BEIJING, json!(null)).await > 0.999);
    }

    async fn an_allowed_address_is_green_whatever_else(server) {
        let client = server.thisdata();
        habits(&client, 5).await;
        let office = json!({"name": "Office", "type": "whitelist", "filters": [BEIJING]});
        let (_, made) = create(&client, &office).await;
        assert_eq!(made["type"], "whitelist");
        let verdict = client.post("/v1/verify", &theft()).await.expect(200);
        assert_eq!(
            (&verdict["score"], &verdict["risk_level"], &verdict["triggers"]),
            (&json!(0.0), &json!("green"), &json!([]))
        );
    }
}
