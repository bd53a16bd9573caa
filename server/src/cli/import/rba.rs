//! The login data set for risk-based authentication (Wiefling et al., doi:10.1145/3546069; github.com/das-group/rba-dataset,
//! CC BY 4.0): logins of a large online service, addresses replaced by made-up ones, so that the file's own places and
//! networks are taken.

use porchlight_domain::event::verb;
use porchlight_domain::place::Place;
use serde_json::{Value, json};

use super::csv::{Header, fields};
use super::{Fault, Read, Reader, Told};
use crate::enrich::country_name;

const TIME: &str = "Login Timestamp";
const USER: &str = "User ID";
const ADDRESS: &str = "IP Address";
const AGENT: &str = "User Agent String";
const SUCCESSFUL: &str = "Login Successful";

/// The file's rows.
#[derive(Debug, Default)]
pub(in crate::cli) struct Rba {
    header: Option<Header>,
}

/// What the data set's authors know of a row: whether it was somebody else than the user.
const TAKEOVER: &str = "Is Account Takeover";

impl Reader for Rba {
    fn read(&mut self, line: &str) -> Told {
        let fault = if self.header.is_none() { Fault::File } else { Fault::Line };
        Ok(self.row(line).map_err(fault)?.map(|(read, _)| read))
    }
}

impl Rba {
    /// Reads a row, and whether the data set marks it as a takeover.
    pub(in crate::cli) fn row(&mut self, line: &str) -> Result<Option<(Read, bool)>, String> {
        let row = fields(line, ',');
        let Some(header) = &self.header else {
            let header = Header::new(row);
            header.has_all([TIME, USER, ADDRESS, AGENT, SUCCESSFUL])?;
            self.header = Some(header);
            return Ok(None);
        };
        header.fits(&row)?;
        let get = |name: &str| header.get(&row, name);
        let verb = match get(SUCCESSFUL) {
            Some("True" | "true" | "1") => verb::LOG_IN,
            Some("False" | "false" | "0") => verb::LOG_IN_DENIED,
            other => {
                return Err(format!(
                    "{SUCCESSFUL}: {} is neither True nor False",
                    other.unwrap_or("nothing")
                ));
            }
        };
        let mut event = json!({
            "verb": verb, "occurred_at": get(TIME), "ip": get(ADDRESS), "user_agent": get(AGENT),
            "user": { "id": get(USER) },
        });
        // Rows that say the same at the same moment are told apart by their number.
        if let (Some(index), Some(event)) = (get("index").or_else(|| get("")), event.as_object_mut()) {
            event.insert("id".into(), Value::String(format!("rba-{index}")));
        }
        let country = get("Country").filter(|country| *country != "-").map(str::to_owned);
        let place = country.map(|country| Place {
            country_name: country_name(&country).map(str::to_owned),
            country: Some(country),
            region: get("Region").filter(|region| *region != "-").map(str::to_owned),
            city: get("City").filter(|city| *city != "-").map(str::to_owned),
            ..Place::default()
        });
        let asn = get("ASN").and_then(|asn| asn.parse().ok());
        let takeover = get(TAKEOVER).is_some_and(|mark| matches!(mark, "True" | "true" | "1"));
        Ok(Some((Read { event, place, asn, times: 1 }, takeover)))
    }
}
