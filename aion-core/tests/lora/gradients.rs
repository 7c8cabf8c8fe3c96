//! Gradients are slopes of the loss.

use aion_core::lora::Trainer;

use crate::support::{MODELS, Record, free, open};

/// The loss along a direction, both ways, beside the gradient: for each matrix of each module.
#[test]
fn gradients_are_finite_differences() {
    for model in MODELS {
        let record = Record::read(model);
        let adapter = record.adapter(model, "before");
        let batch = record.batch();
        let mut trainer = record.trainer(model, record.options());
        trainer.lora_step(&batch, &free()).unwrap();
        let gradients = trainer.gradients();
        for &id in adapter.tensors.keys() {
            for matrix in ["A", "B"] {
                let key = format!("base_model.model.{id}.lora_{matrix}.weight");
                let gradient = &gradients[&key];
                let length = gradient.iter().map(|value| value * value).sum::<f32>().sqrt();
                let step = 2e-3;
                let loss_at = |direction: f32| {
                    let mut moved = adapter.clone();
                    let pair = moved.tensors.get_mut(&id).unwrap();
                    let values = if matrix == "A" { &mut pair.a } else { &mut pair.b };
                    let factor = direction * step / length;
                    values.iter_mut().zip(gradient).for_each(|(value, slope)| *value += factor * slope);
                    let mut trainer = Trainer::new(open(model), record.options(), Some(&moved)).unwrap();
                    trainer.loss(&batch, &free()).unwrap()
                };
                let slope = (loss_at(1.0) - loss_at(-1.0)) / (2.0 * f64::from(step));
                let error = (slope / f64::from(length) - 1.0).abs();
                // The loss is rounded to about 1e-7 of itself, which is what small slopes are off by.
                let rounding = 2e-6 / f64::from(length * step);
                assert!(error <= 1e-3 + rounding, "{model} {key}: {slope} is not {length}");
            }
        }
    }
}
