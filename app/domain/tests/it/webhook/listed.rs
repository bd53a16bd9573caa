//! What lists of deliveries and endpoints show beside them: whom they are about, their orders, what receivers have shown.

use porchlight_domain::revocation::{Brief, Overall, store as revocations};
use porchlight_domain::time::{DAY, HOUR, MINUTE};
use porchlight_domain::webhook::store::probes::{ask, claim, finish, trust};
use porchlight_domain::webhook::{
    EndpointState, NewProbe, Probe, ProbeKind, ProbeVerdict, Readiness, Traffic, Trust,
};

use super::completions::{answer, attempt};
use super::*;

/// Asks the endpoint, and writes what its receiver would have done.
async fn probed(
    db: &Db,
    project: ProjectId,
    endpoint: EndpointId,
    kind: ProbeKind,
    verdict: ProbeVerdict,
    at: Timestamp,
) {
    let new = NewProbe { kind, secret: None, wrong: Some(false).filter(|_| kind == ProbeKind::Ready) };
    ask(db, &Actor::System, project, endpoint, new, at).await.expect("asked");
    let due = claim(db, at).await.expect("claim").expect("due");
    let answered = Probe { verdict: Some(verdict), sent_at: Some(at), ..due.probe };
    finish(db, &answered).await.expect("finish");
}

on_both! {
    async fn a_delivery_names_its_user_and_session_and_how_far_its_order_has_come(db) {
        let shop = project(db, "Shop").await;
        endpoint(db, shop, Format::Standard).await;
        crate::event::story(db, shop).await;
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        let by = &Actor::System;
        let order = revocations::revoke_session(db, by, shop, "home-1", "https://watch.example", NOW.plus(DAY)).await.expect("order");
        let about = async |kind: MessageType| {
            let rows = deliveries(db, shop).await;
            let subjects = store::subjects(db, &rows).await.expect("subjects");
            let of = rows.iter().filter(|one| one.r#type == kind);
            of.map(|one| subjects[&one.message_id].clone()).collect::<Vec<_>>()
        };
        let carried = about(MessageType::SessionRevocationRequested).await.remove(0);
        assert_eq!(carried.user.map(|user| user.id).as_deref(), Some("eve"));
        let brief = |state| Some(Brief { state, contested: false, stuck: false, put_off: false, sessions: 1, first: "home-1".into() });
        assert_eq!((carried.order, carried.session), (brief(Overall::Requested), None));
        crate::revocation::receive(db, shop, order, &[("home-1", "revoked")], NOW.plus(DAY)).await.expect("receipt");
        assert_eq!(about(MessageType::SessionRevocationRequested).await.remove(0).order, brief(Overall::Confirmed));

        let told = about(MessageType::AlertOpened).await;
        let sessions: Vec<_> = told.iter().map(|one| one.session.as_deref()).collect();
        assert!(sessions.contains(&Some("stolen")) && sessions.contains(&None), "{sessions:?}");
        assert!(told.iter().all(|one| one.order.is_none()), "{told:?}");
        assert_eq!(store::subjects(db, &[]).await.expect("subjects"), [].into());
    }

    async fn an_order_that_one_receiver_contradicts_is_not_listed_as_confirmed_alone(db) {
        let shop = project(db, "Shop").await;
        endpoint(db, shop, Format::Standard).await;
        crate::event::story(db, shop).await;
        let by = &Actor::System;
        let order = revocations::revoke_session(db, by, shop, "home-1", "https://watch.example", NOW.plus(DAY)).await.expect("order");
        for outcome in ["revoked", "failed"] {
            crate::revocation::receive(db, shop, order, &[("home-1", outcome)], NOW.plus(DAY)).await.expect("receipt");
        }
        let rows = deliveries(db, shop).await;
        let subjects = store::subjects(db, &rows).await.expect("subjects");
        let carried = rows.iter().find(|one| one.revocation == Some(order)).expect("carried");
        let brief = subjects[&carried.message_id].order.clone().expect("order");
        assert_eq!((brief.state, brief.contested), (Overall::Confirmed, true));
    }

    async fn what_a_receiver_has_shown_counts_for_the_newest_secret_alone(db) {
        use ProbeVerdict::{Accepted, Refused};
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        let hook = endpoint(db, shop, Format::Standard).await.id;
        let of = async |project| trust(db, project, NOW.plus(3 * HOUR)).await.expect("trust").remove(&hook);
        assert_eq!(of(shop).await, None, "nobody asked");
        probed(db, shop, hook, ProbeKind::Enforce, Accepted, NOW).await;
        probed(db, shop, hook, ProbeKind::Enforce, Refused, NOW.plus(MINUTE)).await;
        let enforces = Some((Refused, NOW.plus(MINUTE)));
        assert_eq!(of(shop).await, Some(Trust { enforces, ready: None }));
        let at = NOW.plus(HOUR);
        probed(db, shop, hook, ProbeKind::Ready, Accepted, at).await;
        assert_eq!(of(shop).await.and_then(|trust| trust.ready), Some((Readiness::Proven, at)));
        assert_eq!(of(other).await, None, "another project's endpoint");
        store::rotate(db, &Actor::System, shop, hook, None, 24, NOW.plus(2 * HOUR)).await.expect("rotate");
        assert_eq!(of(shop).await.and_then(|trust| trust.ready), None, "of the new one nothing is known");
    }

    async fn an_endpoint_on_hold_says_until_when_and_one_that_is_paused_holds_what_waits(db) {
        let shop = project(db, "Shop").await;
        let hook = endpoint(db, shop, Format::Standard).await.id;
        let of = async |at| store::traffic(db, shop, at).await.expect("traffic").remove(&hook).unwrap_or_default();
        publish(db, message(shop, MessageType::AlertOpened, None)).await;
        attempt(db, answer(500, ""), NOW).await;
        let until = NOW.plus(HOUR);
        let mut tx = db.begin().await.expect("begin");
        sqlx::query("UPDATE endpoint SET open_until = $1").bind(until.0).execute(tx.conn()).await.expect("failed often");
        tx.commit().await.expect("commit");
        assert_eq!((of(NOW).await.on_hold_until, of(NOW).await.waiting), (Some(until), 1));
        assert_eq!(of(until).await.on_hold_until, None, "a hold that is over holds nothing");
        let paused = EndpointChange { state: Some(EndpointState::Paused), ..EndpointChange::default() };
        store::update(db, &Actor::System, shop, hook, paused, NOW).await.expect("paused");
        assert_eq!((of(NOW).await.on_hold_until, of(NOW).await.waiting), (None, 1), "it waits for whoever resumes it");
        assert_eq!(of(NOW.plus(2 * DAY)).await, Traffic { waiting: 1, held: 1, ..Traffic::default() });
    }
}
