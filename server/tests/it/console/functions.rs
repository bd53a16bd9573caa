//! Every server function is a public API: who may call it stands here, function by function.

mod call;

use std::collections::{BTreeMap, BTreeSet};

use porchlight_domain::operator::Browser;
use porchlight_domain::operator::Role::{self, Admin, Analyst, Owner, Viewer};
use porchlight_domain::operator::store as operators;

use self::call::{arguments, call};
use super::*;

/// What anybody may call: it signs in or out, says whether anybody can, or chooses colours.
const PUBLIC: [&str; 9] = [
    "accept_invitation",
    "choose_theme",
    "find_reset_owner",
    "invitation_is_open",
    "nobody_yet",
    "reset_password",
    "sign_in",
    "sign_out",
    "take_once",
];

/// The least role that may call each of the others. A new server function must be given its line.
const ROLES: [(Role, &str); 4] = [
    (
        Viewer,
        "change_password count_recovery end_other_sessions end_own_session find_start get_alert get_delivery get_endpoint get_event get_keys get_order get_overview get_project get_received get_source get_user get_weights list_alerts list_backtests \
         list_changes list_deliveries list_endpoints list_probes list_replays list_events list_keys list_projects list_received list_revocations \
         list_names list_reasons list_rules list_signals list_sources list_unknown_verbs list_users load_around newest_event list_own_sessions",
    ),
    (
        Analyst,
        "acknowledge_alert cancel_backtest cancel_replay change_alerts close_alert note_alert order_again redeliver_order reopen_alert resend_delivery resend_selected revoke_for_alert \
         revoke_session revoke_sessions start_backtest unfreeze_user",
    ),
    (
        Admin,
        "add_signing_key create_endpoint create_key create_source delete_endpoint delete_rule delete_source get_mail list_mails probe_endpoint \
         recover_endpoint resend_mail retire_secret revoke_key rotate_secret rotate_source save_endpoint save_policy save_rule save_settings save_source send_test set_endpoint_state",
    ),
    (
        Owner,
        "change_role create_operator create_project disable_operator list_installation_changes list_operators offer_reset remove_operator",
    ),
];

/// Those that belong to no project, and the frame's, which stands around pages of none.
const OUTSIDE: [&str; 18] = [
    "change_password",
    "change_role",
    "create_operator",
    "create_project",
    "disable_operator",
    "end_other_sessions",
    "end_own_session",
    "find_start",
    "list_installation_changes",
    "list_operators",
    "list_own_sessions",
    "list_projects",
    "list_names",
    "list_reasons",
    "list_signals",
    "load_around",
    "offer_reset",
    "remove_operator",
];

fn roles() -> BTreeMap<&'static str, Role> {
    ROLES.iter().flat_map(|(role, names)| names.split_ascii_whitespace().map(|name| (name, *role))).collect()
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().expect("name")
}

