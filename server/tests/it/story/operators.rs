//! The operators, who sleep: told by mail what happened, where to look, and nothing that could answer for the user.

use porchlight_domain::project::Settings;

use super::Stage;
use crate::support::mailbox::decoded;

const OPS: &str = "ops@example.com";

on_both_engines! {
    async fn an_operator_reads_in_the_mail_what_happened_and_where_to_look(fresh) {
        let settings = Settings { operator_mails: vec![OPS.to_owned()], ..Settings::default() };
        let stage = Stage::set(fresh, settings).await;
        stage.theft().await;
        let alert = stage.alert().await;
        let mails = stage.mailbox.wait_for(2).await;
        let to_operator: Vec<_> = mails.iter().filter(|mail| mail.contains(&format!("To: {OPS}"))).collect();
        let [mail] = to_operator[..] else { panic!("one mail to the operator: {mails:?}") };
        let mail = decoded(mail);
        let page = format!("http://{}/p/{}/alerts/{}", stage.server.address, stage.server.project, alert["id"]);
        let title = alert["title"].as_str().expect("title");
        assert!(mail.contains("Subject: [Shop] ") && mail.contains(title) && mail.contains(&page), "{mail}");
        assert!(!mail.contains("/q/"), "nothing to answer the question with: {mail}");
        stage.server.stop().await;
    }
}
