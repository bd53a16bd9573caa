//! The command line: what it makes and changes, what it refuses, and the settings it starts with.

mod profiles;

use super::*;

on_both_engines! {
    async fn an_import_says_which_verbs_may_have_been_meant_for_others(fresh) {
        let program = Program::new(fresh).await;
        program.run(&["project", "create", "--name", "Shop"], "").await;
        let lines = "{\"verb\":\"log-in\",\"occurred_at\":\"2026-01-01T08:00:00Z\",\"user\":{\"id\":\"eve\"}}\n\
            {\"verb\":\"email-change\",\"occurred_at\":\"2026-01-01T08:01:00Z\",\"user\":{\"id\":\"eve\"}}\n";
        let told = program.run(&["import", "--project", "Shop", "--format", "events", "-"], lines).await;
        assert!(told.contains("2 events stored"), "{told}");
        let slip = "1 event says email-change, which the judgement does not know: did you mean email-update?";
        assert!(told.contains(slip), "{told}");
    }

    async fn what_is_imported_after_later_events_is_told_with_the_way_to_learn_it_in_order(fresh) {
        let program = Program::new(fresh).await;
        program.run(&["project", "create", "--name", "Shop"], "").await;
        let event = |day: u32| format!("{{\"verb\":\"log-in\",\"occurred_at\":\"2026-01-{day:02}T08:00:00Z\",\"user\":{{\"id\":\"eve\"}}}}\n");
        let import = async |lines: String| program.run(&["import", "--project", "Shop", "--format", "events", "-"], &lines).await;
        assert!(!import(event(10) + &event(11)).await.contains("profiles rebuild"));
        assert!(!import(event(10) + &event(11) + &event(12)).await.contains("profiles rebuild"), "taken up again");
        let told = import(event(8) + &event(9) + &event(13)).await;
        assert!(told.contains("2 of the stored events happened before others") && told.contains("porchlight profiles rebuild --project \"Shop\""), "{told}");
        let learned = program.run(&["profiles", "rebuild", "--project", "Shop"], "").await;
        assert!(learned.contains("1 profile learned from 6 events"), "{learned}");
    }

    async fn the_weights_are_shown_refitted_and_taken_back(fresh) {
        let program = Program::new(fresh).await;
        program.run(&["project", "create", "--name", "Shop"], "").await;
        let shown = program.run(&["calibrate", "--project", "Shop", "--show"], "").await;
        assert_eq!(shown.trim(), "alpha 1.000, beta 0.000, attackers 0.600 0.250 0.100 0.050 (shipped)");
        let refused = program.run(&["calibrate", "--project", "Shop"], "").await;
        assert!(refused.starts_with("Nothing changed: 0 answers, 50 are needed."), "{refused}");
        let reset = program.run(&["calibrate", "--project", "Shop", "--reset"], "").await;
        assert!(reset.contains("The shipped weights were in force."), "{reset}");
    }

    async fn the_rules_of_one_file_are_tested_and_those_of_a_project_listed(fresh) {
        let program = Program::new(fresh).await;
        program.run(&["project", "create", "--name", "Shop"], "").await;
        let none = program.run(&["rules", "list", "--project", "Shop"], "").await;
        assert!(none.contains("Shop has no rules"), "{none}");
        let folder = std::env::temp_dir().join(format!("porchlight-rules-{}", std::process::id()));
        let folder = folder.join(if program.fresh.url.starts_with("sqlite:") { "sqlite" } else { "postgres" });
        std::fs::create_dir_all(&folder).expect("folder");
        let file = folder.join("tor.toml");
        std::fs::write(&file, "name = \"No Tor\"\neffect = \"challenge\"\ncondition = \"network.tor\"\nmode = \"enforce\"\n\n\
            [[test]]\ngiven = { network = { tor = true } }\nexpect = \"hit\"\n").expect("rule");
        let tested = program.run(&["rules", "test", file.to_str().expect("path")], "").await;
        assert!(tested.contains("1 rule, 1 test passed, 0 failed"), "{tested}");
        program.run(&["rules", "apply", folder.to_str().expect("path"), "--project", "Shop"], "").await;
        let listed = program.run(&["rules", "list", "--project", "Shop"], "").await;
        assert!(listed.starts_with("version ") && listed.contains("enforce\t+0\tchallenge\tNo Tor (from a file)\tnetwork.tor"), "{listed}");
        std::fs::remove_dir_all(&folder).expect("cleared");
    }

    async fn a_table_whose_quote_or_header_is_wrong_is_told_so(fresh) {
        let program = Program::new(fresh).await;
        program.run(&["project", "create", "--name", "Shop"], "").await;
        let map = std::env::temp_dir().join(format!("porchlight-map-{}-{}.toml", std::process::id(), program.fresh.url.len()));
        std::fs::write(&map, "[columns]\noccurred_at = \"When\"\n\"user.id\" = \"Who\"\n[constants]\nverb = \"log-in\"\n").expect("map");
        let map = map.to_str().expect("path");
        let import = ["import", "--project", "Shop", "--format", "csv", "--map", map, "-"];
        for (table, told) in [
            ("when,who\n", "no column When (it has when: write that in the map), Who (it has who: write that in the map)"),
            ("When,Who,Who\n", "has the column Who twice"),
            ("When,Who\n2026-01-01T08:00:00Z,\"eve\n2026-01-02T08:00:00Z,bob\n", "line 2: opens a quote that is never closed"),
        ] {
            let (_, printed) = program.try_run(&import, table).await;
            assert!(printed.contains(told), "{told}: {printed}");
        }
        std::fs::remove_file(map).expect("cleared");
    }

    async fn the_command_line_makes_operators_projects_and_keys(fresh) {
        let program = Program::new(fresh).await;
        let made = program
            .run(
                &["operator", "create", "--email", "Ann@Example.com", "--role", "owner"],
                "correct horse battery\n",
            )
            .await;
        assert!(made.starts_with("op_") && made.ends_with("\tann@example.com\towner"), "{made}");
        assert!(program.run(&["operator", "list"], "").await.contains("ann@example.com"));
        let project = program.run(&["project", "create", "--name", "Shop", "--ask-users"], "").await;
        let id = project.split('\t').next().expect("id");
        program.run(&["project", "tell", "--project", "Shop", "--mail", "ann@example.com", "--mail", "bob@example.com"], "").await;
        assert!(program.run(&["project", "list"], "").await.contains("asks users\tkeeps events for ever\ttells ann@example.com, bob@example.com"));
        let by_id = program.run(&["key", "create", "--project", id], "").await;
        let by_name = program.run(&["key", "create", "--project", "Shop", "--name", "CI"], "").await;
        assert_ne!(by_id, by_name);
        let serving = program.serve(&[]).await;
        for key in [by_id, by_name] {
            let app = Caller::new(serving.address).with("authorization", &format!("Bearer {key}"));
            assert_eq!(app.get("/api/v1/events").await.expect(200)["next"], Value::Null);
        }
        for (arguments, input, told) in [
            (
                &["operator", "create", "--email", "Ann@Example.com", "--role", "viewer"][..],
                "correct horse battery\n",
                "taken",
            ),
            (
                &["operator", "create", "--email", "bob@example.com", "--role", "viewer"],
                "short\n",
                "at least 10 characters",
            ),
            (&["project", "create", "--name", "Shop"], "", "taken"),
            (&["key", "create", "--project", "Nothing"], "", "there is no project Nothing"),
            (&["serve", "--log", "nonsense=="], "", "LOG"),
            (&["serve", "--public-url", "ftp://watch.example"], "", "must begin with https:// or http://"),
            (&["serve", "--public-url", "mailto:a@b.example"], "", "must begin with https:// or http://"),
            (&["serve", "--public-url", "https://watch.example/porch"], "", "must have no path"),
            (&["serve", "--listen", "localhost"], "", "an address or a name, and a port"),
            (&["operator", "role", "--email", "ann@example.com", "--role", "viewer"], "", "last owner"),
            (&["operator", "remove", "--email", "ann@example.com"], "", "last owner"),
            (&["operator", "password", "--email", "nobody@example.com"], "x\n", "there is no operator"),
            (&["key", "revoke", "--project", "Shop", "--key", "key_0000000000001"], "", "no live key"),
        ] {
            let (succeeded, printed) = program.try_run(arguments, input).await;
            assert!(!succeeded && printed.contains(told), "{arguments:?}: {printed}");
            assert!(!printed.contains("panicked"), "{printed}");
        }
        if program.fresh.url.starts_with("sqlite:") {
            let (succeeded, printed) = program.try_run(&["serve"], "").await;
            assert!(!succeeded && printed.contains("another Porchlight serves"), "{printed}");
        }
        serving.kill();
        let (succeeded, printed) = program.try_run(&["serve", "--mail-from", "nobody"], "").await;
        assert!(!succeeded && printed.contains("MAIL_FROM"), "{printed}");
    }

    async fn an_id_that_comes_again_with_another_body_costs_an_import_that_line_alone(fresh) {
        let program = Program::new(fresh).await;
        program.run(&["project", "create", "--name", "Shop"], "").await;
        let event = |n: usize, user: &str| {
            format!("{{\"id\":\"e{n}\",\"verb\":\"log-in\",\"occurred_at\":\"2026-03-02T08:{n:02}:00Z\",\"user\":{{\"id\":\"{user}\"}}}}\n")
        };
        let mut lines: String = (1..=20).map(|n| event(n, "eve")).collect();
        lines.push_str(&event(10, "eve"));
        lines.push_str(&event(10, "bob"));
        lines.extend((21..=30).map(|n| event(n, "eve")));
        let import = |more: &[&'static str]| {
            [&["import", "--project", "Shop", "--format", "events", "-"][..], more].concat()
        };
        let told = program.run(&import(&["--dry-run"]), &lines).await;
        let holds = |told: &str, counts: [(u64, &str); 3]| {
            counts.iter().all(|(count, what)| told.contains(&format!("{count:>14} {what}")))
        };
        let dry = [(30, "events would be stored"), (1, "events were stored already"), (1, "lines are bad")];
        assert!(holds(&told, dry), "{told}");
        let told = program.run(&import(&[]), &lines).await;
        let first = [(30, "events stored"), (1, "events were stored already"), (1, "lines are bad")];
        assert!(holds(&told, first), "{told}");
        let told = program.run(&import(&["--batch", "7"]), &lines).await;
        let again = [(0, "events stored"), (31, "events were stored already"), (1, "lines are bad")];
        assert!(holds(&told, again), "{told}");
        let (succeeded, told) = program.try_run(&import(&[]), &event(10, "bob")).await;
        assert!(!succeeded && told.contains("line 1: an event with the id e10 and another body"), "{told}");
    }

    async fn the_command_line_changes_operators_and_keys(fresh) {
        let program = Program::new(fresh).await;
        for (email, role) in [("ann@example.com", "owner"), ("bob@example.com", "viewer")] {
            let made = ["operator", "create", "--email", email, "--role", role];
            program.run(&made, "correct horse battery\n").await;
        }
        program.run(&["operator", "role", "--email", "bob@example.com", "--role", "admin"], "").await;
        let new = "another horse battery\n";
        program.run(&["operator", "password", "--email", "Bob@example.com"], new).await;
        assert!(program.run(&["operator", "list"], "").await.contains("bob@example.com\tadmin\t"));
        program.run(&["project", "create", "--name", "Shop"], "").await;
        let key = program.run(&["key", "create", "--project", "Shop", "--name", "CI"], "").await;
        let listed = program.run(&["key", "list", "--project", "Shop"], "").await;
        let id = listed.split('\t').next().expect("id").to_owned();
        assert!(listed.contains("never used\tCI") && !listed.contains(&key), "{listed}");
        let serving = program.serve(&[]).await;
        let app = Caller::new(serving.address).with("authorization", &format!("Bearer {key}"));
        app.get("/api/v1/events").await.expect(200);
        program.run(&["key", "revoke", "--project", "Shop", "--key", &id], "").await;
        eventually(|| async { (app.get("/api/v1/events").await.status == 401).then_some(()) }).await;
        assert_eq!(program.run(&["key", "list", "--project", "Shop"], "").await, "");
        program.run(&["operator", "remove", "--email", "bob@example.com"], "").await;
        let serving_db = porchlight_domain::db::Db::connect(&program.fresh.url, [7; 32], porchlight_server::clock::now());
        let db = serving_db.await.expect("opens");
        let done = porchlight_domain::ledger::of_installation(&db, Default::default()).await.expect("ledger").rows;
        db.close().await;
        assert_eq!((done[0].action.as_str(), done[0].actor.as_str()), ("operator.removed", "cli"));
        assert!(!program.run(&["operator", "list"], "").await.contains("bob@example.com"));
    }

    async fn another_secret_key_than_the_one_before_refuses_to_start(fresh) {
        let mut program = Program::new(fresh).await;
        program.run(&["project", "create", "--name", "Shop"], "").await;
        let right = std::mem::replace(&mut program.secret_key, "08".repeat(32));
        program.run(&["project", "list"], "").await;
        program.secret_key.clone_from(&right);
        let key = program.run(&["key", "create", "--project", "Shop"], "").await;
        let serving = program.serve(&[]).await;
        let app = Caller::new(serving.address).with("authorization", &format!("Bearer {key}"));
        app.post("/api/v1/endpoints", &json!({"url": "https://shop.example/hook"})).await.expect(201);
        drop(serving);
        program.secret_key = "08".repeat(32);
        for arguments in [&["project", "list"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            let (succeeded, printed) = program.try_run(arguments, "").await;
            assert!(!succeeded && printed.contains("SECRET_KEY is not the key"), "{printed}");
        }
        program.secret_key = right;
        assert!(program.run(&["project", "list"], "").await.contains("Shop"));
    }

    async fn a_variable_set_to_nothing_is_not_set(fresh) {
        let mut program = Program::new(fresh).await;
        let names = ["PUBLIC_URL", "SMTP_URL", "MAIL_FROM", "GEO_DIR", "TRUSTED_PROXIES", "WEBHOOK_ALLOW", "LOG"];
        program.variables = names.map(|name| (format!("PORCHLIGHT_{name}"), " ".to_owned())).to_vec();
        program.variables.push(("PORCHLIGHT_LISTEN".to_owned(), String::new()));
        assert!(program.run(&["project", "create", "--name", "Shop"], "").await.contains("Shop"));
        let serving = program.serve(&[]).await;
        assert_eq!(Caller::new(serving.address).get("/readyz").await.status, 200);
    }

    async fn help_shows_the_settings_that_matter(fresh) {
        let program = Program::new(fresh).await;
        let help = program.run(&["key", "create", "--help"], "").await;
        for shown in ["--project", "--database-url", "--data-dir", "--secret-key"] {
            assert!(help.contains(shown), "{shown} is not in {help}");
        }
        for hidden in ["--listen", "--smtp-url", "--webhook-allow", "--metrics-token", "--geo-dir"] {
            assert!(!help.contains(hidden), "{hidden} is in {help}");
        }
        let help = program.run(&["serve", "--help"], "").await;
        assert!(help.contains("--listen") && help.contains("--webhook-allow"), "{help}");
    }
}
