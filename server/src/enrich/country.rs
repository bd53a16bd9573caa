//! English names of countries by their ISO 3166-1 alpha-2 code (and Kosovo's XK, which the data uses).

use std::sync::LazyLock;

/// One country a line, sorted by code: `NZ<tab>New Zealand`.
static COUNTRIES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    include_str!("countries.tsv").lines().filter_map(|line| line.split_once('\t')).collect()
});

/// The English name of the country with this upper-case code.
pub fn name(code: &str) -> Option<&'static str> {
    let at = COUNTRIES.binary_search_by_key(&code, |(code, _)| code).ok()?;
    COUNTRIES.get(at).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_249_codes_and_kosovo_has_a_name() {
        assert_eq!(COUNTRIES.len(), 250);
        assert!(COUNTRIES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(COUNTRIES.iter().all(|(code, name)| code.len() == 2 && name.len() > 3));
        assert_eq!(name("NZ"), Some("New Zealand"));
        assert_eq!(name("GB"), Some("United Kingdom"));
        assert_eq!(name("ZW"), Some("Zimbabwe"));
        assert_eq!(name("UK"), None);
    }
}
