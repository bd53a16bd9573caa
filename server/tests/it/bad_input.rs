//! Garbage at every door: it is refused or ignored, and never the server's fault.

use leptos::server_fn::axum::server_fn_paths;
use porchlight_domain::operator::Role;
use serde_json::json;

use crate::support::wire::Wire;
use crate::support::{Caller, TestServer};

/// What is written where a path names something.
const NAMES: [&str; 14] = [
    "x",
    "%00",
    "%ff%fe",
    "a%00b",
    "%F0%9F%94%91",
    "..",
    "%2e%2e%2f",
    "-1",
    "99999999999999999999",
    "evt_0000000000000",
    "'%22;DROP",
    "%25",
    "undefined",
    "{id}",
];

/// What is asked behind a path.
const QUERIES: [&str; 16] = [
    "?limit=-1",
    "?limit=99999999999999999999",
    "?limit=x",
    "?offset=9223372036854775807",
    "?cursor=zzzzzzzzzzzzz-zzzzzzzzzzzzz",
    "?cursor=%00",
    "?user_id=%00",
    "?source=%00&ip=%00&session_id=%00&country=%00&verb=%00",
    "?verbs[]=%00",
    "?search=%00",
    "?since=-9999-01-01&until=9999-12-31T23:59:59Z",
    "?after=%00",
    "?%00=%00",
    "?%ff=%ff&limit",
    "?&&==&",
    "?level=%00&state=%00",
];

/// What is sent in a body, and as what.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let json = "application/json";
    let deep = format!("{}1{}", "{\"user\":".repeat(50_000), "}".repeat(50_000));
    let mut bodies: Vec<(&str, Vec<u8>)> = [
        "", "{", "null", "[]", "[null]", "{}", "7", "\"x\"", "true", "1e999", "-0", "{\"a\":1e400}", "{\"verb\":\"\\ud800\"}", "\u{feff}{}",
        "{\"verb\":\"\\u0000\",\"ip\":\"\\u0000\",\"user\":{\"id\":\"\\u0000\"},\"name\":\"\\u0000\",\"url\":\"\\u0000\",\"filters\":[\"\\u0000\"]}",
        "{\"verb\":\"v\",\"ip\":\"1.2.3.4\",\"user\":{\"id\":\"x\\u0000\"},\"session\":{\"id\":\"s\\u0000\"},\"source\":{\"name\":\"\\u0000n\"},\"object\":{\"\\u0000\":\"\\u0000\"}}",
        "{\"verb\":{},\"ip\":[],\"user\":7,\"name\":{},\"type\":[],\"filters\":{},\"url\":7,\"resolution\":{},\"sessions\":7,\"id\":{}}",
        "{\"id\":\"same\",\"id\":\"twice\",\"verb\":\"v\",\"ip\":\"1.2.3.4\"}",
        "{\"url\":\"javascript:alert(1)\"}", "{\"url\":\"https://127.0.0.1/\"}", "{\"url\":\"http://[::1\"}", "{\"resolution\":\"\\u0000\",\"note\":\"\\u0000\"}",
        "{\"sessions\":[{\"id\":\"\\u0000\",\"outcome\":\"revoked\"}],\"reason\":\"\\u0000\"}", "{\"sessions\":[[[[]]]]}",
        "{\"verb\":\"v\",\"ip\":\"1.2.3.4\",\"user_agent\":\"((((((((((\"}",
    ].into_iter().map(|text| (json, text.as_bytes().to_vec())).collect();
    bodies.extend([
        (json, b"{\"verb\":\"\xff\"}".to_vec()),
        (json, deep.into_bytes()),
        (json, vec![b'['; 200_000]),
        (json, vec![b' '; 1024 * 1024 + 1]),
        ("application/x-ndjson", b"\n\n{\n\xff".to_vec()),
        (
            "application/x-www-form-urlencoded",
            b"answer=no&number=%00&a=%ff&name=%00&email=%00&password=%00&token=%00&next=%00".to_vec(),
        ),
        ("application/x-www-form-urlencoded", b"a[b][c][d][e][f][g][h][i][j][k]=1&&&=&%=%zz".to_vec()),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken".to_vec()),
    ]);
    bodies
}

