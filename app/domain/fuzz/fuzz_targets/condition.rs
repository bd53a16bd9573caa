//! Any text as a rule's condition: refused with a reason, or it holds, does not hold, or says why it cannot tell.
#![no_main]

use libfuzzer_sys::fuzz_target;
use porchlight_domain::event::Observation;
use porchlight_domain::risk::Assessment;
use porchlight_domain::rule::Facts;
use porchlight_domain::rule::condition::Condition;

fuzz_target!(|source: &str| {
    match Condition::new(source) {
        Err(fault) => assert!(!fault.text.is_empty()),
        Ok(condition) => {
            let (seen, assessment) = (Observation::default(), Assessment::default());
            let facts = Facts {
                seen: &seen,
                assessment: &assessment,
                logins: None,
                device_known: None,
                user_since: None,
                session_since: None,
            };
            assert!(condition.doubts().iter().all(|doubt| doubt.ends_with('.')));
            if let Err(why) = condition.holds(&facts) {
                assert!(!why.is_empty());
            }
        }
    }
});
