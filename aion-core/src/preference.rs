//! Preferences about the use of content by machines: `Content-Usage` and `Content-Signal`.

use sfv::{BareItem, Dictionary, GenericBareItem, ListEntry, Parser, key_ref};

/// A statement longer than this is not read.
const MAX_STATEMENT_BYTES: usize = 8192;

/// What is known of somebody's wish about one use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preference {
    /// Nothing was said, or nothing that can be read. It is not a yes.
    #[default]
    Unknown,
    /// The use is expressly allowed.
    Allowed,
    /// The use is expressly disallowed.
    Disallowed,
}

impl Preference {
    /// Both statements together: the stricter one counts, and anything counts more than nothing
    /// (draft-ietf-aipref-vocab, "Combining Preferences").
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Disallowed, _) | (_, Self::Disallowed) => Self::Disallowed,
            (Self::Allowed, _) | (_, Self::Allowed) => Self::Allowed,
            _ => Self::Unknown,
        }
    }
}

/// A statement of preference in the vocabulary of the IETF working group aipref (draft-ietf-aipref-vocab,
/// draft-ietf-aipref-attach): the value of a `Content-Usage` header or of such a rule in `robots.txt`.
///
/// ```
/// use aion_core::{ContentUsage, Preference};
///
/// let usage = ContentUsage::parse(b"train-ai=n, search=y");
/// assert_eq!((usage.train_ai, usage.search), (Preference::Disallowed, Preference::Allowed));
/// assert_eq!(ContentUsage::parse(b"train-ai=no").train_ai, Preference::Unknown);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ContentUsage {
    /// Category `train-ai`: governs training.
    pub train_ai: Preference,
    /// Category `search`: the nearest that the vocabulary has to retrieval, so it governs ingestion.
    pub search: Preference,
    /// Whether something was said that can not be read; what it left unsaid stays unknown.
    pub unreadable: bool,
}

impl ContentUsage {
    /// Reads a dictionary of structured fields (RFC 9651 §3.2): keys in lower case, the last of equal keys
    /// counts, values are the tokens `y` and `n`, parameters mean nothing. Anything else is unknown; a
    /// dictionary that can not be parsed makes every category unknown.
    pub fn parse(value: &[u8]) -> Self {
        let unreadable = Self { unreadable: true, ..Self::default() };
        if value.len() > MAX_STATEMENT_BYTES {
            return unreadable;
        }
        let Ok(dictionary) = Parser::new(value).parse::<Dictionary>() else { return unreadable };
        let mut usage = Self::default();
        for (key, field) in [("train-ai", &mut usage.train_ai), ("search", &mut usage.search)] {
            let Some(entry) = dictionary.get(key_ref(key)) else { continue };
            *field = token_preference(entry);
            usage.unreadable |= *field == Preference::Unknown;
        }
        usage
    }

    /// Both statements together, category by category: see [`Preference::and`]. It is what several rules of
    /// `robots.txt` with the same path ask for (draft-ietf-aipref-attach, "Content-Usage Rule Semantics").
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            train_ai: self.train_ai.and(other.train_ai),
            search: self.search.and(other.search),
            unreadable: self.unreadable || other.unreadable,
        }
    }
}

fn token_preference(entry: &ListEntry) -> Preference {
    let ListEntry::Item(item) = entry else { return Preference::Unknown };
    let value: &BareItem = &item.bare_item;
    match value {
        GenericBareItem::Token(token) if token.as_str() == "y" => Preference::Allowed,
        GenericBareItem::Token(token) if token.as_str() == "n" => Preference::Disallowed,
        _ => Preference::Unknown,
    }
}

/// A statement of the kind that contentsignals.org describes: the value of a `Content-Signal` line of
/// `robots.txt`, or of the header of that name.
///
/// ```
/// use aion_core::{ContentSignal, Preference};
///
/// let signal = ContentSignal::parse("search=yes, ai-train=no");
/// assert_eq!((signal.ai_train, signal.ai_input), (Preference::Disallowed, Preference::Unknown));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ContentSignal {
    /// `search`: an index with links and excerpts. It governs neither of our uses.
    pub search: Preference,
    /// `ai-input`: input of a model at the time of an answer. It governs ingestion.
    pub ai_input: Preference,
    /// `ai-train`: training or fine-tuning. It governs training.
    pub ai_train: Preference,
    /// Whether one of the three was given another value than `yes` or `no`.
    pub unreadable: bool,
}

