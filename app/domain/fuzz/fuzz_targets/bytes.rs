//! Any bytes where an event, a profile, a session or what a project learned is expected: an error or a value in bounds,
//! never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use porchlight_domain::Timestamp;
use porchlight_domain::event::parse::{self, Dialect};
use porchlight_domain::profile::{MAX_BYTES, Profile};
use porchlight_domain::risk::memory::Learned;
use porchlight_domain::risk::session::SessionMemory;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(profile) = Profile::decode(bytes) {
        assert!(profile.encode().len() <= MAX_BYTES);
    }
    if let Ok(learned) = Learned::decode(bytes) {
        learned.encode();
    }
    if let Some(session) = SessionMemory::decode(bytes) {
        session.encode();
    }
    if let Ok(body) = serde_json::from_slice(bytes) {
        for dialect in [Dialect::Native, Dialect::ThisData] {
            if let Ok(event) = parse::event(&body, dialect, "", Timestamp(1_772_438_400_000_000)) {
                assert!(event.verb.len() <= bytes.len());
            }
        }
    }
});
