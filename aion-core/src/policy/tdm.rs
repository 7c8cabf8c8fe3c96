//! TDMRep: the reservation of the right to text and data mining.
//!
//! The W3C Community Group's final report at
//! <https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/>, which is how a site in the
//! European Union exercises the opt-out of Article 4 of Directive (EU) 2019/790.

use serde_json::Value;

use super::route::encoded_byte;
use crate::preference::Preference;

/// A larger `tdmrep.json` is not read; it is the limit of RFC 9309 for `robots.txt`.
const MAX_FILE_BYTES: usize = 500 << 10;
/// A rule beyond these is not read; each costs one comparison for every address.
const MAX_RULES: usize = 2000;
/// Of a longer path or pattern only this much is compared.
const MAX_PATH_BYTES: usize = 4096;

/// What is known of a resource's reservation, and where a licence may be had.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TdmRights {
    /// `tdm-reservation`: 1 is [`Preference::Disallowed`], 0 is [`Preference::Allowed`].
    pub mining: Preference,
    /// `tdm-policy`: the address of the terms, as it was spelled.
    pub policy: Option<String>,
    /// Whether a reservation was given that is neither 1 nor 0; it leaves `mining` unset.
    pub unreadable: bool,
}

impl TdmRights {
    /// Takes over what `later` says; what it leaves unsaid stays ("the absence MUST not reset current
    /// values").
    pub(super) fn supersede(&mut self, later: TdmRights) {
        if later.mining != Preference::Unknown {
            self.mining = later.mining;
        }
        self.policy = later.policy.or(self.policy.take());
        self.unreadable |= later.unreadable;
    }

    /// Adds one more `tdm-reservation` of the same place: of contradicting ones the reservation counts.
    pub(super) fn add_reservation(&mut self, value: &str) {
        for value in value.split(',') {
            match value.trim() {
                "1" => self.mining = Preference::Disallowed,
                "0" => self.mining = self.mining.and(Preference::Allowed),
                _ => self.unreadable = true,
            }
        }
    }
}

/// A parsed `/.well-known/tdmrep.json`, to be asked for every address of its host.
///
/// ```
/// use aion_core::{Preference, policy::TdmFile};
///
/// let file = TdmFile::parse(br#"[{"location": "/papers/*.pdf$", "tdm-reservation": 1}]"#).unwrap();
/// assert_eq!(file.rights("/papers/a.pdf").mining, Preference::Disallowed);
/// assert_eq!(file.rights("/news").mining, Preference::Unknown);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TdmFile {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    pattern: Pattern,
    rights: TdmRights,
}

impl TdmFile {
    /// Reads an array of `{"location", "tdm-reservation", "tdm-policy"}`. An entry without a location is
    /// passed over. `None` if the bytes are no JSON array or too many: the file then says nothing.
    pub fn parse(body: &[u8]) -> Option<Self> {
        if body.len() > MAX_FILE_BYTES {
            return None;
        }
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let entries: Vec<Value> = serde_json::from_slice(body).ok()?;
        Some(Self { rules: entries.iter().filter_map(Rule::of).take(MAX_RULES).collect() })
    }

    /// What the first rule that matches says; `path` begins with a slash and may have a query.
    pub fn rights(&self, path: &str) -> TdmRights {
        let path = normalised(path, Side::Path);
        let rule = self.rules.iter().find(|rule| rule.pattern.matches(&path));
        rule.map(|rule| rule.rights.clone()).unwrap_or_default()
    }
}

impl Rule {
    fn of(entry: &Value) -> Option<Self> {
        let pattern = Pattern::of(entry.get("location")?.as_str()?);
        let mut rights = TdmRights::default();
        match entry.get("tdm-reservation")? {
            Value::String(text) => rights.add_reservation(text),
            number => rights.add_reservation(&number.to_string()),
        }
        rights.policy = entry.get("tdm-policy").and_then(Value::as_str).map(str::to_owned);
        Some(Self { pattern, rights })
    }
}

/// A pattern of paths as in `robots.txt`: it matches a beginning, `*` stands for anything, a final `$` for
/// the end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    /// What must follow each other, with anything between.
    pieces: Vec<String>,
    anchored: bool,
}

impl Pattern {
    fn of(location: &str) -> Self {
        let (location, anchored) = location.strip_suffix('$').map_or((location, false), |open| (open, true));
        let rooted = if location.starts_with(['/', '*']) { "" } else { "/" };
        let text = normalised(&format!("{rooted}{location}"), Side::Pattern);
        Self { pieces: text.split('*').map(str::to_owned).collect(), anchored }
    }

