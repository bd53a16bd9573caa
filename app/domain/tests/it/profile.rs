//! A user's habits, as they are read.

use porchlight_domain::db::Db;
use porchlight_domain::profile::store::{change, usual};
use porchlight_domain::profile::{Share, Usual};
use porchlight_domain::time::MINUTE;
use porchlight_domain::user::store::by_id;

use crate::event::{arrival, login, project, put, story};
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
