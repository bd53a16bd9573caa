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

/// What a browser says of itself beside its user agent (W3C User-Agent Client Hints), as far as an application passes it on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Hints {
    /// `Sec-CH-UA-Platform`, without its quotes: `Windows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// `Sec-CH-UA-Mobile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<bool>,
}

impl Hints {
    /// True when a browser cannot say both: one of them is forged. A telephone that asks for the desktop's edition of a site
    /// calls itself Linux and may say that it is Android; a tablet may say either of being mobile.
    pub fn contradict(&self, agent: &Agent) -> bool {
        let system = self.platform.as_deref().and_then(system);
        let named = agent.os.as_deref().and_then(system_of);
        let desktop_site = (system, named) == (Some("Android"), Some("Linux"));
        let other_system = system.zip(named).is_some_and(|(one, other)| one != other) && !desktop_site;
        let other_class = match (self.mobile, agent.class) {
            (Some(true), DeviceClass::Desktop) => !desktop_site,
            (Some(false), DeviceClass::Mobile) => true,
            _ => false,
        };
        other_system || other_class
    }
}

/// The operating system that a hint names, as a user agent is understood.
fn system(platform: &str) -> Option<&'static str> {
    match platform {
        "Chrome OS" | "Chromium OS" => Some("ChromeOS"),
        other => system_of(other),
    }
}

/// Those that browsers with hints run on.
fn system_of(name: &str) -> Option<&'static str> {
    ["Windows", "macOS", "Linux", "Android", "iOS", "ChromeOS"].into_iter().find(|known| *known == name)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_contradict_only_what_one_browser_cannot_be() {
        let differ = |platform: &str, mobile, os: &str, class| {
            let hints =
                Hints { platform: Some(platform.into()).filter(|text: &String| !text.is_empty()), mobile };
            hints.contradict(&Agent { os: Some(os.into()), class, ..Agent::default() })
        };
        use DeviceClass::{Bot, Desktop, Mobile, Tablet};
        assert!(differ("Linux", Some(false), "Windows", Desktop));
        assert!(
            differ("", Some(true), "Windows", Desktop) && differ("Android", Some(false), "Android", Mobile)
        );
        for (platform, mobile, os, class) in [
            ("Windows", Some(false), "Windows", Desktop),
            ("Android", Some(true), "Linux", Desktop),
            ("Android", Some(false), "Android", Tablet),
            ("Chrome OS", None, "ChromeOS", Desktop),
            ("Fuchsia", None, "Windows", Desktop),
            ("Linux", None, "", Bot),
            ("", None, "Windows", Desktop),
        ] {
            assert!(!differ(platform, mobile, os, class), "{platform} {os}");
        }
    }
}
