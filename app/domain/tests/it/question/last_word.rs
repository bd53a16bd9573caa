//! Whose word is the last, the user's or an operator's, and that neither overrules the other unknowingly.

use porchlight_domain::Error;
use porchlight_domain::alert::store::close_each;
use porchlight_domain::alert::{Closing, Known, Resolution, State, store as alerts};
use porchlight_domain::db::Db;
use porchlight_domain::event::store::assess_only;
use porchlight_domain::id::{AlertId, ProjectId};
use porchlight_domain::operator::Actor;
use porchlight_domain::profile::store::usual;
use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::question::store::{answer, view};
use porchlight_domain::question::{Answer, Standing};
use porchlight_domain::risk::{Decision, Level};
use porchlight_domain::time::{HOUR, MINUTE};
use porchlight_domain::user::store as users;

use super::{URL, alert, asked, messages, say};
use crate::event::{arrival, put, theft};
use crate::support::NOW;

async fn close(db: &Db, shop: ProjectId, id: AlertId, resolution: Resolution) {
    alerts::close(db, &Actor::System, shop, id, resolution, "", NOW.plus(HOUR)).await.expect("close");
}

async fn reopen(db: &Db, shop: ProjectId, id: AlertId) {
    alerts::reopen(db, &Actor::System, shop, id, NOW.plus(2 * HOUR)).await.expect("reopen");
}

async fn is_frozen(db: &Db, shop: ProjectId) -> bool {
    let eve = users::by_id(db, shop, "eve").await.expect("eve").key;
    usual(db, shop, eve, NOW.plus(3 * HOUR)).await.expect("usual").frozen.is_some()
}

/// How the thief's next login would be judged.
async fn stolen_again(db: &Db, shop: ProjectId) -> Level {
    let at = NOW.plus(3 * HOUR);
    assess_only(db, &arrival(shop, at, theft("eve", "again")), at).await.expect("assess").level
}

