//! Where in a document a token stands: as much of tree construction as decides about a meta element.

use html5gum::State;

/// Deeper nesting of `svg` and `math` is taken for what it is at this depth.
const MAX_DEPTH: usize = 64;

/// Where in the document the next token stands.
#[derive(Default)]
pub(super) struct Place {
    pub(super) in_body: bool,
    /// Within an element whose content is text.
    pub(super) in_raw_text: bool,
    /// Open `template` elements.
    pub(super) templates: usize,
    head_is_closed: bool,
    /// Open elements at which the rules of another language begin.
    languages: Vec<Language>,
}

#[derive(Clone, Copy, PartialEq)]
enum Language {
    Svg,
    Math,
    /// HTML within one of the two, as in `foreignObject`.
    Html,
}

impl Place {
    pub(super) fn is_html(&self) -> bool {
        matches!(self.languages.last(), None | Some(Language::Html))
    }

    /// Notes a start tag and answers how its content is to be read.
    pub(super) fn open(&mut self, name: &[u8], self_closing: bool) -> Option<State> {
        let in_head = is_head_element(name) && !(self.head_is_closed && name == b"noscript");
        if self.templates == 0 && !in_head {
            self.in_body = true;
        }
        if !self.is_html() && leaves_foreign_content(name) {
            self.leave_foreign_content();
        }
        match (self.languages.last(), name) {
            (None | Some(Language::Html | Language::Svg), b"svg") => self.enter(Language::Svg, self_closing),
            (None | Some(Language::Html | Language::Math), b"math") => {
                self.enter(Language::Math, self_closing)
            }
            (Some(Language::Svg), b"foreignobject" | b"desc" | b"title")
            | (Some(Language::Math), b"mi" | b"mo" | b"mn" | b"ms" | b"mtext") => {
                self.enter(Language::Html, self_closing);
            }
            (Some(Language::Svg | Language::Math), _) => {}
            (_, b"template") => self.templates += 1,
            _ => {
                let state = text_state(name);
                self.in_raw_text = state.is_some();
                return state;
            }
        }
        None
    }

    pub(super) fn close(&mut self, name: &[u8]) {
        self.in_raw_text = false;
        match name {
            b"p" | b"br" if !self.is_html() => self.leave_foreign_content(),
            b"svg" => self.leave(Language::Svg),
            b"math" => self.leave(Language::Math),
            b"foreignobject" | b"desc" | b"title" | b"mi" | b"mo" | b"mn" | b"ms" | b"mtext"
                if self.languages.last() == Some(&Language::Html) =>
            {
                self.languages.pop();
            }
            b"template" if self.templates > 0 => {
                self.leave_foreign_content();
                self.templates -= 1;
            }
            b"head" if self.templates == 0 => self.head_is_closed = true,
            _ => {}
        }
        if matches!(name, b"body" | b"html" | b"br") && self.templates == 0 {
            self.in_body = true;
        }
    }

    fn enter(&mut self, language: Language, self_closing: bool) {
        if !self_closing && self.languages.len() < MAX_DEPTH {
            self.languages.push(language);
        }
    }

    fn leave(&mut self, language: Language) {
        if let Some(at) = self.languages.iter().rposition(|&open| open == language) {
            self.languages.truncate(at);
        }
    }

    fn leave_foreign_content(&mut self) {
        while !self.is_html() {
            self.languages.pop();
        }
    }
}

/// The elements that do not end the head (WHATWG HTML, "The in head insertion mode").
fn is_head_element(name: &[u8]) -> bool {
    matches!(
        name,
        b"html"
            | b"head"
            | b"base"
            | b"basefont"
            | b"bgsound"
            | b"link"
            | b"meta"
            | b"title"
            | b"noscript"
            | b"noframes"
            | b"style"
            | b"script"
            | b"template"
    )
}

/// The elements whose content holds no markup (WHATWG HTML, "Parsing HTML fragments").
fn text_state(name: &[u8]) -> Option<State> {
    match name {
        b"title" | b"textarea" => Some(State::RcData),
        b"style" | b"xmp" | b"iframe" | b"noembed" | b"noframes" => Some(State::RawText),
        b"script" => Some(State::ScriptData),
        b"plaintext" => Some(State::PlainText),
        _ => None,
    }
}

/// The elements that end an open `svg` or `math` (WHATWG HTML, "The rules for parsing tokens in foreign
/// content").
fn leaves_foreign_content(name: &[u8]) -> bool {
    matches!(
        name,
        b"b" | b"big"
            | b"blockquote"
            | b"body"
            | b"br"
            | b"center"
            | b"code"
            | b"dd"
            | b"div"
            | b"dl"
            | b"dt"
            | b"em"
            | b"embed"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"head"
            | b"hr"
            | b"i"
            | b"img"
            | b"li"
            | b"listing"
            | b"menu"
            | b"meta"
            | b"nobr"
            | b"ol"
            | b"p"
            | b"pre"
            | b"ruby"
            | b"s"
            | b"small"
            | b"span"
            | b"strong"
            | b"strike"
            | b"sub"
            | b"sup"
            | b"table"
            | b"tt"
            | b"u"
            | b"ul"
            | b"var"
    )
}
