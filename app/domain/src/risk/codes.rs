//! Every stable code of a reason: what it means and what to do about it. A code is never given another meaning.

mod all;
#[cfg(test)]
mod tests;

pub use all::ALL;

/// One code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// As it stands in a reason.
    pub code: &'static str,
    /// What it says.
    pub means: &'static str,
    /// What an operator may do.
    pub advice: &'static str,
}

const fn code(code: &'static str, means: &'static str, advice: &'static str) -> Code {
    Code { code, means, advice }
}

/// What there is to say about a code.
pub fn find(code: &str) -> Option<&'static Code> {
    ALL.iter().find(|known| known.code == code)
}