    /// Each piece is sought where the one before ended, so the time is linear in the path, whatever the
    /// pattern.
    fn matches(&self, path: &str) -> bool {
        let Some((first, rest)) = self.pieces.split_first() else { return false };
        let Some(mut tail) = path.strip_prefix(first.as_str()) else { return false };
        let Some((last, middle)) = rest.split_last() else { return !self.anchored || tail.is_empty() };
        for piece in middle {
            let Some(at) = tail.find(piece.as_str()) else { return false };
            tail = &tail[at + piece.len()..];
        }
        if self.anchored { tail.ends_with(last.as_str()) } else { tail.contains(last.as_str()) }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Path,
    Pattern,
}

/// One spelling for equal paths: unreserved characters decoded, all others encoded in upper case, `$` and a
/// literal `*` of a path encoded, since a pattern spells them `%24` and `%2A`.
fn normalised(text: &str, side: Side) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = &text.as_bytes()[..text.len().min(MAX_PATH_BYTES)];
    while let Some((&first, tail)) = rest.split_first() {
        let encoded = encoded_byte(rest);
        rest = if encoded.is_some() { &rest[3..] } else { tail };
        let byte = encoded.unwrap_or(first);
        let wildcard = byte == b'*' && side == Side::Pattern;
        let literal =
            encoded.is_none() && byte.is_ascii_graphic() && byte != b'$' && (byte != b'*' || wildcard);
        if literal || byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Preference::{Allowed, Disallowed, Unknown};
    use super::*;

    fn mining(location: &str, path: &str) -> bool {
        Pattern::of(location).matches(&normalised(path, Side::Path))
    }

    #[test]
    fn the_reports_example_is_read() {
        let file = TdmFile::parse(
            br#"[{"location": "/directory-a/", "tdm-reservation": 1},
                 {"location": "/directory-b/html/", "tdm-reservation": 1, "tdm-policy": "https://p.com/p.json"},
                 {"location": "/directory-b/images/*.jpg", "tdm-reservation": 0}]"#,
        )
        .unwrap();
        assert_eq!(file.rights("/directory-a/x").mining, Disallowed);
        assert_eq!(file.rights("/directory-b/html/").policy.as_deref(), Some("https://p.com/p.json"));
        assert_eq!(file.rights("/directory-b/images/1/a.jpg").mining, Allowed);
        assert_eq!(file.rights("/directory-c").mining, Unknown);
    }

    #[test]
    fn the_first_match_counts_even_if_it_says_nothing() {
        let file = TdmFile::parse(
            br#"[{"location": "/a/b", "tdm-reservation": 0}, {"location": "/a", "tdm-reservation": "1"},
                 {"location": "/c", "tdm-reservation": true}, {"location": "/", "tdm-reservation": 1},
                 {"tdm-reservation": 1}, 7]"#,
        )
        .unwrap();
        assert_eq!(file.rights("/a/b").mining, Allowed);
        assert_eq!(file.rights("/a/c").mining, Disallowed);
        assert_eq!((file.rights("/c").mining, file.rights("/c").unreadable), (Unknown, true));
        assert_eq!(file.rights("/d").mining, Disallowed);
    }

    #[test]
    fn patterns_match_as_in_robots_txt() {
        for (location, path) in [
            ("/", "/"),
            ("/fish", "/fish/salmon.html"),
            ("/fish*", "/fishheads"),
            ("*.pdf", "/a.pdf?x"),
            ("/*.php$", "/a/b.php"),
            ("/fish*.php", "/fishheads/catfish.php?id=1"),
            ("a/", "/a/b"),
            ("/foo-%24", "/foo-$"),
            ("/%7Euser/", "/~user/x"),
            ("/\u{e7}a", "/%C3%A7a"),
            ("/a%2fb", "/a%2Fb"),
            ("/x*x$", "/xx"),
            ("/a***b", "/a-b"),
            ("/a$b", "/a$bc"),
            ("/%2A", "/*"),
        ] {
            assert!(mining(location, path), "{location} {path}");
        }
        for (location, path) in [
            ("/fish", "/Fish"),
            ("/fish/", "/fish"),
            ("/*.php$", "/a.php?x"),
            ("/a%2Fb", "/a/b"),
            ("/x*x$", "/x"),
            ("/this$", "/this/"),
        ] {
            assert!(!mining(location, path), "{location} {path}");
        }
    }

    #[test]
    fn hostile_files_are_refused_or_answered_in_linear_time() {
        for bad in [&b""[..], b"{}", b"[1", b"\xff", &[b'['; 100_000], &vec![b' '; MAX_FILE_BYTES + 1]] {
            assert_eq!(TdmFile::parse(bad), None);
        }
        let stars = "*a".repeat(2000);
        assert!(!mining(&format!("/{stars}b$"), &format!("/{}", "a".repeat(4000))));
    }

    #[test]
    fn what_comes_later_supersedes_but_absence_does_not_reset() {
        let mut rights = TdmRights { mining: Disallowed, policy: Some("a".into()), unreadable: false };
        rights.supersede(TdmRights::default());
        assert_eq!((rights.mining, rights.policy.as_deref()), (Disallowed, Some("a")));
        let mut header = TdmRights::default();
        header.add_reservation(" 0 ");
        header.add_reservation("yes");
        rights.supersede(header);
        assert_eq!((rights.mining, rights.policy.as_deref(), rights.unreadable), (Allowed, Some("a"), true));
    }
}
