//! `config.json` of a Hugging Face directory: what is supported, and all else refused by name.

use std::path::Path;

use serde_json::{Map, Value};

use super::module::Module;
use super::rope::Rope;
use super::tensors::read_text;
use crate::error::{Error, ErrorKind, Result};

const SUPPORTED: &str =
    "supported are LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM and Qwen3ForCausalLM";
/// More of anything than any model has, and few enough that no product of two overflows.
const MOST: usize = 1 << 24;

/// The family of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Architecture {
    /// Llama 1 to 3, TinyLlama, SmolLM.
    Llama,
    /// Mistral.
    Mistral,
    /// Qwen2 and Qwen2.5: queries, keys and values have biases.
    Qwen2,
    /// Qwen3: queries and keys are normalised in each head.
    Qwen3,
}

/// The shape of a model.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModelConfig {
    /// The family.
    pub architecture: Architecture,
    /// Numbers of a token's state.
    pub hidden_size: usize,
    /// Numbers inside the feed-forward layer.
    pub intermediate_size: usize,
    /// Transformer blocks.
    pub layers: usize,
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and values; each serves `heads / kv_heads` heads of queries.
    pub kv_heads: usize,
    /// Numbers of a head.
    pub head_dim: usize,
    /// Tokens that the model knows.
    pub vocab_size: usize,
    /// The longest sequence that the model computes as it was trained to: its positions, or its sliding window where
    /// that is shorter.
    pub context: usize,
    /// Whether the output layer is the embedding.
    pub is_tied: bool,
    pub(crate) rms_norm_eps: f32,
    pub(crate) rope: Rope,
}

impl ModelConfig {
    /// Reads `config.json` of the model in `directory`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] and [`ErrorKind::Io`] when it can not be read; otherwise as
    /// [`from_json`](Self::from_json).
    pub fn of_base(directory: impl AsRef<Path>) -> Result<Self> {
        let directory = directory.as_ref();
        let text = read_text(&directory.join("config.json"))?;
        Self::from_json(&text).map_err(|error| error.in_context(directory.display()))
    }

    /// Reads the text of a `config.json`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for text that is not such a file; [`ErrorKind::Unsupported`] for another
    /// architecture or for what changes its arithmetic.
    pub fn from_json(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            Error::new(ErrorKind::InvalidModel, "config.json is not JSON").with_source(error)
        })?;
        let Value::Object(map) = &value else {
            return Err(Error::new(ErrorKind::InvalidModel, "config.json is not a JSON object"));
        };
        let fields = Fields { map };
        let architecture = architecture(&fields)?;
        refuse_what_differs(&fields, architecture)?;
        let config = Self::read(&fields, architecture)?;
        config.check()?;
        Ok(config)
    }

    fn read(fields: &Fields<'_>, architecture: Architecture) -> Result<Self> {
        let (hidden_size, heads) = (fields.size("hidden_size")?, fields.size("num_attention_heads")?);
        let kv_heads = match (fields.optional_size("num_key_value_heads")?, architecture) {
            (Some(heads), _) => heads,
            (None, Architecture::Llama) => heads,
            (None, _) => return Err(fields.missing("num_key_value_heads")),
        };
        let head_dim = match (fields.optional_size("head_dim")?, architecture) {
            (Some(head_dim), _) => head_dim,
            (None, Architecture::Qwen3) => 128,
            (None, _) => hidden_size / heads,
        };
        let positions = fields.size("max_position_embeddings")?;
        let window = sliding_window(fields, architecture)?;
        Ok(Self {
            architecture,
            hidden_size,
            intermediate_size: fields.size("intermediate_size")?,
            layers: fields.size("num_hidden_layers")?,
            heads,
            kv_heads,
            head_dim,
            vocab_size: fields.size("vocab_size")?,
            context: window.map_or(positions, |window| window.min(positions)),
            is_tied: fields.flag("tie_word_embeddings")?.unwrap_or(false),
            rms_norm_eps: fields.positive("rms_norm_eps")?.unwrap_or(1e-6) as f32,
            rope: Rope::read(fields)?,
        })
    }

    fn check(&self) -> Result<()> {
        let wrong = |message: String| Err(Error::new(ErrorKind::InvalidModel, message));
        if !self.heads.is_multiple_of(self.kv_heads) {
            let (heads, kv_heads) = (self.heads, self.kv_heads);
            return wrong(format!(
                "config.json: {heads} heads can not share {kv_heads} heads of keys and values"
            ));
        }
        if !self.head_dim.is_multiple_of(2) {
            return wrong(format!("config.json: head_dim is {}, which has no pairs to turn", self.head_dim));
        }
        if self.heads.saturating_mul(self.head_dim) > MOST || self.layers > 10_000 {
            return wrong("config.json: more heads or layers than any model has".to_owned());
        }
        Ok(())
    }

    /// How many numbers a linear layer of a block reads and gives: `(in, out)`.
    pub fn module_shape(&self, module: Module) -> (usize, usize) {
        let (hidden, inner) = (self.hidden_size, self.intermediate_size);
        match module {
            Module::Q => (hidden, self.query_size()),
            Module::K | Module::V => (hidden, self.key_size()),
            Module::O => (self.query_size(), hidden),
            Module::Gate | Module::Up => (hidden, inner),
            Module::Down => (inner, hidden),
        }
    }

    /// Numbers of a token's queries.
    pub(crate) fn query_size(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Numbers of a token's keys, and of its values.
    pub(crate) fn key_size(&self) -> usize {
        self.kv_heads * self.head_dim
    }

    pub(crate) fn has_biases(&self) -> bool {
        self.architecture == Architecture::Qwen2
    }

    pub(crate) fn has_head_norms(&self) -> bool {
        self.architecture == Architecture::Qwen3
    }
}

