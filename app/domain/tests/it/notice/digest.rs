//! Operators are told by mail: at once, and then together; nobody where nobody is to be told.

use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::question::Answer;
use porchlight_domain::revocation::store::overdue;

use super::*;
use crate::event::story;
use crate::question::{say, token_of};

const URL: &str = "https://watch.example";

/// From now on these are told.
pub async fn tell(db: &Db, project: ProjectId, mails: &[&str]) {
    let mut settings = projects::get(db, project).await.expect("project").settings;
    settings.operator_mails = mails.iter().map(|mail| (*mail).to_owned()).collect();
    projects::update(db, &Actor::System, project, "Shop", settings, NOW).await.expect("settings");
}

/// The mails to operators, each with its subject, oldest first, after what is due was written.
pub async fn mails(db: &Db, project: ProjectId, now: Timestamp) -> Vec<(String, String)> {
    while write_digest(db, URL, now).await.expect("digest") {}
    let all = list(db, project, None, Paging::default()).await.expect("list").rows;
    let of_operators = all.into_iter().rev().filter(|mail| mail.question_id.is_none());
    of_operators.map(|mail| (mail.recipient, mail.subject)).collect()
}

async fn subjects(db: &Db, project: ProjectId, now: Timestamp) -> Vec<String> {
    mails(db, project, now).await.into_iter().map(|(_, subject)| subject).collect()
}

on_both! {
    async fn each_operator_is_told_at_once_that_an_alert_opened_and_where_to_look(db) {
        let shop = project(db, "Shop").await;
        tell(db, shop, &["ann@example.com", "bob@example.com", "ann@example.com"]).await;
        story(db, shop).await;
        assert_eq!(next_digest(db).await.expect("due"), Some(NOW));
        let alert = alerts::list(db, shop, &AlertFilter::default(), Paging::default()).await.expect("alerts").rows.remove(0);
        let subject = format!("[Shop] {}", alert.title);
        let expected = ["ann@example.com", "bob@example.com"].map(|mail| (mail.to_owned(), subject.clone()));
        assert_eq!(mails(db, shop, NOW).await, expected);
        let newest = list(db, shop, None, Paging::default()).await.expect("list").rows.remove(0);
        let (_, body) = get(db, shop, newest.id).await.expect("mail");
        assert!(body.text.contains(&format!("{URL}/p/{shop}/alerts/{}", alert.id)), "{}", body.text);
        assert_eq!(next_digest(db).await.expect("due"), None, "told once");
    }

    async fn what_follows_soon_comes_together_and_a_no_a_minute_after_the_last_mail(db) {
        let shop = project(db, "Shop").await;
        tell(db, shop, &["ann@example.com"]).await;
        story(db, shop).await;
        let token = token_of(db, shop).await;
        assert_eq!(subjects(db, shop, NOW).await.len(), 1);
        crate::event::put(db, &[crate::event::arrival(shop, NOW, crate::event::login("bob", "b"))]).await;
        for user in ["carl", "dora"] {
            for day in 1..6 {
                crate::event::put(db, &[crate::event::arrival(shop, NOW.plus(-day * DAY), crate::event::login(user, user))]).await;
            }
            crate::event::put(db, &[crate::event::arrival(shop, NOW, crate::event::theft(user, "theirs"))]).await;
        }
        assert_eq!(next_digest(db).await.expect("due"), Some(NOW.plus(QUIET)));
        say(db, &token, Answer::No, NOW.plus(SECOND)).await.expect("answer");
        assert_eq!(next_digest(db).await.expect("due"), Some(NOW.plus(URGENT)));
        assert_eq!(subjects(db, shop, NOW.plus(URGENT - 1)).await.len(), 1, "not yet");
        let all = subjects(db, shop, NOW.plus(URGENT)).await;
        assert!(all[1].contains("Eve Smith") && all[1].ends_with(", and 2 more"), "what is urgent first: {all:?}");
    }

    async fn an_order_that_nobody_confirmed_is_told_within_a_minute(db) {
        let shop = project(db, "Shop").await;
        tell(db, shop, &["ann@example.com"]).await;
        story(db, shop).await;
        let token = token_of(db, shop).await;
        say(db, &token, Answer::No, NOW).await.expect("answer");
        assert_eq!(subjects(db, shop, NOW).await.len(), 1);
        let limit = NOW.plus(300 * SECOND);
        assert!(overdue(db, limit).await.expect("overdue") > 0);
        let all = subjects(db, shop, limit).await;
        assert_eq!(all[1..], ["[Shop] The application did not confirm in time that sessions of Eve Smith ended".to_owned()]);
    }

    async fn where_nobody_is_to_be_told_nothing_is_kept_for_later(db) {
        let shop = project(db, "Shop").await;
        story(db, shop).await;
        assert_eq!(next_digest(db).await.expect("due"), None);
        tell(db, shop, &["ann@example.com"]).await;
        assert!(subjects(db, shop, NOW.plus(DAY)).await.is_empty());
    }

    async fn what_is_no_address_is_refused_at_its_field(db) {
        let shop = project(db, "Shop").await;
        let too_many = (0..11).map(|number| format!("ops{number}@example.com")).collect();
        let wrong = ["nobody", "a@b\r\n.example", "ops@a.example,night@b.example", "a@b..c", "a@b.c,", ".a@b.c", "a b@c.d", "a@-b.c", "@b.c"];
        for wrong in wrong.map(|mail| vec![mail.to_owned()]).into_iter().chain([too_many]) {
            let settings = Settings { operator_mails: wrong, ..Settings::default() };
            let refused = projects::update(db, &Actor::System, shop, "Shop", settings, NOW).await;
            assert!(matches!(&refused, Err(Error::Invalid(errors)) if errors[0].field == "operator_mails"), "{refused:?}");
        }
    }

    async fn an_operator_whom_no_mail_reaches_is_known_until_one_does(db) {
        let shop = project(db, "Shop").await;
        tell(db, shop, &["ann@example.com"]).await;
        story(db, shop).await;
        let (since, token) = (NOW.plus(-DAY), token_of(db, shop).await);
        assert_eq!(mails(db, shop, NOW).await.len(), 1);
        let to_ann = |claimed: Vec<Claimed>| claimed.into_iter().find(|one| one.notice.recipient == "ann@example.com").expect("claimed");
        let first = to_ann(claim(db, NOW).await.expect("claim"));
        failed(db, &first, "550 no such user", true, NOW).await.expect("failed");
        assert_eq!(unreached(db, shop, since).await.expect("unreached"), ["ann@example.com"]);
        say(db, &token, Answer::No, NOW.plus(URGENT)).await.expect("answer");
        assert_eq!(mails(db, shop, NOW.plus(URGENT)).await.len(), 2);
        let second = to_ann(claim(db, NOW.plus(URGENT)).await.expect("claim"));
        sent(db, &second, NOW.plus(URGENT)).await.expect("sent");
        assert!(unreached(db, shop, since).await.expect("unreached").is_empty());
    }
}
