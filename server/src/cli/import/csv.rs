//! A table with a header line, and a map that says which column is what.

mod map;

use std::path::Path;

use serde_json::{Map as Object, Value};

use super::{Fault, Read, Reader, Told};
use crate::enrich::country_name;
use map::{Field, Map};
use porchlight_domain::place::Place;

/// A row's fields (RFC 4180): quotes hold delimiters and line ends, a doubled quote is one.
pub(super) fn fields(line: &str, delimiter: char) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            other if other == delimiter && !quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields
}

/// So many of a header's columns are named where one is missing.
const SHOWN: usize = 40;

/// The names of the columns.
#[derive(Clone, Debug)]
pub(super) struct Header(Vec<String>);

impl Header {
    pub(super) fn new(row: Vec<String>) -> Self {
        Self(row.into_iter().map(|name| name.trim().to_owned()).collect())
    }

    /// Where a column is.
    fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|column| column == name)
    }

    /// Names the columns that are missing, and those that there are; one that stands twice cannot be meant.
    pub(super) fn has_all<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
        let names: Vec<_> = names.into_iter().collect();
        if let Some(twice) =
            names.iter().find(|name| self.0.iter().filter(|column| column == *name).count() > 1)
        {
            return Err(format!("the header has the column {twice} twice: which one is meant?"));
        }
        let missing: Vec<_> =
            names.into_iter().filter(|name| self.place(name).is_none()).map(|name| self.near(name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let there: Vec<String> =
            self.0.iter().take(SHOWN).map(|name| name.chars().take(60).collect()).collect();
        let more = if self.0.len() > SHOWN { " and more" } else { "" };
        Err(format!("the header has no column {}; it has {}{more}", missing.join(", "), there.join(", ")))
    }

    /// A column that is missing, with one of the header that may be meant: only its case or the blanks in it differ.
    fn near(&self, name: &str) -> String {
        let plain = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
        match self.0.iter().find(|column| plain(column) == plain(name)) {
            Some(column) => format!("{name} (it has {column}: write that in the map)"),
            None => name.to_owned(),
        }
    }

    /// Whether a row has as many fields.
    pub(super) fn fits(&self, row: &[String]) -> Result<(), String> {
        let (has, needs) = (row.len(), self.0.len());
        if has == needs { Ok(()) } else { Err(format!("has {has} fields, the header {needs}")) }
    }

    /// A field that is not blank.
    pub(super) fn get<'a>(&self, row: &'a [String], name: &str) -> Option<&'a str> {
        let field = row.get(self.place(name)?)?.trim();
        (!field.is_empty()).then_some(field)
    }
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    map: Map,
    header: Option<Header>,
}

impl Table {
    /// Reads the map.
    pub(super) fn open(map: &Path, offset: time::UtcOffset) -> Result<Self, String> {
        Ok(Self { map: Map::open(map, offset)?, header: None })
    }
}

impl Reader for Table {
    fn read(&mut self, line: &str) -> Told {
        let row = fields(line, self.map.delimiter());
        let Some(header) = &self.header else {
            let header = Header::new(row);
            header.has_all(self.map.columns()).map_err(|why| Fault::File(self.map.told(why)))?;
            self.header = Some(header);
            return Ok(None);
        };
        header.fits(&row)?;
        let (mut event, mut place, mut asn) = (Value::Object(Object::new()), Place::default(), None);
        for field in Field::ALL {
            let Some(value) = self.map.value(*field, |column| header.get(&row, column))? else { continue };
            match field {
                Field::Country => {
                    let code = value.to_ascii_uppercase();
                    place.country_name = country_name(&code).map(str::to_owned);
                    place.country = Some(code);
                }
                Field::Region => place.region = Some(value),
                Field::City => place.city = Some(value),
                Field::Asn => {
                    let number = value.trim_start_matches("AS").parse();
                    asn = Some(number.map_err(|_| format!("asn: {value} is no number"))?);
                }
                field => put(&mut event, field.path(), value),
            }
        }
        let place = (place.country.is_some()).then_some(place);
        Ok(Some(Read { event, place, asn, times: 1 }))
    }
}

/// Puts text at a path such as `user.id`.
fn put(event: &mut Value, path: &str, value: String) {
    let place = path.split('.').try_fold(event, |place, part| {
        if place.is_null() {
            *place = Value::Object(Object::new());
        }
        Some(place.as_object_mut()?.entry(part).or_insert(Value::Null))
    });
    if let Some(place) = place {
        *place = Value::String(value);
    }
}

#[cfg(test)]
mod tests;
