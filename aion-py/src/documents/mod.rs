//! Files other than web pages: PDF, office files, tables and text.

mod document;
mod source;
mod verb;

pub(crate) use document::{Document, restore_document};
