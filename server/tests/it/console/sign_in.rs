//! Signing in and out.

mod links;

use porchlight_domain::operator::{Actor, Role, store as operators};
use porchlight_server::clock;
use serde_json::Value;

use super::*;
use crate::support::{Answer, Caller, PASSWORD, TestServer};

const EMAIL: &str = "owner@example.com";

async fn owner(server: &TestServer) {
    operators::create(&server.db, &Actor::System, EMAIL, "Ann", PASSWORD, Role::Owner, clock::now())
        .await
        .expect("owner");
}

async fn sign_in(caller: &Caller, email: &str, password: &str, headers: &[(&str, &str)]) -> Answer {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("email", email)
        .append_pair("password", password)
        .finish();
    caller.send("POST", &path_of("sign_in"), &[&[FORM], headers].concat(), form).await
}

/// The session cookie that was set: its value and its attributes.
fn cookie(answer: &Answer) -> Option<(String, String)> {
    let set = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let set = set.filter_map(|line| line.strip_prefix("porchlight_session=")).collect::<Vec<_>>();
    assert!(set.len() < 2, "{set:?}");
    let (value, attributes) = set.first()?.split_once("; ")?;
    Some((value.to_owned(), attributes.to_owned()))
}

/// Who is signed in with this cookie, as a page would load it.
async fn is_signed_in(server: &TestServer, token: &str) -> bool {
    let browser = server.stranger().with("cookie", &format!("a=b; porchlight_session={token}; c=d"));
    browser.post(&path_of("list_projects"), &Value::Object(serde_json::Map::new())).await.status == 200
}

