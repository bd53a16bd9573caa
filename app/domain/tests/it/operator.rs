//! Operators: the first invitation, signing in, sessions.

use porchlight_domain::Error;
use porchlight_domain::id::{OperatorId, QuestionId};
use porchlight_domain::inbound::{NewSource, Scheme, store as sources};
use porchlight_domain::operator::store::*;
use porchlight_domain::operator::{Actor, Role};
use porchlight_domain::project::store as projects;
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

    async fn whoever_changed_something_is_named(db) {
        let shop = crate::event::project(db, "Shop").await;
        let other = crate::event::project(db, "Other").await;
        let ann = create(db, &Actor::System, "ann@example.com", "Ann Lee", "correct horse battery", Role::Owner, NOW).await.expect("create");
        let by = Actor::Operator(ann.id);
        let (key, _) = projects::create_key(db, &by, shop, "Production", NOW).await.expect("key");
        projects::revoke_key(db, &by, shop, key, NOW).await.expect("revoke");
        let new = NewSource { name: "Fraud desk".into(), scheme: Scheme::Standard, secret: None };
        let (source, _) = sources::create(db, &by, shop, new, NOW).await.expect("source");
        let names = Names::load(db, shop).await.expect("names");
        for (actor, name) in [
            (by.clone(), "Ann Lee"),
            (Actor::Key(key), "API key Production"),
            (Actor::Source(source.id), "source Fraud desk"),
            (Actor::User(QuestionId(7)), "the user’s answer"),
            (Actor::System, "Porchlight"),
            (Actor::Operator(OperatorId(7)), "a former operator"),
        ] {
            assert_eq!(names.of(&actor.to_string()), name);
        }
        assert_eq!(names.of("delivery dlv_1"), "delivery dlv_1");
        let elsewhere = Names::load(db, other).await.expect("names");
        assert_eq!(elsewhere.of(&Actor::Key(key).to_string()), "an API key that is gone", "another project's is not told");
    }

    async fn a_weak_password_or_a_taken_email_is_refused_by_field(db) {
        let short = create(db, &Actor::System, "ann@example.com", "Ann", "short", Role::Owner, NOW).await;
        assert!(matches!(&short, Err(Error::Invalid(errors)) if errors[0].field == "password"), "{short:?}");
        create(db, &Actor::System, "ann@example.com", "Ann", "correct horse battery", Role::Owner, NOW).await.expect("create");
        let taken = create(db, &Actor::System, "ANN@example.com", "Ann", "correct horse battery", Role::Owner, NOW).await;
        assert!(matches!(&taken, Err(Error::Invalid(errors)) if errors[0].field == "email"), "{taken:?}");
    }
}
