//! W + scale · B·A: a base with its adapter inside, for runners that know no adapters.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use safetensors::tensor::TensorInfo;
use serde::{Deserialize, Serialize};

use super::CALIBRATION_FILE;
use super::module::{ModuleId, ModuleShape};
use super::tensors::{FloatFormat, TensorFile};
use super::value::{Adapter, LowRank};
use crate::control::Control;
use crate::durable::{StagingDirectory, cannot_write, open_regular, read_limited};
use crate::error::{Error, ErrorKind, Result};

const INDEX_FILE: &str = "model.safetensors.index.json";
const SINGLE_FILE: &str = "model.safetensors";
/// The index of a base with 100,000 tensors has 10 MB.
const MAX_INDEX_BYTES: u64 = 64 << 20;
/// Weights are read, changed and written in pieces of about this many bytes.
const PIECE_BYTES: usize = 1 << 20;
/// Endings of the files beside the weights that a runner reads. Weights in other formats stay behind: they would
/// be those without the adapter.
const COMPANIONS: &[&str] = &["jinja", "json", "model", "tiktoken", "txt"];

/// What a merge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MergeReport {
    /// The linear layers that were changed.
    pub layers: usize,
    /// The safetensors files that were written.
    pub files: usize,
}

/// Adds `adapter` to the weights of the base in the directory `base` and writes the result, a directory of the same
/// shape, as `output`, which must not exist and appears whole. Each weight keeps its type: the sum is made in f64
/// and rounded once. Memory stays at a few MiB beside the adapter.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] for an adapter that does not fit, a damaged base, or a sum that its type can not
/// hold; [`ErrorKind::Unsupported`] for weights of integers or 8-bit floats; [`ErrorKind::Conflict`] if `output`
/// exists; [`ErrorKind::Io`] for the disk; those of `control`. Nothing is left behind then.
pub fn merge(
    base: impl AsRef<Path>,
    adapter: &Adapter,
    output: impl AsRef<Path>,
    control: &Control,
) -> Result<MergeReport> {
    let (base, output) = (base.as_ref(), output.as_ref());
    adapter.check()?;
    let files = weight_files(base)?;
    let staging = StagingDirectory::beside(output)?;
    let mut missing: BTreeMap<String, (ModuleId, &LowRank)> =
        adapter.tensors.iter().map(|(&id, factors)| (id.weight_name(), (id, factors))).collect();
    for name in &files {
        let source = TensorFile::open(open_regular(&base.join(name))?, name.as_str())?;
        let mut merge = FileMerge { source, adapter, missing: &mut missing, control };
        staging.write(name, |file| merge.run(file, &staging.path().join(name)))?;
    }
    if let Some(weight) = missing.keys().next() {
        let message = format!("the base `{}` has no `{weight}`, which the adapter is for", base.display());
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    copy_companions(base, &staging)?;
    control.check()?;
    staging.name(output)?;
    Ok(MergeReport { layers: adapter.tensors.len(), files: files.len() })
}

/// The merge of one safetensors file.
struct FileMerge<'a, 'b> {
    source: TensorFile,
    adapter: &'a Adapter,
    /// The layers that no file has had yet, by the names of their weights.
    missing: &'b mut BTreeMap<String, (ModuleId, &'a LowRank)>,
    control: &'a Control,
}

impl FileMerge<'_, '_> {
    fn run(&mut self, file: &mut impl Write, path: &Path) -> Result<()> {
        // Types and shapes stay, so the header does too.
        file.write_all(self.source.prologue()).map_err(|error| cannot_write(path, error))?;
        for name in self.source.names() {
            let info = self.source.info(&name)?.clone();
            let update = match self.missing.remove(&name) {
                Some((id, factors)) => Some(Update::new(self, id, factors, &info)?),
                None => None,
            };
            self.copy(&info, update, &mut |bytes| {
                file.write_all(bytes).map_err(|error| cannot_write(path, error))
            })?;
        }
        Ok(())
    }

