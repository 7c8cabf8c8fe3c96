//! What was said before, by its hash: the same words in another case or spacing are the same.

use std::collections::HashSet;

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use crate::interaction::{Message, Role};

/// The conversations that were seen, in 16 bytes each.
#[derive(Default)]
pub(super) struct Seen(HashSet<[u8; 16]>);

impl Seen {
    /// Whether this is the first conversation with these words; what the platform says does not count.
    pub(super) fn is_new(&mut self, messages: &[Message]) -> bool {
        let mut hash = Sha256::new();
        for message in messages.iter().filter(|message| message.role != Role::System) {
            hash.update(message.role.name());
            let folded: String = message.content.nfkc().flat_map(char::to_lowercase).collect();
            for word in folded.split_whitespace() {
                hash.update(b" ");
                hash.update(word);
            }
            // No word has this byte, so one message can not look like two.
            hash.update(b"\n");
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        self.0.insert(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Interaction;

    #[test]
    fn case_spacing_and_composition_make_no_difference() {
        let mut seen = Seen::default();
        let mut is_new =
            |question: &str, answer: &str| seen.is_new(&Interaction::new(question, answer).messages);
        assert!(is_new("O que é?", "Não sei"));
        assert!(!is_new("  o QUE e\u{301}?\n", "NÃO\tsei"));
        assert!(is_new("O que é? Não", "sei"));
        assert!(is_new("O que é?", "Não sei."));
        assert!(!is_new("Ｏ que é？", "Não sei"), "full width");
    }
}
