//! Where a login came from: a place on earth and a network, both looked up from the address.

use serde::{Deserialize, Serialize};

/// A place, as far as the geographic data knows it. Any part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Place {
    /// ISO 3166-1 alpha-2, upper case: `NZ`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The country's English name: `New Zealand`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_name: Option<String>,
    /// Region, state or province: `Auckland`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The region's part of its ISO 3166-2 code: `AUK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region_code: Option<String>,
    /// City: `Auckland`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// IANA zone: `Pacific/Auckland`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Degrees north, WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east, WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// Whom to name wherever the place is shown: the licence of the data asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<Credit>,
}

/// Whose data must be named where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Credit {
    /// DB-IP Lite, CC BY 4.0.
    #[serde(rename = "DB-IP")]
    DbIp,
}

impl Credit {
    /// The text of the link that the licence asks for.
    pub fn text(self) -> &'static str {
        match self {
            Self::DbIp => "IP Geolocation by DB-IP",
        }
    }

    /// Who made it.
    pub fn maker(self) -> &'static str {
        match self {
            Self::DbIp => "DB-IP",
        }
    }

    /// Where the link leads.
    pub fn url(self) -> &'static str {
        match self {
            Self::DbIp => "https://db-ip.com/",
        }
    }
}

impl Place {
    /// `Auckland, New Zealand`; what is missing is left out; None when nothing is known.
    pub fn label(&self) -> Option<String> {
        let country = self.country_name.as_deref().or(self.country.as_deref());
        match (self.city.as_deref(), country) {
            (Some(city), Some(country)) => Some(format!("{city}, {country}")),
            (one, other) => one.or(other).map(str::to_owned),
        }
    }

    /// Latitude and longitude, when both are known.
    pub fn coordinates(&self) -> Option<(f64, f64)> {
        self.latitude.zip(self.longitude)
    }
}

/// Great-circle distance in kilometres between two (latitude, longitude) in degrees, by the haversine formula on a
/// sphere of radius 6,371 km (mean earth radius, IUGG); its error against the ellipsoid is below 0.6 %.
pub fn distance_km(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (lat1, lat2) = (from.0.to_radians(), to.0.to_radians());
    let (half_lat, half_lon) = ((lat2 - lat1) / 2.0, (to.1 - from.1).to_radians() / 2.0);
    let h = half_lat.sin().powi(2) + lat1.cos() * lat2.cos() * half_lon.sin().powi(2);
    2.0 * 6_371.0 * h.sqrt().clamp(0.0, 1.0).asin()
}

/// The network an address belongs to, and what is known against it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Network {
    /// Autonomous system number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asn: Option<u32>,
    /// The autonomous system's name: `Spark New Zealand`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A data centre rather than an access network.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hosting: bool,
    /// A commercial VPN's exit.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub vpn: bool,
    /// An exit of the Tor network.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tor: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auckland_is_as_far_from_london_as_the_atlas_says() {
        let km = distance_km((-36.8485, 174.7633), (51.5074, -0.1278));
        assert!((km - 18_330.0).abs() < 60.0, "{km}");
        assert!(distance_km((10.0, 20.0), (10.0, 20.0)).abs() < 1e-9);
        assert!((distance_km((0.0, 0.0), (0.0, 180.0)) - 20_015.0).abs() < 1.0);
    }

    #[test]
    fn a_place_is_labelled_with_what_is_known() {
        let place = |city: Option<&str>, country: Option<&str>| Place {
            city: city.map(Into::into),
            country: country.map(Into::into),
            ..Place::default()
        };
        assert_eq!(place(Some("Auckland"), Some("NZ")).label().as_deref(), Some("Auckland, NZ"));
        assert_eq!(place(None, Some("NZ")).label().as_deref(), Some("NZ"));
        assert_eq!(place(None, None).label(), None);
    }
}
