//! What a user agent string says of the client. The parsing itself is `server/src/enrich`; this is its result.

use serde::{Deserialize, Serialize};

/// What kind of thing the client runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeviceClass {
    /// A desktop or laptop computer.
    Desktop,
    /// A telephone.
    Mobile,
    /// A tablet.
    Tablet,
    /// A program that says it is one: crawler, monitor, command-line client.
    Bot,
    /// Television, console, or nothing that can be told.
    #[default]
    Unknown,
}

impl DeviceClass {
    /// As it is called in code: a part of what profiles keep, so that it may not change.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Desktop => "Desktop",
            Self::Mobile => "Mobile",
            Self::Tablet => "Tablet",
            Self::Bot => "Bot",
            Self::Unknown => "Unknown",
        }
    }
}

/// A client: browser, operating system, device class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Agent {
    /// Browser family: `Chrome`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// Browser version as it writes itself: `52.0.2743.116`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_version: Option<String>,
    /// Operating system family: `Windows`, `macOS`, `Linux`, `Android`, `iOS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Operating system version: `10.11.6`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// Desktop, mobile, tablet, bot or unknown.
    pub class: DeviceClass,
}

impl Agent {
    /// `Chrome on macOS`; what is missing is left out; None when nothing is known.
    pub fn label(&self) -> Option<String> {
        match (self.browser.as_deref(), self.os.as_deref()) {
            (Some(browser), Some(os)) => Some(format!("{browser} on {os}")),
            (one, other) => one.or(other).map(str::to_owned),
        }
    }
}
