//! Rotary position embeddings (Su et al., RoFormer, 2021) as transformers computes them.

use serde_json::Value;

use super::config::{Fields, unsupported};
use crate::error::Result;

/// How far apart the angles of neighbouring positions are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rope {
    theta: f64,
    scaling: Scaling,
}

#[derive(Debug, Clone, PartialEq)]
enum Scaling {
    None,
    Linear { factor: f64 },
    Llama3 { factor: f64, low: f64, high: f64, original: f64 },
}

impl Rope {
    /// Reads `rope_theta` with `rope_scaling`, or `rope_parameters`, which holds both.
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        let parameters = fields.object("rope_parameters")?;
        let scaling = match parameters {
            Some(_) => parameters,
            None => fields.object("rope_scaling")?,
        };
        let own_theta = scaling.as_ref().map(|scaling| scaling.positive("rope_theta")).transpose()?.flatten();
        let theta = own_theta.or(fields.positive("rope_theta")?).unwrap_or(10_000.0);
        let scaling = scaling.map_or(Ok(Scaling::None), |scaling| Scaling::read(&scaling, fields))?;
        Ok(Self { theta, scaling })
    }

    /// The angle that each pair of `head_dim` turns by from one position to the next.
    fn frequencies(&self, head_dim: usize) -> Vec<f32> {
        let frequency = |pair: usize| {
            let frequency = self.theta.powf(-2.0 * pair as f64 / head_dim as f64);
            self.scaling.apply(frequency) as f32
        };
        (0..head_dim / 2).map(frequency).collect()
    }

    /// Cosines and sines of `positions` positions: of each, those of its `head_dim / 2` pairs.
    pub(crate) fn table(&self, positions: usize, head_dim: usize) -> RopeTable {
        let frequencies = self.frequencies(head_dim);
        // The angle is rounded as a product of two `f32`, which is what transformers does.
        let angles = (0..positions).flat_map(|position| {
            frequencies.iter().map(move |&frequency| f64::from(position as f32 * frequency))
        });
        let (sines, cosines) =
            angles.map(f64::sin_cos).map(|(sine, cosine)| (sine as f32, cosine as f32)).unzip();
        RopeTable { cosines, sines, pairs: head_dim / 2 }
    }
}

impl Scaling {
    fn read(scaling: &Fields<'_>, config: &Fields<'_>) -> Result<Self> {
        if scaling.number("partial_rotary_factor")?.is_some_and(|factor| factor != 1.0) {
            return Err(unsupported("partial_rotary_factor other than 1"));
        }
        let kind = match scaling.value("rope_type").or(scaling.value("type")) {
            None | Some(Value::Null) => "default",
            Some(kind) => kind.as_str().unwrap_or("that is not text"),
        };
        match kind {
            "default" => Ok(Self::None),
            "linear" => Ok(Self::Linear { factor: scaling.required("factor")? }),
            "llama3" => {
                let original = match scaling.positive("original_max_position_embeddings")? {
                    Some(original) => original,
                    None => config.required("original_max_position_embeddings")?,
                };
                let (low, high) =
                    (scaling.required("low_freq_factor")?, scaling.required("high_freq_factor")?);
                if low >= high {
                    return Err(scaling.wrong("low_freq_factor", "must be below high_freq_factor"));
                }
                Ok(Self::Llama3 { factor: scaling.required("factor")?, low, high, original })
            }
            other => {
                Err(unsupported(&format!("rope_type `{other}` (supported: `default`, `linear`, `llama3`)")))
            }
        }
    }

    /// As `_compute_llama3_parameters` of transformers: long waves are slowed by the factor, short ones are kept, and
    /// those between are blended.
    fn apply(&self, frequency: f64) -> f64 {
        match *self {
            Self::None => frequency,
            Self::Linear { factor } => frequency / factor,
            Self::Llama3 { factor, low, high, original } => {
                let waves = original * frequency / std::f64::consts::TAU;
                let kept = ((waves - low) / (high - low)).clamp(0.0, 1.0);
                frequency * (kept + (1.0 - kept) / factor)
            }
        }
    }
}

/// Cosines and sines by position.
#[derive(Debug, Clone)]
pub(crate) struct RopeTable {
    cosines: Vec<f32>,
    sines: Vec<f32>,
    pairs: usize,
}

impl RopeTable {
    /// Turns each head of `row` to `position`; the pairs are `head_dim / 2` apart.
    pub(crate) fn turn(&self, row: &mut [f32], position: usize) {
        self.rotate(row, position, 1.0);
    }

    /// The reverse, which is also the gradient of [`turn`](Self::turn).
    pub(crate) fn turn_back(&self, row: &mut [f32], position: usize) {
        self.rotate(row, position, -1.0);
    }

    fn rotate(&self, row: &mut [f32], position: usize, direction: f32) {
        let angles = position * self.pairs..(position + 1) * self.pairs;
        let (cosines, sines) = (&self.cosines[angles.clone()], &self.sines[angles]);
        for head in row.chunks_exact_mut(2 * self.pairs) {
            let (first, second) = head.split_at_mut(self.pairs);
            for (((a, b), cosine), sine) in first.iter_mut().zip(second).zip(cosines).zip(sines) {
                let sine = direction * sine;
                (*a, *b) = (*a * cosine - *b * sine, *b * cosine + *a * sine);
            }
        }
    }
}
