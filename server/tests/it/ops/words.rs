//! What the command line says of what it refuses, in the words of whoever typed it.

use super::*;

/// A folder of these files; cleared by the test.
fn folder(name: &str, program: &Program, files: &[(&str, &str)]) -> std::path::PathBuf {
    let engine = if program.fresh.url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    let folder = std::env::temp_dir().join(format!("porchlight-{name}-{engine}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("folder");
    files.iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).expect("file"));
    folder
}

on_both_engines! {
    async fn two_rules_of_one_name_are_refused_wherever_rules_are_read(fresh) {
        let program = Program::new(fresh).await;
        program.run(&["project", "create", "--name", "Shop"], "").await;
        let rule = "name = \"No Tor\"\neffect = \"challenge\"\ncondition = \"network.tor\"\nmode = \"enforce\"\n";
        let folder = folder("twice", &program, &[("a.toml", rule), ("b.toml", rule)]);
        let path = folder.to_str().expect("path");
        for command in [
            &["rules", "test", path][..],
            &["rules", "apply", path, "--project", "Shop"],
            &["backtest", "--project", "Shop", "--rules", path],
        ] {
            let (succeeded, told) = program.try_run(command, "").await;
            assert!(!succeeded && told.contains("the rule No Tor stands in") && told.contains("a.toml, too"), "{command:?}: {told}");
        }
        std::fs::remove_file(folder.join("b.toml")).expect("gone");
        let told = program.run(&["rules", "test", path], "").await;
        assert!(told.contains("1 rule, 0 tests passed, 0 failed") && told.contains("No Tor\thas no tests"), "{told}");
        std::fs::remove_dir_all(&folder).expect("cleared");
    }

    async fn what_is_refused_is_called_as_it_was_typed(fresh) {
        let program = Program::new(fresh).await;
        program.run(&["project", "create", "--name", "Shop"], "").await;
        let folder = folder("words", &program, &[("map.toml", "[columns]\noccurred_at = \"When\"\n[constants]\nverb = \"log-in\"\n")]);
        let map = folder.join("map.toml");
        let map = map.to_str().expect("path");
        for (command, input, expected) in [
            (&["project", "tell", "--project", "Shop", "--mail", "nobody"][..], "", "--mail"),
            (&["backtest", "--project", "Shop", "--from", "2999-01-01"][..], "", "--from must be before --to"),
            (&["import", "--project", "Shop", "--format", "csv", "no-such-file.csv"][..], "", "cannot read no-such-file.csv"),
            (&["import", "--project", "Shop", "--format", "csv", "--map", map, "-"][..], "When;Who\n", "no column When"),
            (&["serve", "--trusted-proxies", "10.0.0.1/8"][..], "", "10.0.0.1/8 has bits beyond its length: 10.0.0.0/8?"),
        ] {
            let (succeeded, told) = program.try_run(command, input).await;
            assert!(!succeeded && told.contains(expected), "{command:?}: {told}");
            assert!(!told.contains("operator_mails"), "{told}");
        }
        std::fs::remove_dir_all(&folder).expect("cleared");
    }

    async fn a_setting_of_mails_is_refused_before_anybody_is_welcomed(fresh) {
        let program = Program::new(fresh).await;
        for (flags, expected) in [
            (&["--smtp-url", "mail.example.com:25"], "SMTP_URL must begin with smtp:// or smtps://"),
            (&["--mail-from", "nobody"], "MAIL_FROM"),
        ] {
            let command = [&["serve", "--listen", "127.0.0.1:0"][..], &flags[..]].concat();
            let (succeeded, told) = program.try_run(&command, "").await;
            assert!(!succeeded && told.contains(expected), "{told}");
            assert!(!told.contains("/welcome/"), "{told}");
        }
    }
}
