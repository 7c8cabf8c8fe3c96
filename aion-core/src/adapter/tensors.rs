//! Safetensors files, read tensor by tensor: the header is checked against the length of the file before anything
//! is taken from it, and memory follows what is asked for.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use half::{bf16, f16};
use safetensors::tensor::{Dtype, Metadata, TensorInfo};

use crate::error::{Error, ErrorKind, Result};

/// Headers of the largest models are below 1 MB.
const MAX_HEADER_BYTES: u64 = 32 << 20;
const LENGTH_BYTES: u64 = 8;

/// An open safetensors file.
pub(super) struct TensorFile {
    file: File,
    name: String,
    metadata: Metadata,
    /// Length and header, as they stand in the file.
    prologue: Vec<u8>,
}

impl TensorFile {
    /// Checks the header of `file`, which messages call `name`.
    pub(super) fn open(mut file: File, name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let damaged =
            |reason: String| Error::new(ErrorKind::InvalidInput, format!("`{name}` is damaged: {reason}"));
        let failed = |error| Error::new(ErrorKind::Io, format!("cannot read `{name}`")).with_source(error);
        let length = file.metadata().map_err(failed)?.len();
        if length < LENGTH_BYTES {
            return Err(damaged(format!("{length} bytes are too few for a safetensors file")));
        }
        let mut prologue = vec![0; LENGTH_BYTES as usize];
        file.read_exact(&mut prologue).map_err(failed)?;
        let header = prologue.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
        if header > MAX_HEADER_BYTES || header > length - LENGTH_BYTES {
            return Err(damaged(format!("it says that its header has {header} bytes")));
        }
        prologue.resize((LENGTH_BYTES + header) as usize, 0);
        file.read_exact(&mut prologue[LENGTH_BYTES as usize..]).map_err(failed)?;
        let metadata: Metadata = serde_json::from_slice(&prologue[LENGTH_BYTES as usize..])
            .map_err(|error| damaged("its header is wrong".into()).with_source(error))?;
        let expected = (prologue.len() as u64).saturating_add(metadata.data_len() as u64);
        if expected != length {
            return Err(damaged(format!("it has {length} bytes and its header tells of {expected}")));
        }
        Ok(Self { file, name, metadata, prologue })
    }

    /// Length and header, as they stand in the file.
    pub(super) fn prologue(&self) -> &[u8] {
        &self.prologue
    }

    /// The names of the tensors in the order of their bytes.
    pub(super) fn names(&self) -> Vec<String> {
        self.metadata.offset_keys()
    }

    /// Type, shape and place of a tensor that the file has.
    pub(super) fn info(&self, tensor: &str) -> Result<&TensorInfo> {
        let missing = || Error::new(ErrorKind::InvalidInput, format!("`{}` has no `{tensor}`", self.name));
        self.metadata.info(tensor).ok_or_else(missing)
    }

    /// Reads `bytes.len()` bytes of a tensor from its byte `offset` on.
    pub(super) fn read_at(&mut self, info: &TensorInfo, offset: usize, bytes: &mut [u8]) -> Result<()> {
        let start = self.prologue.len() + info.data_offsets.0 + offset;
        let mut read = || {
            self.file.seek(SeekFrom::Start(start as u64))?;
            self.file.read_exact(bytes)
        };
        read().map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot read `{}`", self.name)).with_source(error)
        })
    }

    /// All numbers of a tensor.
    pub(super) fn read(&mut self, tensor: &str) -> Result<Vec<f32>> {
        let info = self.info(tensor)?.clone();
        let format = FloatFormat::of(&info).ok_or_else(|| self.no_floats(tensor, &info))?;
        let mut bytes = vec![0; info.data_offsets.1 - info.data_offsets.0];
        self.read_at(&info, 0, &mut bytes)?;
        Ok(format.decode(&bytes).map(|number| number as f32).collect())
    }

    /// The tensor is of a type that has no place in a linear layer.
    pub(super) fn no_floats(&self, tensor: &str, info: &TensorInfo) -> Error {
        let message = format!(
            "`{}`: `{tensor}` is of type {}; F64, F32, F16 and BF16 are supported",
            self.name, info.dtype
        );
        Error::new(ErrorKind::Unsupported, message)
    }
}

/// How the numbers of a tensor are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FloatFormat {
    F64,
    F32,
    F16,
    Bf16,
}

impl FloatFormat {
    pub(super) fn of(info: &TensorInfo) -> Option<Self> {
        match info.dtype {
            Dtype::F64 => Some(Self::F64),
            Dtype::F32 => Some(Self::F32),
            Dtype::F16 => Some(Self::F16),
            Dtype::BF16 => Some(Self::Bf16),
            _ => None,
        }
    }

    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// The numbers of little-endian `bytes`.
    pub(super) fn decode(self, bytes: &[u8]) -> impl Iterator<Item = f64> {
        bytes.chunks_exact(self.size()).map(move |bytes| match (self, bytes) {
            (Self::F16, &[a, b]) => f16::from_le_bytes([a, b]).to_f64(),
            (Self::Bf16, &[a, b]) => bf16::from_le_bytes([a, b]).to_f64(),
            (Self::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]).into(),
            (_, &[a, b, c, d, e, f, g, h]) => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
            _ => f64::NAN,
        })
    }

    /// Writes `number`, rounded to the nearest that there is, into the `size` bytes at `place`.
    pub(super) fn encode(self, number: f64, place: &mut [u8]) {
        match self {
            Self::F64 => place.copy_from_slice(&number.to_le_bytes()),
            Self::F32 => place.copy_from_slice(&(number as f32).to_le_bytes()),
            Self::F16 => place.copy_from_slice(&f16::from_f64(number).to_le_bytes()),
            Self::Bf16 => place.copy_from_slice(&bf16::from_f64(number).to_le_bytes()),
        }
    }
}
