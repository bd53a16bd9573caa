//! Every page of the console: strangers are sent to sign in, operators read it, nonsense is 404.

use porchlight_domain::operator::Role;
use porchlight_server::http::pages::PAGES;

use super::*;
use crate::support::{TestServer, geo};

/// Pages that anybody may see.
const PUBLIC: [&str; 3] = ["/reset/{token}", "/sign-in", "/welcome/{token}"];

/// Every page's path, as the router has it.
fn pages() -> Vec<String> {
    let mut pages: Vec<_> = PAGES.iter().map(|page| page.path().to_owned()).collect();
    pages.retain(|path| !path.contains('*'));
    pages.sort();
    assert!(pages.len() > 15, "{pages:?}");
    pages
}

/// A path of this project, with `with` in the place of what else it names.
fn filled(path: &str, project: &str, with: &str) -> String {
    let part = |part: &str| match part {
        "{project}" => project.to_owned(),
        part if part.starts_with('{') => with.to_owned(),
        part => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn is_public(path: &str) -> bool {
    PUBLIC.contains(&path)
}

async fn project(server: &TestServer) -> String {
    server
        .app()
        .post("/api/v1/events", &serde_json::json!({"verb": "log-in", "user": {"id": "<b>eve</b>"}}))
        .await
        .expect(200);
    server.project.to_string()
}

on_both! {
    async fn every_page_sends_a_stranger_to_sign_in_and_back(server) {
        let project = project(server).await;
        for path in pages().iter().filter(|path| !is_public(path)) {
            let page = format!("{}?verb=log-in", filled(path, &project, "x"));
            for headers in [&[BY_ITSELF][..], &[BY_ITSELF, ("cookie", "porchlight_session=x")], &[]] {
                let answer = server.stranger().send("GET", &page, headers, "").await;
                assert_eq!(answer.status, 303, "{page}");
                let next = url::form_urlencoded::byte_serialize(page.as_bytes()).collect::<String>();
                let decoded = |text: &str| text.replace("%2F", "/").replace("%3D", "=").replace("%2D", "-");
                assert_eq!(decoded(answer.header("location")), decoded(&format!("/sign-in?next={next}")));
                assert!(!answer.text.contains("Shop"), "{page} tells a stranger nothing");
            }
        }
    }

    async fn pages_for_strangers_are_open(server) {
        let page = server.stranger().send("GET", "/sign-in", &[BY_ITSELF], "").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Nobody can sign in yet") && page.text.contains("porchlight operator create"));
        assert!(!page.text.contains("type=\"password\""), "before there is an operator nobody has a password");

        server.operator(Role::Viewer).await;
        let page = server.stranger().send("GET", "/sign-in", &[BY_ITSELF], "").await;
        assert_eq!(page.status, 200);
        assert!(
            page.text.contains("type=\"password\"") && page.text.contains("method=\"post\""),
            "{}",
            page.text
        );
        for link in ["/welcome/nothing", "/reset/nothing"] {
            let page = server.stranger().send("GET", link, &[BY_ITSELF], "").await;
            assert_eq!(page.status, 200);
            assert!(!page.text.contains("type=\"password\""), "a link that does not work offers no form");
        }
    }

    async fn a_cursor_that_is_none_is_told_in_place(server) {
        let project = project(server).await;
        let viewer = server.operator(Role::Viewer).await;
        for list in ["events", "users", "alerts", "revocations", "deliveries", "ledger"] {
            let page = viewer.send("GET", &format!("/p/{project}/{list}?cursor=nonsense"), &[BY_ITSELF], "").await;
            assert_eq!(page.status, 422, "{list}");
            assert!(page.text.contains("Cursor must be") && page.text.contains("</html>"), "{list}: {}", page.text);
        }
    }

    async fn a_viewer_reads_every_page_and_what_is_not_there_is_404(server) {
        let project = project(server).await;
        for role in [Role::Viewer, Role::Owner] {
            let operator = server.operator(role).await;
            for path in pages() {
                let needs_more =
                    path.split('/').filter(|part| part.starts_with('{') && *part != "{project}").count() > 0;
                let page = filled(&path, &project, "evt_0000000000001");
                let answer = operator.send("GET", &page, &[BY_ITSELF], "").await;
                let expected: &[u16] = match needs_more {
                    _ if is_public(&path) => &[200],
                    true => &[404, 403],
                    false if role == Role::Viewer => &[200, 302, 303, 403],
                    false => &[200, 302],
                };
                assert!(expected.contains(&answer.status), "{role:?} {page}: {}", answer.status);
                assert!(!answer.text.contains("<b>eve"), "{page} does not escape");
                if answer.status == 200 {
                    assert!(answer.text.contains("</html>"), "{page} is whole");
                    assert!(answer.header("content-type").starts_with("text/html"), "{page}");
                    assert!(
                        answer.header("content-security-policy").contains("default-src 'none'"),
                        "{page}"
                    );
                    assert_eq!(answer.header("cache-control"), "private, no-store", "{page}");
                }
            }
        }
    }

    async fn nonsense_in_a_pages_path_shows_nothing(server) {
        project(server).await;
        let owner = server.operator(Role::Owner).await;
        for nonsense in ["x", "prj_0000000000001", "%F0%9F%94%91", "prj_", "-1", "%3Cscript%3E", "%00", "%ff"]
        {
            for path in pages().iter().filter(|path| path.contains("{project}")) {
                let page = filled(path, nonsense, nonsense);
                let answer = owner.send("GET", &page, &[BY_ITSELF], "").await;
                assert_eq!(answer.status, 404, "{page}");
                let main = answer.text.split("<main").nth(1).expect("the page's own part");
                assert!(main.contains(">Not found"), "{page} says so");
                assert_eq!(main.matches("<h").count(), 1, "{page} shows nothing else: {main}");
                assert!(answer.text.contains("Sign out"), "{page} has its frame");
                assert!(!answer.text.contains("b&gt;eve"), "{page} shows a user");
                let answer = server.stranger().send("GET", &page, &[BY_ITSELF], "").await;
                assert_eq!(answer.status, 303, "a stranger does not learn that {page} is nowhere");
            }
        }
        for page in ["/nothing", "/p", "/%00", "/%ff", "/v2/events", "/sign-in/x", "/.env", "/wp-login.php"] {
            for caller in [&owner, &server.stranger()] {
                assert_eq!(caller.send("GET", page, &[BY_ITSELF], "").await.status, 404, "{page}");
            }
        }
    }

    async fn an_api_path_that_leads_nowhere_is_a_problem_document(server) {
        for path in ["/api/v1/nothing", "/api/v1/events/a/b", "/api/v2", "/api/%ff"] {
            for (method, body) in [("GET", ""), ("POST", "{}"), ("DELETE", "")] {
                for caller in [server.stranger(), server.app(), server.thisdata()] {
                    let problem = caller.send(method, path, &[BY_ITSELF], body).await.problem(404);
                    assert_eq!(problem["type"], "/problems/not-found", "{method} {path}");
                    let detail = problem["detail"].as_str().expect("words");
                    let told = format!("there is no {path}; /api/openapi.json describes what there is");
                    assert_eq!(detail, told, "{method} {path}");
                }
            }
        }
        let problem = server.app().get("/api/v1/revocations/rev_0000000000001").await.problem(404);
        assert_eq!(problem["detail"], "there is none of this id in the project of this key");
    }

    async fn each_role_is_shown_the_forms_that_it_may_send(server) {
        let project = project(server).await;
        let inside = |page: &str| format!("/p/{project}/{page}");
        let forms = [
            (inside("backtest"), Role::Analyst, "Try it"),
            (inside("settings"), Role::Admin, "Save settings"),
            (inside("keys"), Role::Admin, "Create key"),
            (inside("webhooks"), Role::Admin, "Create endpoint"),
            (inside("inbound"), Role::Admin, "Add source"),
            (inside("rules"), Role::Admin, "Create rule"),
            (inside(""), Role::Admin, ">Outbox<"),
            ("/operators".to_owned(), Role::Owner, "Create operator"),
            ("/projects".to_owned(), Role::Owner, "Create project"),
        ];
        for role in [Role::Viewer, Role::Analyst, Role::Admin, Role::Owner] {
            let operator = server.operator(role).await;
            for (page, least, form) in &forms {
                let answer = operator.send("GET", page, &[BY_ITSELF], "").await;
                assert_eq!(answer.text.contains(form), role >= *least, "{role:?} {page}: {form}");
            }
            let settings = operator.send("GET", &inside("settings"), &[BY_ITSELF], "").await.text;
            assert!(settings.contains("Seconds to confirm"), "{role:?} reads the settings");
            let reads = settings.contains("Your role reads these settings; an admin changes them.");
            assert_eq!(reads, role < Role::Admin, "{role:?}");
            assert_eq!(settings.contains("<fieldset disabled"), role < Role::Admin, "{role:?}");
        }
    }

    async fn the_maker_of_the_places_is_named_on_every_page_of_a_project(server, "--geo-dir", geo::by_dbip()) {
        let (project, owner) = (project(server).await, server.operator(Role::Owner).await);
        let link = "<a href=\"https://db-ip.com/\"";
        for path in pages().iter().filter(|path| path.contains("{project}")) {
            let answer = owner.send("GET", &filled(path, &project, "x"), &[BY_ITSELF], "").await;
            let main = answer.text.split("<main").nth(1).expect("the page's own part");
            assert!(main.contains(link) && main.contains("IP Geolocation by DB-IP"), "{path}: {main}");
        }
        let outside = owner.send("GET", "/projects", &[BY_ITSELF], "").await;
        assert!(!outside.text.contains(link), "it shows no places");
    }

    async fn nobody_is_named_whose_data_is_not_in_use(server) {
        let (project, owner) = (project(server).await, server.operator(Role::Owner).await);
        for page in ["events", "data"] {
            let page = owner.send("GET", &format!("/p/{project}/{page}"), &[BY_ITSELF], "").await;
            assert_eq!(page.status, 200);
            assert!(!page.text.to_lowercase().contains("db-ip"), "{}", page.text);
        }
    }
}
