//! Losses, gradients and adapters are PEFT's.

use crate::support::{MODELS, Record, free, trace};

#[test]
fn five_steps_are_those_of_peft() {
    for model in MODELS {
        let record = Record::read(model);
        let mut trainer = record.trainer(model, record.options());
        for (step, (&loss, &norm)) in record.losses.iter().zip(&record.grad_norms).enumerate() {
            let report = trainer.lora_step(&record.batch(), &free()).unwrap();
            assert!((report.loss - loss).abs() <= 1e-5, "{model} step {step}: {} is not {loss}", report.loss);
            // AdamW divides by small gradients, so that other rounding grows from step to step.
            let most = if step == 0 { 1e-5 } else { 1e-4 };
            assert!(
                (report.grad_norm.unwrap() / norm - 1.0).abs() <= most,
                "{model} step {step}: {report:?}"
            );
            assert_eq!((report.updated, report.step), (true, step as u64 + 1));
        }
        let (ours, theirs) = (trainer.adapter(), record.adapter(model, "after"));
        for (key, theirs) in &theirs.tensors {
            let ours = &ours.tensors[key];
            assert!(distance(&ours.a, &theirs.a) <= 1e-4, "{model} A of {key:?}");
            assert!(distance(&ours.b, &theirs.b) <= 1e-4, "{model} B of {key:?}");
        }
    }
}

#[test]
fn gradients_are_those_of_peft() {
    for model in MODELS {
        let record = Record::read(model);
        let mut trainer = record.trainer(model, record.options());
        trainer.lora_step(&record.batch(), &free()).unwrap();
        let theirs = trace(model);
        let ours = trainer.gradients();
        assert_eq!(ours.len(), theirs.keys().filter(|key| key.starts_with("gradient.")).count());
        for (key, ours) in &ours {
            let distance = distance(ours, &theirs[&format!("gradient.{key}")]);
            assert!(distance <= 1e-5, "{model} {key}: {distance}");
        }
    }
}

#[test]
fn layers_that_are_computed_again_give_the_same_bits() {
    for model in MODELS {
        let record = Record::read(model);
        let mut kept = record.trainer(model, record.options());
        let mut options = record.options();
        options.recompute = true;
        let mut again = record.trainer(model, options);
        for _ in 0..2 {
            let batch = record.batch();
            assert_eq!(kept.lora_step(&batch, &free()).unwrap(), again.lora_step(&batch, &free()).unwrap());
        }
        assert_eq!(kept.gradients(), again.gradients());
    }
}

/// The length of the difference, by that of `theirs`.
fn distance(ours: &[f32], theirs: &[f32]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let square = |(a, b): (&f32, &f32)| f64::from(a - b).powi(2);
    let length: f64 = theirs.iter().map(|b| f64::from(*b).powi(2)).sum();
    (ours.iter().zip(theirs).map(square).sum::<f64>() / length).sqrt()
}
