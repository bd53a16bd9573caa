//! `porchlight profiles`: what it would forget is said before.

use porchlight_domain::Timestamp;
use porchlight_domain::db::Db;
use porchlight_domain::retention::store::step;

use super::*;

on_both_engines! {
    async fn what_the_log_no_longer_tells_is_forgotten_only_where_somebody_says_so(fresh) {
        let program = Program::new(fresh).await;
        program.run(&["project", "create", "--name", "Shop"], "").await;
        let event = |day: u32| format!("{{\"verb\":\"log-in\",\"occurred_at\":\"2026-01-{day:02}T08:00:00Z\",\"user\":{{\"id\":\"eve\"}}}}\n");
        program.run(&["import", "--project", "Shop", "--format", "events", "-"], &(event(2) + &event(20))).await;
        program.run(&["project", "keep", "--project", "Shop", "--days", "30"], "").await;
        let now = Timestamp::parse("2026-02-10T12:00:00Z").expect("time");
        let db = Db::connect(&program.fresh.url, [7; 32], now).await.expect("database");
        assert!(step(&db, now).await.expect("step") > 0);
        db.close().await;
        let rebuild = ["profiles", "rebuild", "--project", "Shop"];
        let (succeeded, printed) = program.try_run(&rebuild, "y\n").await;
        assert!(!succeeded && printed.contains("--forget-older"), "without a terminal nobody is asked: {printed}");
        assert!(printed.contains("its events before 2026-01-11 00:00:00 UTC were deleted"), "{printed}");
        let learned = program.run(&[&rebuild[..], &["--forget-older"]].concat(), "").await;
        assert!(learned.contains("1 profile learned from 1 event"), "{learned}");
    }
}
