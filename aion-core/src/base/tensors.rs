//! The safetensors files of a directory, mapped into memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use half::{bf16, f16};
use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::ops::Values;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};

/// Bytes of a configuration or an index; real ones have less than a hundredth.
const MOST_JSON: u64 = 64 << 20;
const MOST_FILES: usize = 10_000;
/// Numbers that are checked between two looks at the control.
const STRIDE: usize = 1 << 20;

/// Every tensor of a model, by name.
pub(super) struct Tensors {
    tensors: BTreeMap<String, Tensor>,
}

/// One tensor, where it lies.
#[derive(Clone)]
pub(crate) struct Tensor {
    storage: Storage,
    dtype: Dtype,
    shape: Vec<usize>,
}

#[derive(Clone)]
enum Storage {
    Mapped {
        file: Arc<Mmap>,
        bytes: Range<usize>,
    },
    /// For a file that does not align its numbers.
    Copied(Arc<[u32]>, usize),
}

impl Tensors {
    /// Opens `model.safetensors`, or all files that `model.safetensors.index.json` names.
    pub(super) fn open(directory: &Path) -> Result<Self> {
        let index = directory.join("model.safetensors.index.json");
        let single = directory.join("model.safetensors");
        let mut tensors = BTreeMap::new();
        if single.exists() || !index.exists() {
            add_file(&single, &mut tensors)?;
            return Ok(Self { tensors });
        }
        let names = shard_names(&index)?;
        let mut files: Vec<&String> = names.values().collect();
        files.sort();
        files.dedup();
        if files.len() > MOST_FILES {
            let message = format!("`{}` names more than {MOST_FILES} files", index.display());
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        for file in files {
            add_file(&directory.join(file), &mut tensors)?;
        }
        match names.keys().find(|name| !tensors.contains_key(*name)) {
            Some(name) => Err(invalid(&index, &format!("names tensor `{name}`, which no file has"))),
            None => Ok(Self { tensors }),
        }
    }

    /// Takes a tensor of this name and shape.
    pub(super) fn take(&mut self, name: &str, shape: &[usize], control: &Control) -> Result<Tensor> {
        let Some(tensor) = self.tensors.remove(name) else {
            let message = format!("the model lacks tensor `{name}`, which its config.json asks for");
            return Err(Error::new(ErrorKind::InvalidModel, message));
        };
        if tensor.shape != shape {
            let found = &tensor.shape;
            let message = format!("tensor `{name}` has shape {found:?}; config.json asks for {shape:?}");
            return Err(Error::new(ErrorKind::InvalidModel, message));
        }
        tensor.check(name, control)?;
        Ok(tensor)
    }

    /// Drops a tensor that is not needed.
    pub(super) fn ignore(&mut self, wanted: impl Fn(&str) -> bool) {
        self.tensors.retain(|name, _| !wanted(name));
    }

    /// A tensor that nobody took.
    pub(super) fn first_left(&self) -> Option<&str> {
        self.tensors.keys().next().map(String::as_str)
    }
}

/// The text of a JSON file of a directory.
pub(super) fn read_text(path: &Path) -> Result<String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    file.take(MOST_JSON + 1).read_to_string(&mut text).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => invalid(path, "is not UTF-8 text"),
        _ => unreadable(path, error),
    })?;
    match text.len() as u64 > MOST_JSON {
        true => Err(Error::new(ErrorKind::LimitExceeded, format!("`{}` is over 64 MiB", path.display()))),
        false => Ok(text),
    }
}

fn shard_names(index: &Path) -> Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let text = read_text(index)?;
    let names = serde_json::from_str::<Index>(&text)
        .map_err(|error| invalid(index, "is not an index of safetensors files").with_source(error))?
        .weight_map;
    // A name must stay inside the directory.
    let is_plain = |name: &String| {
        name.ends_with(".safetensors") && !name.contains(['/', '\\', ':', '\0']) && !name.starts_with('.')
    };
    match names.values().find(|name| !is_plain(name)) {
        Some(name) => Err(invalid(index, &format!("names `{name}`, which is not a plain file name"))),
        None => Ok(names),
    }
}

/// Maps a file into memory, to read it.
pub(crate) fn map_file(path: &Path) -> Result<Mmap> {
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    if !file.metadata().map_err(|error| unreadable(path, error))?.is_file() {
        return Err(invalid(path, "is not a file"));
    }
    // SAFETY: the mapping is private and read only. As with every reader of mapped files, the file must not be cut
    // short while it is in use, which the documentation of `BaseModel` says.
    unsafe { Mmap::map(&file) }.map_err(|error| unreadable(path, error))
}

