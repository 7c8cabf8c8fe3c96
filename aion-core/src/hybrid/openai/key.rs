//! A secret that no text of ours holds.

use std::collections::HashSet;
use std::fmt;

use reqwest::header::HeaderValue;

use crate::error::{Error, ErrorKind, Result};

/// A run of so many characters of a key is enough to be of use to somebody.
const TELLING: usize = 8;
const MAX_BYTES: usize = 4096;

/// The key of a paid model. It is sent to its provider and shown nowhere: not by `Debug`, not in an error, not in a
/// record.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// # Errors
    /// [`ErrorKind::InvalidArgument`], which does not quote it, for a key that is empty, longer than 4 KiB or not visible
    /// ASCII.
    pub fn new(key: impl Into<String>) -> Result<Self> {
        let key = key.into();
        let is_key = (1..=MAX_BYTES).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_key {
            let message = "the key of the paid model must be 1 to 4096 visible ASCII characters";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        Ok(Self(key))
    }

    /// The value of `Authorization`, which `reqwest` does not show either.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// `text` without the key, and without telling parts of it: a server may quote what it was sent.
    pub(super) fn redact(&self, text: &str) -> String {
        let shortest = TELLING.min(self.0.len());
        let parts: HashSet<&[u8]> = self.0.as_bytes().windows(shortest).collect();
        let mut is_part = vec![false; text.len()];
        for (place, window) in text.as_bytes().windows(shortest).enumerate() {
            if parts.contains(window) {
                is_part[place..place + shortest].fill(true);
            }
        }
        // A key is ASCII, so no character is hidden by half.
        let shown = text.char_indices().map(|(place, c)| if is_part[place] { '*' } else { c });
        shown.collect()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_key_is_left_in_a_text() {
        let key = ApiKey::new("sk-proj-0123456789abcdef").unwrap();
        assert_eq!(
            key.redact("Chave sk-proj-0123456789abcdef não é válida"),
            "Chave ************************ não é válida"
        );
        assert_eq!(key.redact("given: 56789abcdef, sk-proj"), "given: ***********, sk-proj");
        assert_eq!(key.redact("ção"), "ção");
        assert_eq!(ApiKey::new("abc").unwrap().redact("xabcx"), "x***x");
        assert_eq!(format!("{key:?}"), "ApiKey(***)");
    }

    #[test]
    fn what_can_be_no_key_is_refused_and_not_quoted() {
        for key in ["", "sk proj secret", "sk-secret\r\nX: y", "çhave-secret", &"k".repeat(5000)] {
            let error = ApiKey::new(key).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
