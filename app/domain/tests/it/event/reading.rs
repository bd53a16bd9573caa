//! The log as it is read: filters, pages, neighbours, figures.

use super::*;

on_both! {
    async fn filters_narrow_and_pages_join_without_gap_or_repeat(db) {
        let shop = project(db, "Shop").await;
        let arrivals: Vec<_> = (0..75_i64)
            .map(|n| {
                let mut event = login(&format!("u{}", n % 3), &format!("s{n}"));
                event["verb"] = json!(["log-in", "access", "log-out"][usize::try_from(n % 3).expect("small")]);
                arrival(shop, NOW.plus(n / 5), event)
            })
            .collect();
        put(db, &arrivals).await;
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = list(db, shop, &EventFilter::default(), Paging::new(cursor.as_deref(), Some(10))).await.expect("list");
            seen.extend(page.rows.iter().map(|event| (event.occurred_at, event.id)));
            cursor = page.next;
            if cursor.is_none() { break }
        }
        assert_eq!(seen.len(), 75);
        assert!(seen.is_sorted_by(|a, b| a > b));
        for (filter, expected) in [
            (EventFilter { verbs: vec!["access".into()], ..Default::default() }, 25),
            (EventFilter { verbs: vec!["access".into(), "log-out".into()], ..Default::default() }, 50),
            (EventFilter { user_id: Some("u1".into()), ..Default::default() }, 25),
            (EventFilter { user_id: Some("nobody".into()), ..Default::default() }, 0),
            (EventFilter { session_id: Some("s7".into()), ..Default::default() }, 1),
            (EventFilter { ip: Some("122.56.232.10".into()), country: Some("NZ".into()), ..Default::default() }, 75),
            (EventFilter { level: Some(Level::Red), ..Default::default() }, 0),
            (EventFilter { since: Some(NOW.plus(10)), until: Some(NOW.plus(12)), ..Default::default() }, 10),
        ] {
            assert_eq!(count(db, shop, &filter).await.expect("count"), expected, "{filter:?}");
            let rows = page_by_offset(db, shop, &filter, 200, 0).await.expect("page");
            assert_eq!(i64::try_from(rows.len()).expect("few"), expected, "{filter:?}");
        }
    }

    async fn an_offset_skips_the_newest_and_the_rest_is_in_order(db) {
        let shop = project(db, "Shop").await;
        let arrivals: Vec<_> = (0..9).map(|n| arrival(shop, NOW.plus(n / 2), login("eve", &format!("s{n}")))).collect();
        put(db, &arrivals).await;
        let sessions = async |offset| {
            let rows = page_by_offset(db, shop, &EventFilter::default(), 4, offset).await.expect("page");
            rows.into_iter().filter_map(|row| row.event.session_id).collect::<Vec<_>>()
        };
        assert_eq!(sessions(0).await, ["s8", "s7", "s6", "s5"]);
        assert_eq!(sessions(6).await, ["s2", "s1", "s0"]);
        assert!(sessions(9).await.is_empty());
    }

    async fn a_foreign_projects_event_is_not_found(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let id = put(db, &[arrival(shop, NOW, login("eve", "s1"))]).await[0].id;
        assert!(get(db, shop, id).await.is_ok());
        assert!(matches!(get(db, other, id).await, Err(porchlight_domain::Error::NotFound)));
    }

    async fn an_event_knows_its_users_events_before_and_after(db) {
        let shop = project(db, "Shop").await;
        let mut ids = Vec::new();
        for (minute, user) in [(0, "eve"), (1, "bob"), (2, "eve"), (2, "eve"), (3, "eve")] {
            let event = arrival(shop, NOW.plus(minute * HOUR / 60), login(user, "s"));
            ids.push(put(db, &[event]).await[0].id);
        }
        let around = async |id| neighbours(db, shop, &get(db, shop, id).await.expect("event").event).await.expect("neighbours");
        let first = around(ids[0]).await;
        assert_eq!((first.before, first.after), (None, Some(ids[2])));
        let same_time = around(ids[3]).await;
        assert_eq!((same_time.before, same_time.after), (Some(ids[2]), Some(ids[4])));
        let alone = around(ids[1]).await;
        assert_eq!((alone.before, alone.after), (None, None));
    }

    async fn the_overview_counts_what_happened(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        let totals = totals(db, shop, NOW.plus(-DAY)).await.expect("totals");
        assert_eq!((totals.active_users, totals.red), (1, 1));
        let days = days(db, shop, 30, NOW).await.expect("days");
        assert_eq!((days.len(), days[29].events, days[29].unusual), (30, 1, 1));
        assert_eq!(days.iter().map(|day| day.events).sum::<i64>(), 6);
        let new = user::store::new_daily(db, shop, 30, NOW).await.expect("new users");
        assert_eq!((new.len(), new[23], new.iter().sum::<i64>()), (30, 1, 1), "Eve was first seen six days ago");
        assert_eq!(user::store::new_daily(db, shop, 6, NOW).await.expect("new users"), [0; 6]);
    }
}
