//! What is refused before it costs anything.

use super::*;

/// A thread as small as a server's or a test's: two megabytes. What overflows it ends the process.
fn on_a_small_stack(source: String) -> Result<Condition, Fault> {
    let parse = move || Condition::new(&source);
    std::thread::Builder::new().stack_size(2 << 20).spawn(parse).expect("thread").join().expect("no panic")
}

#[test]
fn a_monstrous_condition_is_refused_before_it_costs_anything() {
    let megabyte = "true && ".repeat(1 << 17) + "true";
    assert_eq!(fault(&megabyte).text, format!("must be at most 4096 bytes, and is {}", megabyte.len()));
    for source in [
        "(".repeat(4_096),
        format!("{}true{}", "(".repeat(2_000), ")".repeat(2_000)),
        "[".repeat(4_096),
        "1<".repeat(2_047) + "1",
        "1+".repeat(2_047) + "1",
        "-".repeat(4_095) + "1",
        "!".repeat(4_091) + "true",
        "a.".repeat(2_047) + "a",
        "true?true:".repeat(400) + "true",
        format!("[1]{}", "[0]".repeat(1_360)),
        "size(".repeat(500) + "1" + &")".repeat(500),
        "{1:".repeat(1_000),
        "\"".repeat(4_095),
        "\u{0}".repeat(4_096),
        "🔑".repeat(1_024),
    ] {
        let start: String = source.chars().take(20).collect();
        assert!(on_a_small_stack(source).is_err(), "{start}");
    }
}

#[test]
fn the_largest_conditions_that_are_accepted_fit_on_a_small_stack() {
    for source in [
        "true&&".repeat(680) + "true",
        format!("user.logins in [{}1]", "1,".repeat(900)),
        format!("{}1 > 0", "1+".repeat(55)),
        format!("{}true{}", "(".repeat(30), ")".repeat(30)),
        format!("!{}", "!".repeat(498) + "true"),
    ] {
        let start: String = source.chars().take(20).collect();
        let condition = on_a_small_stack(source).unwrap_or_else(|fault| panic!("{start}: {fault}"));
        assert!(condition.steps() <= MAX_STEPS);
        let (seen, assessment) = (login().0, Assessment::default());
        let evaluate = move || condition.holds(&Facts { logins: Some(1), ..facts(&seen, &assessment) });
        let held = std::thread::Builder::new().stack_size(2 << 20).spawn(evaluate).expect("thread").join();
        assert!(held.expect("no panic").is_ok(), "{start}");
    }
}

#[test]
fn loops_in_loops_are_priced_before_they_run() {
    let mut source = "true".to_owned();
    let mut steps = Vec::new();
    for _ in 0..4 {
        source = format!("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(x, {source})");
        steps.push(Condition::new(&source).map(|condition| condition.steps()).map_err(|fault| fault.text));
    }
    assert!(matches!(steps[..2], [Ok(few), Ok(more)] if few < 100 && more < MAX_STEPS), "{steps:?}");
    assert!(matches!(&steps[2], Err(text) if text.contains("may take at most 2000 steps")), "{steps:?}");
    assert!(steps[3].is_err());
    let many = format!("[{}\"a\"].all(x, risk.reasons.all(y, x != y))", "\"a\",".repeat(200));
    assert!(fault(&many).text.contains("steps"));
}

#[test]
fn garbage_is_refused_and_never_panics() {
    let pieces = [
        "event",
        ".",
        "verb",
        "==",
        "\"",
        "'",
        "(",
        ")",
        "[",
        "]",
        "&&",
        "||",
        "!",
        "-",
        "1",
        "0.5",
        "x",
        "in",
        "has",
        "exists",
        ",",
        "?",
        ":",
        "{",
        "}",
        "\\",
        "risk.reasons",
        "true",
        " ",
        "é",
        "\n",
        "size",
        "inCidr",
        "null",
        "@",
        "`",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let (seen, assessment) = (login().0, Assessment::default());
    let mut accepted = 0;
    for _ in 0..3_000 {
        let length = next() % 12 + 1;
        let source: String = (0..length).map(|_| pieces[(next() % pieces.len() as u64) as usize]).collect();
        if let Ok(condition) = Condition::new(&source) {
            accepted += 1;
            let _ = condition.holds(&facts(&seen, &assessment));
        }
    }
    assert!(accepted > 0, "nothing was even parsed");
}
