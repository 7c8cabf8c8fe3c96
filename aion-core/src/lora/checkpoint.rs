//! Checkpoints: all that a trainer is, in one safetensors file that is whole or not there.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::optimizer::AdamW;
use super::train::Position;
use super::trainer::Pending;
use super::{Trainer, TrainerOptions, invalid};
use crate::base::{BaseModel, map_file};
use crate::durable::{AtomicFile, cannot_write};
use crate::error::{Error, ErrorKind, Result};

/// Of the layout of the file; another one is refused.
const VERSION: u32 = 1;
/// The key of the header in the file's metadata.
const HEADER: &str = "aion_lora_checkpoint";
const ARRAYS: [&str; 4] = ["parameters", "first_moment", "second_moment", "pending"];
const CURSOR: &str = "cursor";

/// What a checkpoint has beside its arrays.
#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    base: PathBuf,
    fingerprint: String,
    options: TrainerOptions,
    steps: u64,
    batches: u64,
    pending_tokens: u64,
    pending_batches: u32,
    position: Option<Position>,
}

impl Trainer {
    /// Writes all that the trainer is to `path`: adapter, optimiser, gathered gradients, counters that dropout is drawn
    /// from, where [`train`](Self::train) is in its data, and `cursor`, in which a caller that goes over its data by itself
    /// notes where it is.
    ///
    /// The file is written beside `path`, synced, and then renamed: whatever happens, `path` is the old checkpoint or
    /// the new one.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] and [`ErrorKind::NotFound`] when the file can not be written, such as on a full disk.
    pub fn checkpoint(&self, path: impl AsRef<Path>, cursor: &[u8]) -> Result<()> {
        let path = path.as_ref();
        let bytes = self.serialize(cursor)?;
        let mut file = AtomicFile::create(path)?;
        file.write_all(&bytes).map_err(|error| cannot_write(path, error))?;
        file.commit()
    }

    fn serialize(&self, cursor: &[u8]) -> Result<Vec<u8>> {
        let header = Header {
            version: VERSION,
            base: std::path::absolute(self.base.path()).unwrap_or_else(|_| self.base.path().to_path_buf()),
            fingerprint: self.base.fingerprint().to_owned(),
            options: self.options.clone(),
            steps: self.optimizer.steps,
            batches: self.batches,
            pending_tokens: self.pending.tokens,
            pending_batches: self.pending.batches,
            position: self.position.clone(),
        };
        let failed = |error: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Internal, format!("the checkpoint can not be laid out: {error}"))
        };
        let header = serde_json::to_string(&header).map_err(|error| failed(&error))?;
        let arrays =
            [&self.parameters, &self.optimizer.first, &self.optimizer.second, &self.pending.gradients];
        let numbers = ARRAYS.into_iter().zip(arrays).map(|(name, values)| {
            TensorView::new(Dtype::F32, vec![values.len()], bytemuck::cast_slice(values))
                .map(|view| (name, view))
        });
        let cursor = TensorView::new(Dtype::U8, vec![cursor.len()], cursor).map(|view| (CURSOR, view));
        let tensors =
            numbers.chain([cursor]).collect::<Result<Vec<_>, _>>().map_err(|error| failed(&error))?;
        let metadata = HashMap::from([(HEADER.to_owned(), header)]);
        safetensors::serialize(tensors, Some(metadata)).map_err(|error| failed(&error))
    }

    /// The trainer that a checkpoint holds, on the model that it was made with, and the caller's cursor. From here on
    /// each step gives the same bits as it would have given then, for any number of `threads`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] and [`ErrorKind::Io`] when the file can not be read; [`ErrorKind::InvalidInput`] when it
    /// is damaged or no checkpoint; [`ErrorKind::Unsupported`] when it is of another version;
    /// [`ErrorKind::InvalidArgument`] when it was made with another model.
    pub fn resume(
        path: impl AsRef<Path>,
        base: Arc<BaseModel>,
        threads: Option<usize>,
    ) -> Result<(Self, Vec<u8>)> {
        let path = path.as_ref();
        let file = map_file(path)?;
        let in_file = |error: Error| error.in_context(format!("checkpoint `{}`", path.display()));
        let header = read_header(&file).map_err(in_file)?;
        if header.fingerprint != base.fingerprint() {
            let made = header.base.display();
            let message =
                format!("it was made with another model, which was at `{made}`; resume it with that one");
            return Err(in_file(invalid(message)));
        }
        header.restore(base, threads, &file).map_err(in_file)
    }

    /// The directory of the model that a checkpoint was made with, for [`resume`](Self::resume).
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub fn checkpoint_base(path: impl AsRef<Path>) -> Result<PathBuf> {
        let path = path.as_ref();
        let header = read_header(&map_file(path)?);
        let header = header.map_err(|error| error.in_context(format!("checkpoint `{}`", path.display())))?;
        Ok(header.base)
    }
}

