//! The mail to operators: what opened or went wrong since the last one, and where to look. Pure.

use std::collections::HashMap;

use super::Body;
use super::html::{escape, one_line};
use super::mail::Rendered;
use crate::Timestamp;

/// The most that one mail lists; of what is beyond it says how much.
const MOST: usize = 20;
/// The longest line of it, in characters.
const LONGEST: usize = 200;

/// One thing that operators are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What happened, a sentence without a full stop.
    pub title: String,
    /// Where the console shows it, below the project's page.
    pub path: String,
    /// When it was noticed.
    pub at: Timestamp,
    /// Whether it is told within a minute.
    pub urgent: bool,
}

/// The mail about these, given oldest first; `page` is the URL of the project's page, without a slash at its end.
pub fn render(project: &str, page: &str, items: &[Item]) -> Rendered {
    let project = one_line(project, LONGEST);
    let items = gathered(items);
    let subject = match items.as_slice() {
        [one] => one_line(&format!("[{project}] {}", one.title), LONGEST),
        [first, rest @ ..] if first.urgent => {
            let more = format!(", and {} more", rest.len());
            let title = one_line(&format!("[{project}] {}", first.title), LONGEST - more.len());
            format!("{title}{more}")
        }
        many => format!("[{project}] {} things to look at", many.len()),
    };
    let rest = items.len().saturating_sub(MOST);
    let listed = &items[..items.len() - rest];
    Rendered {
        subject,
        body: Body { html: html(&project, page, listed, rest), text: text(&project, page, listed, rest) },
    }
}

/// What goes on with an alert, as it was told last; what was said of it otherwise stands by itself. What is urgent comes first.
fn gathered(items: &[Item]) -> Vec<Item> {
    let mut once: Vec<Item> = Vec::new();
    let mut last: HashMap<&str, usize> = HashMap::new();
    for item in items {
        let before = last.get(item.path.as_str()).and_then(|place| once.get_mut(*place));
        match before.filter(|before| item.title.starts_with(&before.title)) {
            Some(before) => *before = Item { urgent: before.urgent || item.urgent, ..item.clone() },
            None => {
                last.insert(&item.path, once.len());
                once.push(item.clone());
            }
        }
    }
    once.sort_by_key(|item| !item.urgent);
    once
}

fn text(project: &str, page: &str, items: &[Item], rest: usize) -> String {
    let mut text = String::new();
    for item in items {
        let (title, at) = (unlinked(&item.title), item.at.human());
        text.push_str(&format!("{at} UTC\n{title}\n{page}/{}\n\n", item.path));
    }
    if rest > 0 {
        text.push_str(&format!("{rest} more: {page}/alerts\n\n"));
    }
    text.push_str(&format!(
        "You receive this mail because the alerts of {project} go to this address.\nAn admin changes that: {page}/settings\n"
    ));
    text
}

fn html(project: &str, page: &str, items: &[Item], rest: usize) -> String {
    let page = escape(page);
    let item = |item: &Item| {
        format!(
            "<li style=\"margin:0 0 16px\"><a href=\"{page}/{}\" style=\"color:#1f3a5f;font-weight:600\">{}</a><br>\
             <span style=\"color:#5b6470;font-size:13px\">{} UTC</span></li>",
            escape(&item.path),
            escape(&unlinked(&item.title)),
            item.at.human()
        )
    };
    let more =
        if rest > 0 { format!("<p><a href=\"{page}/alerts\">{rest} more</a></p>") } else { String::new() };
    format!(
        include_str!("digest.html"),
        project = escape(project),
        page = page,
        items = items.iter().map(item).collect::<String>(),
        more = more
    )
}

