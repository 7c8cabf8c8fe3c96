//! AdamW as PyTorch defines it (Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019).

use super::TrainerOptions;
use crate::base::ops::simd;

const BETAS: [f64; 2] = [0.9, 0.999];
const EPS: f32 = 1e-8;

/// The moments of all numbers of an adapter, and how many updates were made.
pub(super) struct AdamW {
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
    pub(super) steps: u64,
}

impl AdamW {
    pub(super) fn new(len: usize) -> Self {
        Self { first: vec![0.0; len], second: vec![0.0; len], steps: 0 }
    }

    /// Moves `parameters` against `gradients · factor`.
    pub(super) fn update(
        &mut self,
        options: &TrainerOptions,
        parameters: &mut [f32],
        gradients: &[f32],
        factor: f32,
    ) {
        let rate = options.learning_rate_after(self.steps);
        self.steps += 1;
        let power = self.steps.min(i32::MAX as u64) as i32;
        let corrections = BETAS.map(|beta| 1.0 - beta.powi(power));
        let step = Step {
            factor,
            keep: (1.0 - rate * options.weight_decay) as f32,
            rate: (rate / corrections[0]) as f32,
            second_scale: (1.0 / corrections[1].sqrt()) as f32,
        };
        update(step, parameters, gradients, &mut self.first, &mut self.second);
    }
}

#[derive(Clone, Copy)]
struct Step {
    factor: f32,
    keep: f32,
    rate: f32,
    second_scale: f32,
}

simd! {
    fn update(
        step: Step,
        parameters: &mut [f32],
        gradients: &[f32],
        first: &mut [f32],
        second: &mut [f32],
    ) {
        let [first_rate, second_rate] = BETAS.map(|beta| (1.0 - beta) as f32);
        let second_keep = BETAS[1] as f32;
        let moments = first.iter_mut().zip(second);
        for ((parameter, gradient), (first, second)) in parameters.iter_mut().zip(gradients).zip(moments) {
            let gradient = gradient * step.factor;
            *first += (gradient - *first) * first_rate;
            *second = *second * second_keep + second_rate * gradient * gradient;
            let size = second.sqrt() * step.second_scale + EPS;
            *parameter = *parameter * step.keep - step.rate * (*first / size);
        }
    }
}
