//! `GET /v1/events`: the log in ThisData's shape.

use super::*;
use crate::support::at;

/// The `n` of the objects on a page, newest first.
fn numbers(page: &Value) -> Vec<i64> {
    let results = page["results"].as_array().expect("results");
    results.iter().map(|event| event["raw"]["object"]["n"].as_i64().expect("n")).collect()
}

/// Five events, 0 to 4, one a minute; the verbs take turns.
async fn five(client: &Caller) {
    for n in 0..5 {
        let verb = ["log-in", "log-out", "access"][n % 3];
        let (source, user) = (["north", "south"][n % 2], if n < 4 { "a" } else { "b" });
        let event = json!({
            "verb": verb, "ip": AUCKLAND, "user": {"id": user}, "source": {"name": source}, "object": {"n": n},
            "occurred_at": at(-600 + 60 * i64::try_from(n).expect("small")),
        });
        track(client, &event).await;
    }
}

on_both! {
    async fn an_event_has_the_documented_shape_field_for_field(server) {
        let sent = json!({
            "verb": "log-in-denied", "ip": AUCKLAND, "user_agent": CHROME, "user": {"id": "112233", "name": "Eve Smith"},
            "occurred_at": "2016-09-28T00:01:27.608Z",
        });
        track(&server.thisdata(), &sent).await;
        let page = server.thisdata().get("/v1/events").await.expect(200);
        let id = page["results"][0]["id"].clone();
        assert!(id.as_str().is_some_and(|id| id.len() >= 10), "{id}");
        assert_eq!(
            page,
            json!({"total": 1, "results": [{
                "published": "2016-09-28T00:01:27.608Z",
                "verb": "log-in-denied",
                "device": {
                    "user_agent": CHROME, "browser": "Chrome", "platform": "Macintosh", "os": "OS X 10.11.6", "mobile": false,
                    "bot": false, "version": [52, 0, 2743, 116], "comment": ["Macintosh", "Intel Mac OS X 10_11_6"],
                },
                "location": {
                    "ip": AUCKLAND,
                    "coordinates": {"latitude": -36.8667, "longitude": 174.7667, "ip": AUCKLAND},
                    "address": {
                        "country_name": "New Zealand", "country_iso_code": "NZ", "region_name": "Auckland", "region_iso_code": null,
                        "city_name": "Auckland", "postal_code": "1150", "timezone": "Pacific/Auckland", "ip": AUCKLAND,
                    },
                },
                "session": null,
                "overall_score": 0.0,
                "id": id,
                "user": {"name": "Eve Smith", "id": "112233"},
                "raw": sent,
            }]})
        );
    }

    async fn the_code_of_a_region_is_told_where_the_data_has_it(server) {
        let client = server.thisdata();
        for (ip, region, code) in [(BEIJING, "Beijing", json!("BJ")), (AUCKLAND, "Auckland", Value::Null)] {
            track(&client, &json!({"verb": "access", "ip": ip})).await;
            let address = newest(&client).await["location"]["address"].clone();
            assert_eq!((&address["region_name"], &address["region_iso_code"]), (&json!(region), &code), "{address}");
        }
    }

    async fn an_event_of_which_little_is_known_keeps_the_shape(server) {
        track(&server.thisdata(), &json!({"verb": "access", "ip": "10.0.0.1"})).await;
        let event = newest(&server.thisdata()).await;
        assert_eq!(event["device"]["version"], json!([]), "{event}");
        assert_eq!(event["device"]["comment"], json!([]));
        assert_eq!(event["device"]["user_agent"], "");
        assert_eq!(
            event["location"]["coordinates"],
            json!({"latitude": null, "longitude": null, "ip": "10.0.0.1"})
        );
        assert_eq!(event["location"]["address"]["country_iso_code"], Value::Null);
    }

    async fn pages_are_newest_first_and_total_counts_all(server) {
        let client = server.thisdata();
        five(&client).await;
        for (query, expected) in [
            ("", vec![4, 3, 2, 1, 0]),
            ("?limit=2", vec![4, 3]),
            ("?limit=2&offset=2", vec![2, 1]),
            ("?limit=2&offset=4", vec![0]),
            ("?limit=2&offset=9", vec![]),
            ("?limit=0", vec![]),
            ("?offset=-1&limit=1", vec![4]),
            ("?limit=&offset=&source=&user_id=", vec![4, 3, 2, 1, 0]),
        ] {
            let page = client.get(&format!("/v1/events{query}")).await.expect(200);
            assert_eq!(numbers(&page), expected, "{query}");
            assert_eq!(page["total"], 5, "{query}");
        }
    }

    async fn fifty_are_on_a_page_unless_told_otherwise(server) {
        let client = server.thisdata();
        let events: Vec<_> = (0..60).map(|_| json!({"verb": "access", "ip": "1.2.3.4"})).collect();
        server.app().post("/api/v1/events", &json!(events)).await.expect(200);
        for (query, rows) in [("", 50), ("?limit=60", 60), ("?limit=100000", 60), ("?offset=55", 5)] {
            let page = client.get(&format!("/v1/events{query}")).await.expect(200);
            assert_eq!(
                (page["results"].as_array().map(Vec::len), &page["total"]),
                (Some(rows), &json!(60)),
                "{query}"
            );
        }
    }

    async fn every_spelling_of_verbs_asks_the_same(server) {
        let client = server.thisdata();
        five(&client).await;
        for query in [
            "verbs[]=log-in&verbs[]=log-out",
            "verbs%5B%5D=log-in&verbs%5B%5D=log-out",
            "verbs%5B0%5D=log-in&verbs%5B1%5D=log-out",
            "verbs=log-in,log-out",
            "verbs=log-in%2Clog-out",
            "verbs=log-in&verbs=log-out",
            "verb=log-in&verb=log-out",
        ] {
            let page = client.get(&format!("/v1/events?{query}")).await.expect(200);
            assert_eq!((numbers(&page), &page["total"]), (vec![4, 3, 1, 0], &json!(4)), "{query}");
        }
        assert_eq!(numbers(&client.get("/v1/events?verb=access").await.expect(200)), [2]);
        assert_eq!(numbers(&client.get("/v1/events?verb=nothing").await.expect(200)), [] as [i64; 0]);
    }

    async fn user_source_and_time_narrow(server) {
        let client = server.thisdata();
        five(&client).await;
        let (second, fourth) = (at(-600 + 30), at(-600 + 150));
        let zone = fourth.replace('Z', "+00:00");
        for (query, expected) in [
            ("user_id=a".to_owned(), vec![3, 2, 1, 0]),
            ("user_id=b&source=north".to_owned(), vec![4]),
            ("user_id=nobody".to_owned(), vec![]),
            ("source=south".to_owned(), vec![3, 1]),
            ("source=South".to_owned(), vec![]),
            (format!("after={second}"), vec![4, 3, 2, 1]),
            (format!("before={fourth}"), vec![2, 1, 0]),
            (format!("before={zone}"), vec![2, 1, 0]),
            (format!("after={second}&before={fourth}&user_id=a&verbs[]=access&verbs[]=log-out"), vec![2, 1]),
            ("after=2001-01-01".to_owned(), vec![4, 3, 2, 1, 0]),
            ("before=2001-01-01".to_owned(), vec![]),
        ] {
            let page = client.get(&format!("/v1/events?{query}")).await.expect(200);
            assert_eq!(
                (numbers(&page), page["total"].as_u64()),
                (expected.clone(), Some(expected.len() as u64)),
                "{query}"
            );
        }
    }

    async fn what_cannot_be_asked_is_told(server) {
        let client = server.thisdata();
        for (query, told) in [
            ("limit=many", "limit must be a whole number"),
            ("offset=1.5", "offset must be a whole number"),
            ("after=yesterday", "after must be a date or an ISO 8601 time"),
            ("before=9999-01-01", "before must be a date between 1900 and 2300"),
        ] {
            assert_eq!(client.get(&format!("/v1/events?{query}")).await.messages(400), [told], "{query}");
        }
    }

    async fn the_body_that_php_sends_with_a_get_is_no_offence(server) {
        let client = server.thisdata();
        track(&client, &login()).await;
        for body in ["[]", "{", "null"] {
            let answer =
                client.send("GET", "/v1/events", &[("content-type", "application/json")], body).await;
            assert_eq!(answer.expect(200)["total"], 1, "{body}");
        }
    }
}
