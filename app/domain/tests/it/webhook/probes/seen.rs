//! What probes have shown of their receivers, and when what rotations planned is sent.

use porchlight_domain::webhook::store::probes::trust;

use super::*;

on_both! {
    async fn a_receiver_that_was_just_seen_to_accept_anything_is_not_called_ready_by_what_was_seen_before(db) {
        use ProbeVerdict::{Accepted, Refused};
        let shop = project(db, "Shop").await;
        let endpoint = endpoint(db, shop, Format::Standard).await.id;
        let asked = async |at: Timestamp, kind, wrong: Option<bool>, verdict, seen| {
            ask(db, &Actor::System, shop, endpoint, NewProbe { kind, secret: None, wrong }, at).await.expect("asked");
            answered(db, at, verdict, seen).await;
            let last = list(db, shop, endpoint).await.expect("list").remove(0);
            (last.wrong.zip(last.wrong_at), trust(db, shop, at).await.expect("trust")[&endpoint])
        };
        let (first, second, third) = (NOW, NOW.plus(MINUTE), NOW.plus(2 * MINUTE));
        asked(first, ProbeKind::Enforce, None, Refused, None).await;
        asked(second, ProbeKind::Ready, Some(true), Accepted, Some(Accepted)).await;
        let (seen, shown) = asked(third, ProbeKind::Ready, None, Accepted, None).await;
        assert_eq!(seen, Some((Accepted, second)), "the last time that anybody asked");
        assert_eq!((shown.enforces, shown.ready), (Some((Accepted, second)), Some((Readiness::Unverifying, third))));

        let fourth = NOW.plus(3 * MINUTE);
        asked(fourth, ProbeKind::Ready, Some(true), Accepted, Some(Refused)).await;
        let (seen, shown) = asked(NOW.plus(4 * MINUTE), ProbeKind::Ready, None, Accepted, None).await;
        assert_eq!((seen, shown.enforces), (Some((Refused, fourth)), Some((Refused, fourth))), "so it is once it is mended");
        store::rotate(db, &Actor::System, shop, endpoint, None, 0, NOW.plus(5 * MINUTE)).await.expect("rotate");
        let shown = trust(db, shop, NOW.plus(5 * MINUTE)).await.expect("trust")[&endpoint];
        assert_eq!((shown.enforces, shown.ready), (Some((Refused, fourth)), None), "whether it verifies is not the secret's");
    }

    async fn what_a_rotation_planned_tells_by_when_it_was_sent(db) {
        let shop = project(db, "Shop").await;
        let endpoint = endpoint(db, shop, Format::Standard).await.id;
        let policy = Some(Policy { enforcement_probes: true, ..Policy::default() });
        let change = EndpointChange { policy, ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, endpoint, change, NOW).await.expect("policy");
        store::rotate(db, &Actor::System, shop, endpoint, None, 24, NOW).await.expect("rotate");
        probe(db, shop, endpoint, ProbeKind::Enforce, None).await.expect("asked");
        answered(db, NOW, ProbeVerdict::Refused, None).await;
        let planned = NOW.plus(DAY - HOUR);
        answered(db, planned, ProbeVerdict::Accepted, Some(ProbeVerdict::Accepted)).await;
        let shown = trust(db, shop, planned).await.expect("trust")[&endpoint];
        assert_eq!(shown.enforces, Some((ProbeVerdict::Accepted, planned)), "later, although it was planned before");
    }

    async fn what_a_rotation_planned_waits_while_the_endpoint_is_paused_and_is_not_sent_to_one_that_is_gone(db) {
        let shop = project(db, "Shop").await;
        let endpoint = endpoint(db, shop, Format::Standard).await.id;
        let turn = async |state| {
            let change = EndpointChange { state: Some(state), ..EndpointChange::default() };
            store::update(db, &Actor::System, shop, endpoint, change, NOW).await.expect("turn");
        };
        store::rotate(db, &Actor::System, shop, endpoint, None, 24, NOW).await.expect("rotate");
        let (due, later) = (NOW.plus(DAY - HOUR), NOW.plus(DAY));
        for state in [EndpointState::Paused, EndpointState::Disabled] {
            turn(state).await;
            assert!(claim(db, due).await.expect("claim").is_none(), "{state:?}");
            assert_eq!(next_due(db).await.expect("due"), None, "nobody wakes up for it");
        }
        turn(EndpointState::Paused).await;
        probe(db, shop, endpoint, ProbeKind::Enforce, None).await.expect("asked");
        assert_eq!(claim(db, due).await.expect("claim").map(|due| due.probe.kind), Some(ProbeKind::Enforce), "who asks sees it arrive");
        turn(EndpointState::Active).await;
        assert_eq!(claim(db, due).await.expect("claim").map(|due| due.probe.kind), Some(ProbeKind::Ready));
        store::delete(db, &Actor::System, shop, endpoint, due).await.expect("delete");
        assert!(claim(db, later).await.expect("claim").is_none(), "nor is what nobody finished sent again");
    }

    async fn that_a_secret_was_accepted_is_worth_what_the_day_before_showed_of_the_receiver(db) {
        let shop = project(db, "Shop").await;
        let endpoint = endpoint(db, shop, Format::Standard).await.id;
        let worth = async |asked_at: Timestamp| {
            let new = NewProbe { kind: ProbeKind::Ready, secret: None, wrong: None };
            ask(db, &Actor::System, shop, endpoint, new, asked_at).await.expect("asked");
            answered(db, asked_at, ProbeVerdict::Accepted, None).await;
            list(db, shop, endpoint).await.expect("list")[0].readiness().expect("answered")
        };
        let enforce = async |asked_at: Timestamp, verdict| {
            let new = NewProbe { kind: ProbeKind::Enforce, secret: None, wrong: None };
            ask(db, &Actor::System, shop, endpoint, new, asked_at).await.expect("asked");
            answered(db, asked_at, verdict, None).await;
        };
        assert_eq!(worth(NOW).await, Readiness::Unproven, "nobody asked");
        enforce(NOW.plus(MINUTE), ProbeVerdict::Accepted).await;
        assert_eq!(worth(NOW.plus(2 * MINUTE)).await, Readiness::Unverifying);
        enforce(NOW.plus(HOUR), ProbeVerdict::Refused).await;
        assert_eq!(worth(NOW.plus(2 * HOUR)).await, Readiness::Proven);
        assert_eq!(worth(NOW.plus(DAY + HOUR + 1)).await, Readiness::Unproven, "it may have changed since");
        let all = list(db, shop, endpoint).await.expect("list");
        let first = all.iter().rfind(|probe| probe.kind == ProbeKind::Ready).expect("the first");
        assert_eq!(first.readiness(), Some(Readiness::Unproven), "what was found later says nothing of what it was then");
    }
}
