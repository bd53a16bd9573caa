//! The codes are whole: each stands once, and whatever the engine gives is explained.

use super::*;

#[test]
fn a_code_stands_once_and_says_what_to_do() {
    for (place, known) in ALL.iter().enumerate() {
        assert!(!ALL[..place].iter().any(|other| other.code == known.code), "{} stands twice", known.code);
        assert!(known.means.ends_with('.') && known.advice.ends_with('.'), "{}", known.code);
        assert_eq!(find(known.code), Some(known));
    }
    assert_eq!(find("moon.phase"), None);
}

#[test]
fn every_code_that_the_engine_gives_is_explained() {
    let sources = [
        include_str!("../network.rs"),
        include_str!("../client.rs"),
        include_str!("../context.rs"),
        include_str!("../assess.rs"),
        include_str!("../crowd.rs"),
        include_str!("../aged.rs"),
        include_str!("../crowd/factor.rs"),
        include_str!("../crowd/guesser.rs"),
        include_str!("../crowd/tell.rs"),
        include_str!("../crowd/suspect.rs"),
        include_str!("../session/evidence.rs"),
        include_str!("../session/journey.rs"),
        include_str!("../session/standing.rs"),
        include_str!("../session/kept.rs"),
        include_str!("../sequence.rs"),
        include_str!("../../rule/verdict.rs"),
    ];
    let families = [
        "net.", "device.", "client.", "travel.", "hour.", "account.", "user.", "rule.", "global.",
        "session.", "seq.", "wave.",
    ];
    let mut given = 0;
    for text in sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2)) {
        let is_code = families.iter().any(|family| text.starts_with(family))
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.' || byte == b'_');
        if is_code && !text.ends_with('.') {
            assert!(find(text).is_some(), "{text} is not explained");
            given += 1;
        }
    }
    assert!(given > 35, "{given}");
}