impl Header {
    fn restore(
        self,
        base: Arc<BaseModel>,
        threads: Option<usize>,
        file: &[u8],
    ) -> Result<(Trainer, Vec<u8>)> {
        let tensors =
            SafeTensors::deserialize(file).map_err(|error| damaged("it is cut short").with_source(error))?;
        let options = TrainerOptions { threads, ..self.options };
        let mut trainer = Trainer::new(base, options, None)?;
        let len = trainer.layout.len;
        let [parameters, first, second, gradients] = ARRAYS.map(|name| numbers(&tensors, name, len));
        let (first, second) = (first?, second?);
        if second.iter().any(|&value| value < 0.0) {
            return Err(damaged("its second moments have numbers below 0"));
        }
        if self.pending_batches >= trainer.options.gradient_accumulation {
            return Err(damaged("it has more pending batches than an update has"));
        }
        trainer.parameters = parameters?;
        trainer.optimizer = AdamW { first, second, steps: self.steps };
        trainer.pending =
            Pending { gradients: gradients?, tokens: self.pending_tokens, batches: self.pending_batches };
        trainer.batches = self.batches;
        trainer.position = self.position;
        let cursor =
            tensors.tensor(CURSOR).map_err(|error| damaged("it lacks `cursor`").with_source(error))?;
        Ok((trainer, cursor.data().to_vec()))
    }
}

fn read_header(file: &[u8]) -> Result<Header> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let (_, metadata) = SafeTensors::read_metadata(file)
        .map_err(|error| damaged("it is cut short, damaged or no checkpoint").with_source(error))?;
    let Some(header) = metadata.metadata().as_ref().and_then(|metadata| metadata.get(HEADER)) else {
        return Err(damaged("it is a safetensors file, but no checkpoint"));
    };
    let unreadable = |error| damaged("its header can not be read").with_source(error);
    match serde_json::from_str::<Version>(header).map_err(unreadable)?.version {
        VERSION => serde_json::from_str(header).map_err(unreadable),
        other => {
            let message = format!("it is of version {other}; this library reads version {VERSION}");
            Err(Error::new(ErrorKind::Unsupported, message))
        }
    }
}

fn numbers(tensors: &SafeTensors<'_>, name: &str, len: usize) -> Result<Vec<f32>> {
    let tensor =
        tensors.tensor(name).map_err(|error| damaged(&format!("it lacks `{name}`")).with_source(error))?;
    if tensor.dtype() != Dtype::F32 || tensor.shape() != [len] {
        return Err(damaged(&format!("`{name}` has another shape than {len} numbers")));
    }
    let numbers: Vec<f32> =
        tensor.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    match numbers.iter().all(|number| number.is_finite()) {
        true => Ok(numbers),
        false => Err(damaged(&format!("`{name}` has NaN or infinite numbers"))),
    }
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, what.to_owned())
}