/// On one line, and no link: a mail program makes one of whatever looks like a domain, and strangers choose their names.
/// A word joiner behind a dot, a colon and an at sign is not seen and keeps it from that. Addresses stay as they are, to be
/// copied.
fn unlinked(title: &str) -> String {
    let title = one_line(title, LONGEST);
    let mut text = String::with_capacity(title.len());
    let mut letters = title.chars().peekable();
    while let Some(letter) = letters.next() {
        text.push(letter);
        let links = match (letter, letters.peek()) {
            ('@', _) | (':', Some('/')) => true,
            ('.', Some(next)) => next.is_alphabetic(),
            _ => false,
        };
        if links {
            text.push('\u{2060}');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-02T08:00:00Z.
    const NOW: Timestamp = Timestamp::from_seconds(1_772_438_400);
    const PAGE: &str = "https://watch.example.com/p/prj_1";

    fn item(title: &str) -> Item {
        Item { title: title.to_owned(), path: format!("alerts/{title}"), at: NOW, urgent: false }
    }

    #[test]
    fn one_thing_is_the_subject_and_links_to_its_page() {
        let ann = Item { path: "alerts/7".into(), ..item("Unusual sign-in of Ann") };
        let mail = render("Shop", PAGE, &[ann]);
        assert_eq!(mail.subject, "[Shop] Unusual sign-in of Ann");
        for body in [&mail.body.text, &mail.body.html] {
            assert!(
                body.contains("Unusual sign-in of Ann") && body.contains(&format!("{PAGE}/alerts/7")),
                "{body}"
            );
            assert!(body.contains(&format!("{PAGE}/settings")), "{body}");
        }
    }

    #[test]
    fn many_are_counted_and_only_the_first_listed() {
        let items: Vec<_> = (1..=23).map(|number| item(&format!("Thing {number}"))).collect();
        let mail = render("Shop", PAGE, &items);
        assert_eq!(mail.subject, "[Shop] 23 things to look at");
        for body in [&mail.body.text, &mail.body.html] {
            assert!(
                body.contains("Thing 20") && !body.contains("Thing 21") && body.contains("3 more"),
                "{body}"
            );
        }
    }

    #[test]
    fn what_goes_on_with_one_alert_is_told_once_and_what_is_urgent_first() {
        let ann = |title: &str| Item { path: "alerts/7".into(), ..item(title) };
        let unconfirmed = Item { urgent: true, ..item("Unconfirmed") };
        let no = Item { urgent: true, ..ann("It was not her: Ann") };
        let mail = render(
            "Shop",
            PAGE,
            &[
                ann("Ann"),
                item("Bob"),
                unconfirmed,
                ann("Ann; then changed the password"),
                no,
                ann("Ann; then more"),
            ],
        );
        assert_eq!(mail.subject, "[Shop] Unconfirmed, and 4 more");
        let told: Vec<_> = mail.body.text.lines().skip(1).step_by(4).take(5).collect();
        let calm = ["Ann; then changed the password", "Bob", "Ann; then more"];
        assert_eq!(told, [&["Unconfirmed", "It was not her: Ann"][..], &calm].concat(), "her no is not lost");
        let calm = render("Shop", PAGE, &[ann("Ann"), item("Bob")]);
        assert_eq!(calm.subject, "[Shop] 2 things to look at");
    }

    #[test]
    fn an_address_can_be_copied_and_a_name_is_no_link() {
        assert_eq!(unlinked("45.77.10.9 and 2001:db8::1/64"), "45.77.10.9 and 2001:db8::1/64");
        assert_eq!(
            unlinked("a@b.example: http://c.d"),
            "a@\u{2060}b.\u{2060}example: http:\u{2060}//c.\u{2060}d"
        );
    }

    #[test]
    fn what_a_stranger_wrote_is_neither_markup_nor_a_link_nor_a_header() {
        let named = item("Sign-in of <b>win.example</b>\r\nBcc: all@example.com");
        let mail = render("Shop", PAGE, &[Item { path: "alerts/7".into(), ..named }]);
        assert!(!mail.subject.contains(['\r', '\n']), "{}", mail.subject);
        assert!(!mail.body.html.contains("<b>"), "{}", mail.body.html);
        for body in [&mail.body.text, &mail.body.html] {
            assert!(!body.contains("win.example") && !body.contains("all@example.com"), "{body}");
        }
    }
}
