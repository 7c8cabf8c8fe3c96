//! From the bytes of a robots.txt to its records: `(field, value)`, one a line.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// Most bytes of a robots.txt that are read, as RFC 9309 §2.5 asks and Google documents.
pub(super) const MAX_BODY_BYTES: usize = 500 * 1024;

/// Most bytes of a line; what follows on it is ignored. Google's parser has the same number.
const MAX_LINE_BYTES: usize = 2083 * 8 - 1;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Allow,
    ContentSignal,
    ContentUsage,
    CrawlDelay,
    Disallow,
    Sitemap,
    UserAgent,
}

/// One record of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) field: Field,
    /// Without white space around it and without the comment after it.
    pub(super) value: &'a [u8],
    /// Whether a `:` stands between the two, as it should.
    pub(super) colon: bool,
}

/// Calls `visit` with every record of the first [`MAX_BODY_BYTES`], in their order.
///
/// Lines end with CR, LF or CRLF. NUL bytes are dropped, which also makes a UTF-16 file of ASCII readable; other
/// bytes need not be UTF-8.
pub(super) fn for_each_record(body: &[u8], mut visit: impl FnMut(Record<'_>)) {
    let body = without_byte_order_mark(first_lines(body));
    let body = match memchr(0, body) {
        Some(_) => Cow::Owned(body.iter().copied().filter(|&byte| byte != 0).collect()),
        None => Cow::Borrowed(body),
    };
    let mut rest: &[u8] = &body;
    // Empty lines are no records, so the LF of a CRLF may pass as one.
    while let Some(start) = rest.iter().position(|&byte| byte != b'\r' && byte != b'\n') {
        rest = &rest[start..];
        let end = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        if let Some(record) = record(&rest[..end.min(MAX_LINE_BYTES)]) {
            visit(record);
        }
        rest = &rest[end..];
    }
}

/// The part of `body` that is read. A line that the limit cuts is left out: half an `Allow` would allow more.
fn first_lines(body: &[u8]) -> &[u8] {
    if body.len() <= MAX_BODY_BYTES {
        return body;
    }
    let end = body[..MAX_BODY_BYTES].iter().rposition(|&byte| byte == b'\n' || byte == b'\r');
    &body[..end.unwrap_or(0)]
}

/// As much of a UTF-8 mark as is there (Google reads files with a damaged one), or the mark of UTF-16.
fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    for mark in [&b"\xEF\xBB\xBF"[..], b"\xEF\xBB", b"\xEF", b"\xFF\xFE", b"\xFE\xFF"] {
        if let Some(rest) = body.strip_prefix(mark) {
            return rest;
        }
    }
    body
}

fn record(line: &[u8]) -> Option<Record<'_>> {
    let line = &line[..memchr(b'#', line).unwrap_or(line.len())];
    let line = line.trim_ascii();
    let colon = memchr(b':', line);
    let (name, value) = match colon {
        Some(at) => (&line[..at], &line[at + 1..]),
        None => two_words(line)?,
    };
    let (field, value) = (field(name.trim_ascii())?, value.trim_ascii());
    Some(Record { field, value, colon: colon.is_some() })
}

/// Google reads `disallow /` as well, but no line of more than two words.
fn two_words(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let at = line.iter().position(is_blank)?;
    let value = line[at..].trim_ascii();
    (!value.iter().any(is_blank)).then_some((&line[..at], value))
}

/// The field that `name` means, with the misspellings that Google's parser knows.
///
/// A longer name that begins so counts as well where it adds restrictions (`Disallow-all`), never for `Allow`.
fn field(name: &[u8]) -> Option<Field> {
    const BEGINNINGS: &[(&[u8], Field)] = &[
        (b"disallow", Field::Disallow),
        (b"user-agent", Field::UserAgent),
        (b"useragent", Field::UserAgent),
        (b"user agent", Field::UserAgent),
        (b"dissallow", Field::Disallow),
        (b"dissalow", Field::Disallow),
        (b"disalow", Field::Disallow),
        (b"diasllow", Field::Disallow),
        (b"disallaw", Field::Disallow),
    ];
    const WHOLE: &[(&[u8], Field)] = &[
        (b"allow", Field::Allow),
        (b"sitemap", Field::Sitemap),
        (b"site-map", Field::Sitemap),
        (b"crawl-delay", Field::CrawlDelay),
        (b"crawldelay", Field::CrawlDelay),
        (b"content-usage", Field::ContentUsage),
        (b"content-signal", Field::ContentSignal),
        (b"content-signals", Field::ContentSignal),
    ];
    let begins =
        |known: &[u8]| name.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known));
    let beginning = BEGINNINGS.iter().find(|(known, _)| begins(known));
    let found = beginning.or_else(|| WHOLE.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)));
    found.map(|&(_, field)| field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(body: &[u8]) -> Vec<(Field, String)> {
        let mut records = Vec::new();
        for_each_record(body, |record| {
            records.push((record.field, String::from_utf8_lossy(record.value).into_owned()));
        });
        records
    }

    #[test]
    fn every_line_end_and_mark_reads_the_same() {
        let expected = vec![(Field::UserAgent, "*".to_owned()), (Field::Disallow, "/a".to_owned())];
        for body in [
            &b"User-agent: *\nDisallow: /a"[..],
            b"\xEF\xBB\xBFuser-agent:*\r\rdisallow\t:\t/a # why\n",
            b"\xEF\xBBUSER AGENT : * \r\n\r\nDissallow:/a\r\n",
            b"useragent *\rdisallow /a",
            b"\xFF\xFEU\0s\0e\0r\0-\0a\0g\0e\0n\0t\0:\0*\0\n\0D\0i\0s\0a\0l\0l\0o\0w\0:\0/\0a\0",
        ] {
            assert_eq!(records(body), expected, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn what_is_no_record_is_passed_over() {
        assert_eq!(records(b"<html>\n\n# disallow: /\n: /\ndisallow /a b\nallowed: /\n\xff\xfe\n"), []);
    }

    #[test]
    fn a_line_that_the_limit_cuts_is_left_out() {
        let mut body = vec![b'#'; MAX_BODY_BYTES - 12];
        body.extend_from_slice(b"\nallow: /private");
        assert_eq!(records(&body), []);
        body.truncate(MAX_BODY_BYTES);
        assert_eq!(records(&body), [(Field::Allow, "/pri".to_owned())]);
    }

    #[test]
    fn the_end_of_a_huge_line_is_ignored() {
        let body = [b"disallow: /".as_slice(), &[b'a'; 100_000], b"\nallow: /b"].concat();
        let records = records(&body);
        assert_eq!(records[0].1.len(), MAX_LINE_BYTES - "disallow: ".len());
        assert_eq!(records[1], (Field::Allow, "/b".to_owned()));
    }
}
