//! From PEFT's directory to a value.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use super::config::AdapterConfig;
use super::module::{Factor, ModuleId, ModuleShape};
use super::promote::follow;
use super::tensors::TensorFile;
use super::value::{Adapter, LowRank, invalid};
use super::{CONFIG_FILE, TENSORS_FILE};
use crate::durable::{open_regular, read_limited};
use crate::error::{Error, ErrorKind, Result};

/// Settings of PEFT have 1 kB.
pub(super) const MAX_CONFIG_BYTES: u64 = 1 << 20;
/// Rank 64 on every module of a base of 70 billion weights is 3.3 GB.
const MAX_TENSORS_BYTES: u64 = 8 << 30;

impl Adapter {
    /// Reads the adapter in `directory`, or the current version if it is an `aion-current`. Tensors of f64, f16 and
    /// bf16 become f32.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for missing files; [`ErrorKind::InvalidInput`] for damaged or incomplete ones, with
    /// the name of the first setting or tensor that is wrong; [`ErrorKind::Unsupported`] for other methods than
    /// plain LoRA; [`ErrorKind::LimitExceeded`] for more than 8 GiB of tensors.
    pub fn read(directory: impl AsRef<Path>) -> Result<Self> {
        let given = directory.as_ref();
        let read = || {
            let directory = follow(given)?;
            refuse_pickles(&directory)?;
            Self::from_files(&|name| open_regular(&directory.join(name)))
        };
        read().map_err(|error: Error| error.in_context(format!("adapter `{}`", given.display())))
    }

    /// As [`read`](Self::read), of files that `open` gives by their names.
    pub(super) fn from_files(open: &dyn Fn(&str) -> Result<File>) -> Result<Self> {
        let config =
            AdapterConfig::from_json(&read_limited(open(CONFIG_FILE)?, CONFIG_FILE, MAX_CONFIG_BYTES)?)?;
        let file = open(TENSORS_FILE)?;
        let length = file.metadata().map_err(|error| Error::io(Path::new(TENSORS_FILE), error))?.len();
        if length > MAX_TENSORS_BYTES {
            let message =
                format!("`{TENSORS_FILE}` has {length} bytes; at most {MAX_TENSORS_BYTES} are read");
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        let tensors = pairs(factors(&mut TensorFile::open(file, TENSORS_FILE)?, config.rank)?)?;
        let adapter = Self { config, tensors };
        adapter.check()?;
        Ok(adapter)
    }
}

/// One factor with the dimension that is not the rank.
struct Half {
    size: usize,
    numbers: Vec<f32>,
}

/// Every factor of the file; a key that names none is an error.
fn factors(file: &mut TensorFile, rank: usize) -> Result<BTreeMap<(ModuleId, Factor), Half>> {
    let mut found = BTreeMap::new();
    for key in file.names() {
        let Some((id, factor)) = ModuleId::parse_key(&key) else {
            return Err(invalid(format!(
                "the key `{}` is not of the form `base_model.model.model.layers.N.PART.MODULE.lora_A.weight`",
                key.chars().take(120).collect::<String>()
            )));
        };
        let size = match (factor, &file.info(&key)?.shape[..]) {
            (Factor::A, &[rows, size]) | (Factor::B, &[size, rows]) if rows == rank => size,
            (_, shape) => {
                return Err(invalid(format!(
                    "`{key}` is of shape {shape:?}, which does not fit rank {rank}"
                )));
            }
        };
        let half = Half { size, numbers: file.read(&key)? };
        if found.insert((id, factor), half).is_some() {
            return Err(invalid(format!("`{}` is there twice", id.key(factor))));
        }
    }
    Ok(found)
}

fn pairs(mut halves: BTreeMap<(ModuleId, Factor), Half>) -> Result<BTreeMap<ModuleId, LowRank>> {
    let mut pairs = BTreeMap::new();
    while let Some(((id, factor), half)) = halves.pop_first() {
        // A comes before B, so what is first is A unless there is none.
        let (Factor::A, Some(other)) = (factor, halves.remove(&(id, Factor::B))) else {
            let other = if factor == Factor::A { Factor::B } else { Factor::A };
            return Err(invalid(format!("`{}` is missing", id.key(other))));
        };
        let shape = ModuleShape { inputs: half.size, outputs: other.size };
        pairs.insert(id, LowRank { shape, a: half.numbers, b: other.numbers });
    }
    Ok(pairs)
}

/// Older PEFT wrote pickles, which run whatever code they hold.
fn refuse_pickles(directory: &Path) -> Result<()> {
    if directory.join("adapter_model.bin").exists() && !directory.join(TENSORS_FILE).exists() {
        let message = "`adapter_model.bin` is a pickle, which is not read; save the adapter as safetensors";
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    Ok(())
}
