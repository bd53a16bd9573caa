//! What is done again where PostgreSQL ended it because it and another transaction waited for each other.
//!
//! Whoever changes an endpoint takes its orders first and then the endpoint; whoever records deliveries or a receipt begins at
//! the other end. Both are right for what they do most of the time, and meet seldom.

/// Awaits a whole transaction, and does it again, three times at most, where it was ended so.
macro_rules! unless_deadlocked {
    ($transaction:expr) => {{
        let mut left = 3;
        loop {
            match $transaction.await {
                Err(error) if left > 0 && crate::Error::is_deadlock(&error) => left -= 1,
                done => break done,
            }
        }
    }};
}
pub(crate) use unless_deadlocked;
