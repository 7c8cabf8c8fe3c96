//! Takes out of a tree what is furniture by its markup: navigation, sharing, comments, adverts, captions.

use dom_query::{Document, Element, LocalName, local_name};

use super::outline::{Entry, Outline, element};
use super::vocabulary::{
    CONSENT_WORDS, FURNITURE_PAIRS, FURNITURE_ROLES, FURNITURE_TAGS, FURNITURE_WORDS, IMAGE_WORDS,
    TEASER_WORDS, TEXT_TAGS, has,
};

/// A part that holds more than this share of the page's prose is its text, whatever its class says.
const MAX_PROSE_SHARE: f32 = 0.3;
/// The same for a dialog about consent, which may hold more text than the story.
const MAX_CONSENT_SHARE: f32 = 0.9;
/// Elements that a quotation may be wrapped in.
const MAX_FRAMES: usize = 6;
/// A teaser is a link for at least one in so many of its characters.
const MIN_TEASER_LINKS: usize = 5;
/// Longest text that is taken for the caption of the image that it stands with.
const MAX_CAPTION_CHARS: usize = 400;
/// Bytes of a class or an id that are looked at.
const MAX_NAME_BYTES: usize = 512;
/// Elements around or inside a part that are looked at to judge it.
const MAX_LOOKED_AT: usize = 64;

/// Removes the furniture of `document`, whose elements `outline` lists, and what the outline leaves out: nobody
/// has looked how deep that is.
pub(super) fn prune(document: &Document, outline: &Outline) {
    outline.silent.iter().for_each(|id| document.tree.remove_from_parent(id));
    let Some(page) = outline.entries.first() else { return };
    let mut index = 0;
    while index < outline.entries.len() {
        let part = Part { document, outline, entry: outline.entries[index] };
        if part.is_to_go(index, page.prose) {
            document.tree.remove_from_parent(&part.entry.node);
            index = part.entry.end;
        } else {
            index += 1;
        }
    }
}

/// An element with what is known of it and around it.
struct Part<'a> {
    document: &'a Document,
    outline: &'a Outline,
    entry: Entry,
}

impl Part<'_> {
    fn is_to_go(&self, index: usize, prose: usize) -> bool {
        let share = self.entry.prose as f32 / prose.max(1) as f32;
        self.look(&self.entry, |element| {
            let judge = Judge { element, has_links: self.entry.linked * MIN_TEASER_LINKS >= self.entry.text };
            (share <= MAX_PROSE_SHARE && judge.is_furniture() && !self.is_quotation(index))
                || (share <= MAX_CONSENT_SHARE && judge.is_consent())
                || (judge.is_for_images() && self.is_captioned_image(index))
                || (is_post(element) && self.is_inside_a_post())
        })
    }

    fn look(&self, entry: &Entry, read: impl FnOnce(&Element) -> bool) -> bool {
        self.document.tree.get(&entry.node).and_then(|node| element(&node, read)).unwrap_or(false)
    }

    /// The entries inside this one, itself the first.
    fn inside(&self, index: usize) -> impl Iterator<Item = &Entry> {
        self.outline.entries[index..self.entry.end].iter()
    }

    /// Whether this post of WordPress stands inside another one: then it is another story.
    fn is_inside_a_post(&self) -> bool {
        let mut at = self.entry.parent;
        for _ in 0..MAX_LOOKED_AT {
            let around = &self.outline.entries[at];
            if self.look(around, is_post) {
                return true;
            }
            at = around.parent;
        }
        false
    }

    /// Whether this place for an image has one, and no more text than a caption.
    fn is_captioned_image(&self, index: usize) -> bool {
        let is_image = |element: &Element| element.name.local == local_name!("img");
        (1..=MAX_CAPTION_CHARS).contains(&self.entry.text)
            && self.inside(index).take(MAX_LOOKED_AT).any(|inside| self.look(inside, is_image))
    }

    /// Whether this is little more than a frame around a quotation, such as an embedded post.
    fn is_quotation(&self, index: usize) -> bool {
        let is_quote = |element: &Element| element.name.local == local_name!("blockquote");
        self.inside(index)
            .take(MAX_FRAMES)
            .any(|inside| inside.text * 2 >= self.entry.text && self.look(inside, is_quote))
    }
}

