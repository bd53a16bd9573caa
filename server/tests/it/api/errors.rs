//! Errors: always a problem document, for every way a request can be wrong.

use porchlight_server::http::problems::Kind;

use super::*;

on_both! {
    async fn a_method_that_is_not_there_is_a_problem_and_says_which_are(server) {
        for (method, path, allowed) in [
            ("DELETE", "/api/v1/events", vec!["GET", "POST"]),
            ("POST", "/api/v1/users", vec!["GET"]),
            ("PUT", "/api/v1/endpoints/x", vec!["DELETE", "GET", "PATCH"]),
            ("GET", "/api/v1/verify", vec!["POST"]),
            ("GET", "/hooks/x", vec!["POST"]),
        ] {
            let answer = server.app().send(method, path, &[], "").await;
            let problem = answer.problem(405);
            assert_eq!(problem["type"], "/problems/method-not-allowed", "{path}");
            let mut allow: Vec<_> =
                answer.header("allow").split(',').map(str::trim).filter(|one| *one != "HEAD").collect();
            allow.sort_unstable();
            assert_eq!(allow, allowed, "{method} {path}");
        }
    }

    async fn a_path_that_is_not_utf_8_is_a_problem_that_names_its_part(server) {
        for path in ["/api/v1/users/%ff", "/api/v1/sessions/a%fe", "/api/v1/alerts/%ff", "/api/v1/events/%ff",
            "/api/v1/endpoints/%ff", "/api/v1/users/%ff/sessions"] {
            let problem = server.app().get(path).await.problem(400);
            assert_eq!(problem["errors"], json!([{"field": "id", "message": "is not UTF-8"}]), "{path}");
        }
    }

    async fn nul_in_a_name_is_a_name_nobody_has(server) {
        for path in ["/api/v1/users/a%00b", "/api/v1/sessions/%00", "/api/v1/events/%00"] {
            server.app().get(path).await.problem(404);
        }
    }

    async fn the_type_of_a_problem_leads_to_a_page_about_it(server) {
        let problem = server.app().get("/api/v1/nowhere").await.problem(404);
        let page = server.stranger().get(problem["type"].as_str().expect("a type")).await;
        assert_eq!((page.status, page.text.lines().next()), (200, Some("Not found (404)")));
        let all = server.stranger().get("/problems").await.text;
        for kind in Kind::ALL {
            let page = server.stranger().get(kind.uri()).await;
            assert!(page.status == 200 && page.text.starts_with(kind.title()) && all.contains(&page.text), "{}", kind.uri());
        }
        assert_eq!(server.stranger().get("/problems/nonsense").await.problem(404)["type"], "/problems/not-found");
    }
}
