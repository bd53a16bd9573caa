//! Somebody who sends requests, and what they get.

use std::net::SocketAddr;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, redirect};
use serde_json::Value;

use super::PATIENCE;

/// Sends requests; what it proves itself with goes with each.
#[derive(Clone)]
pub struct Caller {
    http: Client,
    base: String,
    headers: HeaderMap,
    query: Option<String>,
}

/// A whole response.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Caller {
    /// Calls this server, with nothing.
    pub fn new(address: SocketAddr) -> Self {
        // A proxy in the environment must not stand between.
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .expect("client");
        Self { http, base: format!("http://{address}"), headers: HeaderMap::new(), query: None }
    }

    /// The same with a header on every request.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("header name");
        self.headers.append(name, HeaderValue::from_str(value).expect("header value"));
        self
    }

    /// The same with a query parameter on every request.
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        self.query = Some(format!("{name}={value}"));
        self
    }

    /// Sends anything.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        self.try_send(method, path, headers, body)
            .await
            .unwrap_or_else(|error| panic!("{method} {path}: {error:?}"))
    }

    /// Sends anything; the connection may fail.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Result<Answer, reqwest::Error> {
        let join = if path.contains('?') { '&' } else { '?' };
        let query = self.query.as_ref().map(|query| format!("{join}{query}")).unwrap_or_default();
        let method = Method::from_bytes(method.as_bytes()).expect("method");
        let mut request =
            self.http.request(method, format!("{}{path}{query}", self.base)).headers(self.headers.clone());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.into();
        if !body.is_empty() {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        // A stream of events has no end to wait for.
        let endless = headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let text = if endless { String::new() } else { response.text().await? };
        Ok(Answer { status, headers, text })
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// PATCHes JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// POST of a form, as our script sends it.
    pub async fn post_form(&self, path: &str, form: &str) -> Answer {
        self.send("POST", path, &[("content-type", "application/x-www-form-urlencoded")], form).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], "").await
    }
}

impl Answer {
    /// Its JSON, if the status is this one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// A header's text; blank when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The problem document that this is, with this status.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        let problem = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["status"], status, "{problem}");
        assert!(problem["type"].is_string() && problem["title"].is_string(), "{problem}");
        problem
    }

    /// The fields that a 422 names, in its order.
    #[track_caller]
    pub fn named_fields(&self) -> Vec<String> {
        let problem = self.problem(422);
        let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("{problem}"));
        errors.iter().map(|error| error["field"].as_str().expect("field").to_owned()).collect()
    }

    /// The sentences of a refusal to a client of ThisData.
    #[track_caller]
    pub fn messages(&self, status: u16) -> Vec<String> {
        let body = self.expect(status);
        let messages = body["messages"].as_array().unwrap_or_else(|| panic!("{body}"));
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(1), "nothing else: {body}");
        messages.iter().map(|message| message.as_str().expect("text").to_owned()).collect()
    }
}
