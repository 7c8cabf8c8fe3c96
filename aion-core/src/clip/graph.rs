//! One ONNX graph: its inputs and outputs found by name or shape, and its session.

use std::borrow::Cow;
use std::path::Path;

use ort::session::{Session, SessionInputValue};
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};
use parking_lot::Mutex;

use super::runtime;
use crate::error::{Error, ErrorKind, Result};

const IMAGE_INPUTS: &[&str] = &["pixel_values", "image", "images", "pixels", "input"];
const IMAGE_OUTPUTS: &[&str] = &[
    "image_embeds",
    "emb",
    "image_embeddings",
    "image_features",
    "embedding",
    "pooled_output",
    "pooler_output",
];
const TEXT_INPUTS: &[&str] = &["input_ids", "text", "tokens", "ids", "input"];
const TEXT_OUTPUTS: &[&str] = &[
    "text_embeds",
    "emb",
    "text_embeddings",
    "text_features",
    "embedding",
    "pooled_output",
    "pooler_output",
];

/// A loaded graph with an image tower, a text tower or both.
pub(super) struct Graph {
    /// `ort` wants a session for itself while it runs; the threads that work on a run are the session's own.
    session: Mutex<Session>,
    name: String,
    image: Option<ImagePort>,
    text: Option<TextPort>,
}

/// Where pictures go in and their embeddings come out.
struct ImagePort {
    input: String,
    output: String,
    /// `None` where the graph takes any number.
    batch: Option<usize>,
    edge: Option<u32>,
}

struct TextPort {
    input: String,
    /// Where to tell which ids are text and which are padding, if the graph asks.
    mask: Option<String>,
    output: String,
    batch: Option<usize>,
    length: Option<usize>,
    wide: bool,
}

impl Graph {
    pub(super) fn load(path: &Path, onnxruntime: Option<&Path>, threads: usize) -> Result<Self> {
        if let Err(error) = std::fs::File::open(path) {
            return Err(Error::io(path, error));
        }
        let environment = runtime::environment(onnxruntime)?;
        let build = || -> ort::Result<Session> {
            // Threads that spin after a run take the cores that OCR and decoding want: without, `parse_images`
            // is a seventh faster, and a lone picture a thirtieth slower (docs/performance.md).
            Session::builder(&environment)?
                .with_intra_threads(threads)?
                .with_intra_op_spinning(false)?
                .commit_from_file(path)
        };
        let session = build().map_err(|error| {
            Error::new(
                ErrorKind::InvalidModel,
                format!("`{}` is no ONNX model that ONNX Runtime can load", path.display()),
            )
            .with_source(error)
        })?;
        Self::of_session(session, path.display().to_string())
    }