/// WordPress gives each post the id `post-` and its number.
fn is_post(element: &Element) -> bool {
    let number = element.attr_ref(local_name!("id")).and_then(|id| id.strip_prefix("post-"));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Judges an element by its tag, its role and its names.
struct Judge<'a> {
    element: &'a Element,
    has_links: bool,
}

impl Judge<'_> {
    fn is_furniture(&self) -> bool {
        let role = self.element.attr_ref(LocalName::from("role")).unwrap_or_default();
        let tag = &self.element.name.local;
        !has(TEXT_TAGS, tag)
            && (has(FURNITURE_TAGS, tag)
                || has(FURNITURE_ROLES, role)
                || self.names().any(|name| is_furniture_name(name, self.has_links)))
    }

    fn is_consent(&self) -> bool {
        !has(TEXT_TAGS, &self.element.name.local) && self.has_word(CONSENT_WORDS)
    }

    fn is_for_images(&self) -> bool {
        self.element.name.local == local_name!("div") && self.has_word(IMAGE_WORDS)
    }

    fn has_word(&self, list: &[&str]) -> bool {
        self.names().any(|name| words(name).any(|word| has(list, &word)))
    }

    /// The class and the id, as far as they are looked at.
    fn names(&self) -> impl Iterator<Item = &str> {
        [local_name!("class"), local_name!("id")]
            .into_iter()
            .filter_map(|attribute| self.element.attr_ref(attribute))
            .map(|value| &value[..value.floor_char_boundary(MAX_NAME_BYTES)])
    }
}

/// Whether a word of `name`, or two that follow each other, is of the furniture vocabulary.
fn is_furniture_name(name: &str, has_links: bool) -> bool {
    let mut previous = String::new();
    let mut pair = String::new();
    for word in words(name) {
        // Elementor calls every part of a page a widget, the text as well.
        if word == "widget" && previous == "elementor" {
            continue;
        }
        pair.clear();
        pair.push_str(&previous);
        pair.push_str(&word);
        if has(FURNITURE_WORDS, &word)
            || has(FURNITURE_PAIRS, &word)
            || (has_links && has(TEASER_WORDS, &word))
            || has(FURNITURE_PAIRS, &pair)
        {
            return true;
        }
        previous = word;
    }
    false
}

/// The words of a class or an id in lower case: split at signs and at capitals, as in `relatedPosts`.
fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(|character: char| !character.is_ascii_alphanumeric()).flat_map(split_at_capitals)
}

fn split_at_capitals(part: &str) -> impl Iterator<Item = String> {
    let bytes = part.as_bytes();
    let borders = (1..bytes.len())
        .filter(|&at| bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase())
        .chain([bytes.len()]);
    borders
        .scan(0, |start, end| Some((std::mem::replace(start, end), end)))
        .filter(|(start, end)| start < end)
        .map(|(start, end)| part[start..end].to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_word_by_word() {
        for name in [
            "share",
            "x share-bar",
            "relatedPosts",
            "read-more",
            "readMore",
            "readmore",
            "NavMenu",
            "ad_1 nav",
        ] {
            assert!(is_furniture_name(name, false), "{name}");
        }
        for name in
            ["", "-", "shared-ground", "commentary", "story", "elementor-widget", "navarra", "teaser", "é·ß"]
        {
            assert!(!is_furniture_name(name, false), "{name}");
        }
        assert!(is_furniture_name("teaser", true));
    }

    #[test]
    fn a_part_with_most_of_the_prose_is_kept_whatever_its_class() {
        let prose = "<p>This is the only story of the page, and it is long enough to be one.</p>".repeat(4);
        let document =
            Document::from(format!("<div class='sidebar'>{prose}</div><div class=sidebar><p>Short</div>"));
        prune(&document, &Outline::of(document.tree.root()));
        assert_eq!(document.select("p").length(), 4);
    }
}
