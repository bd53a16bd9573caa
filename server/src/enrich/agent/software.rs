//! The program that sent a user agent: a browser, an app, or a program that says it is no person's browser.

use super::version_after;

/// A program, as its user agent names it.
#[derive(Default)]
pub struct Software {
    /// `Chrome`.
    pub name: Option<String>,
    /// `126.0.0.0`.
    pub version: Option<String>,
    /// It says that it is a program: crawler, monitor, command-line client.
    pub bot: bool,
}

/// Browsers by the token that tells them. The order matters: each carries the tokens of those it descends from.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("OPX/", "Opera"),
    ("OPT/", "Opera"),
    ("OPiOS/", "Opera"),
    ("Opera Mini/", "Opera Mini"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("UCBrowser/", "UC Browser"),
    ("MiuiBrowser/", "MIUI Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("HeyTapBrowser/", "HeyTap Browser"),
    ("VivoBrowser/", "Vivo Browser"),
    ("QQBrowser/", "QQ Browser"),
    ("MQQBrowser/", "QQ Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("Brave/", "Brave"),
    ("Whale/", "Whale"),
    ("Silk/", "Amazon Silk"),
    ("OculusBrowser/", "Oculus Browser"),
    ("Puffin/", "Puffin"),
    ("coc_coc_browser/", "Cốc Cốc"),
    ("Sleipnir/", "Sleipnir"),
    ("Maxthon/", "Maxthon"),
    ("Epiphany/", "Epiphany"),
    ("Konqueror/", "Konqueror"),
    ("Falkon/", "Falkon"),
    ("QtWebEngine/", "QtWebEngine"),
    ("Electron/", "Electron"),
    ("FBAV/", "Facebook"),
    ("FBAN/", "Facebook"),
    ("Instagram ", "Instagram"),
    ("MicroMessenger/", "WeChat"),
    ("Line/", "LINE"),
    ("Snapchat/", "Snapchat"),
    ("Pinterest/", "Pinterest"),
    ("GSA/", "Google App"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("Focus/", "Firefox Focus"),
    ("Klar/", "Firefox Focus"),
    ("SeaMonkey/", "SeaMonkey"),
    ("PaleMoon/", "Pale Moon"),
    ("Waterfox/", "Waterfox"),
    ("LibreWolf/", "LibreWolf"),
    ("Iceweasel/", "Firefox"),
    ("Thunderbird/", "Thunderbird"),
    ("Firefox/", "Firefox"),
    ("wv) AppleWebKit", "Android WebView"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Opera/", "Opera"),
    ("MSIE ", "Internet Explorer"),
    ("Trident/", "Internet Explorer"),
];

/// Where the version of some stands when it is not behind their token.
const VERSION_TOKENS: &[(&str, &str)] =
    &[("wv) AppleWebKit", "Chrome/"), ("FBAN/", "FBAV/"), ("Trident/", "rv:"), ("Opera/", "Version/")];

/// Programs for programmers and scripts, by the start of their user agent.
const CLIENTS: &[(&str, &str)] = &[
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("HTTPie/", "HTTPie"),
    ("PostmanRuntime/", "Postman"),
    ("insomnia/", "Insomnia"),
    ("bruno-runtime/", "Bruno"),
    ("Thunder Client", "Thunder Client"),
    ("python-requests/", "Python Requests"),
    ("python-httpx/", "HTTPX"),
    ("Python-urllib/", "Python urllib"),
    ("python-urllib3/", "urllib3"),
    ("aiohttp/", "aiohttp"),
    ("Scrapy/", "Scrapy"),
    ("Go-http-client/", "Go http client"),
    ("Go http package", "Go http client"),
    ("go-resty/", "Resty"),
    ("Java/", "Java"),
    ("Java-http-client/", "Java"),
    ("Jakarta Commons-HttpClient/", "Apache HttpClient"),
    ("Apache-HttpClient/", "Apache HttpClient"),
    ("axios/", "axios"),
    ("node-fetch/", "node-fetch"),
    ("undici", "undici"),
    ("got/", "got"),
    ("node-superagent/", "SuperAgent"),
    ("Deno/", "Deno"),
    ("Bun/", "Bun"),
    ("Ruby", "Ruby"),
    ("Faraday v", "Faraday"),
    ("GuzzleHttp/", "Guzzle"),
    ("PHP/", "PHP"),
    ("Symfony HttpClient", "Symfony HttpClient"),
    ("libwww-perl/", "libwww-perl"),
    ("reqwest/", "reqwest"),
    ("hyper/", "hyper"),
    ("RestSharp/", "RestSharp"),
    ("k6/", "k6"),
    ("ApacheBench/", "ApacheBench"),
];

/// Ends of words, or of their parts between hyphens, by which crawlers, monitors and previews give themselves away.
const BOT_WORDS: &[&str] = &[
    "bot",
    "bots",
    "crawler",
    "crawl",
    "spider",
    "slurp",
    "fetcher",
    "externalhit",
    "externalagent",
    "preview",
    "scraper",
    "archiver",
    "validator",
    "scanner",
    "monitor",
    "monitoring",
    "pingdom",
    "lighthouse",
    "phantomjs",
    "headless",
    "headlesschrome",
    "mediapartners-google",
    "inspectiontool",
    "googleother",
    "feedfetcher",
    "chatgpt-user",
    "claude-user",
    "perplexity-user",
    "nmap",
    "sqlmap",
    "nikto",
    "nuclei",
    "zgrab",
    "masscan",
    "powershell",
    "httrack",
];

/// Which program this is.
pub fn of(user_agent: &str) -> Software {
    let found = client(user_agent)
        .or_else(|| crawler(user_agent))
        .or_else(|| browser(user_agent))
        .or_else(|| safari(user_agent))
        .or_else(|| app(user_agent));
    let software = found.unwrap_or_default();
    // Only who crawls tells where to complain.
    Software { bot: software.bot || user_agent.contains("://"), ..software }
}

fn named(name: &str, version: &str, bot: bool) -> Software {
    let version = Some(version).filter(|version| !version.is_empty());
    Software { name: Some(name.into()), version: version.map(Into::into), bot }
}

fn client(user_agent: &str) -> Option<Software> {
    // aiohttp writes `Python/3.12 aiohttp/3.9.5`.
    let text = user_agent
        .strip_prefix("Python/")
        .map_or(user_agent, |rest| rest.split_once(' ').map_or(rest, |(_, rest)| rest));
    let (token, name) = CLIENTS.iter().find(|(token, _)| text.starts_with(token))?;
    Some(named(name, version_after(text, token).unwrap_or_default(), true))
}

/// The word that gives a crawler away is its name: `Googlebot`, `facebookexternalhit`.
fn crawler(user_agent: &str) -> Option<Software> {
    let splits = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
    let word = user_agent.split(splits).find(|word| {
        let lower = word.to_ascii_lowercase();
        let mut parts = lower.split('-').chain([lower.as_str()]);
        // Cubot makes telephones.
        lower != "cubot" && parts.any(|part| BOT_WORDS.iter().any(|end| part.ends_with(end)))
    })?;
    Some(named(word, version_after(user_agent, &format!("{word}/")).unwrap_or_default(), true))
}

fn browser(user_agent: &str) -> Option<Software> {
    let found =
        BROWSERS.iter().find_map(|(token, name)| Some((token, name, version_after(user_agent, token)?)));
    let (token, name, version) = found?;
    let elsewhere = VERSION_TOKENS.iter().find(|(of, _)| of == token);
    let version = elsewhere.and_then(|(_, token)| version_after(user_agent, token)).unwrap_or(version);
    Some(named(name, version, false))
}

/// Safari, and what Apple's and Android's own browser engines show inside other apps.
fn safari(user_agent: &str) -> Option<Software> {
    let version = version_after(user_agent, "Version/").unwrap_or_default();
    if user_agent.contains("Android") && user_agent.contains("AppleWebKit/") {
        return Some(named("Android Browser", version, false));
    }
    if user_agent.contains(" Safari/") {
        return Some(named("Safari", version, false));
    }
    let inside = user_agent.contains("AppleWebKit/") && user_agent.contains(" Mobile/");
    inside.then(|| named("Safari WebView", "", false))
}

/// Any other program by the name it starts with: `MyBank/3.2 CFNetwork/1410 Darwin/22.6`, `okhttp/4.12.0`.
fn app(user_agent: &str) -> Option<Software> {
    let (name, _) = user_agent.split_once('/')?;
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_' | '.' | '%');
    if name == "Mozilla" || name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return None;
    }
    let version = version_after(user_agent, &format!("{name}/")).unwrap_or_default();
    Some(named(name, version, false))
}
