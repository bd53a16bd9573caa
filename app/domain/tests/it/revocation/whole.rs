//! Orders about a user as a whole: of applications that send no session ids.

use porchlight_domain::id::AlertId;
use porchlight_domain::question::Answer;
use porchlight_domain::revocation::State;
use porchlight_domain::time::MINUTE;

use super::*;
use crate::event::{arrival, login, project, put, theft};
use crate::inbound::{legacy, source};
use crate::question::{say, token_of};

fn nameless(mut event: Value) -> Value {
    event.as_object_mut().expect("object").remove("session");
    event
}

/// Eve, whose application names no sessions, is asked about a login.
async fn asked(db: &Db) -> (ProjectId, String) {
    let shop = project(db, "Shop").await;
    for day in 0..5 {
        put(db, &[arrival(shop, NOW.plus((day - 6) * DAY), nameless(login("eve", "")))]).await;
    }
    put(db, &[arrival(shop, NOW, nameless(theft("eve", "")))]).await;
    (shop, token_of(db, shop).await)
}

async fn key_of(db: &Db, project: ProjectId) -> UserKey {
    porchlight_domain::user::store::by_id(db, project, "eve").await.expect("eve").key
}

/// The only order.
async fn only(db: &Db, project: ProjectId) -> RevocationId {
    let listed =
        store::list(db, project, &RevocationFilter::default(), Paging::default()).await.expect("list");
    assert_eq!(listed.rows.len(), 1);
    listed.rows[0].id
}

async fn tell(db: &Db, project: ProjectId, id: RevocationId, receipt: Value) -> Verdict {
    let raw = json!({ "receipt": receipt }).to_string();
    let report = read(raw.as_bytes(), NOW).expect("read").expect("a receipt");
    let new = NewReceipt {
        revocation: id,
        delivery: None,
        endpoint: None,
        via: Via::Poll,
        signed: false,
        report,
        raw,
    };
    store::submit(db, project, new, NOW.plus(SECOND)).await.expect("receipt")
}

async fn state(db: &Db, project: ProjectId, id: RevocationId) -> (Overall, State) {
    let order = dossier(db, project, id).await.revocation;
    assert_eq!(order.sessions, []);
    (order.state, order.whole.expect("about the user").state)
}

