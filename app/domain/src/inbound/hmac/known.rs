//! How well-known senders sign, as their documentation says: settings to begin with.

use super::{Algorithm, Encoding, HmacScheme, Place};

/// A sender whose way of signing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// `X-Hub-Signature-256`; its id is not signed, so that what was signed before is a replay.
    GitHub,
    /// `Stripe-Signature`, with the time as a part of it.
    Stripe,
    /// `X-Slack-Signature`, with the time in a header of its own.
    Slack,
    /// `X-Shopify-Hmac-Sha256`, in base64.
    Shopify,
}

impl Known {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::GitHub, Self::Stripe, Self::Slack, Self::Shopify];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub",
            Self::Stripe => "Stripe",
            Self::Slack => "Slack",
            Self::Shopify => "Shopify",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// How it signs.
    pub fn scheme(self) -> HmacScheme {
        let hex = |header: &str, prefix: &str| HmacScheme {
            prefix: prefix.to_owned(),
            ..HmacScheme::plain(header, Algorithm::Sha256, Encoding::Hex)
        };
        match self {
            Self::GitHub => hex("x-hub-signature-256", "sha256="),
            Self::Stripe => HmacScheme {
                signed: "{timestamp}.{body}".to_owned(),
                timestamp: Some(Place::Signature("t".to_owned())),
                id: Some(Place::Body("/id".to_owned())),
                ..hex("stripe-signature", "v1=")
            },
            Self::Slack => HmacScheme {
                signed: "v0:{timestamp}:{body}".to_owned(),
                timestamp: Some(Place::Header("x-slack-request-timestamp".to_owned())),
                ..hex("x-slack-signature", "v0=")
            },
            Self::Shopify => HmacScheme::plain("x-shopify-hmac-sha256", Algorithm::Sha256, Encoding::Base64),
        }
    }
}
