//! Who may order what, and how often.

use super::*;

on_both! {
    async fn an_order_names_what_its_scope_says(db) {
        let (shop, eve) = eve(db).await;
        let bob = user(db, shop, "bob").await;
        see(db, &[event(db, shop, bob, "bobs", "log-in", NOW), event(db, shop, eve, "c", "log-out", NOW)]).await;
        let named = async |scope, sessions: &[&str]| {
            let id = give(db, ask(shop, eve, scope, &ids(sessions))).await.expect("request")?;
            Some(dossier(db, shop, id).await.revocation.sessions.into_iter().map(|session| session.id).collect::<Vec<_>>())
        };
        assert_eq!(named(Scope::All, &[]).await, Some(ids(&["a", "b"])), "live ones");
        assert_eq!(named(Scope::Others, &["a"]).await, Some(ids(&["b"])));
        assert_eq!(named(Scope::Others, &["a", "b"]).await, None);
        assert_eq!(named(Scope::Listed, &["a", "never-seen", "a", "bobs"]).await, Some(ids(&["a", "never-seen"])), "not another user's");
        assert_eq!(named(Scope::One, &["bobs"]).await, None);
        let unseen = session::store::get(db, shop, "never-seen", NOW).await.expect("get");
        assert_eq!((unseen.last_event_id, unseen.is_revoked()), (None, true));
        let bad = give(db, ask(shop, eve, Scope::Listed, &ids(&["a\0"]))).await;
        assert!(matches!(bad, Err(Error::Invalid(_))), "{bad:?}");
    }

    async fn another_projects_orders_and_users_are_not_found(db) {
        let (shop, eve) = eve(db).await;
        let other = crate::session::shop(db, "Other").await;
        let id = order(db, shop, eve, &["a"]).await;
        assert!(matches!(receive(db, other, id, &[("a", "revoked")], NOW).await, Err(Error::NotFound)));
        assert!(matches!(store::get(db, other, id).await, Err(Error::NotFound)));
        assert!(matches!(give(db, ask(other, eve, Scope::All, &[])).await, Err(Error::NotFound)));
        let listed = store::list(db, other, &RevocationFilter::default(), Paging::default()).await.expect("list");
        assert_eq!(listed.rows, []);
        let revoked = store::revoke_session(db, &Actor::System, other, "a", PUBLIC, NOW).await;
        assert!(matches!(revoked, Err(Error::NotFound)), "{revoked:?}");
        assert_eq!(dossier(db, shop, id).await.receipts, []);
    }

    async fn a_hand_orders_once_while_an_order_is_open_and_it_is_in_the_ledger(db) {
        let (shop, eve) = eve(db).await;
        let by = &Actor::System;
        let first = store::revoke_session(db, by, shop, "a", PUBLIC, NOW).await.expect("revoke");
        assert_eq!(store::revoke_session(db, by, shop, "a", PUBLIC, NOW).await.expect("again"), first);
        receive(db, shop, first, &[("a", "revoked")], NOW).await.expect("receipt");
        assert_ne!(store::revoke_session(db, by, shop, "a", PUBLIC, NOW).await.expect("anew"), first);
        let rest = store::revoke_sessions(db, by, shop, eve, &ids(&["a"]), PUBLIC, NOW).await.expect("others");
        let read = dossier(db, shop, rest).await;
        assert_eq!((read.revocation.scope, states(&read)), (Scope::Others, vec![("b", "requested")]));
        receive(db, shop, rest, &[("b", "revoked")], NOW).await.expect("receipt");
        let none = store::revoke_sessions(db, by, shop, eve, &ids(&["a"]), PUBLIC, NOW).await;
        assert!(matches!(none, Err(Error::Conflict(_))), "{none:?}");
        let recorded = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        assert_eq!(recorded.iter().filter(|entry| entry.action == "revocation.requested").count(), 3);
        let open = RevocationFilter { open: true, ..RevocationFilter::default() };
        let open = store::list(db, shop, &open, Paging::default()).await.expect("list").rows;
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].sessions[0].id, "a");
    }

    async fn all_and_all_others_are_ordered_once_while_that_order_is_open(db) {
        let (shop, eve) = eve(db).await;
        let by = &Actor::System;
        let ask = async |keep: &[&str]| store::revoke_sessions(db, by, shop, eve, &ids(keep), PUBLIC, NOW).await.expect("order");
        let one = store::revoke_session(db, by, shop, "a", PUBLIC, NOW).await.expect("one");
        let others = ask(&["a"]).await;
        assert_eq!(ask(&["a"]).await, others);
        let all = ask(&[]).await;
        assert!(![one, others].contains(&all), "what is under way is narrower");
        assert_eq!((ask(&[]).await, ask(&["b"]).await), (all, all), "all are the others, too");
        see(db, &[event(db, shop, eve, "c", "log-in", NOW)]).await;
        let with_new = ask(&[]).await;
        assert_eq!(states(&dossier(db, shop, with_new).await).len(), 3);
        receive(db, shop, with_new, &[("a", "revoked"), ("b", "revoked"), ("c", "revoked")], NOW).await.expect("receipt");
        receive(db, shop, all, &[("a", "revoked"), ("b", "revoked")], NOW).await.expect("receipt");
        see(db, &[event(db, shop, eve, "d", "log-in", NOW.plus(SECOND))]).await;
        assert!(ask(&[]).await > with_new);
    }

    async fn an_order_is_so_short_that_its_receipt_is_read_whole(db) {
        let (shop, eve) = eve(db).await;
        let long: Vec<String> = (0..300).map(|number| format!("{number:0>1000}")).collect();
        let listed: Vec<_> = long.iter().map(String::as_str).collect();
        let first = give(db, ask(shop, eve, Scope::Listed, &ids(&listed))).await.expect("request").expect("orders");
        let orders = store::list(db, shop, &RevocationFilter::default(), Paging::default()).await.expect("list").rows;
        let sizes: Vec<_> = orders.iter().rev().map(|order| order.sessions.len()).collect();
        assert_eq!((sizes, orders.last().map(|order| order.id)), (vec![98, 98, 98, 6], Some(first)));
        let all: Vec<_> = orders.iter().rev().map(|order| order.id).collect();
        assert!(orders.iter().all(|order| order.orders == all), "each names all that were given with it");
        assert_eq!(store::given_with(db, all[2]).await.expect("together"), all);
        assert_eq!(dossier(db, shop, first).await.revocation.orders, all);
        let recorded = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        let given: Vec<_> = recorded.iter().filter(|entry| entry.action == "revocation.requested").collect();
        assert!(given.len() == 4 && given.iter().all(|entry| entry.detail["orders"] == json!(all)), "{given:?}");
        let alone = order(db, shop, eve, &["a"]).await;
        assert_eq!(dossier(db, shop, alone).await.revocation.orders, [], "at the same moment, but not with them");
    }

    async fn a_list_is_ordered_without_what_is_under_way(db) {
        let (shop, eve) = eve(db).await;
        let bob = user(db, shop, "bob").await;
        see(db, &[event(db, shop, bob, "bobs", "log-in", NOW)]).await;
        let list = async |sessions: &[&str]| store::revoke_listed(db, &Actor::System, shop, eve, &ids(sessions), PUBLIC, NOW).await;
        let one = list(&["a"]).await.expect("one");
        let rest = list(&["b", "a", "b"]).await.expect("the rest");
        let read = dossier(db, shop, rest).await;
        assert_eq!((read.revocation.scope, states(&read)), (Scope::Listed, vec![("b", "requested")]));
        assert_eq!(list(&["a", "b"]).await.expect("nothing new"), rest.max(one), "all are under way");
        assert!(matches!(list(&["bobs"]).await, Err(Error::NotFound)), "another user's");
        for wrong in [&[][..], &["a\0"], &["x"; 1_001]] {
            assert!(matches!(list(wrong).await, Err(Error::Invalid(_))), "{}", wrong.len());
        }
        let nobody = store::revoke_listed(db, &Actor::System, shop, UserKey(1), &ids(&["a"]), PUBLIC, NOW).await;
        assert!(matches!(nobody, Err(Error::NotFound)), "{nobody:?}");
        let listed = store::list(db, shop, &RevocationFilter::default(), Paging::default()).await.expect("list");
        assert_eq!(listed.rows.len(), 2);
    }

    async fn two_hands_at_once_give_one_order(db) {
        let (shop, _) = eve(db).await;
        let revoke = || store::revoke_session(db, &Actor::System, shop, "a", PUBLIC, NOW);
        let (one, two, three) = tokio::join!(revoke(), revoke(), revoke());
        let one = one.expect("revoke");
        assert_eq!((two.expect("revoke"), three.expect("revoke")), (one, one));
        let listed = store::list(db, shop, &RevocationFilter::default(), Paging::default()).await.expect("list");
        assert_eq!(listed.rows.len(), 1);
    }

    async fn an_alert_ends_its_own_session_or_all_and_its_orders_name_it(db) {
        let (shop, other) = (crate::event::project(db, "Shop").await, crate::event::project(db, "Other").await);
        crate::event::story(db, shop).await;
        let page = alert::store::list(db, shop, &alert::AlertFilter::default(), Paging::default()).await;
        let id = page.expect("alerts").rows[0].id;
        let revoke = async |project, all| store::revoke_for_alert(db, &Actor::System, project, id, all, PUBLIC, NOW).await;
        assert!(matches!(revoke(other, false).await, Err(Error::NotFound)));
        let one = revoke(shop, false).await.expect("order");
        assert_eq!(revoke(shop, false).await.expect("order"), one, "it is open: a second click is no second order");
        let order = dossier(db, shop, one).await;
        assert_eq!((states(&order), order.revocation.alert_id), (vec![("stolen", "requested")], Some(id)));
        let all = dossier(db, shop, revoke(shop, true).await.expect("order")).await;
        assert_eq!((all.revocation.scope, all.revocation.sessions.len()), (Scope::All, 6));
        let filter = RevocationFilter { alert: Some(id), ..RevocationFilter::default() };
        assert_eq!(store::list(db, shop, &filter, Paging::default()).await.expect("list").rows.len(), 2);
    }
}