on_both! {
    async fn the_cookie_is_kept_from_scripts_and_other_sites(server) {
        owner(server).await;
        let answer = sign_in(&server.stranger(), " Owner@Example.com ", PASSWORD, &[]).await;
        let (token, attributes) = cookie(&answer).expect("a cookie");
        assert!(
            token.len() >= 32 && token.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)),
            "{token}"
        );
        assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Max-Age=43200");
        assert!(is_signed_in(server, &token).await);
        assert!(!is_signed_in(server, &token[1..]).await);
        let again = sign_in(&server.stranger(), EMAIL, PASSWORD, &[]).await;
        assert_ne!(cookie(&again).expect("a cookie").0, token, "every session has its own");
    }

    async fn over_https_the_cookie_is_secure(server, "--public-url", "https://watch.example") {
        owner(server).await;
        let (_, attributes) =
            cookie(&sign_in(&server.stranger(), EMAIL, PASSWORD, &[]).await).expect("a cookie");
        assert!(attributes.ends_with("; Secure"), "{attributes}");
    }

    async fn a_wrong_password_and_an_unknown_email_are_answered_alike(server, "--trusted-proxies", "127.0.0.0/8") {
        owner(server).await;
        for (n, headers) in [&[][..], &[BY_ITSELF]].into_iter().enumerate() {
            // From an address of its own, so that no try is one too many.
            let address = format!("198.51.100.{n}");
            let headers = [headers, &[("x-forwarded-for", address.as_str())]].concat();
            let wrong = sign_in(&server.stranger(), EMAIL, "not the password", &headers).await;
            let unknown =
                sign_in(&server.stranger(), "nobody@example.com", "not the password", &headers).await;
            let blank = sign_in(&server.stranger(), EMAIL, "", &headers).await;
            let known_elsewhere = sign_in(&server.stranger(), "nobody@example.com", PASSWORD, &headers).await;
            for other in [&unknown, &blank, &known_elsewhere] {
                assert_eq!((wrong.status, &wrong.text), (other.status, &other.text));
                assert_eq!(wrong.headers.get("location"), other.headers.get("location"));
                assert_eq!(cookie(other), None);
            }
            if n == 0 {
                assert_eq!((wrong.status, wrong.text.as_str()), (401, "\"WrongPassword\""));
            }
        }
    }

    async fn guessing_is_slowed_down_by_address_whatever_it_says_of_itself(server) {
        owner(server).await;
        let mut statuses = Vec::new();
        for n in 0..12 {
            let forged = format!("198.51.100.{n}");
            let answer = sign_in(
                &server.stranger(),
                &format!("guess{n}@example.com"),
                "guess",
                &[("x-forwarded-for", &forged)],
            )
            .await;
            assert!(matches!(answer.status, 401 | 429), "{} {}", answer.status, answer.text);
            statuses.push(answer.status);
        }
        assert_eq!(statuses[..5], [401; 5], "a person may mistype");
        assert!(statuses[5..].contains(&429), "{statuses:?}");
        let right = sign_in(&server.stranger(), EMAIL, PASSWORD, &[]).await;
        assert_eq!((right.status, cookie(&right)), (429, None), "not even the right password is tried");
        assert!(right.text.contains("TooMany"), "{}", right.text);
    }

    async fn wrong_passwords_from_one_address_keep_nobody_out_at_another(server, "--trusted-proxies", "127.0.0.0/8") {
        owner(server).await;
        let from = |address: &'static str| [("x-forwarded-for", address)];
        for n in 0..8 {
            let status = sign_in(&server.stranger(), EMAIL, "guess", &from("198.51.100.1")).await.status;
            assert!(status == if n < 5 { 401 } else { 429 }, "{n}: {status}");
        }
        let right = sign_in(&server.stranger(), EMAIL, PASSWORD, &from("198.51.100.2")).await;
        assert!(cookie(&right).is_some(), "{} {}", right.status, right.text);
        let guesser = sign_in(&server.stranger(), EMAIL, PASSWORD, &from("198.51.100.1")).await;
        assert_eq!((guesser.status, cookie(&guesser)), (429, None), "the guesser goes on waiting");
    }

    async fn another_site_cannot_sign_a_visitor_in(server) {
        owner(server).await;
        let link = operators::reset_link(
            &server.db,
            &Actor::System,
            operators::by_email(&server.db, EMAIL).await.expect("owner").id,
            clock::now(),
        );
        let token = link.await.expect("link");
        let ours = format!("http://{}", server.address);
        for (headers, foreign) in [
            (vec![("origin", "https://evil.example")], true),
            (vec![("origin", "null")], true),
            (vec![("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], true),
            (vec![("sec-fetch-site", "same-site")], true),
            (vec![("origin", ours.as_str())], false),
            (vec![("sec-fetch-site", "same-origin")], false),
            (vec![], false),
        ] {
            let answer = sign_in(&server.stranger(), EMAIL, PASSWORD, &headers).await;
            assert_eq!((answer.status == 403, cookie(&answer).is_none()), (foreign, foreign), "{headers:?}");
            for function in ["accept_invitation", "reset_password"] {
                let form = format!("token={token}&email=eve%40example.com&name=Eve&password=x");
                let headers = [&[FORM], headers.as_slice()].concat();
                let answer = server.stranger().send("POST", &path_of(function), &headers, form).await;
                assert_eq!(answer.status == 403, foreign, "{function} {headers:?} {}", answer.status);
            }
        }
    }

    async fn behind_a_trusted_proxy_each_client_is_counted_for_itself(server, "--trusted-proxies", "127.0.0.0/8") {
        owner(server).await;
        for n in 0..12 {
            let headers = [("x-forwarded-for", format!("198.51.100.{n}"))];
            let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
            let answer =
                sign_in(&server.stranger(), &format!("guess{n}@example.com"), "guess", &headers).await;
            assert_eq!(answer.status, 401);
        }
    }

    async fn signing_out_ends_the_session_here_and_in_the_store(server) {
        owner(server).await;
        let (token, _) = cookie(&sign_in(&server.stranger(), EMAIL, PASSWORD, &[]).await).expect("a cookie");
        let (other, _) = cookie(&sign_in(&server.stranger(), EMAIL, PASSWORD, &[]).await).expect("a cookie");
        let browser = server.stranger().with("cookie", &format!("porchlight_session={token}"));
        let out = browser.send("POST", &path_of("sign_out"), &[FORM, BY_ITSELF], "").await;
        assert_eq!((out.status, out.header("location")), (303, "/sign-in"));
        let (emptied, attributes) = cookie(&out).expect("the cookie is taken away");
        assert!(emptied.is_empty() && attributes.contains("Max-Age=0"), "{attributes}");
        assert!(!is_signed_in(server, &token).await, "whoever kept the cookie has nothing");
        assert!(is_signed_in(server, &other).await, "the other browser's goes on");
    }

    async fn after_signing_in_the_page_asked_for_comes_and_never_another_site(server) {
        owner(server).await;
        for (next, location) in [
            ("/projects?x=1", "/projects?x=1"),
            ("", "/"),
            ("https://evil.example/", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("javascript:alert(1)", "/"),
        ] {
            let form = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("email", EMAIL)
                .append_pair("password", PASSWORD)
                .append_pair("next", next)
                .finish();
            let answer = server.stranger().send("POST", &path_of("sign_in"), &[FORM, BY_ITSELF], form).await;
            assert_eq!((answer.status, answer.header("location")), (303, location), "{next}");
        }
    }
}
