//! Which files make up a CLIP model: one ONNX file, or a directory in the layout of Hugging Face's exports.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};

/// The files of one model, found but not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelFiles {
    root: PathBuf,
    /// The graph that embeds pictures.
    vision: Option<PathBuf>,
    /// The graph that embeds texts; the same file as `vision` when one graph holds both towers.
    text: Option<PathBuf>,
    tokenizer: Option<PathBuf>,
    /// How pictures are preprocessed, when the model says so.
    pub(crate) preprocessor: Option<PathBuf>,
}

impl ModelFiles {
    /// Finds the files of the model at `path`, a file or a directory.
    pub(crate) fn find(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|error| {
            Error::io(path, error).in_context("clip_model (AION_CLIP_MODEL_PATH) points to no CLIP model")
        })?;
        if metadata.is_dir() {
            return Ok(Self::of_directory(path));
        }
        let beside = path.parent().unwrap_or(Path::new(""));
        Ok(Self {
            root: path.into(),
            vision: Some(path.into()),
            text: Some(path.into()),
            tokenizer: existing(beside, "tokenizer.json"),
            preprocessor: existing(beside, "preprocessor_config.json"),
        })
    }

    fn of_directory(root: &Path) -> Self {
        // Hugging Face keeps graphs in `onnx/` and the rest beside it.
        let graph = |name| existing(root, name).or_else(|| existing(&root.join("onnx"), name));
        let both = graph("model.onnx");
        Self {
            root: root.into(),
            vision: graph("vision_model.onnx").or_else(|| both.clone()),
            text: graph("text_model.onnx").or(both),
            tokenizer: existing(root, "tokenizer.json"),
            preprocessor: existing(root, "preprocessor_config.json"),
        }
    }

    pub(crate) fn vision(&self) -> Result<&Path> {
        self.vision
            .as_deref()
            .ok_or_else(|| self.lacks("`vision_model.onnx` or `model.onnx`", "embed images"))
    }

    pub(crate) fn text(&self) -> Result<&Path> {
        self.text.as_deref().ok_or_else(|| self.lacks("`text_model.onnx` or `model.onnx`", "embed texts"))
    }

    /// Whether one file holds both towers, as far as its name tells.
    pub(crate) fn is_one_graph(&self) -> bool {
        self.vision == self.text
    }

    pub(crate) fn tokenizer(&self) -> Result<&Path> {
        self.tokenizer.as_deref().ok_or_else(|| self.lacks("`tokenizer.json`", "tokenize texts"))
    }

    /// A hash of what decides about the vectors: the graphs, and how pictures are preprocessed.
    pub(crate) fn fingerprint(&self) -> Result<String> {
        let mut hash = Sha256::new();
        let text = self.text.as_ref().filter(|_| !self.is_one_graph());
        for path in [self.vision.as_ref(), text, self.preprocessor.as_ref()].into_iter().flatten() {
            // Graphs of hundreds of megabytes are not held in memory for it.
            let mut file = File::open(path).map_err(|error| Error::io(path, error))?;
            let mut part = Sha256::new();
            let mut buffer = vec![0; 1 << 20];
            loop {
                match file.read(&mut buffer).map_err(|error| Error::io(path, error))? {
                    0 => break,
                    count => part.update(&buffer[..count]),
                }
            }
            hash.update(part.finalize());
        }
        Ok(hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }

    fn lacks(&self, file: &str, purpose: &str) -> Error {
        Error::new(
            ErrorKind::NotFound,
            format!("the CLIP model `{}` has no {file}; add it to {purpose}", self.root.display()),
        )
    }
}

fn existing(directory: &Path, name: &str) -> Option<PathBuf> {
    let path = directory.join(name);
    path.is_file().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory_of(names: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for name in names {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        directory
    }

    #[test]
    fn split_towers_win_over_one_graph_for_both() {
        let root = directory_of(&["onnx/vision_model.onnx", "onnx/text_model.onnx", "onnx/model.onnx"]);
        let files = ModelFiles::find(root.path()).unwrap();
        assert!(files.vision().unwrap().ends_with("onnx/vision_model.onnx"));
        assert!(files.text().unwrap().ends_with("onnx/text_model.onnx"));
    }

    #[test]
    fn one_graph_serves_both_and_a_file_finds_its_neighbours() {
        let root = directory_of(&["model.onnx", "tokenizer.json", "preprocessor_config.json"]);
        let files = ModelFiles::find(root.path()).unwrap();
        assert_eq!(files.vision, files.text);
        let of_file = ModelFiles::find(&root.path().join("model.onnx")).unwrap();
        assert_eq!((of_file.tokenizer, of_file.preprocessor), (files.tokenizer, files.preprocessor));
    }

    #[test]
    fn what_is_missing_is_named_with_its_remedy() {
        let root = directory_of(&["tokenizer.json"]);
        let files = ModelFiles::find(root.path()).unwrap();
        let error = files.vision().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("vision_model.onnx"), "{error}");
        assert_eq!(ModelFiles::find(&root.path().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
