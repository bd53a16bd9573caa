//! Operators: the first invitation, signing in, sessions.

mod refused;

use porchlight_domain::Error;
use porchlight_domain::db::Db;
use porchlight_domain::id::{OperatorId, QuestionId};
use porchlight_domain::inbound::{NewSource, Scheme, store as sources};
use porchlight_domain::operator::store::*;
use porchlight_domain::operator::{Actor, Browser, Operator, Role};
use porchlight_domain::project::store as projects;
use porchlight_domain::time::{DAY, HOUR, MINUTE};

use crate::support::NOW;

const PASSWORD: &str = "correct horse battery";

async fn made(db: &Db, name: &str, role: Role) -> Operator {
    let email = format!("{name}@example.com");
    create(db, &Actor::System, &email, name, PASSWORD, role, NOW).await.expect("create")
}

async fn signed_in(db: &Db, name: &str, password: &str) -> Option<String> {
    let email = format!("{name}@example.com");
    let browser = Browser { ip: Some("192.0.2.7".into()), user_agent: Some("Firefox".into()) };
    sign_in(db, &email, password, &browser, NOW).await.expect("sign in").map(|(_, token)| token)
}

async fn is_live(db: &Db, token: &str) -> bool {
    by_session(db, token, NOW).await.expect("session").is_some()
}