    fn of_session(session: Session, name: String) -> Result<Self> {
        let (inputs, outputs) = (session.inputs(), session.outputs());
        let image = ImagePort::find(inputs, outputs);
        let text = TextPort::find(inputs, outputs);
        if image.is_none() && text.is_none() {
            let names: Vec<_> = inputs.iter().chain(outputs).map(Outlet::name).collect();
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!("`{name}` has neither an image nor a text tower of CLIP; its ports are {names:?}"),
            ));
        }
        Ok(Self { session: Mutex::new(session), name, image, text })
    }

    /// The edge of the pictures that the graph takes, where it is fixed.
    pub(super) fn image_edge(&self) -> Option<u32> {
        self.image.as_ref().and_then(|port| port.edge)
    }

    /// The number of ids in a text that the graph takes, where it is fixed.
    pub(super) fn text_length(&self) -> Option<usize> {
        self.text.as_ref().and_then(|port| port.length)
    }

    /// Embeds pictures of `[3, edge, edge]` floats each, one after the other in `pixels`.
    pub(super) fn embed_images(&self, pixels: &[f32], edge: u32) -> Result<Vec<Vec<f32>>> {
        let port = self.image.as_ref().ok_or_else(|| self.has_no("image"))?;
        let size = 3 * (edge as usize).pow(2);
        let mut vectors = Vec::new();
        for pictures in pixels.chunks(port.batch.unwrap_or(usize::MAX / size) * size) {
            vectors.extend(self.run_images(port, pictures, size, edge)?);
        }
        Ok(vectors)
    }

    fn run_images(&self, port: &ImagePort, pixels: &[f32], size: usize, edge: u32) -> Result<Vec<Vec<f32>>> {
        let filled = fill(pixels, port.batch.map(|batch| batch * size), 0.0);
        let count = filled.len() / size;
        let edge = i64::from(edge);
        let mut inputs = Vec::new();
        push(&mut inputs, &port.input, [count as i64, 3, edge, edge], &filled)?;
        // A graph of both towers wants a text as well; the shortest does.
        let (ids, ids_narrow, mask) = ([0_i64; 2], [0_i32; 2], [1_i64; 2]);
        if let Some(text) = &self.text {
            match text.wide {
                true => push(&mut inputs, &text.input, [1, 2], &ids)?,
                false => push(&mut inputs, &text.input, [1, 2], &ids_narrow)?,
            }
            if let Some(name) = &text.mask {
                push(&mut inputs, name, [1, 2], &mask)?;
            }
        }
        self.run(inputs, &port.output, pixels.len() / size)
    }

    /// Embeds texts of the same number of ids each, with 1 in `mask` for what is no padding.
    pub(super) fn embed_texts(&self, ids: &[i64], mask: &[i64], length: usize) -> Result<Vec<Vec<f32>>> {
        let port = self.text.as_ref().ok_or_else(|| self.has_no("text"))?;
        let size = port.batch.unwrap_or(usize::MAX / length) * length;
        let mut vectors = Vec::new();
        for (ids, mask) in ids.chunks(size).zip(mask.chunks(size)) {
            vectors.extend(self.run_texts(port, ids, mask, length)?);
        }
        Ok(vectors)
    }

    fn run_texts(&self, port: &TextPort, ids: &[i64], mask: &[i64], length: usize) -> Result<Vec<Vec<f32>>> {
        let fixed = port.batch.map(|batch| batch * length);
        let (filled, mask) = (fill(ids, fixed, 0), fill(mask, fixed, 1));
        let narrow: Vec<i32> = filled.iter().map(|&id| id as i32).collect();
        let shape = [(filled.len() / length) as i64, length as i64];
        let mut inputs = Vec::new();
        match port.wide {
            true => push(&mut inputs, &port.input, shape, &filled)?,
            false => push(&mut inputs, &port.input, shape, &narrow)?,
        }
        if let Some(name) = &port.mask {
            push(&mut inputs, name, shape, &mask)?;
        }
        // A graph of both towers wants a picture as well.
        let edge = i64::from(self.image_edge().unwrap_or(224));
        let picture = vec![0.0_f32; if self.image.is_some() { 3 * (edge * edge) as usize } else { 0 }];
        if let Some(image) = &self.image {
            push(&mut inputs, &image.input, [1, 3, edge, edge], &picture)?;
        }
        self.run(inputs, &port.output, ids.len() / length)
    }

    /// Runs the graph and cuts `count` unit vectors out of `output`.
    fn run(&self, inputs: Inputs<'_>, output: &str, count: usize) -> Result<Vec<Vec<f32>>> {
        let mut session = self.session.lock();
        let outputs = session.run(inputs).map_err(|error| self.failed(error))?;
        let value = outputs.get(output).ok_or_else(|| self.gave("no embedding"))?;
        let (shape, numbers) = value.try_extract_tensor::<f32>().map_err(|error| self.failed(error))?;
        let dimension = shape.last().and_then(|&d| usize::try_from(d).ok()).filter(|&d| d > 0);
        let dimension = dimension.ok_or_else(|| self.gave("an embedding without numbers"))?;
        if shape.len() != 2 || numbers.len() < count * dimension {
            return Err(self.gave("an output that is not one vector for each input"));
        }
        numbers.chunks_exact(dimension).take(count).map(|vector| self.unit(vector)).collect()
    }

    fn unit(&self, vector: &[f32]) -> Result<Vec<f32>> {
        let norm = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        if !norm.is_finite() || norm == 0.0 {
            return Err(self.gave("an embedding that is zero or not finite"));
        }
        Ok(vector.iter().map(|&x| (f64::from(x) / norm) as f32).collect())
    }

    fn has_no(&self, tower: &str) -> Error {
        Error::new(
            ErrorKind::NotConfigured,
            format!("`{}` has no {tower} tower; give clip_model a directory that has one", self.name),
        )
    }

    fn failed(&self, error: ort::Error) -> Error {
        Error::new(ErrorKind::Engine, format!("ONNX Runtime failed on `{}`", self.name)).with_source(error)
    }

    fn gave(&self, what: &str) -> Error {
        Error::new(ErrorKind::InvalidModel, format!("`{}` gave {what}", self.name))
    }
}

