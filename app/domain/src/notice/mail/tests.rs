//! How the mail reads, and what a hostile name cannot do to it.

use super::*;
use crate::id::ProjectId;
use crate::project::Settings;

const EMAIL: &str = "eve@example.com";
const LINK: &str = "https://watch.example.com/q/q_abc";
const AT: Timestamp = Timestamp::from_seconds(1_772_438_400);

fn project(settings: Settings) -> Project {
    Project { id: ProjectId(1), name: "Shop".into(), settings, created_at: AT }
}

fn agent() -> Agent {
    Agent { browser: Some("Chrome".into()), os: Some("Windows".into()), ..Agent::default() }
}

fn facts(project: &Project, source: Option<&EventSource>, name: &str) -> Facts {
    let place =
        Place { city: Some("Shanghai".into()), country_name: Some("China".into()), ..Place::default() };
    let agent = agent();
    let sign_in =
        SignIn { source, name: Some(name), at: AT, place: Some(&place), agent: &agent, ip: Some("1.2.3.4") };
    Facts::new(project, sign_in)
}

#[test]
fn the_mail_says_what_when_where_on_which_device_and_what_next_in_both_parts() {
    let settings = Settings { support_contact: Some("help@shop.example".into()), ..Settings::default() };
    let mail = render(
        &facts(&project(settings), None, "Eve Smith"),
        EMAIL,
        LINK,
        AT.plus(crate::question::LIFETIME),
    );
    assert_eq!(mail.subject, "Was this you? New sign-in to Shop");
    for part in [&mail.body.html, &mail.body.text] {
        for expected in [
            "Hello Eve Smith,",
            "Shop",
            "succeeded",
            EMAIL,
            "2026-03-02 08:00:00 UTC",
            "Shanghai, China (approximately)",
            "Chrome on Windows",
            "1.2.3.4",
            "https://watch.example.com/q/q_abc?a=no",
            "https://watch.example.com/q/q_abc?a=yes",
            "end that session",
            "2026-03-09 08:00:00 UTC",
            "help@shop.example",
        ] {
            assert!(part.contains(expected), "{expected} is missing in {part}");
        }
    }
    assert!(!mail.body.text.contains('<') && !mail.body.html.contains("<img"), "no tags, no logo");
}

#[test]
fn both_buttons_look_the_same() {
    let mail = render(&facts(&project(Settings::default()), None, "Eve"), EMAIL, LINK, AT);
    let styles: Vec<_> =
        mail.body.html.split("<a href=").skip(1).filter_map(|a| a.split("style=").nth(1)).collect();
    let styles: Vec<_> = styles.iter().filter_map(|style| style.split('>').next()).collect();
    assert_eq!(styles.len(), 2);
    assert_eq!(styles[0], styles[1]);
}

#[test]
fn the_tenant_replaces_name_and_logo_but_only_over_https() {
    let tenant = |logo: &str| EventSource { name: Some("Blue Store".into()), logo_url: Some(logo.into()) };
    let project =
        project(Settings { logo_url: Some("https://shop.example/logo.png".into()), ..Settings::default() });
    let mail = |source: &EventSource| render(&facts(&project, Some(source), "Eve"), EMAIL, LINK, AT);
    let fine = mail(&tenant("https://blue.example/l.png?a=1&b=2"));
    assert_eq!(fine.subject, "Was this you? New sign-in to Blue Store");
    assert!(
        fine.body.html.contains("<img src=\"https://blue.example/l.png?a=1&amp;b=2\" alt=\"Blue Store\"")
    );
    for logo in ["http://blue.example/l.png", "javascript:alert(1)", "https://", "\"><script>"] {
        assert!(!mail(&tenant(logo)).body.html.contains("<img"), "{logo}");
    }
}

#[test]
fn a_hostile_name_is_inert() {
    let evil =
        EventSource { name: Some("<script>x</script>\r\nBcc: all@example.com".into()), logo_url: None };
    let mail =
        render(&facts(&project(Settings::default()), Some(&evil), "<img src=x onerror=y>"), EMAIL, LINK, AT);
    assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
    assert!(!mail.body.html.contains("<script") && !mail.body.html.contains("onerror"), "{}", mail.body.html);
    assert!(mail.body.html.contains("&lt;script&gt;"));
}

#[test]
fn a_name_that_mail_programs_would_link_is_not_used() {
    let project = project(Settings::default());
    for name in ["You won http://evil.example", "evil.example", "Write to a@b", "  ", "a.b. Smith"] {
        assert_eq!(facts(&project, None, name).name, None, "{name}");
    }
    for name in ["J. R. Smith", "Zoë O'Neil", "Smith Jr."] {
        assert_eq!(facts(&project, None, name).name.as_deref(), Some(name));
    }
}

#[test]
fn what_is_unknown_says_so() {
    let agent = Agent::default();
    let sign_in = SignIn { source: None, name: None, at: AT, place: None, agent: &agent, ip: None };
    let facts = Facts::new(&project(Settings::default()), sign_in);
    let rows = facts.rows().map(|(_, value)| value);
    assert_eq!(rows, ["2026-03-02 08:00:00 UTC", "unknown", "unknown", "unknown"]);
    assert!(render(&facts, EMAIL, LINK, AT).body.text.starts_with("Hello,\n"));
}

#[test]
fn the_maker_of_the_places_is_named_where_its_licence_asks_for_it() {
    let agent = agent();
    let mail = |credit, city: Option<&str>| {
        let place = Place { city: city.map(Into::into), credit, ..Place::default() };
        let sign_in =
            SignIn { source: None, name: None, at: AT, place: Some(&place), agent: &agent, ip: None };
        render(&Facts::new(&project(Settings::default()), sign_in), EMAIL, LINK, AT).body
    };
    let named = mail(Some(Credit::DbIp), Some("Auckland"));
    assert!(named.html.contains(">IP Geolocation by DB-IP</a>"), "{}", named.html);
    assert!(named.html.contains("<a href=\"https://db-ip.com/\""), "{}", named.html);
    assert!(named.text.ends_with("IP Geolocation by DB-IP: https://db-ip.com/\n"), "{}", named.text);
    for body in [mail(None, Some("Auckland")), mail(Some(Credit::DbIp), None)] {
        assert!(!body.html.contains("db-ip") && !body.text.contains("db-ip"), "{}", body.text);
    }
}
