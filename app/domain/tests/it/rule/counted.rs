//! Many rules at once: all are counted, though few are kept with the event.

use porchlight_domain::event::store::record;
use porchlight_domain::operator::Actor;
use porchlight_domain::rule::store::{create, hits};
use porchlight_domain::rule::verdict::{MAX_NOTES, tags};
use porchlight_domain::rule::{Hits, Mode, NewRule};

use super::{condition, event, shop};
use crate::support::NOW;

on_both! {
    async fn however_many_rules_hit_each_is_counted_and_a_tag_is_told(db) {
        let shop = shop(db, "Shop").await;
        let mut made = Vec::new();
        for number in 0..40 {
            let shadow = NewRule { mode: Mode::Shadow, ..condition(&format!("Shadow {number}"), "true", "block") };
            let lacking = condition(&format!("Lacking {number}"), "place.city == 'Auckland'", "block");
            for (rule, counted) in [
                (shadow, Hits { shadow: 1, ..Hits::default() }),
                (lacking, Hits { skipped: 1, ..Hits::default() }),
            ] {
                made.push((create(db, &Actor::System, shop, rule, NOW).await.expect("create").id, counted));
            }
        }
        create(db, &Actor::System, shop, condition("Tag", "true", "tag(late)"), NOW).await.expect("create");
        let recorded = record(db, &[event(shop, "log-in")], "http://localhost", NOW).await.expect("record");
        let kept = &recorded[0].assessment.account.rules;
        assert_eq!((kept.len(), tags(kept)), (MAX_NOTES, vec!["late"]));
        let found = hits(db, shop, NOW).await.expect("hits");
        assert_eq!(found.len(), 81);
        assert!(made.iter().all(|(rule, counted)| found.get(rule) == Some(counted)), "{found:?}");
    }
}
