//! Deliveries and orders are found by user, session and time.

use porchlight_domain::page::About;
use porchlight_domain::revocation::{RevocationFilter, store as revocations};
use porchlight_domain::time::{DAY, SECOND};

use super::*;

fn about() -> About {
    About::default()
}

fn user(id: &str) -> About {
    About { user_id: Some(id.into()), ..about() }
}

fn session(id: &str) -> About {
    About { session: Some(id.into()), ..about() }
}

/// The types of the deliveries about this, newest first.
async fn told(db: &Db, project: ProjectId, about: About) -> Vec<MessageType> {
    let filter = DeliveryFilter { about, ..DeliveryFilter::default() };
    let found = store::list_deliveries(db, project, filter, Paging::default()).await.expect("deliveries");
    found.rows.iter().map(|one| one.r#type).collect()
}

/// How many orders are about this.
async fn orders(db: &Db, project: ProjectId, about: About) -> usize {
    let filter = RevocationFilter { about, ..RevocationFilter::default() };
    revocations::list(db, project, &filter, Paging::default()).await.expect("orders").rows.len()
}

on_both! {
    async fn deliveries_and_orders_are_found_by_user_session_and_time(db) {
        use MessageType::{AlertOpened, SessionRevocationRequested as Order};
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        for one in [shop, other] {
            endpoint(db, one, Format::Standard).await;
            crate::event::story(db, one).await;
        }
        let later = NOW.plus(DAY);
        let by = &Actor::System;
        revocations::revoke_session(db, by, shop, "home-1", "https://watch.example", later).await.expect("order");
        assert_eq!(told(db, shop, about()).await, [Order, AlertOpened]);
        assert_eq!(told(db, shop, user("eve")).await, [Order, AlertOpened]);
        assert_eq!(told(db, shop, session("home-1")).await, [Order], "what carries an order for it");
        assert_eq!(told(db, shop, session("stolen")).await, [AlertOpened], "what tells of an event of it");
        assert_eq!(told(db, other, session("home-1")).await, []);
        for nobody in [user("bob"), user("a\0b"), session("home-2"), session("a\0b")] {
            assert_eq!((told(db, shop, nobody.clone()).await, orders(db, shop, nobody).await), (vec![], 0));
        }
        let since = |at| About { since: Some(at), ..about() };
        let until = |at| About { until: Some(at), ..about() };
        assert_eq!(told(db, shop, since(later)).await, [Order]);
        assert_eq!(told(db, shop, until(later)).await, [AlertOpened]);
        assert_eq!(told(db, shop, since(later.plus(1))).await, []);
        assert_eq!(told(db, shop, About { until: Some(later.plus(1)), ..user("eve") }).await, [Order, AlertOpened]);
        assert_eq!(told(db, shop, until(Timestamp(0))).await, []);
        assert_eq!(told(db, shop, since(Timestamp(i64::MAX - SECOND))).await, [], "a year that no id reaches");

        for (about, expected) in [(about(), 1), (user("eve"), 1), (session("home-1"), 1), (session("stolen"), 0),
            (since(later), 1), (since(later.plus(1)), 0), (until(later), 0), (until(later.plus(1)), 1)] {
            assert_eq!(orders(db, shop, about.clone()).await, expected, "{about:?}");
        }
        assert_eq!(orders(db, other, about()).await, 0);
        let text = DeliveryFilter { about: session("home-1"), ..DeliveryFilter::default() };
        let found = store::search(db, shop, text, "eve", Paging::default()).await.expect("search");
        assert_eq!((found.page.rows.len(), found.looked_through), (1, 1), "only those are looked through");
    }

    async fn users_are_found_by_their_mail_address_too_whatever_its_case_and_whoever_shares_it(db) {
        use MessageType::{AlertOpened, SessionRevocationRequested as Order};
        let (shop, other) = (project(db, "Shop").await, project(db, "Other").await);
        endpoint(db, shop, Format::Standard).await;
        crate::event::story(db, shop).await;
        crate::event::put(db, &[crate::event::arrival(other, NOW, crate::event::login("eve", "o"))]).await;
        let by = &Actor::System;
        let end = async |session| revocations::revoke_session(db, by, shop, session, "https://watch.example", NOW).await.expect("order");
        end("home-1").await;
        for mail in ["eve@example.com", "EVE@Example.COM", " eve@example.com "] {
            assert_eq!((told(db, shop, user(mail)).await, orders(db, shop, user(mail)).await), (vec![Order, AlertOpened], 1));
            assert_eq!(orders(db, other, user(mail)).await, 0, "of the project alone");
        }
        for nobody in ["eve@example", "@example.com", "thief@example.com", "eve@example.com\0"] {
            assert_eq!((told(db, shop, user(nobody)).await, orders(db, shop, user(nobody)).await), (vec![], 0), "{nobody}");
        }
        crate::event::put(db, &[crate::event::arrival(shop, NOW, crate::event::login("adam", "adams"))]).await;
        end("adams").await;
        assert_eq!(told(db, shop, user("Eve@example.com")).await, [Order, Order, AlertOpened], "both have it");
        assert_eq!((orders(db, shop, user("eve@example.com")).await, orders(db, shop, user("adam")).await), (2, 1));
        let text = DeliveryFilter { about: user("eve@example.com"), ..DeliveryFilter::default() };
        assert_eq!(store::search(db, shop, text, "adam", Paging::default()).await.expect("search").page.rows.len(), 1);
    }
}