fn add_file(path: &Path, tensors: &mut BTreeMap<String, Tensor>) -> Result<()> {
    let map = Arc::new(map_file(path)?);
    let (header, metadata) = SafeTensors::read_metadata(&map).map_err(|error| {
        invalid(path, "is cut short, damaged or not a safetensors file").with_source(error)
    })?;
    for (name, info) in metadata.tensors() {
        let data = header + 8;
        let bytes = data + info.data_offsets.0..data + info.data_offsets.1;
        let storage = Storage::new(&map, bytes, info.dtype);
        let tensor = Tensor { storage, dtype: info.dtype, shape: info.shape.clone() };
        if tensors.insert(name.clone(), tensor).is_some() {
            return Err(invalid(path, &format!("has tensor `{name}`, which another file has too")));
        }
    }
    Ok(())
}

impl Storage {
    fn new(file: &Arc<Mmap>, bytes: Range<usize>, dtype: Dtype) -> Self {
        let data = &file[bytes.clone()];
        let size = (dtype.bitsize() / 8).clamp(1, 4);
        if data.as_ptr().align_offset(size) == 0 {
            return Self::Mapped { file: Arc::clone(file), bytes };
        }
        let mut words = vec![0u32; data.len().div_ceil(4)];
        bytemuck::cast_slice_mut(&mut words)[..data.len()].copy_from_slice(data);
        Self::Copied(words.into(), data.len())
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Mapped { file, bytes } => &file[bytes.clone()],
            Self::Copied(words, length) => &bytemuck::cast_slice(words)[..*length],
        }
    }
}

impl Tensor {
    /// Its numbers; none where [`check`](Self::check) failed.
    pub(crate) fn values(&self) -> Values<'_> {
        let bytes = self.storage.bytes();
        match self.dtype {
            Dtype::F32 => Values::F32(bytemuck::try_cast_slice(bytes).unwrap_or_default()),
            Dtype::BF16 => Values::Bf16(bytemuck::try_cast_slice::<u8, bf16>(bytes).unwrap_or_default()),
            _ => Values::F16(bytemuck::try_cast_slice::<u8, f16>(bytes).unwrap_or_default()),
        }
    }

    /// All numbers, widened.
    pub(super) fn to_vec(&self) -> Vec<f32> {
        let mut numbers = vec![0.0; self.shape.iter().product()];
        self.values().read(0, &mut numbers);
        numbers
    }

    /// The bytes of `count` small samples from first to last.
    pub(super) fn samples(&self, count: usize) -> impl Iterator<Item = &[u8]> {
        let bytes = self.storage.bytes();
        let step = (bytes.len() / count).max(1);
        bytes.chunks(step).map(|chunk| &chunk[..chunk.len().min(64)])
    }

    pub(super) fn describe(&self) -> String {
        format!("{:?} {:?}", self.dtype, self.shape)
    }

    fn check(&self, name: &str, control: &Control) -> Result<()> {
        let is_finite = match (self.dtype, self.values()) {
            (Dtype::F32, Values::F32(values)) => all(values, |value| value.is_finite(), control)?,
            (Dtype::BF16, Values::Bf16(values)) => all(values, |value| value.is_finite(), control)?,
            (Dtype::F16, Values::F16(values)) => all(values, |value| value.is_finite(), control)?,
            (dtype, _) => {
                let message = format!("tensor `{name}` is {dtype:?}; supported are F32, F16 and BF16");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
        };
        match is_finite {
            true => Ok(()),
            false => {
                let message = format!("tensor `{name}` has NaN or infinite numbers; the file is damaged");
                Err(Error::new(ErrorKind::InvalidModel, message))
            }
        }
    }
}

/// Whether `holds` is true of all values.
fn all<T>(values: &[T], holds: impl Fn(&T) -> bool, control: &Control) -> Result<bool> {
    for piece in values.chunks(STRIDE) {
        control.check()?;
        if !piece.iter().all(&holds) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn invalid(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::InvalidModel, format!("`{}` {what}", path.display()))
}

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    let kind = match source.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        _ => ErrorKind::Io,
    };
    Error::new(kind, format!("cannot read `{}`", path.display())).with_source(source)
}
