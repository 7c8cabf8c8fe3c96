//! A tree as a flat list in document order, with sums over each subtree: what every later step reads.

use dom_query::{Element, LocalName, NodeData, NodeId, NodeRef, local_name};

use super::vocabulary::{SILENT_TAGS, has};

/// Deepest element that may be handed to code that recurses; browsers stop at 512 as well.
const MAX_DEPTH: u32 = 512;
/// Sum over all nodes and their ancestors, the work of an algorithm that looks at each subtree of each node.
const MAX_SUBTREE_NODES: u64 = 6_000_000;
/// The same sum for bytes of text.
const MAX_SUBTREE_BYTES: u64 = 200_000_000;
/// A run of text outside links this long is a piece of a sentence rather than a label.
const PROSE_CHARS: usize = 40;

/// One element of an [`Outline`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) node: NodeId,
    /// The index of the entry around this one; the first entry is its own parent.
    pub(super) parent: usize,
    /// The index behind the last entry inside this one.
    pub(super) end: usize,
    pub(super) depth: u32,
    /// Characters of text, without scripts and styles.
    pub(super) text: usize,
    /// Characters of text inside links.
    pub(super) linked: usize,
    /// Characters of text in long runs outside links.
    pub(super) prose: usize,
}

/// The elements under a root in document order, the root first.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) entries: Vec<Entry>,
    /// The elements that are left out with all that is inside them.
    pub(super) silent: Vec<NodeId>,
    subtree_nodes: u64,
    subtree_bytes: u64,
}

impl Outline {
    pub(super) fn of(root: NodeRef<'_>) -> Self {
        let mut outline =
            Self { entries: Vec::new(), silent: Vec::new(), subtree_nodes: 0, subtree_bytes: 0 };
        outline.enter(&root, 0, 0);
        let mut open = vec![(0, root.first_child(), false)];
        while let Some((index, next, linked)) = open.pop() {
            let Some(node) = next else {
                outline.leave(index);
                continue;
            };
            open.push((index, node.next_sibling(), linked));
            let depth = open.len() as u32;
            outline.subtree_nodes += u64::from(depth);
            if let Some(length) = text_of(&node, str::len) {
                outline.subtree_bytes += u64::from(depth) * length as u64;
                outline.add_text(index, &node, linked);
            } else if let Some(name) = element_name(&node) {
                if has(SILENT_TAGS, &name) {
                    outline.silent.push(node.id);
                    continue;
                }
                let child = outline.enter(&node, index, depth);
                open.push((child, node.first_child(), linked || name == local_name!("a")));
            }
        }
        outline
    }

    /// Whether code that recurses, or looks at each subtree of each node, may be let at this tree.
    pub(super) fn is_modest(&self) -> bool {
        self.subtree_nodes <= MAX_SUBTREE_NODES
            && self.subtree_bytes <= MAX_SUBTREE_BYTES
            && self.entries.iter().all(|entry| entry.depth <= MAX_DEPTH)
    }

    fn enter(&mut self, node: &NodeRef<'_>, parent: usize, depth: u32) -> usize {
        let end = self.entries.len() + 1;
        self.entries.push(Entry { node: node.id, parent, end, depth, text: 0, linked: 0, prose: 0 });
        end - 1
    }

    fn leave(&mut self, index: usize) {
        self.entries[index].end = self.entries.len();
        let Entry { parent, text, linked, prose, .. } = self.entries[index];
        if parent != index {
            let around = &mut self.entries[parent];
            around.text += text;
            around.linked += linked;
            around.prose += prose;
        }
    }

    fn add_text(&mut self, index: usize, node: &NodeRef<'_>, linked: bool) {
        let length = text_of(node, |text| text.trim().chars().count()).unwrap_or(0);
        let entry = &mut self.entries[index];
        entry.text += length;
        if linked {
            entry.linked += length;
        } else if length >= PROSE_CHARS {
            entry.prose += length;
        }
    }
}

/// What `read` makes of the text of a text node; `None` for any other node.
pub(super) fn text_of<T>(node: &NodeRef<'_>, read: impl FnOnce(&str) -> T) -> Option<T> {
    node.query_or(None, |node| match &node.data {
        NodeData::Text { contents } => Some(read(contents)),
        _ => None,
    })
}

/// What `read` makes of an element; `None` for any other node.
pub(super) fn element<T>(node: &NodeRef<'_>, read: impl FnOnce(&Element) -> T) -> Option<T> {
    node.query_or(None, |node| node.as_element().map(read))
}

pub(super) fn element_name(node: &NodeRef<'_>) -> Option<LocalName> {
    element(node, |element| element.name.local.clone())
}
