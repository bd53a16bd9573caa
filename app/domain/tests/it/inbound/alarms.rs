//! Operators are told of what could not be obeyed: once for each source and reason.

use porchlight_domain::alert::store as alerts;
use porchlight_domain::alert::{Resolution, State, UNOBEYED};
use porchlight_domain::inbound::Obedience;

use super::*;

async fn told(db: &Db, shop: ProjectId) -> Vec<(String, i64, State)> {
    let page = alerts::list(db, shop, &Default::default(), Paging::default()).await.expect("alerts");
    let of = page.rows.into_iter().filter(|alert| alert.kind == UNOBEYED);
    of.map(|alert| (alert.title, alert.events, alert.state)).collect()
}

on_both! {
    async fn what_could_not_be_obeyed_is_one_alert_for_each_source_and_reason(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        standard(db, &source, "msg_1", &order(json!("eve"), json!(["a"]), "listed"), NOW).await;
        standard(db, &source, "msg_2", &json!({ "type": "ping" }).to_string().into_bytes(), NOW).await;
        assert_eq!(told(db, shop).await, [], "what was done, and what asks for nothing, is no alert");
        for id in ["msg_3", "msg_4", "msg_4"] {
            standard(db, &source, id, b"<xml/>", NOW).await;
        }
        standard(db, &source, "msg_5", &order(json!("nobody"), json!(["n"]), "listed"), NOW).await;
        let title = |reason: &str| format!("Mail gateway wants sessions ended, and that could not be done: {reason}");
        let expected = [(title("no such user is known"), 1, State::Open), (title("the body is not JSON"), 3, State::Open)];
        assert_eq!(told(db, shop).await, expected);
        let unsigned = send(db, &source, &[], b"<xml/>", NOW).await.expect("receive");
        assert_eq!((unsigned.status, told(db, shop).await.len()), (Status::Missing, 2), "whoever does not sign raises none");
        let page = alerts::list(db, shop, &Default::default(), Paging::default()).await.expect("alerts");
        let newest = &page.rows[0];
        alerts::close(db, &Actor::System, shop, newest.id, Resolution::Expected, "", NOW).await.expect("close");
        standard(db, &source, "msg_6", &order(json!("nobody"), json!(["n"]), "listed"), NOW.plus(SECOND)).await;
        assert_eq!(told(db, shop).await.len(), 3, "told anew once it was closed");
    }

    async fn an_alert_notes_what_came_again_and_was_obeyed(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        let body = order(json!("late"), json!(["n"]), "listed");
        standard(db, &source, "msg_100%", &body, NOW).await;
        let late = user(db, shop, "late").await;
        see(db, &[event(db, shop, late, "n", "log-in", NOW)]).await;
        standard(db, &source, "msg_100%", &body, NOW.plus(SECOND)).await;
        let page = alerts::list(db, shop, &Default::default(), Paging::default()).await.expect("alerts");
        let alert = page.rows.iter().find(|alert| alert.kind == UNOBEYED).expect("the alert");
        let note = alert.note.as_deref().expect("a note");
        assert!(note.starts_with("msg_100% came again and was obeyed: ordered rev_"), "{note}");
        assert_eq!(alert.state, State::Open, "people close it");
    }

    async fn what_was_received_is_found_by_what_was_done_about_it(db) {
        let (shop, source) = eve(db, Scheme::Standard).await;
        for (id, body) in [("msg_1", order(json!("eve"), json!(["a"]), "listed")), ("msg_2", b"<xml/>".to_vec())] {
            standard(db, &source, id, &body, NOW).await;
        }
        send(db, &source, &[], b"{}", NOW).await.expect("receive");
        let found = async |outcome: Obedience| {
            let filter = InboundFilter { outcome: Some(outcome), ..InboundFilter::default() };
            let page = store::received(db, shop, &filter, Paging::default()).await.expect("received");
            page.rows.into_iter().map(|one| one.webhook_id.expect("an id")).collect::<Vec<_>>()
        };
        assert_eq!(found(Obedience::CouldNot).await, ["msg_2"]);
        assert_eq!(found(Obedience::Obeyed).await, ["msg_1"]);
        assert!(found(Obedience::NothingAsked).await.is_empty());
    }
}