/// What the ledger says was done to the installation, in order.
async fn noted(db: &Db) -> Vec<String> {
    let rows = sqlx::query_scalar("SELECT action FROM ledger WHERE project_id IS NULL ORDER BY id");
    let all: Vec<String> = rows.fetch_all(db.reader()).await.expect("ledger");
    all.into_iter()
        .filter(|action| !matches!(action.as_str(), "operator.created" | "operator.signed_in"))
        .collect()
}

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
        assert!(sign_in(db, "ann@example.com", "wrong horse battery", &Browser::default(), NOW).await.expect("sign in").is_none());
        assert!(sign_in(db, "bob@example.com", "correct horse battery", &Browser::default(), NOW).await.expect("sign in").is_none());
        let (ann, token) = sign_in(db, " ANN@example.com", "correct horse battery", &Browser::default(), NOW).await.expect("sign in").expect("right");
        assert_eq!(by_session(db, &token, NOW.plus(HOUR)).await.expect("session").map(|o| o.id), Some(ann.id));
        assert!(by_session(db, &token, NOW.plus(SESSION_LIFETIME)).await.expect("session").is_none());
        sign_out(db, &token).await.expect("sign out");
        assert!(by_session(db, &token, NOW).await.expect("session").is_none());
    }

    async fn an_operator_is_seen_to_the_minute(db) {
        let ann = create(db, &Actor::System, "ann@example.com", "Ann", "correct horse battery", Role::Viewer, NOW).await.expect("create");
        let (_, token) = sign_in(db, "ann@example.com", "correct horse battery", &Browser::default(), NOW).await.expect("sign in").expect("right");
        assert!(is_seen_anew(&ann, NOW));
        seen(db, ann.id, NOW).await.expect("seen");
        let ann = by_session(db, &token, NOW).await.expect("session").expect("live");
        assert_eq!(ann.last_seen_at, Some(NOW));
        assert!(!is_seen_anew(&ann, NOW.plus(MINUTE - 1)) && is_seen_anew(&ann, NOW.plus(MINUTE)));
        seen(db, ann.id, NOW.plus(MINUTE)).await.expect("seen");
        assert_eq!(list(db).await.expect("list")[0].last_seen_at, Some(NOW.plus(MINUTE)));
    }

    async fn whoever_changed_something_is_named(db) {
        let shop = crate::event::project(db, "Shop").await;
        let other = crate::event::project(db, "Other").await;
        let ann = create(db, &Actor::System, "ann@example.com", "Ann Lee", "correct horse battery", Role::Owner, NOW).await.expect("create");
        let by = Actor::Operator(ann.id);
        let (key, _) = projects::create_key(db, &by, shop, "Production", NOW).await.expect("key");
        projects::revoke_key(db, &by, shop, key, NOW).await.expect("revoke");
        let new = NewSource { name: "Fraud desk".into(), scheme: Scheme::Standard, hmac: None, secret: None };
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

    async fn the_link_of_the_first_start_is_void_once_there_is_an_operator(db) {
        let token = invite_first(db, NOW).await.expect("invite").expect("no operator yet");
        made(db, "ann", Role::Admin).await;
        assert!(!invitation_is_open(db, &token, NOW).await.expect("open"));
        let accepted = accept_invitation(db, &token, "eve@example.com", "Eve", PASSWORD, NOW).await;
        assert!(matches!(accepted, Err(Error::NotFound)), "{accepted:?}");
        assert_eq!(count(db).await.expect("count"), 1);
    }

    async fn the_last_owner_who_can_sign_in_stays_one(db) {
        let (ann, bob) = (made(db, "ann", Role::Owner).await, made(db, "bob", Role::Owner).await);
        disable(db, &Actor::System, bob.id, NOW).await.expect("one is left");
        for refused in [
            change_role(db, &Actor::System, ann.id, Role::Admin, NOW).await,
            disable(db, &Actor::System, ann.id, NOW).await,
            remove(db, &Actor::System, ann.id, NOW).await,
        ] {
            assert!(matches!(&refused, Err(Error::Conflict(why)) if why.contains("last owner")), "{refused:?}");
        }
        enable(db, &Actor::System, bob.id, NOW).await.expect("enable");
        change_role(db, &Actor::System, ann.id, Role::Admin, NOW).await.expect("another owner is there");
        remove(db, &Actor::System, ann.id, NOW).await.expect("remove");
        assert_eq!(list(db).await.expect("list").iter().map(|one| one.id).collect::<Vec<_>>(), [bob.id]);
        assert!(matches!(remove(db, &Actor::System, ann.id, NOW).await, Err(Error::NotFound)));
        let expected = ["operator.disabled", "operator.enabled", "operator.role_changed", "operator.removed"];
        assert_eq!(noted(db).await, expected);
    }

    async fn two_owners_cannot_demote_each_other_at_once(db) {
        let (ann, bob) = (made(db, "ann", Role::Owner).await, made(db, "bob", Role::Owner).await);
        let (by_ann, by_bob) = (Actor::Operator(ann.id), Actor::Operator(bob.id));
        let (one, other) = tokio::join!(
            change_role(db, &by_ann, bob.id, Role::Viewer, NOW),
            change_role(db, &by_bob, ann.id, Role::Viewer, NOW),
        );
        assert_eq!([one.is_ok(), other.is_ok()].into_iter().filter(|ok| *ok).count(), 1, "{one:?} {other:?}");
        let owners = list(db).await.expect("list").into_iter().filter(|one| one.role == Role::Owner).count();
        assert_eq!(owners, 1);
    }

    async fn a_disabled_operator_is_out_at_once_and_a_removed_one_for_good(db) {
        made(db, "ann", Role::Owner).await;
        let bob = made(db, "bob", Role::Analyst).await;
        let token = signed_in(db, "bob", PASSWORD).await.expect("right");
        disable(db, &Actor::System, bob.id, NOW).await.expect("disable");
        assert!(!is_live(db, &token).await && signed_in(db, "bob", PASSWORD).await.is_none());
        enable(db, &Actor::System, bob.id, NOW).await.expect("enable");
        assert!(!is_live(db, &token).await, "what was ended stays ended");
        let token = signed_in(db, "bob", PASSWORD).await.expect("right");
        remove(db, &Actor::System, bob.id, NOW).await.expect("remove");
        assert!(!is_live(db, &token).await && signed_in(db, "bob", PASSWORD).await.is_none());
        made(db, "bob", Role::Viewer).await;
    }

    async fn a_role_changes_from_the_next_click_on(db) {
        let ann = made(db, "ann", Role::Viewer).await;
        let token = signed_in(db, "ann", PASSWORD).await.expect("right");
        change_role(db, &Actor::System, ann.id, Role::Admin, NOW).await.expect("change");
        assert_eq!(by_session(db, &token, NOW).await.expect("session").map(|one| one.role), Some(Role::Admin));
    }

    async fn a_new_password_needs_the_old_one_and_ends_the_other_sessions(db) {
        let ann = made(db, "ann", Role::Viewer).await;
        let here = signed_in(db, "ann", PASSWORD).await.expect("right");
        let there = signed_in(db, "ann", PASSWORD).await.expect("right");
        let wrong = change_password(db, ann.id, "not the password", "another horse battery", &here, NOW).await;
        assert!(matches!(&wrong, Err(Error::Invalid(errors)) if errors[0].field == "old_password"), "{wrong:?}");
        let short = change_password(db, ann.id, PASSWORD, "short", &here, NOW).await;
        assert!(matches!(&short, Err(Error::Invalid(errors)) if errors[0].field == "password"), "{short:?}");
        assert!(is_live(db, &there).await);
        change_password(db, ann.id, PASSWORD, "another horse battery", &here, NOW).await.expect("change");
        assert!(is_live(db, &here).await && !is_live(db, &there).await);
        assert!(signed_in(db, "ann", PASSWORD).await.is_none());
        assert!(signed_in(db, "ann", "another horse battery").await.is_some());
        assert_eq!(noted(db).await, ["operator.password_changed"]);
    }

    async fn an_operator_sees_and_ends_their_own_sessions_and_nobody_elses(db) {
        let (ann, bob) = (made(db, "ann", Role::Viewer).await, made(db, "bob", Role::Viewer).await);
        let (first, here) = (signed_in(db, "ann", PASSWORD).await.expect("1"), signed_in(db, "ann", PASSWORD).await.expect("2"));
        let theirs = signed_in(db, "bob", PASSWORD).await.expect("3");
        let own = sessions(db, ann.id, &here, NOW).await.expect("sessions");
        assert_eq!(own.iter().map(|one| one.current).collect::<Vec<_>>(), [true, false]);
        assert_eq!(own[0].browser.ip.as_deref(), Some("192.0.2.7"));
        let foreign = end_session(db, bob.id, own[1].id, NOW).await;
        assert!(matches!(foreign, Err(Error::NotFound)), "{foreign:?}");
        end_session(db, ann.id, own[1].id, NOW).await.expect("end");
        assert!(!is_live(db, &first).await && is_live(db, &here).await);
        let third = signed_in(db, "ann", PASSWORD).await.expect("4");
        assert_eq!(end_others(db, ann.id, &here, NOW).await.expect("end"), 1);
        assert!(!is_live(db, &third).await && is_live(db, &here).await && is_live(db, &theirs).await);
        assert_eq!(end_others(db, ann.id, &here, NOW).await.expect("end"), 0);
        assert_eq!(noted(db).await, ["operator.sessions_ended", "operator.sessions_ended"]);
        assert_eq!(sessions(db, ann.id, &here, NOW.plus(SESSION_LIFETIME)).await.expect("sessions"), []);
    }

    async fn a_link_sets_a_new_password_once_and_makes_no_operator(db) {
        let ann = made(db, "ann", Role::Owner).await;
        let token = signed_in(db, "ann", PASSWORD).await.expect("right");
        let void = reset_link(db, &Actor::System, ann.id, NOW).await.expect("link");
        let link = reset_link(db, &Actor::System, ann.id, NOW).await.expect("link");
        assert_eq!(reset_owner(db, &void, NOW).await.expect("owner"), None, "only the last one works");
        assert_eq!(reset_owner(db, &link, NOW).await.expect("owner").as_deref(), Some("ann@example.com"));
        assert!(!invitation_is_open(db, &link, NOW).await.expect("open"));
        let made = accept_invitation(db, &link, "eve@example.com", "Eve", PASSWORD, NOW).await;
        assert!(matches!(made, Err(Error::NotFound)), "{made:?}");
        let late = reset_password(db, &link, "another horse battery", NOW.plus(DAY + 1)).await;
        assert!(matches!(late, Err(Error::NotFound)), "{late:?}");
        assert_eq!(reset_password(db, &link, "another horse battery", NOW).await.expect("reset"), ann.id);
        assert!(!is_live(db, &token).await && signed_in(db, "ann", PASSWORD).await.is_none());
        assert!(signed_in(db, "ann", "another horse battery").await.is_some());
        let again = reset_password(db, &link, "a third horse battery", NOW).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
        let expected = ["operator.reset_offered", "operator.reset_offered", "operator.password_reset"];
        assert_eq!(noted(db).await, expected);
    }

    async fn a_weak_password_or_a_taken_email_is_refused_by_field(db) {
        let short = create(db, &Actor::System, "ann@example.com", "Ann", "short", Role::Owner, NOW).await;
        assert!(matches!(&short, Err(Error::Invalid(errors)) if errors[0].field == "password"), "{short:?}");
        create(db, &Actor::System, "ann@example.com", "Ann", "correct horse battery", Role::Owner, NOW).await.expect("create");
        let taken = create(db, &Actor::System, "ANN@example.com", "Ann", "correct horse battery", Role::Owner, NOW).await;
        assert!(matches!(&taken, Err(Error::Invalid(errors)) if errors[0].field == "email"), "{taken:?}");
    }
}