on_both! {
    async fn a_yes_after_an_operators_threat_is_noted_for_them_and_changes_nothing(db) {
        let (shop, token) = asked(db).await;
        let settings = Settings { operator_mails: vec!["ops@example.com".into()], ..Settings::default() };
        projects::update(db, &Actor::System, shop, "Shop", settings, NOW).await.expect("settings");
        let id = alert(db, shop).await.id;
        close(db, shop, id, Resolution::ConfirmedThreat).await;
        let told = messages(db).await.len();
        for minute in [0, 1] {
            let at = NOW.plus(2 * HOUR + minute * MINUTE);
            let noted = answer(db, &token, Answer::Yes, "203.0.113.9", URL, at).await.expect("noted");
            assert!(noted.overruled && !noted.revoking && !noted.told, "{noted:?}");
        }
        let closed = alert(db, shop).await;
        assert_eq!((closed.id, closed.state, closed.resolution, closed.answer()), (id, State::Closed, Some(Resolution::ConfirmedThreat), None));
        let note = closed.note.expect("a note");
        assert!(note.contains("came from 203.0.113.9") && note.lines().count() == 1, "{note}");
        let items: Vec<String> = sqlx::query_scalar("SELECT title FROM digest_item WHERE urgent = 1").fetch_all(db.reader()).await.expect("items");
        assert!(items.len() == 1 && items[0].starts_with("The user says that it was them, where a login was closed as a threat: "), "{items:?}");
        assert_eq!(messages(db).await.len(), told, "the application does not hear that it was the user");
        let eve = users::by_id(db, shop, "eve").await.expect("eve");
        assert_eq!(eve.level, Level::Red);
        assert!(is_frozen(db, shop).await);
        assert!(say(db, &token, Answer::No, NOW.plus(3 * HOUR)).await.expect("answer"), "a no is still heard, and ends the session");
        let again = put(db, &[arrival(shop, NOW.plus(4 * HOUR), theft("eve", "again"))]).await.remove(0).assessment;
        assert_eq!((again.level, again.decision), (Level::Red, Decision::Block));
    }

    async fn a_yes_to_a_thiefs_next_login_is_overruled_too_while_the_threat_is_fresh(db) {
        let (shop, _) = asked(db).await;
        let id = alert(db, shop).await.id;
        close(db, shop, id, Resolution::ConfirmedThreat).await;
        put(db, &[arrival(shop, NOW.plus(2 * HOUR), theft("eve", "next"))]).await;
        let token = crate::question::token_of(db, shop).await;
        let noted = answer(db, &token, Answer::Yes, "203.0.113.9", URL, NOW.plus(3 * HOUR)).await.expect("noted");
        assert!(noted.overruled && alert(db, shop).await.state == State::Open, "{noted:?}");
        assert!(is_frozen(db, shop).await);
    }

    async fn a_no_is_heard_after_a_yes_that_whoever_reads_the_mail_may_have_said(db) {
        let (shop, token) = asked(db).await;
        let said = async |answer_, hours| answer(db, &token, answer_, "203.0.113.9", URL, NOW.plus(hours * HOUR)).await;
        said(Answer::Yes, 1).await.expect("yes");
        assert_eq!((alert(db, shop).await.state, alert(db, shop).await.answer()), (State::Closed, Some(Answer::Yes)));
        assert!(said(Answer::Yes, 2).await.is_err(), "the same again");
        assert!(view(db, &token, NOW.plus(3 * HOUR)).await.expect("view").hears_no);
        let no = said(Answer::No, 3).await.expect("no");
        assert!(no.revoking, "{no:?}");
        let opened = alert(db, shop).await;
        assert_eq!((opened.state, opened.answer(), opened.resolution), (State::Open, Some(Answer::No), None));
        assert!(opened.note.expect("a note").contains("“Yes, it was me” had come from 203.0.113.9"));
        assert!(is_frozen(db, shop).await && stolen_again(db, shop).await == Level::Red);
        assert!(said(Answer::No, 4).await.is_err() && said(Answer::Yes, 4).await.is_err(), "a no is the last word");
        assert!(!view(db, &token, NOW.plus(4 * HOUR)).await.expect("view").hears_no);
    }

    async fn an_operator_who_takes_their_threat_back_hears_the_users_yes(db) {
        let (shop, token) = asked(db).await;
        let id = alert(db, shop).await.id;
        close(db, shop, id, Resolution::ConfirmedThreat).await;
        assert!(answer(db, &token, Answer::Yes, "203.0.113.9", URL, NOW.plus(HOUR)).await.expect("noted").overruled);
        alerts::reopen(db, &Actor::System, shop, id, NOW.plus(2 * HOUR)).await.expect("reopen");
        assert_eq!(view(db, &token, NOW.plus(2 * HOUR)).await.expect("view").standing, Standing::Open);
        assert!(!answer(db, &token, Answer::Yes, "203.0.113.9", URL, NOW.plus(2 * HOUR)).await.expect("answer").overruled);
        let again = put(db, &[arrival(shop, NOW.plus(3 * HOUR), theft("eve", "again"))]).await.remove(0).assessment;
        assert_eq!(again.level, Level::Green, "{again:?}");
    }

    async fn whoever_closes_an_alert_overrules_a_no_only_knowingly(db) {
        let (shop, token) = asked(db).await;
        let id = alert(db, shop).await.id;
        say(db, &token, Answer::No, NOW.plus(MINUTE)).await.expect("answer");
        let closing = |resolution, known| Closing { resolution, known };
        let by = |closing: Closing| alerts::close(db, &Actor::System, shop, id, closing, "", NOW.plus(HOUR));
        let unseen = by(closing(Resolution::Expected, Known::Shown(None))).await;
        assert!(matches!(&unseen, Err(Error::Conflict(text)) if text.contains("answered since")), "{unseen:?}");
        let denied = by(Resolution::ConfirmedByUser.into()).await;
        assert!(matches!(&denied, Err(Error::Conflict(text)) if text.contains("was not them")), "{denied:?}");
        let others = close_each(db, &Actor::System, shop, &[id], Resolution::FalseAlarm, NOW.plus(HOUR)).await.expect("close");
        assert_eq!((others.done, others.left), (0, 1));
        assert_eq!((alert(db, shop).await.state, is_frozen(db, shop).await), (State::Open, true), "nothing was taught");
        by(closing(Resolution::Expected, Known::Shown(Some(Answer::No)))).await.expect("knowingly");
        assert!(!is_frozen(db, shop).await);
        reopen(db, shop, id).await;
        assert!(is_frozen(db, shop).await, "the user's own word counts again");
        let threat = close_each(db, &Actor::System, shop, &[id], Resolution::ConfirmedThreat, NOW.plus(3 * HOUR)).await.expect("close");
        assert_eq!((threat.done, threat.left), (1, 0), "what agrees with it is taken");
    }

    async fn a_yes_counts_again_when_an_operator_takes_their_threat_back(db) {
        let (shop, token) = asked(db).await;
        let id = alert(db, shop).await.id;
        say(db, &token, Answer::Yes, NOW.plus(MINUTE)).await.expect("answer");
        reopen(db, shop, id).await;
        close(db, shop, id, Resolution::ConfirmedThreat).await;
        assert!(is_frozen(db, shop).await);
        reopen(db, shop, id).await;
        close(db, shop, id, Resolution::ConfirmedByUser).await;
        assert_eq!((is_frozen(db, shop).await, stolen_again(db, shop).await), (false, Level::Green));
    }

    async fn what_a_closing_taught_stays_when_it_is_opened_again_until_it_is_closed_as_the_opposite(db) {
        let (shop, _) = asked(db).await;
        let id = alert(db, shop).await.id;
        close(db, shop, id, Resolution::Expected).await;
        reopen(db, shop, id).await;
        assert_eq!(stolen_again(db, shop).await, Level::Green, "as the page says");
        close(db, shop, id, Resolution::ConfirmedThreat).await;
        assert_eq!(stolen_again(db, shop).await, Level::Red);
    }
}
