//! Lists: filters, limits, and cursors that neither repeat nor miss a row.

use super::*;
use crate::support::Caller;
use crate::support::at;

/// All pages of a list, one after the other.
async fn pages(app: &Caller, path: &str) -> Vec<Vec<Value>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("{path}{cursor}")).await.expect(200);
        pages.push(page["rows"].as_array().unwrap_or_else(|| panic!("{page}")).clone());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
        assert!(pages.len() < 100, "it never ends");
    }
}

fn verbs(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["verb"].as_str().expect("verb")).collect()
}

on_both! {
    async fn cursors_lead_through_every_event_once_newest_first(server) {
        let app = server.app();
        // Three at each moment: the order must hold among equals too.
        let events: Vec<_> =
            (0..120).map(|n| json!({"verb": format!("v{n}"), "occurred_at": at(-600 + n / 3)})).collect();
        app.post("/api/v1/events", &json!(events)).await.expect(200);
        for (limit, sizes) in [(50, vec![50, 50, 20]), (60, vec![60, 60]), (200, vec![120])] {
            let pages = pages(&app, &format!("/api/v1/events?limit={limit}")).await;
            assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
            let rows = pages.concat();
            let order: Vec<_> =
                rows.iter().map(|row| (row["occurred_at"].as_str(), row["id"].as_str())).collect();
            assert!(order.windows(2).all(|pair| pair[0] > pair[1]), "strictly falling: none twice");
            assert_eq!(rows.len(), 120);
        }
    }

    async fn events_that_arrive_meanwhile_do_not_shift_the_pages(server) {
        let app = server.app();
        let events: Vec<_> =
            (0..10).map(|n| json!({"verb": format!("v{n}"), "occurred_at": at(-100 + n)})).collect();
        app.post("/api/v1/events", &json!(events)).await.expect(200);
        let first = app.get("/api/v1/events?limit=4").await.expect(200);
        app.post("/api/v1/events", &json!([{"verb": "late"}, {"verb": "later"}])).await.expect(200);
        let next = first["next"].as_str().expect("cursor");
        let second = app.get(&format!("/api/v1/events?limit=4&cursor={next}")).await.expect(200);
        assert_eq!(verbs(second["rows"].as_array().expect("rows")), ["v5", "v4", "v3", "v2"]);
    }

    async fn a_limit_is_1_to_200_and_a_cursor_is_one_of_ours(server) {
        let app = server.app();
        let events = vec![json!({"verb": "v"}); 210];
        app.post("/api/v1/events", &json!(events)).await.expect(200);
        for (query, rows) in [("", 50), ("?limit=1", 1), ("?limit=200", 200), ("?limit=&cursor=", 50)] {
            let page = app.get(&format!("/api/v1/events{query}")).await.expect(200);
            assert_eq!(page["rows"].as_array().map(Vec::len), Some(rows), "{query}");
        }
        let lists = [
            "events", "users", "alerts", "revocations", "deliveries", "inbound", "users/eve/sessions",
        ];
        app.post("/api/v1/events", &login("s-1", true)).await.expect(200);
        for list in lists {
            for (query, fields) in [
                ("limit=0", vec!["limit"]),
                ("limit=201", vec!["limit"]),
                ("limit=500", vec!["limit"]),
                ("limit=-5", vec!["limit"]),
                ("limit=abc", vec!["limit"]),
                ("limit=99999999999999999999", vec!["limit"]),
                ("limit=1&limit=2", vec!["limit"]),
                ("cursor=nonsense", vec!["cursor"]),
                ("cursor=-&limit=x", vec!["cursor", "limit"]),
                ("zzz=1", vec!["zzz"]),
                ("cursor=%00", vec!["cursor"]),
            ] {
                let answer = app.get(&format!("/api/v1/{list}?{query}")).await;
                assert_eq!(answer.named_fields(), fields, "{list} {query}");
            }
        }
        let bounds = app.get("/api/v1/events?limit=0").await.problem(422);
        assert_eq!(bounds["detail"], "limit must be a whole number from 1 to 200");
        for list in ["endpoints", "sources"] {
            let answer = app.get(&format!("/api/v1/{list}?limit=1")).await;
            assert_eq!(answer.named_fields(), ["limit"], "{list} has no pages");
        }
    }

    async fn every_filter_narrows(server) {
        let app = server.app();
        for n in 0..5 {
            let mut event = login(&format!("s-{n}"), true);
            event["occurred_at"] = at(-1_000 + 100 * n).into();
            app.post("/api/v1/events", &event).await.expect(200);
        }
        let mut theft = login("s-thief", false);
        theft["source"] = json!({"name": "north"});
        assert_eq!(app.post("/api/v1/events", &theft).await.expect(200)["level"], "red");
        app.post("/api/v1/events", &json!({"verb": "access", "user": {"id": "bob"}})).await.expect(200);
        for (query, expected) in [
            ("user_id=eve".to_owned(), 6),
            ("user_id=bob".into(), 1),
            ("user_id=nobody".into(), 0),
            ("verb=access".into(), 1),
            ("verb=access,log-in".into(), 7),
            ("level=orange".into(), 1),
            ("level=red".into(), 1),
            ("level=green".into(), 7),
            (format!("ip={BEIJING}"), 1),
            (format!("ip={}/24", BEIJING), 1),
            (format!("ip={}/8", AUCKLAND), 5),
            ("ip=10.0.0.0/8".into(), 0),
            (format!("ip=::ffff:{BEIJING}"), 1),
            ("country=cn".into(), 1),
            ("country=NZ".into(), 5),
            ("source=north".into(), 1),
            ("session_id=s-3".into(), 1),
            ("session_id=nothing".into(), 0),
            (format!("since={}", at(-650)), 3),
            (format!("until={}", at(-650)), 4),
            (format!("since={}&until={}&country=NZ", at(-950), at(-650)), 3),
            ("user_id=&verb=&level=&since=".into(), 7),
        ] {
            let page = app.get(&format!("/api/v1/events?{query}")).await.expect(200);
            assert_eq!(page["rows"].as_array().map(Vec::len), Some(expected), "{query}");
        }
        for (query, field) in
            [
                ("level=purple", "level"),
                ("since=yesterday", "since"),
                ("until=2026-02-30", "until"),
                ("ip=zzz", "ip"),
                ("ip=1.2.3.0/22", "ip"),
                ("ip=2001:db8::/32", "ip"),
                ("country=New+Zealand", "country"),
                ("country=N1", "country"),
                ("user_id=%00", "user_id"),
            ]
        {
            assert_eq!(app.get(&format!("/api/v1/events?{query}")).await.named_fields(), [field]);
        }
    }

    async fn users_are_listed_by_last_seen_and_searched(server) {
        let app = server.app();
        for (n, id) in ["ann", "bob", "cy%d"].into_iter().enumerate() {
            let user = json!({"id": id, "name": format!("Name {id}"), "email": format!("{id}@example.com")});
            let seen = at(-300 + 100 * i64::try_from(n).expect("small"));
            app.post("/api/v1/events", &json!({"verb": "log-in", "user": user, "occurred_at": seen}))
                .await
                .expect(200);
        }
        let ids = |rows: &[Value]| {
            rows.iter().map(|row| row["id"].as_str().expect("id").to_owned()).collect::<Vec<_>>()
        };
        let all = pages(&app, "/api/v1/users?limit=1").await.concat();
        assert_eq!(ids(&all), ["cy%d", "bob", "ann"]);
        for (search, expected) in [
            ("bo", vec!["bob"]),
            ("NAME", vec!["cy%d", "bob", "ann"]),
            ("ann@example", vec!["ann"]),
            ("%25", vec!["cy%d"]),
            ("_", vec![]),
            ("'", vec![]),
        ] {
            let page = app.get(&format!("/api/v1/users?search={search}")).await.expect(200);
            assert_eq!(ids(page["rows"].as_array().expect("rows")), expected, "{search}");
        }
        let seen = |place: usize| all[place]["last_seen_at"].as_str().expect("time").to_owned();
        for (query, expected) in [
            (format!("since={}", seen(0)), vec!["cy%d"]),
            ("since=2100-01-01".to_owned(), vec![]),
            (format!("since={}&search=name", seen(1)), vec!["cy%d", "bob"]),
            (format!("since={}&search=ann", seen(0)), vec![]),
        ] {
            let page = app.get(&format!("/api/v1/users?{query}")).await.expect(200);
            assert_eq!(ids(page["rows"].as_array().expect("rows")), expected, "{query}");
        }
        assert_eq!(app.get("/api/v1/users?since=soon").await.named_fields(), ["since"]);
        let bob = app.get("/api/v1/users/bob").await.expect(200);
        assert_eq!(
            (&bob["email"], &bob["events"], &bob["level"]),
            (&json!("bob@example.com"), &json!(1), &json!("green"))
        );
        assert_eq!(app.get("/api/v1/users/cy%25d").await.expect(200)["name"], "Name cy%d");
    }
}