    /// Copies one tensor, in whole rows if they are to be changed.
    fn copy(
        &mut self,
        info: &TensorInfo,
        update: Option<Update<'_>>,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let length = info.data_offsets.1 - info.data_offsets.0;
        let step = update.as_ref().map_or(1, Update::row_bytes);
        let piece = (PIECE_BYTES / step).max(1) * step;
        let mut bytes = Vec::new();
        for offset in (0..length).step_by(piece) {
            self.control.check()?;
            bytes.resize(piece.min(length - offset), 0);
            self.source.read_at(info, offset, &mut bytes)?;
            if let Some(update) = &update {
                update.apply(offset / step, &mut bytes)?;
            }
            write(&bytes)?;
        }
        Ok(())
    }
}

/// What is added to one weight.
struct Update<'a> {
    id: ModuleId,
    factors: &'a LowRank,
    rank: usize,
    scale: f64,
    format: FloatFormat,
}

impl<'a> Update<'a> {
    fn new(merge: &FileMerge<'a, '_>, id: ModuleId, factors: &'a LowRank, info: &TensorInfo) -> Result<Self> {
        let ModuleShape { inputs, outputs } = factors.shape;
        if info.shape != [outputs, inputs] {
            let message = format!(
                "`{id}` is of shape {:?} in the base; the adapter is for [{outputs}, {inputs}]",
                info.shape
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let format = FloatFormat::of(info).ok_or_else(|| merge.source.no_floats(&id.weight_name(), info))?;
        let config = &merge.adapter.config;
        Ok(Self { id, factors, rank: config.rank, scale: config.scale(), format })
    }

    fn row_bytes(&self) -> usize {
        self.factors.shape.inputs * self.format.size()
    }

    /// Adds to the whole rows in `bytes`, the first of which is row `first`.
    fn apply(&self, first: usize, bytes: &mut [u8]) -> Result<()> {
        let inputs = self.factors.shape.inputs;
        let mut sums = vec![0.0f64; inputs];
        for (row, place) in bytes.chunks_exact_mut(self.row_bytes()).enumerate() {
            let b = &self.factors.b[(first + row) * self.rank..][..self.rank];
            sums.fill(0.0);
            for (&b, a) in b.iter().zip(self.factors.a.chunks_exact(inputs)) {
                let factor = f64::from(b) * self.scale;
                sums.iter_mut().zip(a).for_each(|(sum, &a)| *sum += factor * f64::from(a));
            }
            let weights = self.format.decode(place);
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
            let size = self.format.size();
            sums.iter()
                .zip(place.chunks_exact_mut(size))
                .for_each(|(&sum, place)| self.format.encode(sum, place));
            if !self.format.decode(place).all(f64::is_finite) {
                let message = format!("row {} of `{}` would not be finite in its type", first + row, self.id);
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        }
        Ok(())
    }
}

/// The names of the base's safetensors files.
fn weight_files(base: &Path) -> Result<BTreeSet<String>> {
    let index = base.join(INDEX_FILE);
    if !index.exists() {
        return Ok([SINGLE_FILE.to_owned()].into());
    }
    let damaged = |reason: &str| {
        Error::new(ErrorKind::InvalidInput, format!("`{}` is damaged: {reason}", index.display()))
    };
    let text = read_limited(open_regular(&index)?, INDEX_FILE, MAX_INDEX_BYTES)?;
    let fields: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| damaged("it is no JSON").with_source(error))?;
    let map = fields["weight_map"].as_object().ok_or_else(|| damaged("it has no `weight_map`"))?;
    let file = |name: &serde_json::Value| {
        // A name that leads elsewhere would be written elsewhere too.
        let name = name.as_str().filter(|name| name.ends_with(".safetensors") && !name.contains(['/', '\\']));
        name.map(str::to_owned).ok_or_else(|| damaged("it names no safetensors file beside it"))
    };
    map.values().map(file).collect()
}

fn copy_companions(base: &Path, staging: &StagingDirectory) -> Result<()> {
    for entry in fs::read_dir(base).map_err(|error| Error::io(base, error))? {
        let path = entry.map_err(|error| Error::io(base, error))?.path();
        let is_companion = path.extension().is_some_and(|end| COMPANIONS.iter().any(|known| end == *known));
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        // A calibration is of the base as it was.
        if is_companion && name != CALIBRATION_FILE && path.is_file() {
            let mut source = open_regular(&path)?;
            staging.write(name, |file| {
                let copied = std::io::copy(&mut source, file);
                copied.map(drop).map_err(|error| cannot_write(&staging.path().join(name), error))
            })?;
        }
    }
    Ok(())
}
