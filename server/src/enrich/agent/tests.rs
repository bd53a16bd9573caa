//! Real user agents, and what is to be read from them.

use super::*;

/// `user agent => browser | its version | system | its version | class`, with `-` for what cannot be told.
const KNOWN: &str = include_str!("known.txt");

#[test]
fn each_known_user_agent_is_read_as_a_person_would_read_it() {
    let mut read = 0;
    for line in KNOWN.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (user_agent, expected) = line.rsplit_once(" => ").unwrap();
        let agent = parse(user_agent);
        let shown = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".into());
        let Agent { browser, browser_version, os, os_version, class } = &agent;
        let class = serde_json::to_value(class).unwrap();
        let got = [browser, browser_version, os, os_version].map(shown).join(" | ")
            + " | "
            + class.as_str().unwrap();
        assert_eq!(got, expected, "{user_agent}");
        read += 1;
    }
    assert!(read > 60, "only {read}");
}

#[test]
fn what_is_no_user_agent_says_nothing() {
    for nothing in ["", "   ", "-", "Mozilla/5.0", "()", "((((", "/", "\u{1f41b}", "(;;;)"] {
        assert_eq!(parse(nothing), Agent::default(), "{nothing}");
    }
}

#[test]
fn a_string_is_read_no_further_than_a_kibibyte_and_never_cut_within_a_letter() {
    let late = format!("{}Firefox/126.0", "\u{e9}".repeat(600));
    assert_eq!(parse(&late), Agent::default());
    let early = format!(
        "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0 {}",
        "\u{20ac}".repeat(600)
    );
    assert_eq!(parse(&early).browser.as_deref(), Some("Firefox"));
}

#[test]
fn what_is_kept_is_what_was_parsed_and_never_too_much() {
    let agents = Agents::default();
    for number in 0..MAX_KEPT + 10 {
        let user_agent = format!("curl/8.{number}");
        assert_eq!(agents.get(&user_agent).browser_version, Some(format!("8.{number}")));
        assert_eq!(agents.get(&user_agent), parse(&user_agent));
    }
    assert_eq!(agents.kept().len(), 10);
}

#[test]
fn the_device_is_the_one_that_thisdata_documented() {
    let user_agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_6) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/52.0.2743.116 Safari/537.36";
    let expected = json!({
        "user_agent": user_agent, "browser": "Chrome", "platform": "Macintosh", "os": "OS X 10.11.6", "mobile": false,
        "bot": false, "version": [52, 0, 2743, 116], "comment": ["Macintosh", "Intel Mac OS X 10_11_6"],
    });
    assert_eq!(thisdata_device(user_agent, &parse(user_agent)), expected);
}

#[test]
fn a_device_names_its_platform_and_system_as_thisdata_did() {
    for (user_agent, platform, os, mobile) in [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36",
            "Windows",
            "Windows 10",
            false,
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0",
            "X11",
            "Linux x86_64",
            false,
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/126.0 Safari/537.36",
            "ChromeOS",
            "ChromeOS 14541.0.0",
            false,
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36",
            "Android",
            "Android 14",
            true,
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148", "iPhone", "iOS 17.5", true),
    ] {
        let device = thisdata_device(user_agent, &parse(user_agent));
        assert_eq!(device["platform"], platform, "{user_agent}");
        assert_eq!(device["os"], os, "{user_agent}");
        assert_eq!(device["mobile"], mobile, "{user_agent}");
    }
    let nothing = thisdata_device("", &Agent::default());
    assert_eq!(nothing["platform"], Value::Null);
    assert_eq!(nothing["comment"], json!([]));
    assert_eq!(nothing["version"], json!([]));
}

#[test]
fn a_comment_ends_at_its_own_parenthesis() {
    assert_eq!(comment("App/1 (Linux; SM-G930 (Gold); x) Other (y)"), "Linux; SM-G930 (Gold); x");
    assert_eq!(comment("App/1 (Linux; never closed"), "Linux; never closed");
    assert_eq!(comment("App/1"), "");
}
