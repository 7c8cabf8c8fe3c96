//! Pictures and texts as unit vectors of one space, by a CLIP model in ONNX form.

mod files;
mod ftfy;
mod graph;
mod preprocess;
mod runtime;
mod text_cache;
mod tokenize;

use std::iter::repeat_n;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use once_cell::sync::OnceCell;
use parking_lot::Mutex;

use crate::config::Config;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::image::{Image, ImageSource, Limits, Pages};
use crate::parallel;
use files::ModelFiles;
use graph::Graph;
use preprocess::Preprocess;
use text_cache::TextCache;
use tokenize::Tokenizer;

/// Pictures that go through the graph together. Larger batches gain nothing on a CPU and hold more memory.
const BATCH: usize = 16;
/// Memory for vectors of texts that may be asked for again: some four thousand of them.
const TEXT_CACHE_BYTES: usize = 8 << 20;

/// The CLIP room. Each part is loaded by the first call that needs it; a failed load is tried again.
pub(crate) struct Clip {
    model: Option<PathBuf>,
    onnxruntime: Option<PathBuf>,
    max_length: usize,
    threads: usize,
    limits: Limits,
    files: OnceCell<ModelFiles>,
    tokenizer: OnceCell<Tokenizer>,
    preprocess: OnceCell<Preprocess>,
    vision: OnceCell<Arc<Graph>>,
    text: OnceCell<Arc<Graph>>,
    embedded: TextCache,
    space: OnceCell<String>,
}

impl Clip {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            model: config.clip_model.clone(),
            onnxruntime: config.onnxruntime.clone(),
            max_length: config.clip_max_length,
            threads: config.thread_count(),
            limits: Limits::of(config),
            files: OnceCell::new(),
            tokenizer: OnceCell::new(),
            preprocess: OnceCell::new(),
            vision: OnceCell::new(),
            text: OnceCell::new(),
            embedded: TextCache::new(TEXT_CACHE_BYTES),
            space: OnceCell::new(),
        }
    }

    /// Loads the image tower now, if it is not there yet.
    pub(crate) fn load_vision(&self) -> Result<()> {
        self.vision().map(drop)
    }

    /// Unit vectors of pictures: the outer error is the model's, or that the caller stopped the call; an
    /// inner one belongs to one picture.
    pub(crate) fn embed_images(
        &self,
        sources: &[ImageSource<'_>],
        control: &Control,
    ) -> Result<Vec<Result<Vec<f32>>>> {
        let graph = self.vision()?;
        let preprocess = self.preprocess_for(graph)?;
        let mut vectors = Vec::with_capacity(sources.len());
        for batch in sources.chunks(BATCH) {
            control.check()?;
            let (pixels, results) = self.preprocess_batch(batch, preprocess, control);
            control.check()?;
            vectors.extend(embed_batch(graph, preprocess, &pixels, results)?);
            control.report("images", vectors.len(), sources.len());
        }
        Ok(vectors)
    }

    /// The unit vector of one decoded picture.
    pub(crate) fn embed_image(&self, image: &Image) -> Result<Vec<f32>> {
        let graph = self.vision()?;
        let preprocess = self.preprocess_for(graph)?;
        let pixels = preprocess.apply(image)?;
        only(graph.embed_images(&pixels, preprocess.edge())?)
    }

    /// Unit vectors of texts; those that were asked for together before are remembered.
    pub(crate) fn embed_texts(&self, texts: &[&str], control: &Control) -> Result<Vec<Vec<f32>>> {
        let tokenizer = self.tokenizer()?;
        let graph = self.text()?;
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            control.check()?;
            let rows = batch.iter().map(|text| tokenizer.encode(text)).collect::<Result<Vec<_>>>()?;
            vectors.extend(self.embedded.get_or_embed(&rows, || embed_rows(graph, tokenizer, &rows))?);
            control.report("texts", vectors.len(), texts.len());
        }
        Ok(vectors)
    }

    /// The ids that the model is fed for `text`: with start and end, not padded.
    pub(crate) fn tokenize(&self, text: &str) -> Result<Vec<u32>> {
        self.tokenizer()?.encode(text)
    }

    /// The name of the space that the vectors are in.
    pub(crate) fn space(&self) -> Result<String> {
        self.space.get_or_try_init(|| Ok(format!("clip:{}", self.files()?.fingerprint()?))).cloned()
    }

    /// What the model sees of `source`: `[3, edge, edge]` floats. Needs no model; one that is configured may
    /// change the size and the normalisation.
    pub(crate) fn preprocess(&self, source: ImageSource<'_>) -> Result<(Vec<f32>, u32)> {
        let preprocess = self.configured_preprocess()?.unwrap_or_default();
        let picture = Pages::decode_reduced(source, self.limits, preprocess.least_side())?;
        let mut planes = vec![0.0; preprocess.len()];
        preprocess.apply_reduced(&picture, &mut planes)?;
        Ok((planes, preprocess.edge()))
    }

    /// Decodes and preprocesses a batch on the threads of this handle. Gives the pixels of the pictures that could be
    /// read, one after the other, and whether each of them could.
    fn preprocess_batch(
        &self,
        sources: &[ImageSource<'_>],
        preprocess: &Preprocess,
        control: &Control,
    ) -> (Vec<f32>, Vec<Result<()>>) {
        let size = preprocess.len();
        let mut pixels = vec![0.0; sources.len() * size];
        let places = pixels.chunks_exact_mut(size).map(Mutex::new);
        let work: Vec<_> = sources.iter().zip(places).collect();
        let results = parallel::map(&work, self.threads, |(source, planes)| {
            control.check()?;
            let picture = Pages::decode_reduced(**source, self.limits, preprocess.least_side())?;
            preprocess.apply_reduced(&picture, &mut planes.lock())
        });
        drop(work);
        close_ranks(&mut pixels, size, &results);
        (pixels, results)
    }

    fn files(&self) -> Result<&ModelFiles> {
        self.files.get_or_try_init(|| {
            let model = self.model.as_deref().ok_or_else(|| {
                Error::new(
                    ErrorKind::NotConfigured,
                    "no CLIP model is configured; set clip_model (AION_CLIP_MODEL_PATH), or call without clip",
                )
            })?;
            ModelFiles::find(model)
        })
    }

    fn tokenizer(&self) -> Result<&Tokenizer> {
        self.tokenizer.get_or_try_init(|| Tokenizer::from_file(self.files()?.tokenizer()?, self.max_length))
    }

    fn vision(&self) -> Result<&Arc<Graph>> {
        self.vision.get_or_try_init(|| self.load(self.files()?.vision()?))
    }

    fn text(&self) -> Result<&Arc<Graph>> {
        self.text.get_or_try_init(|| {
            let files = self.files()?;
            match files.is_one_graph() {
                true => self.vision().cloned(),
                false => self.load(files.text()?),
            }
        })
    }

    fn load(&self, graph: &Path) -> Result<Arc<Graph>> {
        Graph::load(graph, self.onnxruntime.as_deref(), self.threads).map(Arc::new)
    }

    /// What the model's own configuration says, or CLIP's preprocessing.
    fn configured_preprocess(&self) -> Result<Option<Preprocess>> {
        if self.model.is_none() {
            return Ok(None);
        }
        self.files()?.preprocessor.as_deref().map(Preprocess::from_file).transpose()
    }

    /// The preprocessing that fits the graph.
    fn preprocess_for(&self, graph: &Graph) -> Result<&Preprocess> {
        self.preprocess.get_or_try_init(|| {
            let configured = self.configured_preprocess()?;
            match (configured, graph.image_edge()) {
                (Some(preprocess), Some(edge)) if preprocess.edge() != edge => Err(Error::new(
                    ErrorKind::InvalidModel,
                    format!(
                        "the CLIP model takes pictures of {edge} pixels, its preprocessor_config.json says {}",
                        preprocess.edge()
                    ),
                )),
                (Some(preprocess), _) => Ok(preprocess),
                (None, Some(edge)) => Preprocess::with_edge(edge),
                (None, None) => Ok(Preprocess::default()),
            }
        })
    }
}

