//! A user's habits, as they are read.

use porchlight_domain::profile::{Share, Usual, store::usual};
use porchlight_domain::user::store::by_id;

use crate::event::{project, story};
use crate::support::NOW;

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
