//! What may be an endpoint: its URL, its description, its types.

use super::Format;
use crate::webhook::MessageType;
use crate::{Error, Result};

/// The longest URL, in characters.
const MAX_URL: usize = 2_000;
/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 500;

/// Checks where an endpoint is, and normalises it: what is stored is what is dialled.
pub(super) fn checked_url(text: &str) -> Result<String> {
    let refuse = |message: &str| Err(Error::invalid("url", message));
    if text.chars().count() > MAX_URL {
        return refuse("must be at most 2000 characters");
    }
    let Ok(mut url) = url::Url::parse(text.trim()) else {
        return refuse("must be an https:// or http:// URL");
    };
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return refuse("must be an https:// or http:// URL");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must not hold a user name or password: they would end up in logs");
    }
    url.set_fragment(None);
    Ok(url.into())
}

/// Checks what an endpoint is said to be for.
pub(super) fn checked_description(text: &str) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > MAX_DESCRIPTION || text.chars().any(char::is_control) {
        return Err(Error::invalid("description", "must be at most 500 characters on one line"));
    }
    Ok(text.to_owned())
}

/// Checks which types an endpoint gets. ThisData knew no types: its format takes everything, so that no receiver of it
/// misses the answer that an order carries.
pub(super) fn checked_types(format: Format, mut types: Vec<MessageType>) -> Result<Vec<MessageType>> {
    if format == Format::ThisData && !types.is_empty() {
        return Err(Error::invalid("types", "must be empty: an endpoint of format thisdata gets everything"));
    }
    types.sort_by_key(|kind| kind.as_str());
    types.dedup();
    Ok(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_http_without_credentials_and_normalised() {
        assert_eq!(checked_url(" https://Example.com:443/hook#x ").expect("url"), "https://example.com/hook");
        assert_eq!(checked_url("http://127.1/").expect("url"), "http://127.0.0.1/");
        let long = format!("https://example.com/{}", "a".repeat(2_000));
        for text in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https://u:p@example.com",
            "https://u@h.example",
            &long,
        ] {
            assert!(checked_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn thisdata_endpoints_take_everything() {
        assert!(checked_types(Format::ThisData, vec![MessageType::AlertOpened]).is_err());
        let twice = vec![MessageType::SessionZombie, MessageType::AlertOpened, MessageType::AlertOpened];
        let types = checked_types(Format::Standard, twice).expect("types");
        assert_eq!(types, [MessageType::AlertOpened, MessageType::SessionZombie]);
    }
}