/// Runs the pictures of a batch that could be preprocessed, and leaves the errors of the others in place.
fn embed_batch(
    graph: &Graph,
    preprocess: &Preprocess,
    pixels: &[f32],
    results: Vec<Result<()>>,
) -> Result<Vec<Result<Vec<f32>>>> {
    let mut vectors = graph.embed_images(pixels, preprocess.edge())?.into_iter();
    let no_vector = || Error::new(ErrorKind::Internal, "a picture of a batch got no vector");
    Ok(results.into_iter().map(|result| result.and_then(|()| vectors.next().ok_or_else(no_vector))).collect())
}

/// Takes the pictures that could not be read out of the row.
fn close_ranks(pixels: &mut Vec<f32>, size: usize, results: &[Result<()>]) {
    let mut kept = 0;
    for (place, _) in results.iter().enumerate().filter(|(_, result)| result.is_ok()) {
        if place != kept {
            pixels.copy_within(place * size..(place + 1) * size, kept * size);
        }
        kept += 1;
    }
    pixels.truncate(kept * size);
}

/// Pads the rows to one length and embeds them.
fn embed_rows(graph: &Graph, tokenizer: &Tokenizer, rows: &[Vec<u32>]) -> Result<Vec<Vec<f32>>> {
    let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
    let length = graph.text_length().unwrap_or(longest);
    if longest > length {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!("the CLIP model reads {length} tokens; set clip_max_length (AION_CLIP_MAXLEN) to that"),
        ));
    }
    let padding = i64::from(tokenizer.padding());
    let mut ids = Vec::with_capacity(rows.len() * length);
    let mut mask = Vec::with_capacity(rows.len() * length);
    for row in rows {
        ids.extend(row.iter().map(|&id| i64::from(id)).chain(repeat_n(padding, length - row.len())));
        mask.extend(repeat_n(1, row.len()).chain(repeat_n(0, length - row.len())));
    }
    graph.embed_texts(&ids, &mask, length)
}

fn only(vectors: Vec<Vec<f32>>) -> Result<Vec<f32>> {
    vectors.into_iter().next().ok_or_else(|| Error::new(ErrorKind::Internal, "a picture got no vector"))
}
