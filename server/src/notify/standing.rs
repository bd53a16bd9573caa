//! Whether the mail server takes mails: while it is away one mail tries it now and then, and the others wait without
//! using up their tries.

use std::sync::Mutex;

use porchlight_domain::Timestamp;
use porchlight_domain::time::{MINUTE, SECOND};

/// The shortest and the longest pause between two tries of a server that is away.
const PAUSES: (i64, i64) = (5 * SECOND, MINUTE);

/// What is known of the mail server.
#[derive(Debug, Default)]
pub(super) struct Standing(Mutex<Option<Away>>);

#[derive(Clone, Copy, Debug)]
struct Away {
    since: Timestamp,
    retry_at: Timestamp,
}

impl Standing {
    /// When it is tried next; None while it takes mails.
    pub(super) fn retry_at(&self) -> Option<Timestamp> {
        self.0.lock().ok()?.map(|away| away.retry_at)
    }

    /// It could not be spoken to. True when that is news.
    pub(super) fn failed(&self, now: Timestamp) -> bool {
        let Ok(mut state) = self.0.lock() else { return false };
        let since = state.map_or(now, |away| away.since);
        // A quarter of the time that it has been away.
        let pause = (now.since(since) / 4).clamp(PAUSES.0, PAUSES.1);
        state.replace(Away { since, retry_at: now.plus(pause) }).is_none()
    }

    /// It answered. For how many seconds it was away, when that is news.
    pub(super) fn answered(&self, now: Timestamp) -> Option<i64> {
        let away = self.0.lock().ok()?.take()?;
        Some(now.since(away.since) / SECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_goes_and_comes_back_is_news_twice_and_tried_ever_more_seldom() {
        let (server, start) = (Standing::default(), Timestamp::from_seconds(1_772_438_400));
        assert_eq!((server.retry_at(), server.answered(start)), (None, None));
        assert!(server.failed(start));
        assert_eq!(server.retry_at(), Some(start.plus(5 * SECOND)));
        let later = start.plus(2 * MINUTE);
        assert!(!server.failed(later), "it is known");
        assert_eq!(server.retry_at(), Some(later.plus(30 * SECOND)));
        let late = start.plus(60 * MINUTE);
        assert!(!server.failed(late));
        assert_eq!(server.retry_at(), Some(late.plus(MINUTE)));
        assert_eq!(server.answered(late.plus(MINUTE)), Some(61 * 60));
        assert_eq!((server.retry_at(), server.answered(late)), (None, None));
    }
}
