//! JSON in ASCII alone (`\uXXXX`): ThisData's .NET client hashes ASCII bytes, so nothing else verifies there.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::Result;

struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut units = [0_u16; 2];
        for character in fragment.chars() {
            if character.is_ascii() && character != '\u{7f}' {
                writer.write_all(&[character as u8])?;
                continue;
            }
            for unit in character.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

/// Compact JSON whose bytes are all ASCII; characters outside the first plane are surrogate pairs (RFC 8259 §7).
pub fn to_ascii_json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Ascii))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn whatever_the_text_the_bytes_are_ascii_and_mean_the_same() {
        let value = json!({ "name": "Zoë \"Ωμέγα\" \\ 東京 😀", "ключ": ["\u{7f}\u{80}\u{1}\n", "\u{2028}"], "n": 1.5 });
        let bytes = to_ascii_json(&value).expect("json");
        assert!(bytes.iter().all(|byte| (0x20..0x7f).contains(byte)), "{bytes:?}");
        assert_eq!(serde_json::from_slice::<Value>(&bytes).expect("parse"), value);
        let text = String::from_utf8(bytes).expect("utf-8");
        assert!(text.contains("Zo\\u00eb") && text.contains("\\ud83d\\ude00"), "{text}");
    }
}
