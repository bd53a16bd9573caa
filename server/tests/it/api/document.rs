//! The description at `/api/openapi.json`: it is complete, and the server keeps to it.

use std::collections::BTreeSet;

use super::*;

/// The paths of a router; axum tells them to whoever debugs it.
fn paths<S>(router: &axum::Router<S>) -> BTreeSet<String> {
    let told = format!("{router:?}");
    let paths = told
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.len() > 1 && text.starts_with('/') && !text.contains("__private"));
    paths.map(str::to_owned).collect()
}

/// A path with something in the place of each parameter.
pub(super) fn filled(path: &str, with: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { with } else { part });
    parts.collect::<Vec<_>>().join("/")
}

on_both! {
    async fn it_is_openapi_3_1_and_says_how_to_prove_oneself(server) {
        let document = server.stranger().get("/api/openapi.json").await.expect(200);
        assert!(
            document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")),
            "{}",
            document["openapi"]
        );
        assert_eq!(document["security"], json!([{"key": []}]));
        let scheme = &document["components"]["securitySchemes"]["key"];
        assert_eq!((&scheme["type"], &scheme["scheme"]), (&json!("http"), &json!("bearer")));
        let text = document.to_string();
        for (at, _) in text.match_indices("\"$ref\":\"#/components/schemas/") {
            let name = text[at + 29..].split('"').next().expect("name");
            assert!(
                document["components"]["schemas"][name].is_object(),
                "{name} is referred to and not described"
            );
        }
    }

    async fn it_lists_every_route_with_every_method(server) {
        let routes = paths(&porchlight_server::http::api::routes());
        assert!(routes.len() > 10, "{routes:?}");
        let mut served = BTreeSet::new();
        for path in routes.into_iter().filter(|path| path != "/api/openapi.json") {
            let answer = server.app().send("BREW", &filled(&path, "x"), &[], "").await;
            assert_eq!(answer.status, 405, "{path}");
            for method in answer.header("allow").split(',').map(str::trim).filter(|method| *method != "HEAD")
            {
                served.insert((path.clone(), method.to_owned()));
            }
        }
        let listed: BTreeSet<_> =
            operations(server).await.into_iter().map(|one| (one.path, one.method)).collect();
        let missing: Vec<_> = served.difference(&listed).collect();
        assert!(missing.is_empty(), "not in the description: {missing:?}");
        for (path, method) in listed {
            let status = server.stranger().send("BREW", &filled(&path, "x"), &[], "").await.status;
            assert_eq!(status, 405, "described and not there: {method} {path}");
        }
    }

    async fn every_operation_refuses_whoever_has_no_key(server) {
        let public: Vec<_> =
            operations(server).await.into_iter().filter(|one| one.public).map(|one| one.path).collect();
        assert_eq!(
            public,
            ["/hooks/{source}", "/receipts/{token}"],
            "what proves itself in another way, and nothing else"
        );
        let stranger = server.stranger();
        let by_query = format!("?api_key={}", server.key);
        for Operation { path, method, public } in operations(server).await {
            let path = filled(&path, "x");
            for (query, headers) in [
                ("", &[][..]),
                ("", &[("authorization", "Bearer pl_nobody")]),
                ("", &[("authorization", "Bearer ")]),
                ("", &[("cookie", "porchlight_session=x")]),
                (by_query.as_str(), &[]),
            ] {
                let answer = stranger.send(&method, &format!("{path}{query}"), headers, "{}").await;
                if public {
                    assert!((400..500).contains(&answer.status), "{method} {path}: {}", answer.status);
                    continue;
                }
                assert_eq!(answer.status, 401, "{method} {path} {headers:?}");
                assert_eq!(answer.problem(401)["type"], "/problems/unauthorised");
                assert_eq!(answer.header("www-authenticate"), "Bearer");
            }
        }
    }

    async fn an_operators_session_is_no_key(server) {
        let owner = server.operator(porchlight_domain::operator::Role::Owner).await;
        for Operation { path, method, public } in operations(server).await {
            if !public {
                assert_eq!(
                    owner.send(&method, &filled(&path, "x"), &[], "{}").await.status,
                    401,
                    "{method} {path}"
                );
            }
        }
    }

    async fn what_does_not_exist_is_a_problem_of_status_404(server) {
        for Operation { path, method, public } in operations(server).await {
            if path.contains("{id}") && method == "GET" && !public {
                for id in [
                    "x",
                    "evt_0000000000001",
                    "1",
                    "-1",
                    "99999999999999999999",
                    "%F0%9F%94%91",
                    "..",
                    "null",
                ] {
                    let path = filled(&path, id);
                    let answer = server.app().get(&path).await;
                    if !path.ends_with("/sessions") && id != ".." {
                        assert_eq!(answer.problem(404)["type"], "/problems/not-found", "{path}");
                    }
                }
            }
        }
    }
}
