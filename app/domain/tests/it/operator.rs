//! Operators: the first invitation, signing in, sessions.

use porchlight_domain::Error;
use porchlight_domain::operator::store::*;
use porchlight_domain::operator::{Actor, Role};
use porchlight_domain::time::{DAY, HOUR, MINUTE};

use crate::support::NOW;

on_both! {
    async fn the_first_operator_is_made_by_a_link_that_works_once(db) {
        let token = invite_first(db, NOW).await.expect("invite").expect("no operator yet");
        assert!(invitation_is_open(db, &token, NOW).await.expect("open"));
        let owner = accept_invitation(db, &token, "Ann@Example.com", "Ann", "correct horse battery", NOW).await.expect("accept");
        assert_eq!((owner.email.as_str(), owner.role), ("ann@example.com", Role::Owner));
        let again = accept_invitation(db, &token, "bob@example.com", "Bob", "correct horse battery", NOW).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
        assert_eq!(invite_first(db, NOW).await.expect("invite"), None);
    }

    async fn an_invitation_expires_after_a_day(db) {
        let token = invite_first(db, NOW).await.expect("invite").expect("no operator yet");
        let late = NOW.plus(DAY + 1);
        assert!(!invitation_is_open(db, &token, late).await.expect("open"));
        let accepted = accept_invitation(db, &token, "ann@example.com", "Ann", "correct horse battery", late).await;
        assert!(matches!(accepted, Err(Error::NotFound)), "{accepted:?}");
    }

    async fn only_the_right_password_signs_in_and_the_session_ends(db) {
        create(db, &Actor::System, "ann@example.com", "Ann", "correct horse battery", Role::Analyst, NOW).await.expect("create");
        assert!(sign_in(db, "ann@example.com", "wrong horse battery", NOW).await.expect("sign in").is_none());
        assert!(sign_in(db, "bob@example.com", "correct horse battery", NOW).await.expect("sign in").is_none());
        let (ann, token) = sign_in(db, " ANN@example.com", "correct horse battery", NOW).await.expect("sign in").expect("right");
        assert_eq!(by_session(db, &token, NOW.plus(HOUR)).await.expect("session").map(|o| o.id), Some(ann.id));
        assert!(by_session(db, &token, NOW.plus(SESSION_LIFETIME)).await.expect("session").is_none());
        sign_out(db, &token).await.expect("sign out");
        assert!(by_session(db, &token, NOW).await.expect("session").is_none());
    }

    async fn an_operator_is_seen_to_the_minute(db) {
        let ann = create(db, &Actor::System, "ann@example.com", "Ann", "correct horse battery", Role::Viewer, NOW).await.expect("create");
        let (_, token) = sign_in(db, "ann@example.com", "correct horse battery", NOW).await.expect("sign in").expect("right");
        seen(db, &ann, NOW).await.expect("seen");
        let ann = by_session(db, &token, NOW).await.expect("session").expect("live");
        assert_eq!(ann.last_seen_at, Some(NOW));
        seen(db, &ann, NOW.plus(MINUTE - 1)).await.expect("seen");
        assert_eq!(list(db).await.expect("list")[0].last_seen_at, Some(NOW));
        seen(db, &ann, NOW.plus(MINUTE)).await.expect("seen");
        assert_eq!(list(db).await.expect("list")[0].last_seen_at, Some(NOW.plus(MINUTE)));
    }

    async fn a_weak_password_or_a_taken_email_is_refused_by_field(db) {
        let short = create(db, &Actor::System, "ann@example.com", "Ann", "short", Role::Owner, NOW).await;
        assert!(matches!(&short, Err(Error::Invalid(errors)) if errors[0].field == "password"), "{short:?}");
        create(db, &Actor::System, "ann@example.com", "Ann", "correct horse battery", Role::Owner, NOW).await.expect("create");
        let taken = create(db, &Actor::System, "ANN@example.com", "Ann", "correct horse battery", Role::Owner, NOW).await;
        assert!(matches!(&taken, Err(Error::Invalid(errors)) if errors[0].field == "email"), "{taken:?}");
    }
}