on_both! {
    async fn a_no_orders_every_session_of_the_user_ended_where_none_was_ever_named(db) {
        let (shop, token) = asked(db).await;
        assert!(say(db, &token, Answer::No, NOW.plus(SECOND)).await.expect("answer"));
        let id = only(db, shop).await;
        let (_, message) = outbox(db, shop).await.into_iter().find(|(kind, _)| kind == "session.revocation.requested").expect("an order");
        let data = &message["data"];
        assert_eq!((&data["sessions"], &data["scope"], &data["user"]["id"]), (&json!([]), &json!("all"), &json!("eve")));
        assert_eq!(state(db, shop, id).await, (Overall::Requested, State::Requested));

        assert_eq!(tell(db, shop, id, json!({ "outcome": "revoked", "detail": "three" })).await, Verdict::Accepted { unknown: vec![], late: vec![] });
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.revocation.settled_at), (Overall::Confirmed, Some(NOW.plus(SECOND))));
        assert_eq!(read.revocation.whole.and_then(|whole| whole.detail).as_deref(), Some("three"));
        assert!(read.steps.iter().all(|step| step.session_id.is_none()), "they are of the order");

        let before = alerts(db, shop).await;
        put(db, &[arrival(shop, NOW.plus(HOUR), nameless(login("eve", "")))]).await;
        put(db, &[arrival(shop, NOW.plus(2 * HOUR), login("eve", "named"))]).await;
        assert_eq!(alerts(db, shop).await.len(), before.len(), "a later login is no zombie");
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Confirmed);
        assert!(!session::store::get(db, shop, "named", NOW.plus(2 * HOUR)).await.expect("session").is_revoked());
    }

    async fn a_second_no_is_obeyed_also_where_orders_or_receipts_named_sessions_meanwhile(db) {
        let (shop, token) = asked(db).await;
        let (eve, week) = (key_of(db, shop).await, NOW.plus(7 * DAY));
        assert!(say(db, &token, Answer::No, NOW).await.expect("answer"));
        let first = only(db, shop).await;
        tell(db, shop, first, json!({ "outcome": "revoked", "sessions": [{ "id": "told", "outcome": "revoked" }] })).await;
        let listed = store::revoke_listed(db, &Actor::System, shop, eve, &ids(&["lives"]), PUBLIC, NOW).await.expect("order");
        receive(db, shop, listed, &[("lives", "failed")], NOW).await.expect("receipt");
        let all = alert::store::list(db, shop, &alert::AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        for one in all {
            alert::store::close(db, &Actor::System, shop, one.id, alert::Resolution::ConfirmedThreat, "", NOW).await.expect("closed");
        }
        let theft = arrival(shop, week, nameless(theft("eve", "")));
        porchlight_domain::event::store::record(db, &[theft], PUBLIC, week).await.expect("record");
        assert!(say(db, &token_of(db, shop).await, Answer::No, week).await.expect("answer"), "the thief is in once more");
        let newest = store::list(db, shop, &RevocationFilter::default(), Paging::default()).await.expect("list").rows.remove(0).id;
        assert!(newest > listed);
        assert_eq!(state(db, shop, newest).await, (Overall::Requested, State::Requested), "and no session of the thief's is known");
    }

    async fn by_hand_all_means_those_that_nobody_knows_of_also_where_an_order_named_one(db) {
        let shop = crate::session::shop(db, "Shop").await;
        let eve = user(db, shop, "eve").await;
        let one = store::revoke_listed(db, &Actor::System, shop, eve, &ids(&["lives"]), PUBLIC, NOW).await.expect("order");
        receive(db, shop, one, &[("lives", "failed")], NOW).await.expect("receipt");
        let all = store::revoke_sessions(db, &Actor::System, shop, eve, &[], PUBLIC, NOW).await.expect("order");
        assert_eq!(state(db, shop, all).await, (Overall::Requested, State::Requested));
        assert_eq!(session::store::get(db, shop, "lives", NOW).await.expect("get").order.map(|order| order.revocation_id), Some(all));
    }

    async fn while_it_is_open_it_is_the_answer_to_every_hand(db) {
        let (shop, token) = asked(db).await;
        let eve = key_of(db, shop).await;
        let by = &Actor::System;
        let first = store::revoke_sessions(db, by, shop, eve, &[], PUBLIC, NOW).await.expect("order");
        assert_eq!(store::revoke_sessions(db, by, shop, eve, &[], PUBLIC, NOW).await.expect("again"), first);
        let alert: AlertId = alert::store::list(db, shop, &alert::AlertFilter::default(), Paging::default()).await.expect("alerts").rows[0].id;
        assert_eq!(store::revoke_for_alert(db, by, shop, alert, true, PUBLIC, NOW).await.expect("alert"), first);
        let other = source(db, shop, porchlight_domain::inbound::Scheme::ThisData).await;
        let wish = json!({ "was_user": false, "user": { "id": "eve" } }).to_string();
        assert_eq!(legacy(db, &other, wish.as_bytes()).await.revocation_id, Some(first));
        assert!(say(db, &token, Answer::No, NOW.plus(SECOND)).await.expect("answer"), "it is under way");
        assert_eq!(only(db, shop).await, first);
        tell(db, shop, first, json!({ "outcome": "not_found" })).await;
        assert_ne!(store::revoke_sessions(db, by, shop, eve, &[], PUBLIC, NOW.plus(HOUR)).await.expect("anew"), first);
    }

    async fn its_receipt_speaks_of_the_user_and_not_of_sessions(db) {
        let (shop, eve) = (crate::session::shop(db, "Shop").await, "eve");
        let eve = user(db, shop, eve).await;
        let id = store::revoke_sessions(db, &Actor::System, shop, eve, &[], PUBLIC, NOW).await.expect("order");
        let listed = json!({ "sessions": [{ "id": "a", "outcome": "revoked" }] });
        assert!(matches!(tell(db, shop, id, listed).await, Verdict::Refused(why) if why.contains("receipt.outcome")));
        let later = json!({ "outcome": "deferred", "until": NOW.plus(HOUR) });
        tell(db, shop, id, later).await;
        assert_eq!(state(db, shop, id).await, (Overall::Acknowledged, State::Deferred { until: NOW.plus(HOUR) }));
        assert_eq!(next_due(db).await.expect("due"), Some(NOW.plus(HOUR)));
        let both = json!({ "outcome": "revoked", "sessions": [{ "id": "a", "outcome": "revoked" }] });
        assert_eq!(tell(db, shop, id, both).await, Verdict::Accepted { unknown: vec![], late: vec![] });
        assert_eq!(states(&dossier(db, shop, id).await), [("a", "confirmed")], "what was ended is part of the order from then on");
        let verdict = tell(db, shop, id, json!({ "outcome": "failed" })).await;
        assert_eq!(verdict, Verdict::Contradicts("it was revoked and is now failed".into()));
        let named = crate::session::shop(db, "Other").await;
        let bob = user(db, named, "bob").await;
        let other = order(db, named, bob, &["b"]).await;
        let refused = tell(db, named, other, json!({ "outcome": "revoked" })).await;
        assert_eq!(refused, Verdict::Refused("the receipt names no session of this order"));
    }

    async fn a_session_that_its_receipt_names_or_that_was_there_before_it_and_lives_on_is_a_zombie(db) {
        let (shop, eve) = eve(db).await;
        let bob = user(db, shop, "bob").await;
        see(db, &[event(db, shop, eve, "a", "log-out", NOW), event(db, shop, eve, "b", "log-out", NOW), event(db, shop, bob, "bobs", "log-in", NOW)]).await;
        let ordered = NOW.plus(SECOND);
        let id = store::revoke_sessions(db, &Actor::System, shop, eve, &[], PUBLIC, ordered).await.expect("order");
        let session = session::store::get(db, shop, "b", ordered).await.expect("get");
        assert_eq!(session.order.map(|order| order.revocation_id), Some(id), "whose end is ordered, too");
        let said = [("hid", "revoked"), ("a", "already_ended"), ("bobs", "revoked"), ("x", "not_found")];
        let said: Vec<_> = said.iter().map(|(id, outcome)| json!({ "id": id, "outcome": outcome })).collect();
        let both = json!({ "outcome": "revoked", "sessions": said });
        let at = ordered.plus(SECOND);
        assert_eq!(tell(db, shop, id, both).await, Verdict::Accepted { unknown: vec!["bobs".into(), "x".into()], late: vec![] });
        assert_eq!(states(&dossier(db, shop, id).await), [("a", "confirmed"), ("hid", "confirmed")]);
        see(db, &[event(db, shop, eve, "new", "log-in", at.plus(MINUTE)), event(db, shop, eve, "new", "access", at.plus(2 * MINUTE))]).await;
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Confirmed, "a later login is no sign of life");
        let alive = |session, minutes| event(db, shop, eve, session, "access", at.plus(minutes * MINUTE));
        for (session, minutes) in [("hid", 3), ("b", 4), ("b", 5)] {
            let found = see(db, &[alive(session, minutes)]).await;
            assert_eq!(found.len(), usize::from(minutes < 5), "{session}");
        }
        let read = dossier(db, shop, id).await;
        assert_eq!(states(&read), [("a", "confirmed"), ("b", "contradicted"), ("hid", "contradicted")]);
        assert_eq!((read.revocation.state, session::store::get(db, shop, "bobs", at).await.expect("get").is_revoked()), (Overall::Contradicted, false));
    }

    async fn nobody_s_receipt_in_time_makes_it_unconfirmed_and_an_alert_about_the_user(db) {
        let (shop, token) = asked(db).await;
        say(db, &token, Answer::No, NOW).await.expect("answer");
        let id = only(db, shop).await;
        assert_eq!(overdue(db, LIMIT).await.expect("overdue"), 1);
        assert_eq!(state(db, shop, id).await, (Overall::Unconfirmed, State::Unconfirmed));
        let (_, message) = outbox(db, shop).await.into_iter().find(|(kind, _)| kind == "revocation.unconfirmed").expect("told");
        assert_eq!(message["data"]["sessions"], json!([]));
        let all = alert::store::list(db, shop, &alert::AlertFilter::default(), Paging::default()).await.expect("alerts").rows;
        let unconfirmed = all.iter().find(|one| one.kind == "revocation.unconfirmed").expect("an alert");
        let again = store::order_again(db, &Actor::System, shop, id, PUBLIC, LIMIT.plus(SECOND)).await.expect("again");
        assert_eq!(state(db, shop, again).await, (Overall::Requested, State::Requested));
        assert_eq!(dossier(db, shop, again).await.revocation.scope, Scope::All);
        assert_eq!(unconfirmed.event_id, all.iter().find(|one| one.kind != "revocation.unconfirmed").expect("the first").event_id);
    }

    async fn of_a_user_whose_known_sessions_are_all_over_all_means_those_that_nobody_knows_of(db) {
        let (shop, eve) = eve(db).await;
        see(db, &[event(db, shop, eve, "a", "log-out", NOW), event(db, shop, eve, "b", "log-out", NOW)]).await;
        let by = &Actor::System;
        let others = store::revoke_sessions(db, by, shop, eve, &["a".into()], PUBLIC, NOW).await;
        assert!(matches!(others, Err(Error::Conflict(_))), "{others:?}");
        let first = store::revoke_sessions(db, by, shop, eve, &[], PUBLIC, NOW).await.expect("order");
        assert_eq!(state(db, shop, first).await, (Overall::Requested, State::Requested));
        assert_eq!(store::revoke_sessions(db, by, shop, eve, &[], PUBLIC, NOW).await.expect("again"), first);
        tell(db, shop, first, json!({ "outcome": "revoked" })).await;
        let other = source(db, shop, porchlight_domain::inbound::Scheme::ThisData).await;
        let wish = json!({ "was_user": false, "user": { "id": "eve" } }).to_string();
        let second = legacy(db, &other, wish.as_bytes()).await.revocation_id.expect("ordered");
        assert_eq!(state(db, shop, second).await, (Overall::Requested, State::Requested));
    }

    async fn an_alert_notes_what_was_ordered_again_once_every_order_for_it_is_confirmed(db) {
        let (shop, token) = asked(db).await;
        assert!(say(db, &token, Answer::No, NOW.plus(SECOND)).await.expect("answer"));
        let (old, later) = (only(db, shop).await, NOW.plus(2 * HOUR));
        overdue(db, later).await.expect("overdue");
        let ids: Vec<String> = (0..1_001).map(|number| format!("s{number:04}")).collect();
        let eve = key_of(db, shop).await;
        let living: Vec<_> = ids.iter().map(|id| crate::session::event(db, shop, eve, id, "view", later)).collect();
        crate::session::see(db, &living).await;
        let new = store::order_again(db, &Actor::System, shop, old, PUBLIC, later).await.expect("ordered");
        let together = store::given_with(db, new).await.expect("orders");
        assert_eq!(together.len(), 2);
        let told = store::alarms_of(db, shop, &dossier(db, shop, old).await.revocation).await.expect("alarms");
        for (order, part, noted) in [(together[1], &ids[1_000..], false), (together[0], &ids[..1_000], true)] {
            let outcomes: Vec<_> = part.iter().map(|id| (id.as_str(), "revoked")).collect();
            receive(db, shop, order, &outcomes, later).await.expect("receipt");
            assert_eq!(dossier(db, shop, order).await.revocation.state, Overall::Confirmed);
            let note = alert::store::get(db, shop, told[0]).await.expect("alert").note.unwrap_or_default();
            assert_eq!(note.contains("ordered again, and the application has confirmed it"), noted, "{note}");
        }
    }

    async fn who_logged_in_since_is_ordered_out_anew_while_the_first_order_is_open(db) {
        let (shop, token) = asked(db).await;
        assert!(say(db, &token, Answer::No, NOW.plus(SECOND)).await.expect("answer"));
        let (first, eve) = (only(db, shop).await, key_of(db, shop).await);
        let all = async |at| store::revoke_sessions(db, &Actor::System, shop, eve, &[], PUBLIC, at).await.expect("ordered");
        assert_eq!(all(NOW.plus(MINUTE)).await, first, "nobody came since");
        put(db, &[arrival(shop, NOW.plus(2 * MINUTE), nameless(theft("eve", "")))]).await;
        let second = all(NOW.plus(3 * MINUTE)).await;
        assert_ne!(second, first, "the first is about those that began before it");
        assert_eq!(all(NOW.plus(4 * MINUTE)).await, second);
    }
}
