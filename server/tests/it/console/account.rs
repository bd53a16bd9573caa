//! Operators among themselves: one's own password and sessions, and what an owner does with the others.

use porchlight_domain::operator::{Actor, Browser, Operator, Role, store as operators};
use porchlight_server::clock;

use super::*;
use crate::support::{Caller, PASSWORD, TestServer};

async fn made(server: &TestServer, name: &str, role: Role) -> Operator {
    let email = format!("{name}@example.com");
    let made = operators::create(&server.db, &Actor::System, &email, name, PASSWORD, role, clock::now());
    made.await.expect("operator")
}

async fn browser(server: &TestServer, operator: &Operator, agent: &str) -> Caller {
    let from = Browser { ip: Some("192.0.2.7".to_owned()), user_agent: Some(agent.to_owned()) };
    let token = operators::open_session(&server.db, operator.id, &from, clock::now()).await.expect("session");
    server.stranger().with("cookie", &format!("porchlight_session={token}"))
}

/// The page as text.
async fn page(browser: &Caller, path: &str) -> String {
    let answer = browser.send("GET", path, &[BY_ITSELF], "").await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.text
}

async fn is_signed_in(browser: &Caller) -> bool {
    browser.send("GET", "/account", &[BY_ITSELF], "").await.status == 200
}

on_both! {
    async fn an_operator_ends_their_own_sessions(server) {
        let ann = made(server, "ann", Role::Viewer).await;
        let (here, there) = (browser(server, &ann, "Firefox here").await, browser(server, &ann, "Chrome there").await);
        let text = page(&here, "/account").await;
        assert!(text.contains("Firefox here") && text.contains("Chrome there") && text.contains("192.0.2.7"));
        let ended = here.post_form(&path_of("end_other_sessions"), "").await;
        assert_eq!(ended.status, 200, "{}", ended.text);
        assert!(is_signed_in(&here).await && !is_signed_in(&there).await);
        assert!(!page(&here, "/account").await.contains("Chrome there"));
    }

    async fn a_new_password_needs_the_old_one_and_signs_out_elsewhere(server) {
        let ann = made(server, "ann", Role::Viewer).await;
        let (here, there) = (browser(server, &ann, "here").await, browser(server, &ann, "there").await);
        let change = |old: &str| format!("old_password={}&password=another+horse+battery", old.replace(' ', "+"));
        let path = path_of("change_password");
        let refused = here.post_form(&path, &change("not the password")).await;
        assert!(refused.status == 422 && refused.text.contains("old_password"), "{}", refused.text);
        assert!(is_signed_in(&there).await);
        assert_eq!(here.post_form(&path, &change(PASSWORD)).await.status, 200);
        assert!(is_signed_in(&here).await && !is_signed_in(&there).await);
        let browser = Browser::default();
        let signed_in = operators::sign_in(&server.db, &ann.email, "another horse battery", &browser, clock::now());
        assert!(signed_in.await.expect("tried").is_some());
    }

    async fn guessing_the_old_password_is_slowed_down(server) {
        let ann = made(server, "ann", Role::Viewer).await;
        let here = browser(server, &ann, "here").await;
        let mut statuses = Vec::new();
        for n in 0..7 {
            let form = format!("old_password=guess+number+{n}&password=another+horse+battery");
            statuses.push(here.post_form(&path_of("change_password"), &form).await.status);
        }
        assert_eq!(statuses, [422, 422, 422, 422, 422, 429, 429]);
    }

    async fn an_owner_changes_others_and_never_the_last_owner(server) {
        let (ann, bob) = (made(server, "ann", Role::Owner).await, made(server, "bob", Role::Viewer).await);
        let (owner, theirs) = (browser(server, &ann, "ann").await, browser(server, &bob, "bob").await);
        let post = async |name: &str, form: String| owner.post_form(&path_of(name), &form).await;
        assert_eq!(post("change_role", format!("operator={}&role=admin", bob.id)).await.status, 200);
        assert!(page(&owner, "/operators").await.contains("admin"));
        let offered = post("offer_reset", format!("operator={}", bob.id)).await;
        assert!(offered.headers.get_all("set-cookie").iter().count() > 0, "the link is shown once");
        assert_eq!(post("disable_operator", format!("operator={}&disabled=true", bob.id)).await.status, 200);
        assert!(!is_signed_in(&theirs).await && page(&owner, "/operators").await.contains("Disabled"));
        assert_eq!(post("disable_operator", format!("operator={}&disabled=false", bob.id)).await.status, 200);
        for (name, form) in [
            ("change_role", format!("operator={}&role=viewer", ann.id)),
            ("disable_operator", format!("operator={}&disabled=true", ann.id)),
            ("remove_operator", format!("operator={}", ann.id)),
        ] {
            let refused = post(name, form).await;
            assert!(refused.status == 409 && refused.text.contains("last owner"), "{name}: {}", refused.text);
        }
        assert_eq!(post("remove_operator", format!("operator={}", bob.id)).await.status, 200);
        assert!(!page(&owner, "/operators").await.contains("bob@example.com"));
        let told = page(&owner, "/operators/changes").await;
        for done in ["removed an operator", "changed an operator’s role", "made a one-time link", "signed in"] {
            assert!(told.contains(done), "{done} is not in {told}");
        }
    }

    async fn failed_sign_ins_stand_on_the_owners_page_and_in_the_counts(server) {
        let owner = server.operator(Role::Owner).await;
        for email in ["owner@example.com", "hunter2 typed into the wrong field"] {
            let form = format!("email={}&password=guess", email.replace(' ', "+"));
            server.stranger().post_form(&path_of("sign_in"), &form).await;
        }
        let told = page(&owner, "/operators/changes").await;
        assert!(told.contains("refused wrong passwords") && told.contains("127.0.0.1"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
        let counts = server.stranger().get("/metrics").await.text;
        assert!(counts.contains("porchlight_sign_ins_total{outcome=\"failed\"}"), "{counts}");
        let viewer = server.operator(Role::Viewer).await;
        let refused = viewer.send("GET", "/operators/changes", &[BY_ITSELF], "").await;
        assert!(refused.status == 403 && !refused.text.contains("refused wrong passwords"), "{}", refused.text);
    }

    async fn whoever_asks_users_by_mail_is_told_that_no_mail_server_is_set(server) {
        let (owner, project) = (server.operator(Role::Owner).await, server.project);
        for path in ["/projects".to_owned(), format!("/p/{project}/settings")] {
            let told = page(&owner, &path).await;
            assert!(told.contains("No mail server is set (SMTP_URL)"), "{path}: {told}");
        }
    }

    async fn where_a_mail_server_is_set_there_is_nothing_to_tell(server, "--smtp-url", "smtp://127.0.0.1:1") {
        let owner = server.operator(Role::Owner).await;
        assert!(!page(&owner, "/projects").await.contains("No mail server is set"));
    }
}
