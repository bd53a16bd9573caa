//! What was typed into a form that was refused. A script leaves it where it is; without one the browser loads the page
//! anew, so the server keeps it for a while, in memory, and the page finds it by the token in its URL. Never a secret.

/// The argument of a URL that holds the token.
pub const ARGUMENT: &str = "__typed";

/// A form's fields, in its order.
pub type Fields = Vec<(String, String)>;

/// The fields of a form as a browser sends it; without passwords and secrets, which are typed again.
pub fn fields(form: &str) -> Fields {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let pairs = pairs.map(|(name, value)| (decoded(name), decoded(value)));
    pairs
        .filter(|(name, _)| !["password", "secret", "token"].iter().any(|word| name.contains(word)))
        .collect()
}

/// Text out of its place in a form: `+` is a space, `%41` a byte.
fn decoded(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().replace('+', " ").into_bytes();
    for piece in pieces {
        let code = piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let rest = if code.is_some() { &piece[2..] } else { piece };
        bytes.push(code.unwrap_or(b'%'));
        bytes.extend(rest.replace('+', " ").bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(feature = "ssr")]
mod kept {
    use std::collections::VecDeque;
    use std::sync::{Mutex, PoisonError};

    use porchlight_domain::Timestamp;
    use porchlight_domain::time::MINUTE;
    use porchlight_domain::vault;

    use super::{Fields, fields};

    /// How long it is kept.
    const LIFETIME: i64 = 10 * MINUTE;
    /// How much is kept at most, in bytes as sent; the oldest goes first.
    const MOST: usize = 4 * 1024 * 1024;

    struct Form {
        token: String,
        until: Timestamp,
        body: String,
    }

    /// Forms that were refused of late.
    #[derive(Default)]
    pub struct Kept(Mutex<VecDeque<Form>>);

    impl Kept {
        /// Keeps a form as it was sent; answers the token to find it by.
        pub fn keep(&self, body: &str, now: Timestamp) -> String {
            let mut forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let token = vault::token("");
            forms.push_back(Form { token: token.clone(), until: now.plus(LIFETIME), body: body.to_owned() });
            let mut size: usize = forms.iter().map(|form| form.body.len()).sum();
            while let Some(oldest) = forms.front().filter(|form| size > MOST || form.until < now) {
                size -= oldest.body.len();
                forms.pop_front();
            }
            token
        }

        /// The fields of the form with this token, while it is kept.
        pub fn find(&self, token: &str, now: Timestamp) -> Option<Fields> {
            let forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let form = forms.iter().find(|form| form.token == token && form.until >= now)?;
            Some(fields(&form.body))
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_refused_form_is_kept_for_a_while() {
            let (kept, now) = (Kept::default(), Timestamp::from_seconds(1_790_000_000));
            let token = kept.keep("name=Head+office&filters=10.0.0.0%2F33%0D%0Anz&password=x", now);
            let known = vec![
                ("name".to_owned(), "Head office".to_owned()),
                ("filters".to_owned(), "10.0.0.0/33\r\nnz".to_owned()),
            ];
            assert_eq!(kept.find(&token, now.plus(LIFETIME)), Some(known));
            assert_eq!(kept.find(&token, now.plus(LIFETIME + 1)), None);
            assert_eq!(kept.find("another", now), None);
        }

        #[test]
        fn not_more_is_kept_than_fits() {
            let (kept, now) = (Kept::default(), Timestamp::from_seconds(1_790_000_000));
            let large = format!("note={}", "a".repeat(MOST / 3));
            let tokens: Vec<_> = (0..4).map(|_| kept.keep(&large, now)).collect();
            let found: Vec<_> = tokens.iter().map(|token| kept.find(token, now).is_some()).collect();
            assert_eq!(found, [false, false, true, true]);
        }
    }
}

#[cfg(feature = "ssr")]
pub use kept::Kept;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_reads_as_it_was_typed_but_for_its_secrets() {
        let typed = fields("name=Caf%C3%A9+%26+%e2&types%5B%5D=a&types%5B%5D=b&secret=s&next=100%&x");
        let typed: Vec<_> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            typed,
            [("name", "Café & \u{fffd}"), ("types[]", "a"), ("types[]", "b"), ("next", "100%")]
        );
    }
}
