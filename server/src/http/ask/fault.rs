//! What serde says is wrong, as a complaint about a field.

use porchlight_domain::FieldError;

/// From `path: what is wrong at line 1 column 2`, as serde_path_to_error writes it. `whole` names what has no path.
pub(super) fn fault(told: &str, whole: &str) -> FieldError {
    let told = told.rsplit_once(" at line ").map_or(told, |(told, _)| told);
    let (path, message) = match told.split_once(": ") {
        Some((path, message)) if is_path(path) => (path, message),
        _ => ("", told),
    };
    for (start, complaint) in [
        ("missing field `", "is missing"),
        ("duplicate field `", "is given more than once"),
        ("unknown field `", "is not known here"),
    ] {
        let Some(rest) = message.strip_prefix(start) else { continue };
        let (name, known) = match rest.rsplit_once("`, expected ") {
            Some((name, known)) if start.starts_with("unknown") => {
                (name, format!("; there is {}", known.trim_start_matches("one of ").replace('`', "")))
            }
            _ => (rest.rsplit_once('`').map_or(rest, |(name, _)| name), String::new()),
        };
        // Of a key that is there the path tells already.
        let told = path == name || path.ends_with(&format!(".{name}"));
        let field = match path {
            "" => name.to_owned(),
            _ if told => path.to_owned(),
            _ => format!("{path}.{name}"),
        };
        return FieldError::new(field, format!("{complaint}{known}"));
    }
    FieldError::new(if path.is_empty() { whole } else { path }, in_words(message))
}

/// True for `user.id` or `types[0]`, false for a sentence with a colon in it.
fn is_path(text: &str) -> bool {
    !text.is_empty() && text != "." && !text.contains(char::is_whitespace)
}

/// `invalid type: integer `5`, expected a string` says what must be.
fn in_words(message: &str) -> String {
    let is = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    match is.and_then(|is| is.rsplit_once(", expected ")) {
        Some((is, expected)) => format!("must be {expected}, not {}", is.replace('`', "")),
        None => format!("cannot be read: {}", message.replace('`', "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_names_its_field_and_says_what_must_be() {
        for (told, expected) in [
            ("missing field `url` at line 1 column 2", "url is missing"),
            ("missing field `url`", "url is missing"),
            (
                "receipt.sessions[0]: missing field `id` at line 1 column 9",
                "receipt.sessions[0].id is missing",
            ),
            (
                "unknown field `zzz`, expected one of `url`, `format` at line 1 column 5",
                "zzz is not known here; there is url, format",
            ),
            ("receipt.zzz: unknown field `zzz`, expected `id`", "receipt.zzz is not known here; there is id"),
            ("unknown field `a`b`, expected `url`", "a`b is not known here; there is url"),
            ("unknown field `zzz`, there are no fields", "zzz is not known here"),
            ("duplicate field `limit`", "limit is given more than once"),
            (
                "url: invalid type: integer `5`, expected a string at line 1 column 8",
                "url must be a string, not integer 5",
            ),
            ("types[1]: invalid type: map, expected a string", "types[1] must be a string, not map"),
            (
                "open: provided string was not `true` or `false`",
                "open cannot be read: provided string was not true or false",
            ),
            ("invalid type: null, expected a string", "body must be a string, not null"),
        ] {
            assert_eq!(fault(told, "body").to_string(), expected);
        }
    }
}
