//! Who turns texts and pictures into vectors: CLIP, or whatever the host has.

use serde_json::{Map, Value};

use crate::control::Control;
use crate::error::Result;
use crate::image::ImageSource;

/// Texts as vectors.
pub trait TextEmbedder: Send + Sync {
    /// The name of the model, such as `"clip:9af8…"`: vectors of the same space can be compared. Texts and pictures
    /// are found by each other where both spaces are the same.
    ///
    /// # Errors
    /// Those of the model.
    fn space(&self) -> Result<String>;

    /// A vector for each text, in their order, all of one length; they need not be unit vectors.
    ///
    /// # Errors
    /// Those of the model, and those of `control`.
    fn embed_texts(&self, texts: &[&str], control: &Control) -> Result<Vec<Vec<f32>>>;
}

/// Pictures as vectors and words.
pub trait ImageEmbedder: Send + Sync {
    /// As [`TextEmbedder::space`]; `None` if pictures get no vectors, only words.
    ///
    /// # Errors
    /// Those of the model.
    fn space(&self) -> Result<Option<String>>;

    /// The vector of a picture that is searched for; it need not be a unit vector.
    ///
    /// # Errors
    /// Those of the model and of the picture, and those of `control`.
    fn embed_image(&self, image: ImageSource<'_>, control: &Control) -> Result<Vec<f32>>;

    /// The words in a picture of a document.
    ///
    /// # Errors
    /// Those of the engine and of the picture, and those of `control`.
    fn read_words(&self, image: ImageSource<'_>, control: &Control) -> Result<String>;

    /// All that is to be kept of a picture.
    ///
    /// # Errors
    /// As the other two.
    fn see(&self, image: ImageSource<'_>, control: &Control) -> Result<Seen> {
        let has_space = self.space()?.is_some();
        let vector = has_space.then(|| self.embed_image(image, control)).transpose()?;
        Ok(Seen { vector, words: self.read_words(image, control)?, meta: Map::new() })
    }
}

/// What [`ImageEmbedder::see`] gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// The vector, if the embedder has a space.
    pub vector: Option<Vec<f32>>,
    /// The words in it; empty for none.
    pub words: String,
    /// What else is known, such as its size.
    pub meta: Map<String, Value>,
}

#[cfg(feature = "clip")]
mod clip {
    use super::*;
    use crate::aion::Aion;
    use crate::parse::ParseOptions;

    /// CLIP's text tower.
    impl TextEmbedder for Aion {
        fn space(&self) -> Result<String> {
            self.clip_space()
        }

        fn embed_texts(&self, texts: &[&str], control: &Control) -> Result<Vec<Vec<f32>>> {
            self.embed_clip_text(texts, control)
        }
    }

    /// CLIP's image tower, if a model is configured, and text recognition.
    impl ImageEmbedder for Aion {
        fn space(&self) -> Result<Option<String>> {
            self.config().clip_model.is_some().then(|| self.clip_space()).transpose()
        }

        fn embed_image(&self, image: ImageSource<'_>, control: &Control) -> Result<Vec<f32>> {
            let vector = self.embed_clip(&[image], control)?.pop();
            vector.unwrap_or_else(|| Err(super::super::options::invalid("the picture got no vector")))
        }

        fn read_words(&self, image: ImageSource<'_>, control: &Control) -> Result<String> {
            let options = ParseOptions { ocr: cfg!(feature = "ocr"), clip: false, rgba: false };
            Ok(self.parse_image(image, &options, control)?.ocr_text)
        }

        fn see(&self, image: ImageSource<'_>, control: &Control) -> Result<Seen> {
            let clip = self.config().clip_model.is_some();
            let options = ParseOptions { ocr: cfg!(feature = "ocr"), clip, rgba: false };
            let parsed = self.parse_image(image, &options, control)?;
            let meta = match serde_json::to_value(&parsed.meta) {
                Ok(Value::Object(meta)) => meta,
                _ => Map::new(),
            };
            Ok(Seen { vector: parsed.clip_vector, words: parsed.ocr_text, meta })
        }
    }
}
