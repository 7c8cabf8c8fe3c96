//! Language models in Hugging Face directories: what they are, and where their weights lie.

mod config;
mod module;
pub(crate) mod ops;
mod rope;
mod tensors;
mod weights;

use std::path::{Path, PathBuf};

pub use config::{Architecture, ModelConfig};
pub use module::Module;
pub(crate) use rope::RopeTable;
pub(crate) use weights::{Layer, Linear, Weights};

use crate::control::Control;
use crate::error::Result;
use tensors::Tensors;
pub(crate) use tensors::map_file;

/// A frozen language model, read from a Hugging Face directory: `config.json`, and `model.safetensors` or the files
/// that `model.safetensors.index.json` names, in float32, float16 or bfloat16.
///
/// The files are mapped into memory, not copied, and are read as they are needed. Replace them by renaming new ones
/// over them: writing into a mapped file, or cutting it short, would end the process that uses it.
///
/// `attention_dropout` is not applied in training.
pub struct BaseModel {
    path: PathBuf,
    config: ModelConfig,
    weights: Weights,
    fingerprint: String,
}

impl BaseModel {
    /// As [`open_with`](Self::open_with), without a control.
    ///
    /// # Errors
    /// As [`open_with`](Self::open_with).
    pub fn open(directory: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(directory, &Control::default())
    }

    /// Opens `directory` and checks every tensor: its name, its shape, and that all its numbers are finite. That reads
    /// every file once, and looks at `control` every few MiB.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) and [`Io`](crate::ErrorKind::Io) for files that can not be read;
    /// [`InvalidModel`](crate::ErrorKind::InvalidModel) for ones that are damaged, incomplete or of other shapes;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for architectures, settings and number formats that this crate
    /// does not compute; those of `control`.
    pub fn open_with(directory: impl AsRef<Path>, control: &Control) -> Result<Self> {
        let directory = directory.as_ref();
        let config = ModelConfig::of_base(directory)?;
        let tensors = Tensors::open(directory)?;
        let (weights, fingerprint) = Weights::take(&config, tensors, control)
            .map_err(|error| error.in_context(directory.display()))?;
        Ok(Self { path: directory.to_path_buf(), config, weights, fingerprint })
    }

    /// The directory, as it was given to [`open`](Self::open).
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The shape of the model.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// What tells this model from another: a SHA-256 over its shape, the names and shapes of its tensors, and samples of
    /// their numbers, in hexadecimal.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(crate) fn weights(&self) -> &Weights {
        &self.weights
    }
}

impl std::fmt::Debug for BaseModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BaseModel").field("path", &self.path).field("config", &self.config).finish()
    }
}
