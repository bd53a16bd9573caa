//! Where an address is: read from city tables, from country tables where those know nothing.

use std::net::IpAddr;

use porchlight_domain::place::Place;
use serde::Deserialize;

use super::country;
use super::table::Table;

/// Codes of no country: reserved, unknown.
const NOWHERE: [&str; 3] = ["ZZ", "XX", "T1"];

/// The tables that know places, the newest of each kind first.
#[derive(Default)]
pub struct Places {
    /// With cities and coordinates.
    pub cities: Vec<Table>,
    /// With the country alone.
    pub countries: Vec<Table>,
}

impl Places {
    /// Where `ip` is, as the first table that knows it says.
    pub fn find(&self, ip: IpAddr) -> Option<Place> {
        let tables = self.cities.iter().chain(&self.countries);
        let mut told = tables.filter_map(|table| Some((table.find::<Record>(ip)?, table.credit)));
        told.find_map(|(record, credit)| Some(Place { credit, ..record.place()? }))
    }
}

/// A record in either of the two usual shapes: flat (`country_code`, `city`, `state1`), or nested as MaxMind's
/// (`country.iso_code`, `city.names.en`, `subdivisions[0].names.en`).
#[derive(Deserialize)]
struct Record<'a> {
    country_code: Option<&'a str>,
    state1: Option<&'a str>,
    postcode: Option<&'a str>,
    timezone: Option<&'a str>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    city: Option<Name<'a>>,
    country: Option<Country<'a>>,
    #[serde(default)]
    subdivisions: Vec<Region<'a>>,
    postal: Option<Postal<'a>>,
    location: Option<Location<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Name<'a> {
    Plain(&'a str),
    #[serde(borrow)]
    Translated(Names<'a>),
}

#[derive(Deserialize)]
struct Names<'a> {
    #[serde(borrow)]
    names: Option<English<'a>>,
}

#[derive(Deserialize)]
struct Region<'a> {
    iso_code: Option<&'a str>,
    #[serde(borrow)]
    names: Option<English<'a>>,
}

#[derive(Deserialize)]
struct English<'a> {
    en: Option<&'a str>,
}

#[derive(Deserialize)]
struct Country<'a> {
    iso_code: Option<&'a str>,
}

#[derive(Deserialize)]
struct Postal<'a> {
    code: Option<&'a str>,
}

#[derive(Deserialize, Default)]
struct Location<'a> {
    latitude: Option<f64>,
    longitude: Option<f64>,
    time_zone: Option<&'a str>,
}

impl<'a> Names<'a> {
    fn english(&self) -> Option<&'a str> {
        self.names.as_ref().and_then(|names| names.en)
    }
}

impl Record<'_> {
    fn place(self) -> Option<Place> {
        let location = self.location.unwrap_or_default();
        let country = text(self.country_code.or(self.country.and_then(|country| country.iso_code)));
        if country.as_deref().is_some_and(|code| NOWHERE.contains(&code)) {
            return None;
        }
        let city = match &self.city {
            Some(Name::Plain(name)) => Some(*name),
            Some(Name::Translated(names)) => names.english(),
            None => None,
        };
        let region = self.subdivisions.first();
        let named = region.and_then(|region| region.names.as_ref()).and_then(|names| names.en);
        let place = Place {
            country_name: country.as_deref().and_then(country::name).map(Into::into),
            country,
            region: text(self.state1.or(named)),
            region_code: text(region.and_then(|region| region.iso_code)),
            city: text(city.map(without_district)),
            postal_code: text(self.postcode.or(self.postal.and_then(|postal| postal.code))),
            timezone: text(self.timezone.or(location.time_zone)),
            latitude: degrees(self.latitude.or(location.latitude)),
            longitude: degrees(self.longitude.or(location.longitude)),
            credit: None,
        };
        (place != Place::default()).then_some(place)
    }
}

fn text(value: Option<&str>) -> Option<String> {
    value.filter(|value| !value.is_empty()).map(Into::into)
}

/// `Auckland (Auckland CBD)` is Auckland: a user who moves within a town has not changed it.
fn without_district(city: &str) -> &str {
    city.split_once(" (").map_or(city, |(city, _district)| city)
}

/// Four decimals are 11 metres; more are the noise of single precision.
fn degrees(value: Option<f64>) -> Option<f64> {
    value.map(|degrees| (degrees * 1e4).round() / 1e4)
}
