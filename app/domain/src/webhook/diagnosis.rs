//! What is probably wrong at a receiver, in words, from what it answered: the mistakes that receivers usually make.

mod refusal;

use refusal::{refused, without_a_word};

use super::{Answer, Format};

/// Reads an answer as a person would who has seen many receivers. `url` is where it came from, `clock_offset` what the
/// receiver's clock is ahead, `secrets` with how many secrets it was signed.
pub fn diagnose(
    answer: &Answer,
    url: &str,
    format: Format,
    secrets: usize,
    clock_offset: Option<i64>,
) -> Option<String> {
    if let Some(fault) = answer.fault {
        let host = url::Url::parse(url).ok();
        let by_name = host.is_some_and(|url| matches!(url.host(), Some(url::Host::Domain(_))));
        return Some(fault.advice(&answer.phases, by_name).to_owned());
    }
    let status = answer.status?;
    let body = answer.excerpt(4_096).to_lowercase();
    match status {
        200..300 => page_instead_of_handler(answer, &body)
            .or_else(|| packed(answer, "a receipt in it").filter(|_| !answer.body.is_empty())),
        300..400 => Some(redirect(answer, url)),
        400 | 401 | 403 | 419 | 422 => refused(status, &body, format, secrets, clock_offset)
            .or_else(|| packed(answer, "its reason"))
            .or_else(|| without_a_word(answer, status)),
        404 => Some(
            "Nothing answers at this path: check the URL's path and that the receiver is deployed.".into(),
        ),
        405 => Some("The path exists but does not take POST: mount the webhook handler for POST.".into()),
        410 => Some("The receiver says it is gone for good: the endpoint was disabled.".into()),
        413 => Some("The receiver limits bodies to less than we send: raise its limit for this path.".into()),
        415 => Some("The receiver does not take application/json on this path.".into()),
        429 => Some(
            "The receiver limits our rate: raise its limit, or set fewer a second in this endpoint's policy."
                .into(),
        ),
        502 | 504 => Some(
            "A proxy answered that the application behind it did not: is the application running?".into(),
        ),
        503 => Some("The receiver says that it is overloaded or in maintenance.".into()),
        500..600 => packed(answer, "its reason").or_else(|| crash(&body)),
        _ => None,
    }
}

fn page_instead_of_handler(answer: &Answer, body: &str) -> Option<String> {
    let html = answer.header("content-type").is_some_and(|kind| kind.contains("text/html"));
    let page = body.trim_start().starts_with("<!doctype html") || body.trim_start().starts_with("<html");
    (html && page).then(|| {
        "A web page answered with 200: probably a single-page application's catch-all, so that nothing handled the \
         webhook. Route this path to the handler."
            .into()
    })
}

fn redirect(answer: &Answer, url: &str) -> String {
    let Some(location) = answer.header("location") else {
        return "It answers with a redirect to nowhere; redirects are not followed.".into();
    };
    let target = url::Url::parse(url)
        .and_then(|base| base.join(location))
        .map_or_else(|_| location.to_owned(), Into::into);
    if target == url {
        return format!(
            "It redirects to itself, {target}, and would for ever: the handler of this path must answer, not redirect."
        );
    }
    let why = if target == format!("{url}/") {
        "It redirects to add a slash"
    } else if target.strip_prefix("https") == url.strip_prefix("http") {
        "It redirects from http to https"
    } else {
        "It redirects elsewhere"
    };
    format!("{why}; redirects are not followed because they lose the body. Register the final URL: {target}")
}

/// What cannot be read cannot be diagnosed.
fn packed(answer: &Answer, what: &str) -> Option<String> {
    let how = answer.encoding()?;
    Some(format!(
        "Its answer is packed ({how}) although nobody asked for that, so that {what} cannot be read: answer without \
         Content-Encoding."
    ))
}

fn crash(body: &str) -> Option<String> {
    let parsed = ["[object object]", "unexpected token o", "must be of type string"]
        .iter()
        .any(|word| body.contains(word));
    let text = if parsed {
        "Its handler crashed on a body that was parsed already: verify the raw bytes, before any JSON middleware."
    } else {
        "Its handler crashed: the receiver's own log says why."
    };
    Some(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(
        status: u16,
        headers: &[(&str, &str)],
        body: &str,
        secrets: usize,
        offset: Option<i64>,
    ) -> String {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = Answer { status: Some(status), headers, body: body.into(), ..Answer::default() };
        diagnose(&answer, "https://app.example/hook", Format::Standard, secrets, offset).unwrap_or_default()
    }

    #[test]
    fn each_usual_mistake_is_named() {
        let html = [("content-type", "text/html; charset=utf-8")];
        let cases = [
            (said(200, &html, "<!DOCTYPE html><html>", 1, None), "single-page"),
            (said(308, &[("location", "/hook/")], "", 1, None), "add a slash"),
            (
                said(302, &[("location", "https://sso.example/")], "", 1, None),
                "Register the final URL: https://sso.example/",
            ),
            (said(307, &[("location", "/hook")], "", 1, None), "redirects to itself"),
            (said(301, &[], "", 1, None), "redirect to nowhere"),
            (said(403, &[], "Forbidden (CSRF token missing)", 1, None), "CSRF"),
            (said(419, &[], "Page Expired", 1, None), "CSRF"),
            (said(401, &[], "invalid signature", 1, Some(-4_000)), "-4000 s off"),
            (said(400, &[], "Message timestamp too old", 1, Some(1)), "too far off"),
            (
                said(400, &[], "Expected payload to be of type string; payload must be raw", 1, None),
                "parsed body",
            ),
            (
                said(500, &[], "SyntaxError: Unexpected token o in JSON at position 1", 1, None),
                "parsed already",
            ),
            (said(401, &[], "binascii.Error: Incorrect padding", 1, None), "decode the secret"),
            (said(401, &[], "No matching signature found", 1, None), "another secret"),
            (said(401, &[], "No matching signature found", 2, None), "only the first"),
            (said(404, &[], "", 1, None), "path"),
            (
                said(401, &[], "Unauthorized", 1, None),
                "something before the handler asks for a login: exempt",
            ),
            (said(401, &[("www-authenticate", "Basic")], "", 1, None), "WWW-Authenticate"),
            (said(403, &[], "Forbidden", 1, None), "a firewall, CSRF protection or a login"),
            (said(403, &[("content-encoding", "gzip")], "\u{1f}\u{8b}", 1, None), "packed (gzip)"),
            (said(500, &[("content-encoding", "br")], "x", 1, None), "packed (br)"),
            (
                said(200, &[("content-encoding", "gzip")], "\u{1f}\u{8b}", 1, None),
                "a receipt in it cannot be read",
            ),
        ];
        for (text, expected) in cases {
            assert!(text.contains(expected), "{expected:?} is not in {text:?}");
        }
    }

    #[test]
    fn an_answer_without_a_known_mistake_has_no_diagnosis() {
        assert_eq!(said(200, &[("content-type", "application/json")], "{}", 1, None), "");
        assert_eq!(said(204, &[("content-encoding", "gzip")], "", 1, None), "");
        assert_eq!(said(400, &[], "who are you", 1, None), "");
    }
}
