//! What the assistant knows, in one file.

mod answers;
mod document;
mod embedder;
mod hit;
mod interaction;
mod item;
mod options;
mod search;
mod store;
mod time;

pub(crate) use document::{
    Average, Chunk, Ingested, StoredDocument, restore_average, restore_chunk, restore_ingested,
    restore_stored,
};
pub(crate) use hit::{Hit, restore_hit};
pub(crate) use interaction::{StoredInteraction, restore_interaction};
pub(crate) use store::Knowledge;
