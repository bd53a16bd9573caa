//! What is known of those that an order went to: who they are, and what they said.

use porchlight_domain::revocation::{Receipt, Receiver, Reception, Via};
use porchlight_domain::webhook::Delivery;

/// What is known of the receivers of an order.
#[derive(Clone, Copy, Default)]
pub(in crate::pages::revocation) struct Heard<'a> {
    /// What they said.
    pub receipts: &'a [Receipt],
    /// Who they are.
    pub receivers: &'a [Receiver],
}

impl<'a> Heard<'a> {
    /// The last receipt of whoever a delivery went to, where it may be believed: it need not have come in its answer.
    pub(super) fn said(self, one: &Delivery) -> Option<&'a Receipt> {
        let own = |receipt: &&Receipt| {
            receipt.delivery_id == Some(one.id) || receipt.endpoint_id == Some(one.endpoint_id)
        };
        self.receipts.iter().rev().filter(|receipt| !receipt.is_refused()).find(own)
    }

    /// Of those that are no endpoint's, for all that is known, the last by each way, the first of them first.
    pub(super) fn of_others(self) -> impl Iterator<Item = &'a Receipt> {
        let others = |receipt: &&Receipt| {
            !receipt.is_refused() && receipt.endpoint_id.is_none() && receipt.delivery_id.is_none()
        };
        let last =
            |via: Via| self.receipts.iter().enumerate().rfind(|(_, one)| others(one) && one.via == via);
        let mut last: Vec<_> = [Via::Post, Via::Poll].into_iter().filter_map(last).collect();
        last.sort_by_key(|(place, _)| *place);
        last.into_iter().map(|(_, receipt)| receipt)
    }

    /// What is still to come of it.
    pub(super) fn coming(self, one: &Delivery) -> Option<&'a Receiver> {
        self.receivers.iter().find(|receiver| receiver.delivery_id == one.id)
    }

    /// It only listens.
    pub(super) fn listens(self, one: &Delivery) -> bool {
        let mut all = self.receivers.iter();
        all.any(|receiver| {
            receiver.endpoint_id == one.endpoint_id && receiver.reception == Reception::Observed
        })
    }

    /// True where it went to those alone that only listen.
    pub(in crate::pages::revocation::next) fn nobody_ends(self) -> bool {
        !self.receivers.is_empty() && self.receivers.iter().all(|one| one.reception == Reception::Observed)
    }
}
