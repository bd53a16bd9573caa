//! Time to kill: how long it takes from the question to the answer, the delivery, and the application's word that every
//! session is dead.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// When an order came where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// When the user was asked; None: nobody was.
    pub asked_at: Option<Timestamp>,
    /// When it was given: of one that an answer led to, when the user answered.
    pub answered_at: Timestamp,
    /// When the application first had it.
    pub delivered_at: Option<Timestamp>,
    /// When the last of its sessions was said to be dead; None: not all are.
    pub confirmed_at: Option<Timestamp>,
}

/// A stretch of the way, over many orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Stretch {
    /// How many orders have it behind them.
    pub orders: usize,
    /// Half of them took at most so long, in microseconds.
    pub p50_us: i64,
    /// 95 % of them.
    pub p95_us: i64,
}

/// Time to kill over many orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TimeToKill {
    /// How many orders were given.
    pub orders: usize,
    /// How long users took to answer.
    pub ask_to_answer: Stretch,
    /// From the answer, or another wish, until the application had the order.
    pub answer_to_delivered: Stretch,
    /// From then until it said that every session is dead.
    pub delivered_to_confirmed: Stretch,
    /// From the answer, or another wish, to that end: what Porchlight and the application answer for.
    pub answer_to_confirmed: Stretch,
}

/// Sums up orders.
pub fn time_to_kill(orders: &[Clock]) -> TimeToKill {
    let stretch = |from: fn(&Clock) -> Option<Timestamp>, to: fn(&Clock) -> Option<Timestamp>| {
        let took = |order: &Clock| Some(to(order)?.since(from(order)?).max(0));
        Stretch::of(orders.iter().filter_map(took).collect())
    };
    TimeToKill {
        orders: orders.len(),
        ask_to_answer: stretch(|order| order.asked_at, |order| Some(order.answered_at)),
        answer_to_delivered: stretch(|order| Some(order.answered_at), |order| order.delivered_at),
        delivered_to_confirmed: stretch(|order| order.delivered_at, |order| order.confirmed_at),
        answer_to_confirmed: stretch(|order| Some(order.answered_at), |order| order.confirmed_at),
    }
}

impl Stretch {
    fn of(mut took: Vec<i64>) -> Self {
        took.sort_unstable();
        // The nearest rank: a value that occurred.
        let rank = |percent: usize| {
            let rank = (took.len() * percent).div_ceil(100).saturating_sub(1);
            took.get(rank).copied().unwrap_or_default()
        };
        Self { orders: took.len(), p50_us: rank(50), p95_us: rank(95) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stretch_counts_the_orders_that_have_it_behind_them() {
        let at = |micros: i64| Some(Timestamp(micros));
        let orders: Vec<_> = (1..=100)
            .map(|n| Clock {
                asked_at: if n % 2 == 0 { at(0) } else { None },
                answered_at: Timestamp(n),
                delivered_at: at(3 * n),
                confirmed_at: if n <= 20 { at(10 * n) } else { None },
            })
            .collect();
        let sum = time_to_kill(&orders);
        assert_eq!(sum.orders, 100);
        assert_eq!(sum.ask_to_answer, Stretch { orders: 50, p50_us: 50, p95_us: 96 });
        assert_eq!(sum.answer_to_delivered, Stretch { orders: 100, p50_us: 100, p95_us: 190 });
        assert_eq!(sum.delivered_to_confirmed, Stretch { orders: 20, p50_us: 70, p95_us: 133 });
        assert_eq!(sum.answer_to_confirmed, Stretch { orders: 20, p50_us: 90, p95_us: 171 });
        assert_eq!(time_to_kill(&[]), TimeToKill::default());
    }
}