impl ContentSignal {
    /// Reads `name=yes|no` pairs between commas, in any case. A name that is not one of the three is passed
    /// over, and of contradicting pairs the `no` counts.
    pub fn parse(value: &str) -> Self {
        let mut signal = Self::default();
        if value.len() > MAX_STATEMENT_BYTES {
            signal.unreadable = true;
            return signal;
        }
        for (name, value) in value.split(',').filter_map(|pair| pair.split_once('=')) {
            let field = match name.trim().to_ascii_lowercase().as_str() {
                "search" => &mut signal.search,
                "ai-input" => &mut signal.ai_input,
                "ai-train" => &mut signal.ai_train,
                _ => continue,
            };
            let stated = match value.trim().to_ascii_lowercase().as_str() {
                "yes" => Preference::Allowed,
                "no" => Preference::Disallowed,
                _ => Preference::Unknown,
            };
            signal.unreadable |= stated == Preference::Unknown;
            *field = field.and(stated);
        }
        signal
    }

    /// Both statements together, name by name: see [`Preference::and`].
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            search: self.search.and(other.search),
            ai_input: self.ai_input.and(other.ai_input),
            ai_train: self.ai_train.and(other.ai_train),
            unreadable: self.unreadable || other.unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Preference::{Allowed, Disallowed, Unknown};
    use super::*;

    fn usage(value: &str) -> (Preference, Preference, bool) {
        let usage = ContentUsage::parse(value.as_bytes());
        (usage.train_ai, usage.search, usage.unreadable)
    }

    #[test]
    fn content_usage_reads_the_examples_of_the_drafts() {
        assert_eq!(usage("train-ai=n"), (Disallowed, Unknown, false));
        assert_eq!(usage("train-ai=y, search=n"), (Allowed, Disallowed, false));
        assert_eq!(usage("train-ai=y, train-ai, search=n, search=\"n\""), (Unknown, Unknown, true));
        assert_eq!(usage("train-ai;allow=n, train-ai=y"), (Allowed, Unknown, false));
        assert_eq!(usage("train-ai;has;parameters=\"?\";"), (Unknown, Unknown, true));
    }

    #[test]
    fn what_is_no_dictionary_is_unknown() {
        assert_eq!(usage(""), (Unknown, Unknown, false));
        assert_eq!(usage("other=1, x=(a b);q=1.5"), (Unknown, Unknown, false));
        for bad in [
            "Train-AI=n",
            "train-ai=n,",
            "train-ai=n; ",
            "train-ai=(n)",
            "train-ai=N",
            "train-ai=ñ",
            "train-ai=:bg==:",
            "=n",
            "\0",
        ] {
            assert_eq!(usage(bad), (Unknown, Unknown, true), "{bad:?}");
        }
        assert_eq!(usage(&format!("train-ai=n, x=\"{}\"", "a".repeat(9999))), (Unknown, Unknown, true));
    }

    #[test]
    fn the_stricter_statement_counts() {
        let both = ContentUsage::parse(b"train-ai=y, search=y").and(ContentUsage::parse(b"train-ai=n"));
        assert_eq!((both.train_ai, both.search), (Disallowed, Allowed));
        assert_eq!(Unknown.and(Unknown), Unknown);
    }

    #[test]
    fn content_signal_reads_pairs_in_any_case() {
        let read = |value: &str| {
            let signal = ContentSignal::parse(value);
            (signal.search, signal.ai_input, signal.ai_train, signal.unreadable)
        };
        assert_eq!(read("search=yes,ai-train=no"), (Allowed, Unknown, Disallowed, false));
        assert_eq!(read(" Search = YES , AI-Input=No"), (Allowed, Disallowed, Unknown, false));
        assert_eq!(read("ai-train=yes, ai-train=no, ai-train=yes"), (Unknown, Unknown, Disallowed, false));
        assert_eq!(read("ai-train=maybe, other=no, ai-input"), (Unknown, Unknown, Unknown, true));
        assert_eq!(read(&"ai-train=no,".repeat(9999)), (Unknown, Unknown, Unknown, true));
    }
}
