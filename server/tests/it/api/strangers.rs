//! Who calls without being somebody, and what is not there: the same answers for every operation.

use super::document::filled;
use super::*;

on_both! {
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
