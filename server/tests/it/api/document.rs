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

/// Every value of this name, however deep.
fn collect<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(name));
            fields.values().for_each(|field| collect(field, name, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
        _ => {}
    }
}

/// Path, method and description of each operation.
fn described(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().expect("item");
        item.iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    operations.collect()
}

/// What a schema refers to, or itself.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
    pointer.map_or(schema, |pointer| document.pointer(pointer).expect("there"))
}

/// The fields that a schema says are always there.
fn required(document: &Value, schema: &Value) -> Vec<String> {
    let schema = resolved(document, schema);
    let own = schema["required"].as_array().into_iter().flatten();
    let own = own.map(|name| name.as_str().expect("name").to_owned());
    let parts = schema["allOf"].as_array().into_iter().flatten();
    own.chain(parts.flat_map(|part| required(document, part))).collect()
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
        assert_eq!(document["servers"], json!([{"url": format!("http://{}", server.address)}]));
    }

    async fn every_reference_resolves(server) {
        let document = server.stranger().get("/api/openapi.json").await.expect(200);
        let mut references = Vec::new();
        collect(&document, "$ref", &mut references);
        assert!(references.len() > 50, "{}", references.len());
        for reference in references {
            let pointer = reference.as_str().and_then(|text| text.strip_prefix('#'));
            let pointer = pointer.unwrap_or_else(|| panic!("{reference} is no reference into the document"));
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
    }

    async fn parameters_are_where_they_are_and_as_they_are(server) {
        let document = server.stranger().get("/api/openapi.json").await.expect(200);
        let mut queries = 0;
        for (path, method, operation) in described(&document) {
            let mut in_path = BTreeSet::new();
            for parameter in operation["parameters"].as_array().unwrap_or(&Vec::new()) {
                let name = parameter["name"].as_str().expect("name");
                match parameter["in"].as_str() {
                    Some("path") => {
                        assert_eq!(parameter["required"], true, "{method} {path} {name}");
                        assert!(in_path.insert(name.to_owned()), "{method} {path} {name} twice");
                    }
                    Some("query" | "header") => {
                        queries += 1;
                        assert_ne!(parameter["required"], true, "{method} {path} {name}");
                    }
                    other => panic!("{method} {path} {name} is in {other:?}"),
                }
                assert!(parameter["schema"].is_object(), "{method} {path} {name}");
            }
            let named: BTreeSet<_> = path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .map(str::to_owned)
                .collect();
            assert_eq!(in_path, named, "{method} {path}");
        }
        assert!(queries > 20, "{queries}");
    }

    async fn the_body_of_an_ingest_is_one_event_or_many_and_so_is_the_answer(server) {
        let document = server.stranger().get("/api/openapi.json").await.expect(200);
        let track = &document["paths"]["/api/v1/events"]["post"];
        let content = &track["requestBody"]["content"];
        assert!(content["application/x-ndjson"].is_object(), "{content}");
        let body = resolved(&document, &content["application/json"]["schema"]);
        let ways: Vec<_> = body["oneOf"].as_array().expect("ways").iter().collect();
        assert_eq!(ways.len(), 2, "{body}");
        let event = &document["components"]["schemas"]["NewEvent"];
        assert_eq!(resolved(&document, ways[0]), event);
        assert_eq!((&ways[1]["type"], resolved(&document, &ways[1]["items"])), (&json!("array"), event));
        let answer = resolved(&document, &track["responses"]["200"]["content"]["application/json"]["schema"]);
        let answers = answer["oneOf"].as_array().expect("answers");
        assert!(resolved(&document, &answers[1])["properties"]["results"].is_object(), "{answer}");
    }

    async fn each_call_that_reads_answers_as_described(server) {
        let ours = super::foreign::one_of_everything(server).await;
        let document = server.stranger().get("/api/openapi.json").await.expect(200);
        let mut called = 0;
        for (path, method, operation) in described(&document) {
            let noun = path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next());
            // A stream does not end.
            if method != "get" || path.ends_with("/stream") {
                continue;
            }
            let id = ours.iter().find(|(one, _)| Some(*one) == noun).map_or("", |(_, id)| id.as_str());
            let answer = server.app().get(&filled(path, id)).await;
            let seen = answer.expect(200);
            let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            for field in required(&document, schema) {
                assert!(seen.get(&field).is_some(), "{path}: {field} is not in {seen}");
            }
            let mut refused = vec![server.stranger().get(&filled(path, id)).await];
            if path.contains("{id}") {
                refused.push(server.app().get(&filled(path, "nothing")).await);
                refused.push(server.app().get(&filled(path, "%ff")).await);
            } else {
                refused.push(server.app().get(&format!("{path}?nothing=1")).await);
            }
            for answer in refused {
                let status = answer.status.to_string();
                let told = &operation["responses"][&status]["content"];
                assert!(!told.is_null(), "{path} answers {status}, which is not described");
                if status != "200" {
                    answer.problem(answer.status);
                }
            }
            called += 1;
        }
        assert!(called >= 15, "{called}");
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
}