type Inputs<'a> = Vec<(Cow<'a, str>, SessionInputValue<'a>)>;

fn push<'a, T, const N: usize>(
    inputs: &mut Inputs<'a>,
    name: &'a str,
    shape: [i64; N],
    data: &'a [T],
) -> Result<()>
where
    T: ort::value::PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static,
{
    let tensor = TensorRef::from_array_view((shape, data)).map_err(|error| {
        Error::new(ErrorKind::Engine, format!("ONNX Runtime refused the input `{name}`")).with_source(error)
    })?;
    inputs.push((Cow::Borrowed(name), tensor.into()));
    Ok(())
}

/// `data`, made up to `length` for a graph of a fixed batch.
fn fill<T: Clone>(data: &[T], length: Option<usize>, filling: T) -> Cow<'_, [T]> {
    match length {
        Some(length) if data.len() < length => {
            let mut filled = data.to_vec();
            filled.resize(length, filling);
            Cow::Owned(filled)
        }
        _ => Cow::Borrowed(data),
    }
}

impl ImagePort {
    fn find(inputs: &[Outlet], outputs: &[Outlet]) -> Option<Self> {
        let input = port(
            inputs,
            IMAGE_INPUTS,
            |outlet| matches!(tensor(outlet), Some((TensorElementType::Float32, shape)) if shape.len() == 4),
        )?;
        let output = output(outputs, IMAGE_OUTPUTS)?;
        let (_, shape) = tensor(input)?;
        Some(Self {
            input: input.name().into(),
            output: output.name().into(),
            batch: fixed(shape[0]),
            edge: fixed(shape[2]).and_then(|edge| u32::try_from(edge).ok()),
        })
    }
}

impl TextPort {
    fn find(inputs: &[Outlet], outputs: &[Outlet]) -> Option<Self> {
        let is_ids = |outlet: &Outlet| {
            matches!(
                tensor(outlet),
                Some((TensorElementType::Int64 | TensorElementType::Int32, shape)) if shape.len() == 2
            )
        };
        let input = port(inputs, TEXT_INPUTS, is_ids)?;
        let output = output(outputs, TEXT_OUTPUTS)?;
        let mask = inputs.iter().find(|outlet| outlet.name() == "attention_mask" && is_ids(outlet));
        let (element, shape) = tensor(input)?;
        Some(Self {
            input: input.name().into(),
            mask: mask.map(|outlet| outlet.name().into()),
            output: output.name().into(),
            batch: fixed(shape[0]),
            length: fixed(shape[1]),
            wide: element == TensorElementType::Int64,
        })
    }
}

/// The first known name among `outlets` that `fits`, else the first of any name.
fn port<'a>(outlets: &'a [Outlet], names: &[&str], fits: impl Fn(&Outlet) -> bool) -> Option<&'a Outlet> {
    let named = names.iter().find_map(|name| outlets.iter().find(|o| o.name() == *name && fits(o)));
    named.or_else(|| outlets.iter().find(|outlet| fits(outlet) && outlet.name() != "attention_mask"))
}

/// The output of a known name, else the only matrix of floats, else the first.
fn output<'a>(outlets: &'a [Outlet], names: &[&str]) -> Option<&'a Outlet> {
    let is_matrix = |outlet: &Outlet| matches!(tensor(outlet), Some((TensorElementType::Float32, shape)) if shape.len() == 2);
    port(outlets, names, is_matrix)
}

fn tensor(outlet: &Outlet) -> Option<(TensorElementType, &[i64])> {
    match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => Some((*ty, shape)),
        _ => None,
    }
}

/// A dimension that the graph fixes; the others are negative.
fn fixed(dimension: i64) -> Option<usize> {
    usize::try_from(dimension).ok().filter(|&d| d > 0)
}
