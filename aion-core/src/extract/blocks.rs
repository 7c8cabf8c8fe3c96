//! From a subtree to blocks of text: paragraphs, headings, list items, rows.

use dom_query::{LocalName, NodeRef, local_name};

use super::outline::{element_name, text_of};
use super::vocabulary::{BLOCK_TAGS, SILENT_TAGS, has};

/// What a [`Block`] was marked up as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Paragraph,
    Heading,
    Item,
    Quote,
    Code,
    Row,
    Caption,
}

/// One block of text, its white space collapsed.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// Characters, and those of them inside links.
    pub(super) chars: usize,
    pub(super) linked: usize,
}

impl Block {
    /// The share of the characters that is inside links.
    pub(super) fn link_density(&self) -> f32 {
        self.linked as f32 / self.chars.max(1) as f32
    }
}

/// The blocks under `root`, in document order.
pub(super) fn blocks(root: &NodeRef<'_>) -> Vec<Block> {
    let mut writer = Writer::default();
    let mut open = vec![(root.first_child(), Enclosing::default())];
    while let Some((next, around)) = open.pop() {
        let Some(node) = next else {
            if around.is_block {
                writer.flush(&around);
            }
            continue;
        };
        open.push((node.next_sibling(), around));
        if text_of(&node, |text| writer.push(text, &around)).is_some() {
            continue;
        }
        let Some(name) = element_name(&node) else { continue };
        if name == local_name!("br") {
            writer.line_break();
        } else if !has(SILENT_TAGS, &name) {
            let inside = around.inside(&name);
            if inside.is_block {
                writer.flush(&around);
            } else if matches!(name.as_ref(), "td" | "th") {
                writer.push(" ", &around);
            }
            open.push((node.first_child(), inside));
        }
    }
    writer.flush(&Enclosing::default());
    writer.blocks
}

/// What is known of a place in the tree from the elements around it.
#[derive(Debug, Clone, Copy, Default)]
struct Enclosing {
    kind: Option<Kind>,
    is_block: bool,
    linked: bool,
}

impl Enclosing {
    fn inside(self, name: &LocalName) -> Self {
        let kind = match name.as_ref() {
            // A heading of a list item is the item.
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" if self.kind == Some(Kind::Item) => self.kind,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Some(Kind::Heading),
            "li" | "dt" | "dd" => Some(Kind::Item),
            "blockquote" => Some(Kind::Quote),
            "pre" => Some(Kind::Code),
            "tr" => Some(Kind::Row),
            "figcaption" | "caption" => Some(Kind::Caption),
            _ => self.kind,
        };
        Self { kind, is_block: has(BLOCK_TAGS, name), linked: self.linked || name == &local_name!("a") }
    }
}

#[derive(Default)]
struct Writer {
    blocks: Vec<Block>,
    text: String,
    linked: usize,
    pending: Option<char>,
}

impl Writer {
    fn push(&mut self, text: &str, around: &Enclosing) {
        if around.kind == Some(Kind::Code) {
            self.push_verbatim(text);
            return;
        }
        let before = self.text.len();
        for character in text.chars() {
            if character.is_whitespace() {
                self.pending.get_or_insert(' ');
            } else if !is_invisible(character) {
                if let Some(gap) = self.pending.take().filter(|_| !self.text.is_empty()) {
                    self.text.push(gap);
                }
                self.text.push(character);
            }
        }
        if around.linked {
            self.linked += self.text[before..].chars().count();
        }
    }

    fn push_verbatim(&mut self, text: &str) {
        if let Some(gap) = self.pending.take().filter(|_| !self.text.is_empty()) {
            self.text.push(gap);
        }
        self.text.extend(text.chars().filter(|character| !is_invisible(*character)));
    }

    fn line_break(&mut self) {
        self.pending = Some('\n');
    }

    fn flush(&mut self, around: &Enclosing) {
        self.pending = None;
        let text = std::mem::take(&mut self.text);
        let linked = std::mem::take(&mut self.linked);
        let kind = around.kind.unwrap_or(Kind::Paragraph);
        let trimmed = if kind == Kind::Code { text.trim_end() } else { text.trim() };
        if !trimmed.trim().is_empty() {
            let chars = trimmed.chars().count();
            self.blocks.push(Block { text: trimmed.to_owned(), kind, chars, linked });
        }
    }
}

/// NUL, soft hyphens, zero-width spaces and byte order marks: they break words and show nothing.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character, '\0' | '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}
