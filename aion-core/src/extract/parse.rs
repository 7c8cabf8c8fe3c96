//! From text to a tree, with a bound on the work that hostile markup can ask for.
//!
//! html5ever itself is not recursive, but a stack of 50,000 open tags makes each further tag walk that stack, and
//! misnested formatting tags are cloned again and again. So the parser's sink counts what it is asked to do,
//! and the input is fed in small pieces: parsing stops at the first piece after a limit was passed.

use std::borrow::Cow;
use std::cell::{Cell, Ref};

use dom_query::{Document, NodeId};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, ParseOpts, QualName, parse_document};

/// Bytes that are fed before the limits are looked at again.
const PIECE: usize = 4 << 10;
/// Nodes of a tree: a page of 10 MB of ordinary text has about 250,000.
const MAX_NODES: usize = 300_000;
/// Attributes of all nodes.
const MAX_ATTRIBUTES: usize = 1_000_000;
/// Names that the tree builder looked up, per byte of input and on top: ordinary pages need less than 2 a byte.
const MAX_LOOKUPS_PER_BYTE: usize = 16;
const MIN_LOOKUPS: usize = 4 << 20;
/// Comparisons of attributes: each is compared with all that came before it in its tag. Separators are counted for
/// attributes, as the parser does not tell; state that a page keeps in one attribute has some thousands.
const MAX_COMPARISONS: usize = 1 << 31;

/// Parses `html` as a browser without scripts does; `None` when its markup is beyond the limits.
pub(super) fn parse(html: &str) -> Option<Document> {
    let options = ParseOpts {
        tree_builder: TreeBuilderOpts { scripting_enabled: false, ..Default::default() },
        ..Default::default()
    };
    let max_lookups = MIN_LOOKUPS + html.len() * MAX_LOOKUPS_PER_BYTE;
    let mut parser = parse_document(CountingSink::default(), options);
    let (mut separators, mut comparisons) = (0, 0_usize);
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, tail) = rest.split_at(rest.floor_char_boundary(PIECE));
        rest = tail;
        parser.process(StrTendril::from_slice(piece));
        let sink = &parser.tokenizer.sink.sink;
        // A piece without a token is of the inside of a tag or of a comment.
        let count = count_separators(piece);
        separators = if sink.active.take() { count } else { separators + count };
        comparisons = comparisons.saturating_add((separators - count) * count);
        let beyond = sink.document.tree.len() > MAX_NODES
            || sink.attributes.get() > MAX_ATTRIBUTES
            || sink.lookups.get() > max_lookups
            || comparisons > MAX_COMPARISONS;
        if beyond {
            return None;
        }
    }
    Some(parser.finish())
}

fn count_separators(piece: &str) -> usize {
    piece.bytes().filter(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'"' | b'\'')).count()
}

/// A [`Document`] that counts the work that it is asked for and keeps no parse errors.
#[derive(Default)]
struct CountingSink {
    document: Document,
    lookups: Cell<usize>,
    attributes: Cell<usize>,
    active: Cell<bool>,
}

impl TreeSink for CountingSink {
    type Handle = NodeId;
    type Output = Document;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Document {
        self.document
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        self.document.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Ref<'a, QualName> {
        self.lookups.set(self.lookups.get() + 1);
        self.document.elem_name(target)
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        self.active.set(true);
        self.attributes.set(self.attributes.get() + attributes.len());
        self.document.create_element(name, attributes, flags)
    }

    fn create_comment(&self, _text: StrTendril) -> NodeId {
        self.active.set(true);
        self.document.create_comment(StrTendril::new())
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.document.create_pi(target, data)
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        self.active.set(true);
        self.document.append(parent, child);
    }

    fn append_based_on_parent_node(&self, node: &NodeId, previous: &NodeId, child: NodeOrText<NodeId>) {
        self.active.set(true);
        self.document.append_based_on_parent_node(node, previous, child);
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        self.document.append_doctype_to_document(name, public_id, system_id);
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        self.document.get_template_contents(target)
    }

    fn same_node(&self, left: &NodeId, right: &NodeId) -> bool {
        self.lookups.set(self.lookups.get() + 1);
        left == right
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.document.set_quirks_mode(mode);
    }

    fn append_before_sibling(&self, sibling: &NodeId, child: NodeOrText<NodeId>) {
        self.active.set(true);
        self.document.append_before_sibling(sibling, child);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attributes: Vec<Attribute>) {
        self.document.add_attrs_if_missing(target, attributes);
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.document.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        self.document.reparent_children(node, new_parent);
    }

    fn is_mathml_annotation_xml_integration_point(&self, handle: &NodeId) -> bool {
        self.document.is_mathml_annotation_xml_integration_point(handle)
    }
}
