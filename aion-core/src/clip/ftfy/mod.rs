//! `ftfy.fix_text`: mojibake, HTML entities, ligatures, widths, quotes and control characters put right.
//!
//! A port to Rust of [ftfy](https://github.com/rspeer/python-ftfy) 6.3.1 by Robyn Speer (Apache License 2.0)
//! with the defaults of its `TextFixerConfig`, since CLIP was trained on text that went through it. The
//! character classes, tables and rules, and what is said of them, are ftfy's; [`html`] also follows
//! `html.unescape` of Python. Two things are left out: surrogates, which a Rust string can not hold, and the
//! bound on a segment of a million characters, which is far above what the tokenizer lets in.

mod badness;
mod bytes;
mod codecs;
mod encoding;
mod fixes;
pub(super) mod html;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Bytes that one call may go over before it takes the text as it stands. ftfy goes on until nothing changes:
/// twice over an honest text, but as often as someone nests its entities. This bounds the time of a call.
const WORK: usize = 1 << 21;

/// What is left of the [`WORK`] of a call.
struct Budget(usize);

impl Budget {
    /// Whether there was something left for `bytes` more.
    fn spend(&mut self, bytes: usize) -> bool {
        let any = self.0 > 0;
        self.0 = self.0.saturating_sub(bytes);
        any
    }
}

/// `ftfy.fix_text` with its defaults.
pub(super) fn fix_text(text: &str) -> String {
    let mut budget = Budget(WORK);
    let mut unescape = true;
    let mut fixed = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // From the first `<` on, the text is taken for HTML, whose entities are meant.
        unescape &= !line.contains('<');
        fixed.push_str(&fix_line(line, unescape, &mut budget));
    }
    fixed
}

/// `ftfy.fix_and_explain`, without the explanation.
fn fix_line(line: &str, unescape: bool, budget: &mut Budget) -> String {
    let mut text = line.to_owned();
    loop {
        let fixed = fix_once(&text, unescape, budget);
        if fixed == text || !budget.spend(text.len()) {
            return fixed;
        }
        text = fixed;
    }
}

fn fix_once(text: &str, unescape: bool, budget: &mut Budget) -> String {
    let text = if unescape { html::unescape_unambiguous(text) } else { text.to_owned() };
    let text = encoding::fix_encoding(text, budget);
    let text = fixes::fix_characters(text);
    let text = fixes::fix_line_breaks(text);
    let text = fixes::remove_terminal_escapes(text);
    compose(fixes::remove_control_chars(text))
}

/// Normalization Form C.
fn compose(text: String) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        _ => text.nfc().collect(),
    }
}
