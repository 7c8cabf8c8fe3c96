//! The directives of the robots meta element and of the `X-Robots-Tag` header.
//!
//! No standard describes them. Read here as the documentation of Google Search ("Robots meta tag,
//! data-nosnippet, and X-Robots-Tag specifications") and MDN ("X-Robots-Tag") do; `noai` and `noimageai` come
//! from DeviantArt (2022), `noml` from <https://noml.info>.

/// Which directives were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Directives {
    pub(super) noindex: bool,
    pub(super) nofollow: bool,
    pub(super) noai: bool,
    pub(super) noimageai: bool,
    pub(super) noml: bool,
}

/// Directives that take a value, so that what stands before their colon is no agent's name.
const VALUED: &[&str] = &["max-image-preview", "max-snippet", "max-video-preview", "unavailable_after"];

impl Directives {
    /// Adds what the `content` of a meta element says: words between commas, semicolons or spaces, in any
    /// case.
    pub(super) fn add_content(&mut self, content: &str) {
        for word in content.split(|c: char| c == ',' || c == ';' || c.is_whitespace()) {
            self.add_word(word);
        }
    }

    /// Adds what the value of one `X-Robots-Tag` header says to everybody and to `agent`. A name with a colon
    /// opens the part that speaks to that agent only, up to the next name or the end of the value.
    pub(super) fn add_header(&mut self, value: &str, agent: &str) {
        let mut ours = true;
        for part in value.split(',') {
            let words = match part.split_once(':') {
                Some((name, rest)) if is_agent_name(name.trim()) => {
                    ours = is_addressed(name, agent);
                    rest
                }
                _ => part,
            };
            if ours {
                self.add_content(words);
            }
        }
    }

    fn add_word(&mut self, word: &str) {
        match word.to_ascii_lowercase().as_str() {
            "noindex" => self.noindex = true,
            "nofollow" => self.nofollow = true,
            "none" => (self.noindex, self.nofollow) = (true, true),
            "noai" => self.noai = true,
            "noimageai" => self.noimageai = true,
            "noml" => self.noml = true,
            _ => {}
        }
    }
}

/// Whether a meta element or a header that names `name` speaks to the crawler `agent`: to all (`robots`), or
/// to the product token at the head of its user agent (RFC 9309 §2.2.1), with or without a final `bot`.
pub(super) fn is_addressed(name: &str, agent: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    let token = product_token(agent).to_ascii_lowercase();
    let bare = |text: &str| text.strip_suffix("bot").unwrap_or(text).trim_end_matches('-').to_owned();
    matches!(name.as_str(), "robots" | "*")
        || (!token.is_empty() && !bare(&name).is_empty() && bare(&name) == bare(&token))
}

fn product_token(agent: &str) -> &str {
    let end = agent.find(|c: char| !(c.is_ascii_alphabetic() || c == '-' || c == '_')).unwrap_or(agent.len());
    &agent[..end]
}

fn is_agent_name(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "-_.*/".contains(c);
    !name.is_empty()
        && name.chars().all(token)
        && !VALUED.iter().any(|valued| name.eq_ignore_ascii_case(valued))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(value: &str) -> Directives {
        let mut directives = Directives::default();
        directives.add_header(value, "AION/1.0 (+https://example.org)");
        directives
    }

    #[test]
    fn directives_are_words_in_any_case() {
        let mut all = Directives::default();
        all.add_content("NoIndex,nofollow ; noai\tnoimageai,noml");
        assert_eq!(
            all,
            Directives { noindex: true, nofollow: true, noai: true, noimageai: true, noml: true }
        );
        assert_eq!(header("none"), Directives { noindex: true, nofollow: true, ..Default::default() });
        assert_eq!(header("index, follow, all, noindexes, max-snippet:-1, noarchive"), Directives::default());
    }

    #[test]
    fn a_named_agents_directives_are_its_own() {
        for other in ["otherbot: noindex, nofollow", "googlebot:noai", "googlebot: index, bingbot: none"] {
            assert_eq!(header(other), Directives::default(), "{other}");
        }
        for ours in [
            "aion: noindex",
            "AIONbot:noindex",
            "aion-bot: noindex",
            "robots: noindex",
            "*: noindex",
            "noindex, googlebot: nofollow",
            "googlebot: nofollow, aion: noindex",
        ] {
            assert_eq!(header(ours), Directives { noindex: true, ..Default::default() }, "{ours}");
        }
    }

    #[test]
    fn a_value_is_no_agent() {
        for value in [
            "unavailable_after: 25 Jun 2010 15:00:00 PST, noindex",
            "max-image-preview: large, noindex",
            "unavailable_after: Wed, 03 Apr 2019 13:00:00 GMT, noindex",
        ] {
            assert!(header(value).noindex, "{value}");
        }
    }

    #[test]
    fn an_agent_without_a_token_is_nobody() {
        assert!(!is_addressed("", "") && !is_addressed("bot", "bot") && !is_addressed("x", "123"));
        assert!(is_addressed(" Robots ", "") && is_addressed("examplebot", "ExampleBot/2.0"));
    }
}
