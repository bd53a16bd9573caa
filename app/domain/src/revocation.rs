//! A revocation: an order to end sessions, with a state for each of them. A webhook that asks for it is an order, not
//! a notice: what became of it is known, or it is known that it is not known.

#[cfg(any(test, feature = "store"))]
mod absent;
mod brief;
mod clock;
mod dossier;
#[cfg(any(test, feature = "store"))]
mod hearing;
mod next;
pub mod receipt;
mod receiver;
mod scope;
mod state;
#[cfg(feature = "store")]
pub mod store;
mod withheld;
mod words;

use serde::{Deserialize, Serialize};

pub use brief::Brief;
pub use clock::{Clock, Stretch, TimeToKill, time_to_kill};
pub use dossier::{Dossier, Receipt, Step, Via};
pub use receiver::{Receiver, Reception};
pub use scope::Scope;
pub use state::{Fact, Illegal, Outcome, Overall, State, next_limit, overall, transition};
pub use withheld::{Party, Withheld};

use crate::Timestamp;
use crate::event::EventUser;
use crate::id::{AlertId, QuestionId, ReceiptId, RevocationId, UserKey};
use crate::operator::Actor;
use crate::page::About;

/// The most sessions one order names.
pub const MAX_SESSIONS: usize = 1_000;

/// Who wanted the sessions ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum InitiatedBy {
    /// The user, by answering a question.
    User,
    /// A person in the console.
    Operator,
    /// An operator's rule, or Porchlight itself.
    Rule,
    /// The application, by its API key.
    Api,
    /// Another system, by an inbound webhook.
    Inbound,
}

impl InitiatedBy {
    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Operator => "operator",
            Self::Rule => "rule",
            Self::Api => "api",
            Self::Inbound => "inbound",
        }
    }

    /// From its stored text.
    pub fn from_stored(text: &str) -> Self {
        match text {
            "user" => Self::User,
            "operator" => Self::Operator,
            "api" => Self::Api,
            "inbound" => Self::Inbound,
            _ => Self::Rule,
        }
    }
}

impl From<&Actor> for InitiatedBy {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::User(_) => Self::User,
            Actor::Operator(_) => Self::Operator,
            Actor::Key(_) => Self::Api,
            Actor::Source(_) => Self::Inbound,
            Actor::Rule(_) | Actor::Cli | Actor::System => Self::Rule,
        }
    }
}

/// Why sessions are to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    /// Stable: `user.reported`, `operator.requested`, `application.requested`, `inbound.requested`, `rule.revoke`.
    pub code: String,
    /// For people.
    pub text: String,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Revocation {
    /// Its id.
    pub id: RevocationId,
    /// Whose sessions.
    pub user: EventUser,
    /// Which of them.
    pub scope: Scope,
    /// How far it has come as a whole.
    pub state: Overall,
    /// Why.
    pub reason: Reason,
    /// Who wanted it.
    pub initiated_by: InitiatedBy,
    /// Which one of those: `operator:op_…`, `key:key_…`, `rule:rule_…`.
    pub initiator: Option<String>,
    /// The alert that led to it.
    pub alert_id: Option<AlertId>,
    /// The question whose answer led to it.
    pub question_id: Option<QuestionId>,
    /// When the user was asked, where an answer led to it.
    pub asked_at: Option<Timestamp>,
    /// When it was given: of an order that an answer led to, when the user answered.
    pub requested_at: Timestamp,
    /// When the application first had it.
    pub delivered_at: Option<Timestamp>,
    /// Until when a receipt is awaited, as it was given.
    pub confirm_by: Timestamp,
    /// Until when one is awaited for the next of its sessions: `confirm_by`, or later where all that are still awaited were
    /// put off. Of a settled one: the last of those.
    #[serde(default)]
    pub next_limit: Timestamp,
    /// When the last of its sessions came to an end state, or, after its limit, when all were confirmed after all.
    pub settled_at: Option<Timestamp>,
    /// The order that was given after it, for what may still have been in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<RevocationId>,
    /// Where there were more sessions than one order takes: all orders that were given together, this one among them. The
    /// sessions are dead once each of them is confirmed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<RevocationId>,
    /// It is confirmed, and yet somebody says that a session could not be ended, and has not taken that back: another endpoint,
    /// as a rule. Which session, and which receipt says so: `contested_by` of the sessions.
    #[serde(default)]
    pub contested: bool,
    /// Of one that is still `requested`: why nobody carries it out, where that is known: no endpoint that ends sessions takes
    /// it, or each that does is paused, disabled or on hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<String>,
    /// Each session and how far the order has come for it.
    pub sessions: Vec<OrderedSession>,
    /// Of an order that names no session (your events name none of this user, or none that lives): how far it has come for every session of
    /// the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Whole>,
}

/// How far an order has come for a user as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Whole {
    /// How far.
    #[serde(flatten)]
    pub state: State,
    /// What the application said beside the outcome.
    pub detail: Option<String>,
    /// Since when it is in this state.
    pub updated_at: Timestamp,
    /// A receiver knows no session of the user, while another may have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
    /// Of a confirmed one: the receipts that say otherwise, each the first of whoever says it and has not taken it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contested_by: Vec<ReceiptId>,
}

impl From<OrderedSession> for Whole {
    fn from(row: OrderedSession) -> Self {
        let (contested_by, withheld) = (row.contested_by, row.withheld);
        Self { state: row.state, detail: row.detail, updated_at: row.updated_at, withheld, contested_by }
    }
}

/// A session of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrderedSession {
    /// The application's session id.
    pub id: String,
    /// How far the order has come for it.
    #[serde(flatten)]
    pub state: State,
    /// Of one that was seen alive: how it had died, by the application's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Outcome>,
    /// What the application said beside the outcome.
    pub detail: Option<String>,
    /// Since when it is in this state.
    pub updated_at: Timestamp,
    /// A receiver does not know it, while another may have it: `not_found` from one of several is not the end of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
    /// Of a confirmed one: the receipts that say that it could not be ended, each the first of whoever says it and has not taken
    /// it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contested_by: Vec<ReceiptId>,
}

/// Which orders are asked for. Every field narrows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RevocationFilter {
    /// Only of this user.
    pub user: Option<UserKey>,
    /// Only this one.
    pub id: Option<RevocationId>,
    /// About whom and what, and when it was given.
    pub about: About,
    /// Only in this state.
    pub state: Option<Overall>,
    /// Only those that the application has not answered for every session, also when their time is over: what an
    /// application that polls has to do.
    pub open: bool,
    /// Only those that still wait for an answer.
    pub waiting: bool,
    /// Only those of which the wait is over without every session being said to be dead, and that were not ordered again.
    pub failed: bool,
    /// Only from this alert.
    pub alert: Option<AlertId>,
}