on_both! {
    async fn every_server_function_has_its_line_here(server) {
        let _ = server;
        let registered: BTreeSet<_> = server_fn_paths().map(|(path, _)| name_of(path)).collect();
        let here: BTreeSet<_> = roles().into_keys().chain(PUBLIC).collect();
        assert!(registered.len() > 30, "{registered:?}");
        let missing: Vec<_> = registered.difference(&here).collect();
        assert!(missing.is_empty(), "who may call {missing:?}?");
        let gone: Vec<_> = here.difference(&registered).collect();
        assert!(gone.is_empty(), "there is no longer {gone:?}");
    }

    async fn every_server_function_refuses_a_stranger(server) {
        let arguments = arguments(&server.project.to_string());
        let expired = {
            let long_ago = porchlight_server::clock::now().plus(-13 * porchlight_domain::time::HOUR);
            let made = operators::create(
                &server.db,
                &porchlight_domain::operator::Actor::System,
                "gone@example.com",
                "",
                crate::support::PASSWORD,
                Owner,
                long_ago,
            )
            .await;
            operators::open_session(&server.db, made.expect("operator").id, &Browser::default(), long_ago)
                .await
                .expect("session")
        };
        let (nobody, expired) = ("porchlight_session=x".to_owned(), format!("porchlight_session={expired}"));
        for (path, _) in server_fn_paths().filter(|(path, _)| !PUBLIC.contains(&name_of(path))) {
            for cookie in ["", &nobody, &expired] {
                let headers = if cookie.is_empty() { vec![] } else { vec![("cookie", cookie)] };
                let answer = call(&server.stranger(), path, &arguments, &headers).await;
                assert_eq!((answer.status, answer.text.as_str()), (401, "\"SignedOut\""), "{path} {cookie}");
                let by_itself = [&headers[..], &[BY_ITSELF]].concat();
                let answer = call(&server.stranger(), path, &arguments, &by_itself).await;
                assert_eq!(answer.status, 303, "{path}: {}", answer.text);
                assert!(
                    answer.header("location").starts_with("/sign-in"),
                    "{path}: {}",
                    answer.header("location")
                );
            }
        }
    }

    async fn each_role_may_what_it_may_and_no_more(server) {
        let arguments = arguments(&server.project.to_string());
        for role in [Viewer, Analyst, Admin, Owner] {
            let operator = server.operator(role).await;
            for (path, _) in server_fn_paths() {
                let Some(least) = roles().get(name_of(path)).copied() else { continue };
                let answer = call(&operator, path, &arguments, &[]).await;
                if role < least {
                    assert_eq!(
                        (answer.status, answer.text.as_str()),
                        (403, "\"Forbidden\""),
                        "{role:?} {path}"
                    );
                } else {
                    assert!(
                        matches!(answer.status, 200 | 302 | 303 | 404 | 409 | 422),
                        "{role:?} {path}: {} {}",
                        answer.status,
                        answer.text
                    );
                }
            }
        }
    }

    async fn nothing_is_found_in_a_project_that_is_not_there(server) {
        let owner = server.operator(Owner).await;
        let arguments = arguments("prj_0000000000001");
        for (path, _) in server_fn_paths().filter(|(path, _)| {
            let name = name_of(path);
            !PUBLIC.contains(&name) && !OUTSIDE.contains(&name)
        }) {
            let answer = call(&owner, path, &arguments, &[]).await;
            assert_eq!((answer.status, answer.text.as_str()), (404, "\"NotFound\""), "{path}");
        }
        let around = call(&owner, &path_of("load_around"), &arguments, &[]).await;
        assert_eq!(around.status, 200, "the frame stands around a page that is not there, too");
    }

    async fn a_selection_of_deliveries_that_are_not_there_is_refused_by_their_ids(server) {
        let analyst = server.operator(Analyst).await;
        let answer = call(&analyst, &path_of("resend_selected"), &arguments(&server.project.to_string()), &[]).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert!(answer.text.contains("dlv_0000000000001 is no delivery of this project"), "{}", answer.text);
    }

    async fn a_change_from_another_site_is_refused_and_changes_nothing(server) {
        let owner = server.operator(Owner).await;
        let (project, path) = (format!("http://{}", server.address), path_of("create_project"));
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            for by in [&[FORM][..], &[FORM, BY_ITSELF]] {
                let answer = owner.send("POST", &path, &[by, &[(name, value)]].concat(), "name=Forged").await;
                assert_eq!(answer.status, 403, "{name}: {value}");
            }
        }
        let mut names = Vec::new();
        for (number, headers) in
            [vec![("origin", project.as_str())], vec![("sec-fetch-site", "same-origin")], vec![]]
                .into_iter()
                .enumerate()
        {
            let answer = owner
                .send("POST", &path, &[&headers[..], &[FORM]].concat(), format!("name=Own{number}"))
                .await;
            assert!(matches!(answer.status, 200 | 302), "{headers:?}: {} {}", answer.status, answer.text);
            names.push(format!("Own{number}"));
        }
        let projects = porchlight_domain::project::store::list(&server.db).await.expect("projects");
        names.push("Shop".to_owned());
        assert_eq!(projects.into_iter().map(|project| project.name).collect::<Vec<_>>(), names);
    }
}
