//! Which receipts an order takes, which it refuses, and how many of each are kept.

use porchlight_domain::revocation::receipt::RefusedReceipt;
use porchlight_domain::revocation::store::{MAX_RECEIPTS, MAX_REFUSED};

use super::*;

/// A receipt that was refused at the door.
async fn refuse(db: &Db, revocation: RevocationId, why: &str, raw: &str) {
    let refused = RefusedReceipt { revocation, delivery: None, endpoint: None, via: Via::Post, why, raw };
    store::refused(db, &refused, NOW).await.expect("refused");
}

/// The true receipt of an order for one session.
fn of_a() -> String {
    body(&[("a", "revoked")])
}

fn verdicts(dossier: &Dossier) -> Vec<&str> {
    dossier.receipts.iter().map(|receipt| receipt.verdict.as_str()).collect()
}

on_both! {
    async fn however_many_came_before_the_one_that_settles_gets_through(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a", "b"]).await;
        receive(db, shop, id, &[("a", "revoked")], NOW).await.expect("receipt");
        for n in 1..MAX_RECEIPTS {
            let verdict = receive(db, shop, id, &[("a", "revoked"), (&format!("x{n}"), "revoked")], NOW).await.expect("receipt");
            assert!(matches!(verdict, Verdict::Accepted { .. }), "{n}: {verdict:?}");
        }
        let full = Verdict::Refused("the order has too many receipts already");
        assert_eq!(receive(db, shop, id, &[("a", "revoked"), ("x", "revoked")], NOW).await.expect("receipt"), full);
        assert_eq!(receive(db, shop, id, &[("b", "deferred")], NOW).await.expect("receipt"), full, "it ends no wait");
        let contradicts = Verdict::Contradicts("a was revoked and is now failed".into());
        assert_eq!(receive(db, shop, id, &[("a", "failed"), ("b", "revoked")], NOW).await.expect("receipt"), contradicts, "that is heard, too, once");
        assert_eq!(receive(db, shop, id, &[("a", "failed"), ("x", "revoked")], NOW).await.expect("receipt"), full);
        let verdict = receive(db, shop, id, &[("b", "revoked")], NOW).await.expect("receipt");
        assert_eq!(verdict, Verdict::Accepted { unknown: vec![], late: vec![] });
        assert_eq!(dossier(db, shop, id).await.revocation.state, Overall::Confirmed);
    }

    async fn a_receipt_that_names_no_session_of_the_order_is_refused_and_kept_as_such(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        for _ in 0..2 {
            let verdict = receive(db, shop, id, &[("b", "revoked"), ("z", "revoked")], NOW).await.expect("receipt");
            assert_eq!(verdict, Verdict::Refused("the receipt names no session of this order"));
        }
        let empty = receive(db, shop, id, &[], NOW).await;
        assert!(matches!(&empty, Err(Error::Invalid(fields)) if fields[0].field == "receipt.sessions"), "{empty:?}");
        let read = dossier(db, shop, id).await;
        assert_eq!(verdicts(&read), ["refused: the receipt names no session of this order"]);
        assert_eq!((states(&read), read.revocation.delivered_at), (vec![("a", "requested")], None), "it says nothing");
        assert_eq!(session::store::get(db, shop, "b", NOW).await.expect("get").state, State::Live);
    }

    async fn refused_receipts_are_kept_with_their_reason_bounded_and_cost_the_true_one_nothing(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        refuse(db, id, "its signature is wrong", &of_a()).await;
        for n in 0..3 * MAX_REFUSED {
            refuse(db, id, "it is no JSON", &format!("<html>\0{n}")).await;
            refuse(db, id, "it is no JSON", &format!("<html>\0{n}")).await;
        }
        let read = dossier(db, shop, id).await;
        assert_eq!(i64::try_from(read.receipts.len()).expect("few"), MAX_REFUSED);
        assert_eq!(verdicts(&read)[..2], ["refused: its signature is wrong", "refused: it is no JSON"]);
        assert_eq!((read.receipts[2].body.as_str(), read.receipts[2].is_refused()), ("<html>1", true));
        assert_eq!(states(&read), [("a", "requested")]);
        let verdict = receive(db, shop, id, &[("a", "revoked")], NOW).await.expect("receipt");
        assert_eq!(verdict, Verdict::Accepted { unknown: vec![], late: vec![] }, "what was forged before is no repetition");
        let read = dossier(db, shop, id).await;
        assert_eq!((read.revocation.state, read.receipts.last().map(|last| last.is_refused())), (Overall::Confirmed, Some(false)));
    }

    async fn a_receipt_about_another_order_is_kept_with_the_order_it_came_for(db) {
        let (shop, eve) = eve(db).await;
        let (id, other) = (order(db, shop, eve, &["a"]).await, order(db, shop, eve, &["b"]).await);
        let raw = json!({ "receipt": { "revocation_id": other, "sessions": [{ "id": "a", "outcome": "revoked" }] } }).to_string();
        let report = read(raw.as_bytes(), NOW).expect("read").expect("a receipt");
        let new = NewReceipt { revocation: id, delivery: None, endpoint: None, via: Via::Poll, signed: false, report, raw };
        let verdict = store::submit(db, shop, new, NOW).await.expect("receipt");
        assert!(matches!(verdict, Verdict::Refused(_)), "{verdict:?}");
        assert_eq!(verdicts(&dossier(db, shop, id).await), ["refused: the receipt is about another order"]);
        assert_eq!(dossier(db, shop, other).await.receipts, []);
    }

    async fn what_was_said_beside_an_outcome_goes_with_it(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        let tell = async |receipt: serde_json::Value| {
            let raw = json!({ "receipt": { "sessions": [receipt] } }).to_string();
            let report = read(raw.as_bytes(), NOW).expect("read").expect("a receipt");
            let new = NewReceipt { revocation: id, delivery: None, endpoint: None, via: Via::Poll, signed: false, report, raw };
            store::submit(db, shop, new, NOW).await.expect("receipt");
            dossier(db, shop, id).await.revocation.sessions[0].detail.clone()
        };
        assert_eq!(tell(json!({ "id": "a", "outcome": "failed", "detail": "redis down" })).await.as_deref(), Some("redis down"));
        assert_eq!(tell(json!({ "id": "a", "outcome": "revoked" })).await, None, "it is over");
    }

    async fn an_alert_notes_that_its_order_was_confirmed_after_all_and_stays_open(db) {
        let (shop, eve) = eve(db).await;
        let id = order(db, shop, eve, &["a"]).await;
        overdue(db, LIMIT).await.expect("overdue");
        let only = async || {
            let all = alert::store::list(db, shop, &alert::AlertFilter::default(), Paging::default()).await.expect("alerts");
            all.rows.into_iter().next().expect("one")
        };
        let before = only().await;
        assert_eq!((before.kind.as_str(), before.note), ("revocation.unconfirmed", None));
        for outcome in ["already_ended", "revoked"] {
            receive(db, shop, id, &[("a", outcome)], LIMIT.plus(60 * SECOND)).await.expect("late, but welcome");
        }
        let after = only().await;
        let note = after.note.expect("a note");
        assert_eq!((after.state, note.matches("after all").count()), (alert::State::Open, 1), "{note}");
        let about = store::of_alert(db, shop, after.id).await.expect("read").expect("its order");
        assert_eq!((about.id, about.state), (id, Overall::Confirmed));
        let other = crate::session::shop(db, "Other").await;
        assert_eq!(store::of_alert(db, other, after.id).await.expect("read"), None);
    }
}