/// Every door: the API's, ThisData's, the mails', the hooks', the console's. `{…}` is a name.
async fn doors(server: &TestServer) -> Vec<(String, String)> {
    let document = server.stranger().get("/api/openapi.json").await.expect(200);
    let mut doors = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        doors.extend(
            item.as_object().expect("item").keys().map(|method| (method.to_uppercase(), path.clone())),
        );
    }
    for (method, paths) in [
        (
            "GET",
            "/healthz /readyz /metrics /api/openapi.json /v1/events /v1/events.json /events /events.json /v1/rules /v1/rules/{id} /q/{token} /pkg/{file} /welcome/{token} /sign-in / /projects /p/{project} /p/{project}/events /p/{project}/users /nothing/{x}",
        ),
        (
            "POST",
            "/v1/events /v1/events.json /v1/verify /v1/verify.json /v1/rules /v1/rules/{id} /q/{token} /hooks/{source} /receipts/{token} / /sign-in /nothing/{x} /fn/nothing",
        ),
        ("DELETE", "/v1/rules/{id} /v1/events"),
        ("PUT", "/v1/events /api/v1/events /sign-in"),
        ("BREW", "/v1/events /api/v1/events / /q/{token}"),
    ] {
        doors.extend(paths.split(' ').map(|path| (method.to_owned(), path.to_owned())));
    }
    doors.extend(server_fn_paths().map(|(path, method)| (method.to_string(), path.to_owned())));
    doors.sort();
    doors.dedup();
    assert!(doors.len() > 100, "{}", doors.len());
    doors
}

fn filled(path: &str, with: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { with } else { part }).collect::<Vec<_>>().join("/")
}

/// Everybody who may come to a door: a stranger, an application, an operator.
async fn callers(server: &TestServer) -> Vec<Caller> {
    let owner = server.operator(Role::Owner).await;
    vec![server.stranger(), server.app(), server.thisdata(), owner.with("accept", "text/html")]
}

async fn knock(caller: &Caller, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
    let answer = caller.send(method, path, headers, body).await;
    let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    assert!(answer.status < 500, "{method} {path} {headers:?} {shown}: {} {}", answer.status, answer.text);
}

on_both! {
    async fn names_and_queries_of_garbage_are_never_the_servers_fault(server) {
        let callers = callers(server).await;
        for (method, path) in doors(server).await {
            let names: &[&str] = if path.contains('{') { &NAMES } else { &["x"] };
            for caller in &callers {
                for name in names {
                    knock(caller, &method, &filled(&path, name), &[], b"").await;
                }
                for query in QUERIES.iter().filter(|_| method == "GET") {
                    knock(caller, &method, &format!("{}{query}", filled(&path, "x")), &[], b"").await;
                }
            }
            let long = "a".repeat(8_000);
            knock(&callers[1], &method, &format!("{}?cursor={long}", filled(&path, &long)), &[], b"").await;
        }
    }

    async fn bodies_of_garbage_are_never_the_servers_fault(server) {
        let callers = callers(server).await;
        let bodies = bodies();
        for (method, path) in doors(server).await.into_iter().filter(|(method, _)| method != "GET") {
            for (who, caller) in callers.iter().enumerate() {
                for (kind, body) in &bodies {
                    // Once is enough for the large ones.
                    if body.len() < 100_000 || who == 1 {
                        knock(caller, &method, &filled(&path, "x"), &[("content-type", kind)], body).await;
                    }
                }
            }
        }
        server.app().post("/api/v1/events", &json!({"verb": "still there"})).await.expect(200);
    }

    async fn what_is_hardly_http_is_answered_or_hung_up_on(server) {
        let key = &server.key;
        let long = "x".repeat(100_000);
        for request in [
            "\r\n\r\n".to_owned(), "GET\r\n\r\n".into(), "GET / HTTP/9.9\r\n\r\n".into(), "\u{16}\u{3}\u{1}\u{2}".repeat(100),
            "GET http://other.example/ HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n".into(),
            "GET / HTTP/1.1\r\nConnection: close\r\n\r\n".into(),
            "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".into(),
            "CONNECT x:1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".into(),
            format!("GET /{long} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}{long}{long}{long}{long}\r\nConnection: close\r\n\r\n"),
            format!("POST /v1/events?api_key={key} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
            format!("POST /v1/events?api_key={key} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
            format!("POST /v1/events?api_key={key} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n"),
            format!("POST /v1/events?api_key={key} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\nConnection: close\r\n\r\n1\r\n{{\r\n0\r\n\r\n"),
            "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \u{e9}\u{1}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".into(),
        ] {
            let status = Wire::status_of(server.address, request.as_bytes()).await;
            assert!(status.is_none_or(|status| status < 500), "{status:?} {}", request.chars().take(100).collect::<String>());
        }
        assert_eq!(server.stranger().get("/healthz").await.status, 200);
    }

    async fn a_client_that_hangs_up_half_way_costs_nothing(server) {
        for _ in 0..20 {
            let mut wire = Wire::open(server.address).await;
            let head = format!(
                "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 100\r\n\r\n{{\"verb\":",
                server.key
            );
            wire.write(head.as_bytes()).await;
        }
        server.app().post("/api/v1/events", &json!({"verb": "whole"})).await.expect(200);
        let page = server.app().get("/api/v1/events").await.expect(200);
        assert_eq!(page["rows"].as_array().map(Vec::len), Some(1), "nothing of a half request is stored");
    }
}
