//! A user's habits, as they are read.

use porchlight_domain::db::Db;
use porchlight_domain::event::store::assess_only;
use porchlight_domain::operator::Actor;
use porchlight_domain::page::Paging;
use porchlight_domain::profile::store::{change, unfreeze, usual};
use porchlight_domain::profile::{QUIET, Share, Usual};
use porchlight_domain::question::Answer;
use porchlight_domain::question::store::denial;
use porchlight_domain::time::{HOUR, MINUTE};
use porchlight_domain::user::store::by_id;
use porchlight_domain::{Error, ledger};

use crate::event::{arrival, login, project, put, story};
use crate::question::{say, token_of};
use crate::support::{Fresh, NOW, postgres, sqlite};

on_both! {
    async fn habits_have_names_and_the_thiefs_are_not_among_them(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        story(db, shop).await;
        let eve = by_id(db, shop, "eve").await.expect("eve").key;
        let habits = usual(db, shop, eve, NOW).await.expect("usual");
        let labels = |shares: &[Share]| shares.iter().map(|share| share.label.clone()).collect::<Vec<_>>();
        assert_eq!(habits.logins, 5);
        assert_eq!((labels(&habits.countries), labels(&habits.networks), labels(&habits.devices)), (vec!["New Zealand".into()], vec!["AS 9500".into()], vec!["home".into()]));
        assert!((habits.countries[0].share - 1.0).abs() < 1e-9);
        assert_eq!(habits.hours.iter().map(|n| u32::from(*n)).sum::<u32>(), 5);
        assert_eq!(habits.hours[8], 5, "they all were at eight");
        assert_eq!(usual(db, other, eve, NOW).await.expect("usual"), Usual::default(), "another project's user");
    }

    async fn a_profile_that_cannot_be_read_refuses_nobodys_events_and_a_newer_versions_is_kept(db) {
        let (damaged, newer) = (vec![2_u8, 255], vec![u8::MAX, 1, 2]);
        for (name, written) in [("Damaged", damaged), ("Newer", newer.clone())] {
            let shop = project(db, name).await;
            story(db, shop).await;
            let eve = by_id(db, shop, "eve").await.expect("eve").key;
            let mut tx = db.begin().await.expect("begin");
            let sql = "UPDATE profile SET state = $1, version = version + 1 WHERE user_key = $2";
            sqlx::query(sql).bind(written).bind(eve.0).execute(tx.conn()).await.expect("written");
            tx.commit().await.expect("commit");
            assess_only(db, &arrival(shop, NOW.plus(MINUTE), login("eve", "asked")), NOW).await.expect("judged");
            for minute in [2, 3] {
                put(db, &[arrival(shop, NOW.plus(minute * MINUTE), login("eve", "again"))]).await;
            }
            let learned = usual(db, shop, eve, NOW).await.expect("usual").logins;
            assert_eq!(learned, if name == "Newer" { 0 } else { 2 });
            say(db, &token_of(db, shop).await, Answer::No, NOW.plus(HOUR)).await.expect("answer");
            let state: Vec<u8> = sqlx::query_scalar("SELECT state FROM profile WHERE user_key = $1").bind(eve.0).fetch_one(db.reader()).await.expect("state");
            assert_eq!(state == newer, name == "Newer");
        }
    }

    async fn after_a_no_nothing_is_learned_until_an_operator_lets_it_go_on(db) {
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        story(db, shop).await;
        let eve = by_id(db, shop, "eve").await.expect("eve").key;
        let admin = Actor::System;
        let early = unfreeze(db, &admin, shop, eve, NOW).await;
        assert!(matches!(early, Err(Error::Conflict(_))), "{early:?}");
        assert_eq!(denial(db, shop, eve).await.expect("question"), None);
        let (said, asked) = (NOW.plus(HOUR), NOW.plus(2 * HOUR));
        say(db, &token_of(db, shop).await, Answer::No, said).await.expect("answer");
        let frozen = usual(db, shop, eve, asked).await.expect("usual").frozen.expect("frozen");
        assert_eq!((frozen.since, frozen.until), (said, said.plus(QUIET)));
        let no = denial(db, shop, eve).await.expect("question").expect("a no");
        assert_eq!(no.answered_at, Some(said));
        assert_eq!(denial(db, other, eve).await.expect("question"), None);
        put(db, &[arrival(shop, asked, login("eve", "held"))]).await;
        assert_eq!(usual(db, shop, eve, asked).await.expect("usual").logins, 5);
        let foreign = unfreeze(db, &admin, other, eve, asked).await;
        assert!(matches!(foreign, Err(Error::NotFound)), "{foreign:?}");
        unfreeze(db, &admin, shop, eve, asked).await.expect("unfreeze");
        put(db, &[arrival(shop, asked.plus(MINUTE), login("eve", "learned"))]).await;
        let habits = usual(db, shop, eve, asked).await.expect("usual");
        assert_eq!((habits.frozen, habits.logins), (None, 6));
        let changes = ledger::list(db, shop, Paging::default()).await.expect("ledger").rows;
        assert_eq!((changes[0].action.as_str(), changes[0].subject.clone()), ("user.unfrozen", eve.to_string()));
    }
}

/// Forty logins of one user at once, taken by two processes in turn, and answers between them: nothing learned is lost.
async fn two_processes_teach_one_user(fresh: Fresh) {
    let other = Db::connect(&fresh.url, [7; 32], NOW).await.expect("a second process");
    let shop = project(&fresh.db, "Shop").await;
    put(&fresh.db, &[arrival(shop, NOW, login("eve", "first"))]).await;
    let eve = by_id(&fresh.db, shop, "eve").await.expect("eve").key;
    let tasks: Vec<_> = (1..40)
        .map(|n| {
            let db = if n % 2 == 0 { fresh.db.clone() } else { other.clone() };
            tokio::spawn(async move {
                let at = NOW.plus(n * MINUTE);
                put(&db, &[arrival(shop, at, login("eve", &format!("s{n}")))]).await;
                let mut tx = db.begin().await.expect("begin");
                change(&mut tx, eve, at, |profile| profile.unfreeze()).await.expect("change");
                tx.commit().await.expect("commit");
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("taught");
    }
    assert_eq!(usual(&fresh.db, shop, eve, NOW).await.expect("usual").logins, 40);
    other.close().await;
    fresh.db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_teach_one_user_lose_nothing_on_sqlite() {
    two_processes_teach_one_user(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_teach_one_user_lose_nothing_on_postgres() {
    two_processes_teach_one_user(postgres().await).await;
}
