//! The weights of a model, each where the architecture wants it.

use sha2::{Digest, Sha256};

use super::config::ModelConfig;
use super::module::Module;
use super::ops::{Rhs, Values};
use super::tensors::{Tensor, Tensors};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};

/// Samples of a tensor that the fingerprint has.
const SAMPLES: usize = 16;

/// All weights of a model.
pub(crate) struct Weights {
    pub(crate) embedding: Matrix,
    pub(crate) layers: Vec<Layer>,
    pub(crate) norm: Vec<f32>,
    head: Option<Matrix>,
}

/// The weights of one block.
pub(crate) struct Layer {
    pub(crate) attention_norm: Vec<f32>,
    pub(crate) mlp_norm: Vec<f32>,
    /// Of queries and of keys, in each head: Qwen3.
    pub(crate) head_norms: Option<[Vec<f32>; 2]>,
    linears: [Linear; 7],
}

/// One linear layer.
pub(crate) struct Linear {
    pub(crate) weight: Matrix,
    pub(crate) bias: Option<Vec<f32>>,
}

/// A frozen matrix `[out, in]`.
pub(crate) struct Matrix {
    tensor: Tensor,
    pub(crate) outputs: usize,
    pub(crate) inputs: usize,
}

impl Weights {
    /// Takes all tensors that `config` asks for, and tells what the model is recognised by.
    pub(super) fn take(config: &ModelConfig, tensors: Tensors, control: &Control) -> Result<(Self, String)> {
        let mut taker = Taker { tensors, hash: Sha256::new(), control };
        taker.hash.update(format!("{config:?}"));
        let (hidden, vocabulary) = (config.hidden_size, config.vocab_size);
        let embedding = taker.matrix("model.embed_tokens.weight", vocabulary, hidden)?;
        let layers = (0..config.layers).map(|index| taker.layer(config, index)).collect::<Result<_>>()?;
        let norm = taker.vector("model.norm.weight", hidden)?;
        let head = match config.is_tied {
            true => None,
            false => Some(taker.matrix("lm_head.weight", vocabulary, hidden)?),
        };
        // Tied heads are stored by some, and so are tables of angles, which config.json gives too.
        taker.tensors.ignore(|name| {
            name.ends_with(".rotary_emb.inv_freq") || (config.is_tied && name == "lm_head.weight")
        });
        if let Some(name) = taker.tensors.first_left() {
            let message = format!("tensor `{name}` is not part of this architecture, and would be left out");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let hash = taker.hash.finalize();
        let fingerprint = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((Self { embedding, layers, norm, head }, fingerprint))
    }

    /// The output layer.
    pub(crate) fn head(&self) -> &Matrix {
        self.head.as_ref().unwrap_or(&self.embedding)
    }
}

impl Layer {
    pub(crate) fn linear(&self, module: Module) -> &Linear {
        &self.linears[module.index()]
    }
}

impl Matrix {
    /// As the right side of `x · Wᵀ`, which gives the outputs.
    pub(crate) fn forward(&self) -> Rhs<'_> {
        Rhs::columns(self.values(), self.inputs, self.outputs, self.inputs)
    }

    /// As the right side of `dy · W`, which gives the gradient of the inputs.
    pub(crate) fn backward(&self) -> Rhs<'_> {
        Rhs::rows(self.values(), self.outputs, self.inputs, self.inputs)
    }

    /// Widens one row.
    pub(crate) fn row(&self, row: usize, out: &mut [f32]) {
        self.values().read(row * self.inputs, &mut out[..self.inputs]);
    }

    pub(crate) fn values(&self) -> Values<'_> {
        self.tensor.values()
    }
}

struct Taker<'a> {
    tensors: Tensors,
    hash: Sha256,
    control: &'a Control,
}

impl Taker<'_> {
    fn layer(&mut self, config: &ModelConfig, index: usize) -> Result<Layer> {
        let name = |rest: &str| format!("model.layers.{index}.{rest}");
        let attention_norm = self.vector(&name("input_layernorm.weight"), config.hidden_size)?;
        let mlp_norm = self.vector(&name("post_attention_layernorm.weight"), config.hidden_size)?;
        let head_norms = match config.has_head_norms() {
            true => Some([
                self.vector(&name("self_attn.q_norm.weight"), config.head_dim)?,
                self.vector(&name("self_attn.k_norm.weight"), config.head_dim)?,
            ]),
            false => None,
        };
        let mut linear = |module: Module| {
            let (inputs, outputs) = config.module_shape(module);
            let weight = self.matrix(&name(&format!("{}.weight", module.path())), outputs, inputs)?;
            let has_bias = config.has_biases() && matches!(module, Module::Q | Module::K | Module::V);
            let bias = has_bias.then(|| self.vector(&name(&format!("{}.bias", module.path())), outputs));
            Ok(Linear { weight, bias: bias.transpose()? })
        };
        let [q, k, v, o, gate, up, down] = Module::ALL;
        let linears =
            [linear(q)?, linear(k)?, linear(v)?, linear(o)?, linear(gate)?, linear(up)?, linear(down)?];
        Ok(Layer { attention_norm, mlp_norm, head_norms, linears })
    }

    fn matrix(&mut self, name: &str, outputs: usize, inputs: usize) -> Result<Matrix> {
        Ok(Matrix { tensor: self.take(name, &[outputs, inputs])?, outputs, inputs })
    }

    fn vector(&mut self, name: &str, length: usize) -> Result<Vec<f32>> {
        Ok(self.take(name, &[length])?.to_vec())
    }

    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let tensor = self.tensors.take(name, shape, self.control)?;
        self.hash.update(format!("{name} {}", tensor.describe()));
        tensor.samples(SAMPLES).for_each(|sample| self.hash.update(sample));
        Ok(tensor)
    }
}
