//! The parser's complaints, in words for those who write conditions: its own list the tokens that it would have taken.

/// So much of what was written is repeated.
const MOST: usize = 40;

/// A complaint in words.
pub(super) fn in_words(complaint: &str) -> String {
    let Some(complaint) = complaint.strip_prefix("Syntax error: ") else {
        return complaint.chars().take(200).collect();
    };
    if let Some(text) = between(complaint, "token recognition error at: '", "'") {
        return unread(text);
    }
    if let Some((missing, found)) =
        complaint.strip_prefix("missing ").and_then(|rest| rest.split_once(" at '"))
    {
        let missing = missing.trim_matches('\'');
        let found = found.strip_suffix('\'').unwrap_or(found);
        return match (missing.chars().all(|char| !char.is_alphanumeric()), found) {
            (true, "<EOF>") => format!("“{missing}” is missing at the end"),
            (true, _) => format!("“{missing}” is missing before “{}”", cut(found)),
            (false, _) => format!("a name is missing before “{}”", cut(found)),
        };
    }
    let found = between(complaint, "input '", "' expecting").or_else(|| between(complaint, "input '", "'"));
    match found {
        Some("<EOF>") if !complaint.contains("IDENTIFIER") && complaint.contains("']'") => {
            "“]” is missing at the end".to_owned()
        }
        Some("<EOF>") => "the condition ends where a value or a name should follow".to_owned(),
        Some(word @ ("and" | "AND")) => format!("write && for “{word}”"),
        Some(word @ ("or" | "OR")) => format!("write || for “{word}”"),
        Some(text @ (")" | "]")) if complaint.contains("<EOF>") => format!("“{text}” closes nothing"),
        Some(text) if complaint.contains("<EOF>") => {
            format!("“{}” cannot follow here: is an operator missing before it, like && or ==?", cut(text))
        }
        Some(text) if complaint.starts_with("no viable alternative") => {
            format!("“{}” cannot be read", cut(text))
        }
        Some(text) => format!("“{}” cannot stand here: a value or a name should", cut(text)),
        None => "cannot be read".to_owned(),
    }
}

/// What begins with a character that no value, name or operator begins with.
fn unread(text: &str) -> String {
    match text.chars().next() {
        Some('=') => "= is no operator: write == to compare".to_owned(),
        Some('&') => "& is no operator: write && for and".to_owned(),
        Some('|') => "| is no operator: write || for or".to_owned(),
        Some('"' | '\'') => format!("the text {} does not end", cut(text)),
        Some(char) => format!("“{}” has no meaning in a condition", char.escape_debug()),
        None => "cannot be read".to_owned(),
    }
}

fn between<'a>(text: &'a str, head: &str, tail: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(head)?;
    rest.rsplit_once(tail).map(|(inner, _)| inner)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
