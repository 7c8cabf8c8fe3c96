//! What a set is, as Python has it: a file of conversations, or sequences.

use std::path::{Path, PathBuf};

use aion_core::dataset::{EncodeReport, Encoder, EncoderOptions, Sequence};
use aion_core::{Control, Result};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::batch::sequences;
use crate::image::is_path;

/// A set.
pub(super) enum Source {
    /// A file of conversations.
    File(PathBuf),
    Sequences(Vec<Sequence>),
}

impl Source {
    pub(super) fn new(dataset: &Bound<'_, PyAny>) -> PyResult<Self> {
        match dataset.is_instance_of::<PyString>() || is_path(dataset) {
            true => dataset.extract().map(Self::File),
            false => sequences(dataset).map(Self::Sequences),
        }
    }

    /// The file, if it is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Sequences(_) => None,
        }
    }

    /// Its sequences, and what became of the conversations of a file.
    ///
    /// # Errors
    /// As [`Encoder::of_base`] and [`Encoder::encode_file`].
    pub(super) fn encoded(
        self,
        base: &Path,
        encoding: &EncoderOptions,
        control: &Control,
    ) -> Result<(Vec<Sequence>, Option<EncodeReport>)> {
        match self {
            Self::Sequences(sequences) => Ok((sequences, None)),
            Self::File(path) => {
                let encoder = Encoder::of_base(base, encoding.clone())?;
                let (sequences, report) = encoder.encode_file(path, control)?;
                Ok((sequences, Some(report)))
            }
        }
    }
}
