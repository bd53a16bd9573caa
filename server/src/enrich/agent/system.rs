//! The operating system that a user agent names, and the class of device that it runs on.

use porchlight_domain::agent::DeviceClass;

use super::version_after;

/// Operating systems: what tells them, their name, what their version follows. The order matters: Windows Phone calls
/// itself Android, Tizen calls itself Linux, Android calls itself Linux, and iOS is "like Mac OS X".
const SYSTEMS: &[(&str, &str, &str)] = &[
    ("Windows Phone", "Windows Phone", "Windows Phone "),
    ("Xbox", "Xbox", ""),
    ("Windows", "Windows", "Windows NT "),
    ("CrOS ", "ChromeOS", ""),
    ("PlayStation", "PlayStation", ""),
    ("Nintendo", "Nintendo", ""),
    ("Tizen", "Tizen", "Tizen "),
    ("Web0S", "webOS", ""),
    ("webOS", "webOS", "webOS/"),
    ("HarmonyOS", "HarmonyOS", "HarmonyOS "),
    ("OpenHarmony", "HarmonyOS", "OpenHarmony "),
    ("KAIOS", "KaiOS", "KAIOS/"),
    ("KaiOS", "KaiOS", "KaiOS/"),
    ("iPhone", "iOS", "OS "),
    ("iPad", "iOS", "OS "),
    ("iPod", "iOS", "OS "),
    ("Android", "Android", "Android "),
    ("Macintosh", "macOS", "Mac OS X "),
    ("Mac OS X", "macOS", "Mac OS X "),
    ("macOS", "macOS", "macOS/"),
    ("FreeBSD", "FreeBSD", "FreeBSD "),
    ("OpenBSD", "OpenBSD", "OpenBSD "),
    ("Linux", "Linux", ""),
    ("linux", "Linux", ""),
    ("X11", "Linux", ""),
    ("iOS", "iOS", "iOS "),
    ("CFNetwork/", "iOS", ""),
];

/// What Windows is called by the number of its kernel. 11 says that it is 10.
const WINDOWS: &[(&str, &str)] = &[
    ("10.0", "10"),
    ("6.3", "8.1"),
    ("6.2", "8"),
    ("6.1", "7"),
    ("6.0", "Vista"),
    ("5.2", "XP"),
    ("5.1", "XP"),
    ("5.0", "2000"),
];

/// Televisions and what is plugged into them.
const TELEVISIONS: &[&str] = &[
    "SmartTV",
    "SMART-TV",
    "Smart-TV",
    "Smart TV",
    "GoogleTV",
    "Android TV",
    "AndroidTV",
    "AppleTV",
    "HbbTV",
    "BRAVIA",
    "CrKey",
    "AFT",
    "Roku",
];

/// Name and version, which may be empty.
pub fn of(user_agent: &str) -> Option<(&'static str, String)> {
    let (_, name, token) = *SYSTEMS.iter().find(|(tells, ..)| user_agent.contains(tells))?;
    let after = |token| version_after(user_agent, token).filter(|version| !version.is_empty());
    let version = match name {
        "ChromeOS" => user_agent.split("CrOS ").nth(1).and_then(|rest| rest.split([' ', ')']).nth(1)),
        "Windows" => after(token)
            .map(|kernel| WINDOWS.iter().find(|(of, _)| *of == kernel).map_or(kernel, |(_, name)| name)),
        "iOS" => after(token).or_else(|| after("iOS ")),
        _ if token.is_empty() => None,
        _ => after(token),
    };
    Some((name, version.unwrap_or_default().replace('_', ".")))
}

/// The class of device, for a user agent that is no bot's.
pub fn class(user_agent: &str, os: Option<&str>) -> DeviceClass {
    let says = |word: &str| user_agent.contains(word);
    if TELEVISIONS.iter().any(|word| says(word)) {
        return DeviceClass::Unknown;
    }
    match os {
        Some("Windows" | "macOS" | "Linux" | "ChromeOS" | "FreeBSD" | "OpenBSD") => DeviceClass::Desktop,
        Some("iOS") if says("iPad") => DeviceClass::Tablet,
        // Browsers leave the word out on tablets; apps never say it.
        Some("Android" | "HarmonyOS") if says("Mozilla/") && !says("Mobile") => DeviceClass::Tablet,
        Some("iOS" | "Android" | "HarmonyOS" | "Windows Phone" | "KaiOS") => DeviceClass::Mobile,
        None if says("Mobile") => DeviceClass::Mobile,
        _ => DeviceClass::Unknown,
    }
}
