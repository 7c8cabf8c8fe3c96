//! The text of markup without a tree: one pass, no stack. For pages that ask for more than a tree may cost.

use std::borrow::Cow;

use super::address::Base;
use super::{Extracted, Link, TextSource};

const MAX_LINKS: usize = 10_000;
/// Longest title and link text, in bytes.
const MAX_LABEL_BYTES: usize = 1 << 10;

/// Title, text and links of `html`, resolved against `url`.
pub(super) fn read(html: &str, url: Option<&str>) -> Extracted {
    let base = Base::from_url(url);
    let mut page = Extracted { source: TextSource::Plain, ..Extracted::default() };
    let mut text = Collapsed::default();
    for piece in Pieces(html) {
        match piece {
            Piece::Text(part) => text.push(&unescape(part)),
            Piece::Title(title) if page.title.is_empty() => {
                page.title = collapse(&unescape(&title[..title.floor_char_boundary(MAX_LABEL_BYTES)]));
            }
            Piece::Tag(tag) => {
                text.gap(is_inline(name_of(tag)));
                if page.links.len() < MAX_LINKS && name_of(tag).eq_ignore_ascii_case("a") {
                    let url = attribute(tag, "href").and_then(|href| base.resolve(&unescape(href)));
                    page.links.extend(url.map(|url| Link { url, text: String::new(), nofollow: false }));
                }
            }
            Piece::Title(_) => {}
        }
    }
    page.text = text.0;
    page.links.dedup();
    page
}

/// The text of a few lines of markup, one line per paragraph.
pub(super) fn paragraphs(markup: &str) -> String {
    let lines = markup.lines().map(|line| read(line, None).text);
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

enum Piece<'a> {
    Text(&'a str),
    /// What is between `<` and `>`.
    Tag(&'a str),
    Title(&'a str),
}

/// The pieces of a page; scripts, styles and comments are passed over.
struct Pieces<'a>(&'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            if self.0.is_empty() {
                return None;
            }
            let Some(rest) = self.0.strip_prefix('<') else {
                let end = self.0.find('<').unwrap_or(self.0.len());
                return Some(Piece::Text(self.take(end, 0)));
            };
            if rest.starts_with("!--") {
                self.take_through("-->");
            } else if !rest.starts_with(|first: char| first.is_ascii_alphabetic() || "/!?".contains(first)) {
                let end = rest.find('<').map_or(self.0.len(), |at| at + 1);
                return Some(Piece::Text(self.take(end, 0)));
            } else {
                let tag = &self.take_through(">")[1..];
                match ["script", "style", "title"]
                    .into_iter()
                    .find(|name| name_of(tag).eq_ignore_ascii_case(name))
                {
                    Some("title") => return Some(Piece::Title(self.take_element("title"))),
                    Some(name) => drop(self.take_element(name)),
                    None => return Some(Piece::Tag(tag)),
                }
            }
        }
    }
}

impl<'a> Pieces<'a> {
    fn take(&mut self, end: usize, skip: usize) -> &'a str {
        let (taken, rest) = self.0.split_at(end);
        self.0 = &rest[skip..];
        taken
    }

    fn take_through(&mut self, mark: &str) -> &'a str {
        match self.0.find(mark) {
            Some(end) => self.take(end, mark.len()),
            None => self.take(self.0.len(), 0),
        }
    }

    /// What stands before the end tag of `name`, in any case of letters.
    fn take_element(&mut self, name: &str) -> &'a str {
        let bytes = self.0.as_bytes();
        let is_end = |at: &usize| {
            let tag = bytes.get(at + 2..at + 2 + name.len());
            bytes[*at..].starts_with(b"</")
                && tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name.as_bytes()))
        };
        let end = self.0.match_indices('<').map(|(at, _)| at).find(is_end).unwrap_or(bytes.len());
        self.take(end, 0)
    }
}

fn name_of(tag: &str) -> &str {
    let name = tag.trim_start_matches('/');
    let end = name.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(name.len());
    if tag.starts_with('/') { "" } else { &name[..end] }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let at = tag.find(name)?;
    let value = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next(),
        _ => value.split(char::is_whitespace).next(),
    }
}

fn is_inline(name: &str) -> bool {
    ["a", "b", "i", "u", "em", "strong", "span", "font", "small", "sub", "sup", "code", "img", "abbr", "mark"]
        .iter()
        .any(|inline| inline.eq_ignore_ascii_case(name))
}

/// The entities that texts are full of; others stay as they are written.
fn unescape(text: &str) -> Cow<'_, str> {
    const ENTITIES: &[(&str, &str)] = &[
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(ENTITIES.iter().fold(text.to_owned(), |text, (name, character)| text.replace(name, character)))
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text whose white space is collapsed while it is written.
#[derive(Default)]
struct Collapsed(String);

impl Collapsed {
    fn push(&mut self, part: &str) {
        for (index, word) in part.split(char::is_whitespace).enumerate() {
            if index > 0 && !self.0.is_empty() && !self.0.ends_with([' ', '\n']) {
                self.0.push(' ');
            }
            self.0.extend(word.chars().filter(|character| !character.is_control()));
        }
    }

    fn gap(&mut self, inline: bool) {
        if !inline {
            self.0.truncate(self.0.trim_end().len());
            if !self.0.is_empty() {
                self.0.push('\n');
            }
        }
    }
}