fn architecture(fields: &Fields<'_>) -> Result<Architecture> {
    let named = fields.value("architectures").and_then(|names| names.get(0)).and_then(Value::as_str);
    let kind = fields.value("model_type").and_then(Value::as_str);
    match (named, kind) {
        (Some("LlamaForCausalLM"), _) | (None, Some("llama")) => Ok(Architecture::Llama),
        (Some("MistralForCausalLM"), _) | (None, Some("mistral")) => Ok(Architecture::Mistral),
        (Some("Qwen2ForCausalLM"), _) | (None, Some("qwen2")) => Ok(Architecture::Qwen2),
        (Some("Qwen3ForCausalLM"), _) | (None, Some("qwen3")) => Ok(Architecture::Qwen3),
        (named, kind) => {
            let name = named.or(kind).unwrap_or("without a name");
            Err(unsupported(&format!("architecture `{name}`")))
        }
    }
}

/// What would make the model compute something else than it is read as.
fn refuse_what_differs(fields: &Fields<'_>, architecture: Architecture) -> Result<()> {
    if let Some(act) = fields.value("hidden_act").filter(|act| **act != "silu") {
        return Err(unsupported(&format!("hidden_act {act} (supported: \"silu\")")));
    }
    let no_bias = architecture != Architecture::Qwen2;
    if no_bias && fields.flag("attention_bias")? == Some(true) {
        return Err(unsupported("attention_bias of this architecture"));
    }
    if fields.flag("mlp_bias")? == Some(true) {
        return Err(unsupported("mlp_bias"));
    }
    if fields.value("quantization_config").is_some_and(|value| !value.is_null()) {
        return Err(unsupported("a quantised model; take the original in float32, float16 or bfloat16"));
    }
    if fields.number("partial_rotary_factor")?.is_some_and(|factor| factor != 1.0) {
        return Err(unsupported("partial_rotary_factor other than 1"));
    }
    Ok(())
}

/// A window does nothing to sequences that fit in it.
fn sliding_window(fields: &Fields<'_>, architecture: Architecture) -> Result<Option<usize>> {
    let layers_slide = fields.value("layer_types").and_then(Value::as_array).is_some_and(|kinds| {
        kinds.iter().any(|kind| kind.as_str().is_some_and(|kind| kind == "sliding_attention"))
    });
    match architecture {
        Architecture::Llama => Ok(None),
        // The default of its class, for directories that leave it out.
        Architecture::Mistral if fields.value("sliding_window").is_none() => Ok(Some(4096)),
        Architecture::Mistral => fields.optional_size("sliding_window"),
        _ if layers_slide || fields.flag("use_sliding_window")? == Some(true) => {
            fields.optional_size("sliding_window")
        }
        _ => Ok(None),
    }
}

pub(super) fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("config.json: {what} is not supported; {SUPPORTED}"))
}

/// The fields of a JSON object, read with errors that name them.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name)
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<Self>> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { map })),
            Some(_) => Err(self.wrong(name, "must be an object")),
        }
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<f64>> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or_else(|| self.wrong(name, "must be a number")),
        }
    }

    pub(super) fn positive(&self, name: &str) -> Result<Option<f64>> {
        match self.number(name)? {
            Some(number) if !(number > 0.0 && number <= 1e12) => Err(self.wrong(name, "is out of its range")),
            number => Ok(number),
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<f64> {
        self.positive(name)?.ok_or_else(|| self.missing(name))
    }

    pub(super) fn missing(&self, name: &str) -> Error {
        Error::new(ErrorKind::InvalidModel, format!("config.json lacks `{name}`"))
    }

    pub(super) fn wrong(&self, name: &str, what: &str) -> Error {
        let value = self.value(name).unwrap_or(&Value::Null);
        Error::new(ErrorKind::InvalidModel, format!("config.json: `{name}` is {value}, but {what}"))
    }

    fn flag(&self, name: &str) -> Result<Option<bool>> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_bool().map(Some).ok_or_else(|| self.wrong(name, "must be true or false")),
        }
    }

    fn size(&self, name: &str) -> Result<usize> {
        self.optional_size(name)?.ok_or_else(|| self.missing(name))
    }

    fn optional_size(&self, name: &str) -> Result<Option<usize>> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let size = value.as_u64().and_then(|size| usize::try_from(size).ok());
                let size = size.filter(|size| (1..=MOST).contains(size));
                size.map(Some).ok_or_else(|| self.wrong(name, "must be a whole number from 1 to 16777216"))
            }
        }
    }
}
