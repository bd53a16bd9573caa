//! A secret that signs: shared, or the private half of an ed25519 key. Never printed, never serialised, wiped from memory
//! when dropped.

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::SigningKey;
use zeroize::{Zeroize, Zeroizing};

use crate::vault::{self, Vault};
use crate::{Error, Result};

const PREFIX: &str = "whsec_";
/// Before the private half of an ed25519 key, and before its public half.
const PRIVATE: &str = "whsk_";
const PUBLIC: &str = "whpk_";
/// How long a typed secret may be, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 5..=256;

/// A secret exactly as it was shown. `whsec_` and base 64 is a key of those bytes for Standard Webhooks; `whsk_` and base
/// 64 is an ed25519 key pair, the seed before the public half; any other text is a key of its own UTF-8 bytes. ThisData's signature is always keyed with the text as shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A new one: 32 random bytes.
    pub fn generate() -> Self {
        let mut bytes = vault::random::<32>();
        let secret =
            Self(Zeroizing::new(format!("{PREFIX}{}", Zeroizing::new(BASE64.encode(&bytes)).as_str())));
        bytes.zeroize();
        secret
    }

    /// A new ed25519 key pair.
    pub fn generate_pair() -> Self {
        let seed = Zeroizing::new(vault::random::<32>());
        let pair = Zeroizing::new(SigningKey::from_bytes(&seed).to_keypair_bytes());
        Self(Zeroizing::new(format!("{PRIVATE}{}", Zeroizing::new(BASE64.encode(&*pair)).as_str())))
    }

    /// The ed25519 key, where it is one.
    pub(super) fn pair(&self) -> Option<SigningKey> {
        let bytes = decode(self.0.strip_prefix(PRIVATE)?)?;
        SigningKey::from_keypair_bytes(bytes.as_slice().try_into().ok()?).ok()
    }

    /// True of an ed25519 key: it signs `v1a`, everything else `v1`.
    pub fn is_pair(&self) -> bool {
        self.0.starts_with(PRIVATE)
    }

    /// The public half of an ed25519 key: `whpk_…`.
    pub fn public_key(&self) -> Option<String> {
        let pair = self.pair()?;
        Some(format!("{PUBLIC}{}", BASE64.encode(pair.verifying_key().as_bytes())))
    }

    /// One that an administrator typed: visible ASCII, so that what is shown is what is keyed.
    pub fn typed(text: &str) -> Result<Self> {
        let secret = Self::verbatim(text)?;
        if text.strip_prefix(PREFIX).is_some_and(|encoded| decode(encoded).is_none()) {
            return Err(Error::invalid("secret", "begins with whsec_ but is not followed by base64"));
        }
        if secret.is_pair() {
            return Err(Error::invalid("secret", "is an ed25519 key: a shared secret is wanted"));
        }
        Ok(secret)
    }

    /// One whose text is the key for whoever made it, whatever it begins with: the same characters, nothing decoded.
    pub fn verbatim(text: &str) -> Result<Self> {
        if !LENGTHS.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid("secret", "must be 5 to 256 visible ASCII characters without spaces"));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// One that was stored.
    pub fn stored(bytes: &[u8]) -> Result<Self> {
        let text =
            std::str::from_utf8(bytes).map_err(|_| Error::Internal("a stored secret is not text".into()))?;
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The secret itself: to seal it, or to show it this once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The key of Standard Webhooks.
    pub fn key(&self) -> Zeroizing<Vec<u8>> {
        let decoded = self.0.strip_prefix(PREFIX).and_then(decode);
        decoded.unwrap_or_else(|| Zeroizing::new(self.0.as_bytes().to_vec()))
    }

    /// What it may be recognised by: of a key pair the public half; four of a generated secret's 43 characters; of a typed one, which may be short or
    /// a word, only a fingerprint that nobody can compute without the installation's key.
    pub fn hint(&self, vault: &Vault) -> String {
        if let Some(public) = self.public_key() {
            return public;
        }
        match self.0.strip_prefix(PREFIX).filter(|encoded| encoded.len() >= 32) {
            Some(encoded) => format!("{PREFIX}{}…", &encoded[..4]),
            None => format!("typed #{}", HEXLOWER.encode(&vault.mac("secret-hint", &self.0)[..4])),
        }
    }
}

fn decode(encoded: &str) -> Option<Zeroizing<Vec<u8>>> {
    BASE64.decode(encoded.as_bytes()).ok().filter(|key| !key.is_empty()).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_secret_is_32_bytes_behind_its_prefix_and_never_the_same() {
        let secret = Secret::generate();
        assert_eq!(secret.key().len(), 32);
        assert_ne!(secret.expose(), Secret::generate().expose());
        assert_eq!(Secret::typed(secret.expose()).expect("typed"), secret);
    }

    #[test]
    fn a_typed_secret_is_visible_ascii_of_some_length() {
        for text in ["hello", "hello-world", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &"x".repeat(256)] {
            assert_eq!(Secret::typed(text).expect("typed").expose(), text);
        }
        for text in [
            "",
            "four",
            "with space",
            "naïve",
            "tab\tbed",
            "whsec_",
            "whsec_%%%%",
            "whsec_YWJ",
            &"x".repeat(257),
        ] {
            assert!(Secret::typed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn neither_debug_nor_hint_gives_a_secret_away() {
        let vault = Vault::new([7; 32]);
        let (generated, typed) = (Secret::generate(), Secret::typed("hello").expect("typed"));
        assert_eq!(format!("{generated:?}{typed:?}"), "Secret(…)Secret(…)");
        assert!(generated.hint(&vault).len() < 16 && !typed.hint(&vault).contains("hello"));
        assert_ne!(
            typed.hint(&vault),
            typed.hint(&Vault::new([8; 32])),
            "a guess cannot be checked without the key"
        );
    }
}
