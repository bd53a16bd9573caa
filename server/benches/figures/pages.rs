//! Server time of the console's pages and of the reading API over a million events.

use std::time::{Duration, Instant};

use crate::history;
use crate::server::Server;

const EVENTS: u64 = 1_000_000;
const BATCH: u64 = 1_000;
const LOOKS: usize = 200;

/// Stores the events, then looks at each page again and again.
pub async fn run() {
    let server = Server::start().await;
    fill(&server).await;
    let file =
        std::fs::metadata(crate::server::scratch().join("data/porchlight.db")).map_or(0, |file| file.len());
    println!("store: {} bytes an event with indexes", file / EVENTS);
    let client = signed_in(&server).await;
    let project = &server.project;
    let user = user_key(&server).await;
    for (name, path) in [
        ("event list", format!("/p/{project}/events")),
        ("event list, one verb", format!("/p/{project}/events?verb=log-in")),
        ("event list, one address", format!("/p/{project}/events?ip=122.57.1.10")),
        ("event list, one tenant in 5,000 events", format!("/p/{project}/events?source=Branch")),
        ("event list, a tenant that is none", format!("/p/{project}/events?source=Nobody")),
        (
            "ThisData's list, offset 900,000",
            format!("/v1/events?api_key={}&offset=900000&limit=50", server.key),
        ),
        ("user list", format!("/p/{project}/users")),
        ("user page", format!("/p/{project}/users/{user}")),
        ("overview", format!("/p/{project}")),
        ("alerts", format!("/p/{project}/alerts")),
    ] {
        look(&client, &server, name, &path).await;
    }
    println!("memory after reading: {:.1} MiB resident", server.resident_mib());
}

async fn fill(server: &Server) {
    let (client, began) = (reqwest::Client::new(), Instant::now());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("clock").as_micros();
    let now = i64::try_from(now).expect("before 294,000 AD");
    for batch in 0..EVENTS / BATCH {
        let events: Vec<_> = (batch * BATCH..(batch + 1) * BATCH)
            .map(|number| {
                // Ninety days, oldest first.
                let ago = 7_776_000_000_000 / i64::try_from(EVENTS).unwrap_or(1)
                    * i64::try_from(EVENTS - number).unwrap_or(0);
                let mut login =
                    history::login(number, Some(porchlight_domain::Timestamp(now - ago).to_string()));
                if number % 5_000 == 0 {
                    login["source"] = serde_json::json!({ "name": "Branch" });
                }
                login
            })
            .collect();
        let url = format!("http://{}/api/v1/events", server.address);
        let answer = client
            .post(url)
            .bearer_auth(&server.key)
            .header("content-type", "application/json")
            .body(serde_json::to_string(&events).expect("events"))
            .send()
            .await
            .expect("answer");
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap_or_default());
    }
    let rate = EVENTS as f64 / began.elapsed().as_secs_f64();
    println!("stored {EVENTS} events in batches of {BATCH}, one at a time: {rate:.0} events/s");
}

async fn look(client: &reqwest::Client, server: &Server, name: &str, path: &str) {
    let mut times = Vec::with_capacity(LOOKS);
    for _ in 0..LOOKS {
        let began = Instant::now();
        let answer = client.get(format!("http://{}{path}", server.address)).send().await.expect("answer");
        let status = answer.status().as_u16();
        answer.bytes().await.expect("body");
        assert_eq!(status, 200, "{path}");
        times.push(began.elapsed());
    }
    times.sort();
    let at = |percent: usize| times[(LOOKS * percent / 100).min(LOOKS - 1)].as_secs_f64() * 1_000.0;
    println!("{name} with {EVENTS} events: p50 {:.1} ms, p95 {:.1} ms", at(50), at(95));
}

/// A browser's client that holds the owner's cookie.
async fn signed_in(server: &Server) -> reqwest::Client {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .build();
    let client = client.expect("client");
    let answer = client
        .post(format!("http://{}/fn/porchlight_app/pages/sign_in/sign_in", server.address))
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("email=bench%40example.com&password=a+bench%27s+password&next=%2F")
        .send()
        .await
        .expect("sign in");
    let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let session = cookies
        .filter_map(|cookie| cookie.split(';').next())
        .find(|pair| pair.starts_with("porchlight_session="));
    let session = session.unwrap_or_else(|| panic!("no session: {}", answer.status())).to_owned();
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("cookie", session.parse().expect("cookie"));
    reqwest::Client::builder().default_headers(headers).build().expect("client")
}

async fn user_key(server: &Server) -> String {
    let url = format!("http://{}/api/v1/users/user-7", server.address);
    let answer = reqwest::Client::new().get(url).bearer_auth(&server.key).send().await.expect("answer");
    let user: serde_json::Value = serde_json::from_str(&answer.text().await.expect("body")).expect("user");
    user["key"].as_str().expect("key").to_owned()
}
