//! Secrets: random tokens, their hashes, and sealing at rest. Nothing here prints what it holds.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use rand::RngCore;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{Error, Result};

/// The first byte of everything sealed: which key and algorithm.
const VERSION: u8 = 1;
const NONCE: usize = 24;

/// Seals small secrets with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under the installation's key.
pub struct Vault {
    cipher: XChaCha20Poly1305,
    key: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// A vault under this 32-byte key.
    pub fn new(key: [u8; 32]) -> Self {
        Self { cipher: XChaCha20Poly1305::new((&key).into()), key: Zeroizing::new(key) }
    }

    /// Encrypts `plain`, bound to `place` (say, `endpoint_secret:42`): it opens nowhere else.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0_u8; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload { msg: plain, aad: place.as_bytes() };
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| Error::Internal("sealing failed".into()))?;
        Ok([&[VERSION][..], &nonce, &sealed].concat())
    }

    /// Opens what [`Self::seal`] sealed for the same `place`.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let wrong = || Error::Internal(format!("{place} does not open: was SECRET_KEY changed?"));
        let (head, rest) = sealed.split_at_checked(1 + NONCE).ok_or_else(wrong)?;
        if head[0] != VERSION {
            return Err(wrong());
        }
        let payload = Payload { msg: rest, aad: place.as_bytes() };
        self.cipher.decrypt(XNonce::from_slice(&head[1..]), payload).map(Zeroizing::new).map_err(|_| wrong())
    }

    /// A keyed hash (HMAC-SHA-256) of `text` for `purpose`: for values that must be recognised, not read.
    pub fn mac(&self, purpose: &str, text: &str) -> [u8; 32] {
        use hmac::{Hmac, KeyInit, Mac};
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key[..]) else { return [0; 32] };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// A new random token: `prefix` and 32 random bytes in URL-safe base 64.
pub fn token(prefix: &str) -> String {
    format!("{prefix}{}", BASE64URL_NOPAD.encode(&random::<32>()))
}

/// `N` bytes nobody can guess.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// How a token is stored: SHA-256 in hex. Tokens carry 256 random bits, so a slow hash would add nothing.
pub fn token_hash(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_in_its_place_and_under_its_key() {
        let vault = Vault::new([7; 32]);
        let sealed = vault.seal("endpoint_secret:1", b"whsec_x").expect("seal");
        assert_eq!(&vault.open("endpoint_secret:1", &sealed).expect("open")[..], b"whsec_x");
        assert!(vault.open("endpoint_secret:2", &sealed).is_err());
        assert!(Vault::new([8; 32]).open("endpoint_secret:1", &sealed).is_err());
        assert!(vault.open("endpoint_secret:1", &sealed[..10]).is_err());
        assert_eq!(format!("{vault:?}"), "Vault(…)");
    }

    #[test]
    fn tokens_differ_and_their_hashes_do_not() {
        let token = token("pl_");
        assert_ne!(token, super::token("pl_"));
        assert_eq!(token_hash(&token), token_hash(&token));
        assert_eq!(token.len(), 3 + 43);
    }
}
